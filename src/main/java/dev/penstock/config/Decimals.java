// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Numbers with a fraction as the file's values hold them: ASCII digits, at most one dot between digits, no sign, no exponent. */
final class Decimals {

    private static final int LONGEST_FRACTION = 9;

    private Decimals() {}

    /** The number without zeros at its end, or null when the text is none. */
    static @Nullable BigDecimal parse(String text) {
        int dot = text.indexOf('.');
        String whole = dot < 0 ? text : text.substring(0, dot);
        if (Digits.parse(whole) < 0) {
            return null;
        }
        String fraction = dot < 0 ? "0" : text.substring(dot + 1);
        boolean digits = !fraction.isEmpty()
                && fraction.length() <= LONGEST_FRACTION
                && fraction.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? plain(new BigDecimal(whole + "." + fraction)) : null;
    }

    static BigDecimal plain(BigDecimal number) {
        BigDecimal stripped = number.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
