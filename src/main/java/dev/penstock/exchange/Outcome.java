// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Locale;

/** How an exchange ended. Exactly one per exchange, decided at settlement (stream contract, point 10). */
public enum Outcome {
    OK,
    CACHED,
    FALLBACK,
    DEGRADED,
    LIMITED,
    BLOCKED,
    CLIENT_ERROR,
    UPSTREAM_ERROR,
    TRUNCATED,
    TIMEOUT,
    CANCELLED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The value of the metric label, the log field and the {@code x-penstock-outcome} header. */
    public String label() {
        return label;
    }
}
