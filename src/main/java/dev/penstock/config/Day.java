// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** A day in a file: {@code 2026-11-22}. */
record Day(LocalDate date) {

    private static final int LENGTH = 10;

    static @Nullable Day parse(String text) {
        try {
            return text.length() == LENGTH ? new Day(LocalDate.parse(text)) : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return date.toString();
    }
}
