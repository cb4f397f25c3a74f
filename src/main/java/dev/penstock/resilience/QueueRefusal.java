// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.Locale;

/** Why a {@link ConcurrencyGate} let an attempt not pass. The label is a metric value. */
public enum QueueRefusal {
    /** As many wait as may. */
    FULL("The line for it is full."),
    /** By what is known, its turn would come too late. */
    TOO_LONG("The line for it is too long for the time that this request has."),
    /** It waited as long as it could, and its turn did not come. */
    EXPIRED("No call ended in the time that this request could wait."),
    /** An interactive request took its place in a full line. */
    DISPLACED("Interactive requests came first.");

    private final String label = name().toLowerCase(Locale.ROOT);
    private final String hint;

    QueueRefusal(String hint) {
        this.hint = hint;
    }

    public String label() {
        return label;
    }

    /** For the client. */
    String hint() {
        return hint;
    }
}
