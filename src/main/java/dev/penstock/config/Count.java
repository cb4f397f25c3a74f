// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** A number of things in a file: {@code 256}, {@code 100k}, {@code 4M}. */
record Count(long value) implements Comparable<Count> {

    static @Nullable Count parse(String text) {
        long factor = text.endsWith("k") ? 1_000 : text.endsWith("M") ? 1_000_000 : 1;
        long number = Digits.parse(factor == 1 ? text : text.substring(0, text.length() - 1));
        return number < 0 || number > Long.MAX_VALUE / factor ? null : new Count(number * factor);
    }

    @Override
    public int compareTo(Count other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
