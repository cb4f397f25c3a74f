// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

/** Hears what an operator should know of; called on the event loop of the shard. */
@FunctionalInterface
public interface CredentialsListener {

    /**
     * An attempt failed; another one follows.
     *
     * @param whose such as "AWS"
     * @param held whether requests go on with what was fetched before
     * @param why safe to log
     */
    void notFetched(String whose, boolean held, String why);
}
