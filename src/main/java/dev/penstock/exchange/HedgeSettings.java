// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * When a second target is raced before the first token.
 *
 * @param percentile of the first target's own times to the first token after which the second starts, between 0 and 1
 * @param floor never earlier than this; also holds while too little is known of the first target
 */
public record HedgeSettings(double percentile, Duration floor) {

    public static final HedgeSettings DEFAULT = new HedgeSettings(0.95, Duration.ofMillis(500));

    public HedgeSettings {
        if (!(percentile > 0) || percentile >= 1) {
            throw new IllegalArgumentException("hedge.after: " + percentile + " (expected: between 0% and 100%)");
        }
        if (floor.isNegative() || floor.isZero()) {
            throw new IllegalArgumentException("hedge.floor: " + floor + " (expected: > 0)");
        }
    }
}
