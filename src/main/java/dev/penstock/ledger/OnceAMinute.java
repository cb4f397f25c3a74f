// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.exchange.Ticker;
import java.time.Duration;

/** Lets the first of many alarms of one kind through, and then one a minute. Used by one thread. */
final class OnceAMinute {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Ticker ticker;
    private long last;
    private boolean spoken;

    OnceAMinute(Ticker ticker) {
        this.ticker = ticker;
    }

    boolean isDue() {
        long now = ticker.nanos();
        if (spoken && now - last < MINUTE) {
            return false;
        }
        spoken = true;
        last = now;
        return true;
    }

    /** All is well again: the next one is the first one. */
    void reset() {
        spoken = false;
    }
}
