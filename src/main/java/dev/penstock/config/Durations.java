// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Durations as the file writes them: {@code 200ms}, {@code 30s}, {@code 2m}, {@code 1h}. */
public final class Durations {

    private static final String[] UNITS = {"h", "m", "s", "ms"};
    private static final long[] MILLIS = {3_600_000, 60_000, 1_000, 1};

    private Durations() {}

    /** Null for a text that is none. */
    public static @Nullable Duration parse(String text) {
        // "ms" before "s" and "m": the longest unit that fits is meant.
        for (int i = UNITS.length - 1; i >= 0; i--) {
            if (text.endsWith(UNITS[i])) {
                long number = Digits.parse(text.substring(0, text.length() - UNITS[i].length()));
                boolean fits = number >= 0 && number <= Long.MAX_VALUE / MILLIS[i];
                return fits ? Duration.ofMillis(number * MILLIS[i]) : null;
            }
        }
        return null;
    }

    /** The shortest spelling that {@link #parse} reads back to the same value. */
    static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        for (int i = 0; i < UNITS.length; i++) {
            if (millis % MILLIS[i] == 0) {
                return millis / MILLIS[i] + UNITS[i];
            }
        }
        return millis + "ms";
    }
}
