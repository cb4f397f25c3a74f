// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.Ticker;
import java.time.Instant;

/**
 * The time of day that windows go by. It goes on with the monotonic clock and never back. A wall clock that is ahead is followed at
 * once; one that was set back is waited for at seven eighths of the speed, so that no window comes twice and none stands still.
 *
 * <p>Any thread.
 */
final class QuotaClock {

    private static final long LOOK_NANOS = 100_000_000L;
    private static final long TOLERATED_NANOS = 20_000_000L;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final Ticker ticker;
    private volatile Anchor anchor;

    QuotaClock(Ticker ticker) {
        this.ticker = ticker;
        this.anchor = new Anchor(wallNanos(), ticker.nanos(), false);
    }

    /** Milliseconds since 1970, rising. */
    long millis() {
        Anchor known = anchor;
        long nanos = ticker.nanos();
        return nanos - known.nanos < LOOK_NANOS ? known.at(nanos) / NANOS_PER_MILLI : look(nanos);
    }

    private synchronized long look(long nanos) {
        long reached = anchor.at(nanos);
        if (nanos - anchor.nanos >= LOOK_NANOS) {
            long wall = wallNanos();
            anchor = new Anchor(Math.max(reached, wall), nanos, reached - wall > TOLERATED_NANOS);
        }
        return anchor.at(nanos) / NANOS_PER_MILLI;
    }

    private long wallNanos() {
        Instant now = ticker.now();
        return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
    }

    private record Anchor(long wallNanos, long nanos, boolean slow) {

        long at(long now) {
            long passed = Math.max(0, now - nanos);
            return wallNanos + (slow ? passed - passed / 8 : passed);
        }
    }
}
