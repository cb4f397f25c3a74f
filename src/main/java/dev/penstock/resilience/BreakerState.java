// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.Locale;

/**
 * The states of a breaker. The label is a metric value.
 *
 * <pre>
 *            failures in a row, failure rate, slow first tokens, no money;
 *            or another node's word
 *   CLOSED --------------------------------------------------> OPEN &lt;----------+
 *     ^                                                          |              |
 *     |  the node whose word opened it, or any prober while it   | time is over |
 *     |  is open by another's word only, says that it closed     | and the      | a probe fails;
 *     +----------------------------------------------------------+ right to     | the
 *     ^                                                          | probe is     | time doubles
 *     |                                                          v granted      |
 *     +------------------------------------------------------ HALF_OPEN --------+
 *            as many probes in a row as configured got their first token
 * </pre>
 */
public enum BreakerState {
    /** Attempts go through and are counted. */
    CLOSED,
    /** The target is left alone. */
    OPEN,
    /** A few attempts at a time find out whether it is well again. */
    HALF_OPEN;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
