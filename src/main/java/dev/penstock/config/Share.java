// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** A share in a file: {@code 50%}, {@code 12.5%}. */
record Share(BigDecimal percent) implements Comparable<Share> {

    static @Nullable Share parse(String text) {
        BigDecimal number = text.endsWith("%") ? Decimals.parse(text.substring(0, text.length() - 1)) : null;
        return number == null || number.compareTo(BigDecimal.valueOf(100)) > 0 ? null : new Share(number);
    }

    static Share of(double value) {
        return new Share(Decimals.plain(BigDecimal.valueOf(value).movePointRight(2)));
    }

    /** From 0 to 1. */
    double value() {
        return percent.movePointLeft(2).doubleValue();
    }

    @Override
    public int compareTo(Share other) {
        return percent.compareTo(other.percent);
    }

    @Override
    public String toString() {
        return percent.toPlainString() + "%";
    }
}
