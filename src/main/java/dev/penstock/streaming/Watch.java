// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All deadlines of one exchange behind a single timer. Moving a deadline is a plain store: the timer is set once for the
 * earliest of them, and when it fires too early because that deadline has moved on, it is set again. So a stream of a thousand
 * events costs a handful of timers, whatever the idle timeout.
 */
public final class Watch {

    /** What can expire. */
    public enum Deadline {
        CONNECT,
        FIRST_TOKEN,
        IDLE,
        TOTAL,
        KEEP_ALIVE,
        WRITE_STALL
    }

    /** Hears of an expired deadline, which has been cleared. */
    @FunctionalInterface
    public interface Listener {
        void expired(Deadline deadline);
    }

    private static final long NONE = Long.MAX_VALUE;
    private static final Deadline[] ALL = Deadline.values();

    private final Timers timers;
    private final Ticker ticker;
    private final long origin;
    /** Nanoseconds after {@link #origin}, so that comparisons never meet the overflow of the ticker. */
    private final long[] at = new long[ALL.length];

    private Listener listener;
    private Timers.@Nullable Timer timer;
    private long armedFor = NONE;
    private boolean closed;

    public Watch(Timers timers, Ticker ticker, Listener listener) {
        this.timers = timers;
        this.ticker = ticker;
        this.listener = listener;
        this.origin = ticker.nanos();
        Arrays.fill(at, NONE);
    }

    /** From now on somebody else hears of expired deadlines: the pipe takes over from the exchange at the response head. */
    public void listener(Listener next) {
        this.listener = next;
    }

    /** Sets or moves a deadline to a time from now. */
    public void set(Deadline deadline, Duration fromNow) {
        moveTo(deadline, ticker.nanos() + fromNow.toNanos());
    }

    /** Sets or moves a deadline to an absolute time of the ticker. Cheap when it moves to a later time. */
    public void moveTo(Deadline deadline, long tickerNanos) {
        long when = tickerNanos - origin;
        at[deadline.ordinal()] = when;
        if (when < armedFor && !closed) {
            arm(when);
        }
    }

    public void clear(Deadline deadline) {
        at[deadline.ordinal()] = NONE;
    }

    /** Ends the watch; nothing is heard of it any more. */
    public void close() {
        closed = true;
        Arrays.fill(at, NONE);
        disarm();
    }

    private void arm(long when) {
        disarm();
        armedFor = when;
        long delay = Math.max(0, when - (ticker.nanos() - origin));
        timer = timers.after(Duration.ofNanos(delay), this::fired);
    }

    private void disarm() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        armedFor = NONE;
    }

    private void fired() {
        timer = null;
        armedFor = NONE;
        long now = ticker.nanos() - origin;
        for (Deadline deadline : ALL) {
            if (!closed && at[deadline.ordinal()] <= now) {
                at[deadline.ordinal()] = NONE;
                listener.expired(deadline);
            }
        }
        if (closed) {
            return;
        }
        long next = NONE;
        for (long when : at) {
            next = Math.min(next, when);
        }
        if (next < armedFor) {
            arm(next);
        }
    }
}
