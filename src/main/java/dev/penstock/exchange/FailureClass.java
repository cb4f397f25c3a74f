// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Locale;

/** What kind of trouble a failed attempt was, as far as retries and breakers need to know. The label is a metric value. */
public enum FailureClass {
    /** Too many requests or tokens in a short time; waiting helps. */
    RATE_LIMIT,
    /** No money or no quota left behind the key; waiting a little does not help. */
    QUOTA,
    /** The provider failed: a status of the 500s, overload, an error event of its own. */
    SERVER,
    /** Nothing came in time: connection, first token, or the next bytes. */
    TIMEOUT,
    /** No connection: refused, unresolved, TLS. */
    CONNECT,
    /** An answer that its protocol does not allow, or one that breaks off. */
    PROTOCOL,
    /** The provider refuses the gateway's own key. */
    KEY,
    /** The caller's own request is at fault, or the caller has left: says nothing about the target. */
    CALLER;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
