// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import org.jspecify.annotations.Nullable;

/** A size in a file: {@code 512KiB}, {@code 20MiB}, {@code 1GiB}, or {@code 100B}. */
record ByteSize(long bytes) implements Comparable<ByteSize> {

    private static final String[] UNITS = {"GiB", "MiB", "KiB", "B"};
    private static final int[] SHIFTS = {30, 20, 10, 0};

    static @Nullable ByteSize parse(String text) {
        for (int i = 0; i < UNITS.length; i++) {
            if (text.endsWith(UNITS[i])) {
                long number = Digits.parse(text.substring(0, text.length() - UNITS[i].length()));
                boolean fits = number >= 0 && number <= Long.MAX_VALUE >> SHIFTS[i];
                return fits ? new ByteSize(number << SHIFTS[i]) : null;
            }
        }
        return null;
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        for (int i = 0; i < UNITS.length; i++) {
            if (bytes != 0 && bytes % (1L << SHIFTS[i]) == 0) {
                return (bytes >> SHIFTS[i]) + UNITS[i];
            }
        }
        return bytes + "B";
    }
}
