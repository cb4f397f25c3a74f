// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** A percentile in a file: {@code p95} or {@code 95%}, between 0 and 100 and neither of them. */
record Percentile(Share share) {

    static @Nullable Percentile parse(String text) {
        Share share = Share.parse(text.startsWith("p") ? text.substring(1) + "%" : text);
        boolean between =
                share != null && share.percent().signum() > 0 && share.percent().compareTo(BigDecimal.valueOf(100)) < 0;
        return share != null && between ? new Percentile(share) : null;
    }

    static Percentile of(double value) {
        return new Percentile(Share.of(value));
    }

    /** Between 0 and 1. */
    double value() {
        return share.value();
    }

    @Override
    public String toString() {
        return "p" + share.percent().toPlainString();
    }
}
