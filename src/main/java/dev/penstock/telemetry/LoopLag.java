// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Timers.Timer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The pulse of one event loop: a timer that measures by how much it comes late. The delay is what every stream of that loop
 * feels, and a loop that has not ticked for seconds is what {@code /livez} looks for.
 */
public final class LoopLag {

    private static final Duration EVERY = Duration.ofMillis(250);

    private final LogHistogram lag;
    private final Ticker ticker;
    private final Timers timers;
    private long expectedNanos;
    private volatile long lastTickNanos;
    private @Nullable Timer next;

    LoopLag(LogHistogram lag, Ticker ticker, Timers timers) {
        this.lag = lag;
        this.ticker = ticker;
        this.timers = timers;
        this.lastTickNanos = ticker.nanos();
    }

    /** Called on the event loop that is to be watched. */
    public void start() {
        arm(ticker.nanos());
    }

    /** Called on the same event loop. */
    public void stop() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    /** Whether the loop has shown life within the duration. Called from any thread. */
    public boolean tickedWithin(Duration duration) {
        return ticker.nanos() - lastTickNanos <= duration.toNanos();
    }

    private void tick() {
        long now = ticker.nanos();
        lag.record(now - expectedNanos);
        arm(now);
    }

    private void arm(long now) {
        lastTickNanos = now;
        expectedNanos = now + EVERY.toNanos();
        next = timers.after(EVERY, this::tick);
    }
}
