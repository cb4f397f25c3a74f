// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * When the node turns new requests away to keep the ones that it has. Requests of priority batch go first, from 60 % of a
 * threshold on.
 *
 * @param lag how late an event loop may be, as the median of a tenth of a second; zero: as late as it will
 * @param heap share of the heap that may be in use after a collection, above 0.5; 1: all of it
 * @param exchanges most open exchanges; zero: as many as come
 */
public record ShedSettings(Duration lag, double heap, int exchanges) {

    public static final ShedSettings DEFAULT = new ShedSettings(Duration.ofMillis(25), 0.9, 0);

    public ShedSettings {
        if (lag.isNegative()) {
            throw new IllegalArgumentException("shed.lag: " + lag + " (expected: >= 0)");
        }
        if (!(heap > 0.5) || heap > 1) {
            throw new IllegalArgumentException("shed.heap: " + heap + " (expected: > 0.5, <= 1)");
        }
        if (exchanges < 0) {
            throw new IllegalArgumentException("shed.exchanges: " + exchanges + " (expected: >= 0)");
        }
    }
}
