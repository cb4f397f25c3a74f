// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** When a provider wants to be asked again. */
public final class RetryAfter {

    /** Longer waits are cut to this. */
    static final Duration LONGEST = Duration.ofDays(1);

    private RetryAfter() {}

    /**
     * RFC 9110 section 10.2.3 (seconds or an HTTP date), and what is sent besides: fractions, and Google's {@code 34.07s}.
     */
    public static @Nullable Duration read(@Nullable String value, @Nullable Instant now) {
        if (value == null || value.isBlank() || value.length() > 64) {
            return null;
        }
        String text = value.strip();
        String number = text.endsWith("s") ? text.substring(0, text.length() - 1) : text;
        Duration wait = isDecimal(number) ? seconds(number) : until(text, now);
        if (wait == null || wait.isNegative()) {
            return null;
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }

    private static boolean isDecimal(String text) {
        return !text.isEmpty()
                && text.length() <= 18
                && text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.')
                && text.chars().filter(c -> c == '.').count() <= 1
                && text.charAt(0) != '.';
    }

    private static Duration seconds(String number) {
        return Duration.ofMillis(new BigDecimal(number).movePointRight(3).longValue());
    }

    private static @Nullable Duration until(String date, @Nullable Instant now) {
        if (now == null) {
            return null;
        }
        try {
            Duration wait = Duration.between(now, ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME));
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
