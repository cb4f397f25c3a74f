// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

/** Hears what operators should know about those whom the gateway asks. Called on event loops. */
@FunctionalInterface
public interface AuthListener {

    AuthListener NONE = (issuer, held, why) -> {};

    /**
     * The keys of an identity provider could not be fetched.
     *
     * @param issuer as in the configuration
     * @param held whether older keys still hold
     * @param why without addresses that the configuration does not have
     */
    void keysNotFetched(String issuer, boolean held, String why);

    /**
     * Somebody was not let in.
     *
     * @param code of the refusal
     * @param source address of the caller
     */
    default void refused(String code, String source) {}
}
