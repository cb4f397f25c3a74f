// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import java.util.Locale;

/** Hears what became of calls that carry a name. Called on any event loop; returns at once. */
@FunctionalInterface
public interface IdempotencyListener {

    IdempotencyListener NONE = what -> {};

    /** What became of a call. The label is a metric value. */
    enum Event {
        /** Nobody had made it: it was made. */
        FIRST,
        /** Answered with what was kept. */
        REPLAYED,
        /** Refused, because it is under way. */
        IN_FLIGHT,
        /** Refused, because something else was asked under the same name. */
        MISMATCH,
        /** Refused, because nobody could be asked. */
        UNAVAILABLE,
        /** Made and not kept: the answer was larger than the most. */
        TOO_LARGE;

        private final String label = name().toLowerCase(Locale.ROOT);

        public String label() {
            return label;
        }
    }

    void happened(Event what);
}
