// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** An amount in US dollars in a file: {@code 2.5}. */
record Usd(BigDecimal amount) implements Comparable<Usd> {

    private static final int NANO = 9;

    static @Nullable Usd parse(String text) {
        BigDecimal amount = Decimals.parse(text);
        return amount == null ? null : new Usd(amount);
    }

    static Usd ofNanos(long nanos) {
        return new Usd(Decimals.plain(BigDecimal.valueOf(nanos, NANO)));
    }

    /** For amounts that a range has held below nine billion. */
    long nanos() {
        return amount.movePointRight(NANO).longValueExact();
    }

    @Override
    public int compareTo(Usd other) {
        return amount.compareTo(other.amount);
    }

    @Override
    public String toString() {
        return amount.toPlainString();
    }
}
