// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** A condition of the configuration over a request, compiled and type-checked. Immutable; any thread. */
public interface RequestTest {

    /** False also where it can not be evaluated; Never throws. */
    boolean test(RequestFacts facts);

    /** As a person wrote it. */
    String text();
}
