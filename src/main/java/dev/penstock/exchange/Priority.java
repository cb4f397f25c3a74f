// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Locale;

/** Who waits when not all can be served. */
public enum Priority {
    /** A person waits for it. */
    INTERACTIVE,
    /** Nobody waits for it: shed and queued first. */
    BATCH;

    private final String label = name().toLowerCase(Locale.ROOT);

    public String label() {
        return label;
    }
}
