// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.ShedSettings;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Turns new requests away while the node is short of time, of memory or of exchanges, so that those it has are served well: a
 * quick refusal costs a fraction of a late answer. One per event loop, used on it.
 *
 * <p>Time: {@link LoopRoom} learns how many exchanges the loop has room for from how late it is. Memory: the further the heap is
 * above its threshold, the larger the share that is refused. Batch is refused from 60 % of a threshold on and wholly at it, which
 * is where interactive requests begin to be.
 *
 * <pre>
 *   share refused   1 |            batch ____________     ___ interactive
 *                     |                 /                /
 *                   0 |________________/________________/
 *                                    60 %            100 %   half of what is left of the heap
 * </pre>
 *
 * <p>The lag of the loop is measured here, every {@value #PULSE_MILLIS} ms while it has exchanges, and not taken from telemetry,
 * which looks four times a second for people and may be off.
 */
public final class LoadShedder {

    static final int PULSE_MILLIS = 10;

    private static final Duration PULSE = Duration.ofMillis(PULSE_MILLIS);
    private static final Duration IDLE_PULSE = Duration.ofMillis(10 * PULSE_MILLIS);

    private static final double BATCH_FROM = 0.6;
    /** A heap of which half is used is in good health; thresholds count from there. */
    private static final double HEALTHY_HEAP = 0.5;

    private final HeapWatch heap;
    private final IntSupplier open;
    private final IntSupplier live;
    private final Ticker ticker;
    private final Timers timers;
    private final RandomGenerator random;
    private final LoadListener listener;
    private final LoopRoom room = new LoopRoom();
    private ShedSettings settings;
    private long pulseNanos;
    private long expectedNanos;

    /**
     * @param open open exchanges of the node, the one in question included
     * @param live open exchanges of this loop, the one in question included
     * @param timers timers of this event loop
     * @param random of this event loop
     */
    public LoadShedder(
            ShedSettings settings,
            HeapWatch heap,
            IntSupplier open,
            IntSupplier live,
            Ticker ticker,
            Timers timers,
            RandomGenerator random,
            LoadListener listener) {
        this.settings = settings;
        this.heap = heap;
        this.open = open;
        this.live = live;
        this.ticker = ticker;
        this.timers = timers;
        this.random = random;
        this.listener = listener;
    }

    /** Begins to feel the pulse of the loop. */
    public void start() {
        arm(ticker.nanos(), IDLE_PULSE);
    }

    /** Other thresholds from now on. */
    public void use(ShedSettings next) {
        settings = next;
        if (next.lag().isZero()) {
            room.clear();
        }
    }

    /** Why a new request of this priority is turned away, or null: it may come in. Tens of nanoseconds in good times. */
    public @Nullable GatewayError refusal(Priority priority) {
        ShedReason reason = reason(priority);
        if (reason == null) {
            return null;
        }
        listener.onShed(reason, priority);
        return GatewayError.builder(Kind.OVERLOADED, "The gateway has more to do than it can at the moment.")
                .code("overloaded")
                .hint("Send the request again after the time in retry-after.")
                // Spread, so that not all come back at once.
                .retryAfter(Duration.ofMillis(1_000 + random.nextInt(2_000)))
                .build();
    }

    private @Nullable ShedReason reason(Priority priority) {
        if (room.isFull(priority, live.getAsInt())) {
            return ShedReason.LAG;
        }
        double byHeap = heapShare(priority);
        double byExchanges = exchangesShare(priority);
        double most = Math.max(byHeap, byExchanges);
        if (most <= 0 || (most < 1 && random.nextDouble() >= most)) {
            return null;
        }
        return most == byHeap ? ShedReason.HEAP : ShedReason.EXCHANGES;
    }

    private double heapShare(Priority priority) {
        double limit = settings.heap();
        if (limit >= 1) {
            return 0;
        }
        return switch (priority) {
            case INTERACTIVE -> ramp(heap.share(), limit, (limit + 1) / 2);
            case BATCH -> ramp(heap.share(), HEALTHY_HEAP + BATCH_FROM * (limit - HEALTHY_HEAP), limit);
        };
    }

    /** A hard bound for all; unlike the others it says exactly what it is, so interactive requests need no ramp. */
    private double exchangesShare(Priority priority) {
        int limit = settings.exchanges();
        if (limit == 0) {
            return 0;
        }
        int now = open.getAsInt();
        if (now > limit) {
            return 1;
        }
        return switch (priority) {
            case INTERACTIVE -> 0;
            case BATCH -> ramp(now, BATCH_FROM * limit, limit);
        };
    }

    private static double ramp(double value, double from, double to) {
        return Math.clamp((value - from) / (to - from), 0.0, 1.0);
    }

    private void pulse() {
        long now = ticker.nanos();
        int busy = live.getAsInt();
        long bound = settings.lag().toNanos();
        if (bound > 0) {
            room.pulse(Math.max(0, now - expectedNanos), now - pulseNanos, bound, busy);
        }
        arm(now, busy > 0 ? PULSE : IDLE_PULSE);
    }

    private void arm(long now, Duration pulse) {
        pulseNanos = now;
        expectedNanos = now + pulse.toNanos();
        timers.after(pulse, this::pulse);
    }
}
