// SPDX-License-Identifier: Apache-2.0
package dev.penstock.audit;

/** The other nodes of a cluster. */
@FunctionalInterface
public interface Peers {

    /**
     * Lets them know how far a chain is; a newer notice of the same chain replaces the one before. From the thread that writes the audit;
     * must not wait.
     *
     * @param chain whose it is
     * @param notice what they need to judge it, for {@link AuditTrail#heard}
     */
    void tell(String chain, byte[] notice);
}
