// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.util.Locale;

/** What usage can be grouped and filtered by. */
public enum Dimension {
    TENANT,
    FEATURE,
    /** The name that the client sent. */
    MODEL,
    /** Of the last attempt. */
    PROVIDER,
    OUTCOME,
    /** Not in the roll-ups: asked for only within a bounded time. */
    KEY,
    /** Not in the roll-ups: asked for only within a bounded time. */
    USER;

    /** As queries, columns and answers name it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the roll-ups have it. */
    public boolean isRolledUp() {
        return this != KEY && this != USER;
    }
}
