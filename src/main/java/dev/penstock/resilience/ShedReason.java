// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.Locale;

/** What the node is short of. The label is a metric value. */
public enum ShedReason {
    /** Time: the event loop runs behind. */
    LAG,
    /** Memory. */
    HEAP,
    /** The configured number of open exchanges. */
    EXCHANGES;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
