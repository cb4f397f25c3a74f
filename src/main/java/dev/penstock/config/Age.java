// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How old something may become, in a file: {@code 12h}, {@code 30d}, {@code 3y}. A day has 24 hours and a year 365 days. */
record Age(Duration span) implements Comparable<Age> {

    private static final long DAY = 24;
    private static final long YEAR = 365 * DAY;

    static @Nullable Age parse(String text) {
        long hours = text.endsWith("y") ? YEAR : text.endsWith("d") ? DAY : text.endsWith("h") ? 1 : 0;
        long number = hours == 0 ? -1 : Digits.parse(text.substring(0, text.length() - 1));
        return number < 0 || number > Integer.MAX_VALUE ? null : new Age(Duration.ofHours(number * hours));
    }

    @Override
    public int compareTo(Age other) {
        return span.compareTo(other.span);
    }

    @Override
    public String toString() {
        long hours = span.toHours();
        if (hours > 0 && hours % YEAR == 0) {
            return hours / YEAR + "y";
        }
        return hours > 0 && hours % DAY == 0 ? hours / DAY + "d" : hours + "h";
    }
}
