// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.Ticker;
import java.time.Instant;

/**
 * The time of day that windows go by. It goes on with the monotonic clock and never back. A wall clock that is ahead is followed at
 * once; one that was set back is waited for at seven eighths of the speed, so that no window comes twice and none stands still.
 *
 * <p>Of nodes that count together the one furthest ahead decides: who hears of a later window goes on there, and as long as that
 * happens every few minutes waits for its own clock at 63 of 64 parts of the speed only, so that it is never far behind the others. All of
 * them being slower than the wall clock, they come back to it together.
 *
 * <p>Any thread.
 */
final class QuotaClock {

    private static final long LOOK_NANOS = 100_000_000L;
    private static final long TOLERATED_NANOS = 20_000_000L;
    private static final long TOLD_NANOS = 300_000_000_000L;
    private static final long LAST_MILLIS = Long.MAX_VALUE / 2_000_000;
    private static final int ALONE = 8;
    private static final int TOLD = 64;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final Ticker ticker;
    private volatile Anchor anchor;
    private boolean told;
    private long toldNanos;

    QuotaClock(Ticker ticker) {
        this.ticker = ticker;
        this.anchor = new Anchor(wallNanos(), ticker.nanos(), 0);
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
            anchor = anchor(Math.max(reached, wall), wall, nanos);
        }
        return anchor.at(nanos) / NANOS_PER_MILLI;
    }

    /**
     * Goes on from that moment where it is not there yet.
     *
     * @return false for a moment that no clock reaches
     */
    synchronized boolean reach(long millis) {
        if (millis > LAST_MILLIS) {
            return false;
        }
        long nanos = ticker.nanos();
        long reached = anchor.at(nanos);
        if (millis > Math.floorDiv(reached, NANOS_PER_MILLI)) {
            told = true;
            toldNanos = nanos;
            anchor = anchor(millis * NANOS_PER_MILLI, wallNanos(), nanos);
        }
        return true;
    }

    private Anchor anchor(long reached, long wall, long nanos) {
        told = told && nanos - toldNanos < TOLD_NANOS;
        boolean ahead = reached - wall > TOLERATED_NANOS;
        return new Anchor(reached, nanos, !ahead ? 0 : told ? TOLD : ALONE);
    }

    private long wallNanos() {
        Instant now = ticker.now();
        return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
    }

    /** @param slower the part of its speed that it lacks; 0 for none */
    private record Anchor(long wallNanos, long nanos, int slower) {

        long at(long now) {
            long passed = Math.max(0, now - nanos);
            return wallNanos + (slower == 0 ? passed : passed - passed / slower);
        }
    }
}
