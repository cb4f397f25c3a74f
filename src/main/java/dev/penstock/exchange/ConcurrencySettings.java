// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * How many attempts one target may have under way on this node, learned from its times to the first token.
 *
 * @param initial where learning begins
 * @param min never fewer
 * @param max never more
 * @param queue attempts that may wait for their turn
 * @param maxWait longest wait for a turn; never beyond the exchange's own deadline
 */
public record ConcurrencySettings(int initial, int min, int max, int queue, Duration maxWait) {

    public static final ConcurrencySettings DEFAULT = new ConcurrencySettings(50, 4, 1000, 100, Duration.ofSeconds(5));

    public ConcurrencySettings {
        if (min < 1 || initial < min || max < initial) {
            throw new IllegalArgumentException(
                    "concurrency: " + min + ", " + initial + ", " + max + " (expected: 1 <= min <= initial <= max)");
        }
        if (queue < 0 || maxWait.isNegative()) {
            throw new IllegalArgumentException("concurrency: queue and max_wait must be >= 0");
        }
    }
}
