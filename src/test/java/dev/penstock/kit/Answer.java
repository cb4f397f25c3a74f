// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

/** What the simulated provider answers to a request: a fixed {@link Script}, or one that depends on what was asked. */
@FunctionalInterface
public interface Answer {

    Script to(SeenRequest request);
}
