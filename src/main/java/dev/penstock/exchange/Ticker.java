// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Instant;

/** Where time comes from. No room calls the clock itself. */
public interface Ticker {

    /** Monotonic nanoseconds, for differences only. */
    long nanos();

    /** Wall-clock time, for records only; never for differences. */
    Instant now();

    static Ticker system() {
        return new Ticker() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public Instant now() {
                return Instant.now();
            }
        };
    }
}
