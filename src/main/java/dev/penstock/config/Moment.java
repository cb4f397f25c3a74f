// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * A moment as the file writes it: a date, which means its beginning in UTC, or a date with time and offset (RFC 3339).
 *
 * @param at the moment, in whole milliseconds
 */
public record Moment(Instant at) {

    /** Null for what is none. */
    public static @Nullable Moment parse(String text) {
        try {
            Instant at = text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : OffsetDateTime.parse(text).toInstant();
            return at.getEpochSecond() < 0 ? null : new Moment(Instant.ofEpochMilli(at.toEpochMilli()));
        } catch (DateTimeException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return at.toString();
    }
}
