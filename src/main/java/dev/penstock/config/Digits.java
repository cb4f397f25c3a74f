// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/** Whole numbers as the file's values hold them: ASCII digits only, no leading zero, no sign. */
final class Digits {

    private Digits() {}

    /** The number, or -1 when the text is none or does not fit. */
    static long parse(String text) {
        if (text.isEmpty() || text.length() > 18 || (text.length() > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }
}
