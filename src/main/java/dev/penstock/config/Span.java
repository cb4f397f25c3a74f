// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** From one duration to another in a file: {@code 200ms-2s}. */
record Span(Duration from, Duration to) {

    static @Nullable Span parse(String text) {
        int dash = text.indexOf('-');
        Duration from = dash < 0 ? null : Durations.parse(text.substring(0, dash));
        Duration to = dash < 0 ? null : Durations.parse(text.substring(dash + 1));
        return from == null || to == null || from.compareTo(to) > 0 ? null : new Span(from, to);
    }

    @Override
    public String toString() {
        return Durations.format(from) + "-" + Durations.format(to);
    }
}
