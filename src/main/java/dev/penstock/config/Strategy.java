// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Locale;

/** How the targets of one tier share the requests. */
public enum Strategy {
    /** By weight, by chance. */
    WEIGHTED,
    /** Of two picked by weight, the one with the shorter time to the first token. */
    LATENCY,
    /** The one with the fewest attempts under way. */
    LEAST_BUSY,
    /** The one that is cheapest for this request. */
    COST,
    /** The same one for the same tenant, user or beginning of the prompt. */
    STICKY;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
