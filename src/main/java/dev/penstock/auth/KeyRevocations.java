// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

/** Hears of keys that are not valid any more, so that what they have under way can be ended. Called on any thread. */
@FunctionalInterface
public interface KeyRevocations {

    /** Nobody has anything under way. */
    KeyRevocations NONE = keyId -> {};

    /**
     * It is refused from now on.
     *
     * @param keyId as {@link dev.penstock.exchange.Identity#keyId()} has it
     */
    void revoked(String keyId);
}
