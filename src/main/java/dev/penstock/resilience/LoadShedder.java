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
 * <p>It does not switch, it leans: the further a signal is above its threshold, the larger the share that is refused, so that
 * what is admitted settles at what can be served. Batch is refused from 60 % of a threshold on and wholly at it, which is
 * where interactive requests begin to be.
 *
 * <pre>
 *   share refused   1 |            batch ____________     ___ interactive
 *                     |                 /                /
 *                   0 |________________/________________/
 *                                    60 %            100 %   all: lag 200 %, heap half of what is left
 * </pre>
 *
 * <p>The lag of the loop is measured here, by a timer every {@value #PULSE_MILLIS} ms, and not taken from telemetry, which looks
 * four times a second for people and may be off. Two late pulses in a row count, and the lesser of them, so that a single pause
 * of the collector refuses nobody; and it falls slowly ({@link #CALMING}), so that the door does not flap.
 */
public final class LoadShedder {

    static final int PULSE_MILLIS = 100;

    private static final Duration PULSE = Duration.ofMillis(PULSE_MILLIS);
    /** What remains of an earlier lag with each pulse: a tenth after 0.7 s. */
    private static final double CALMING = 0.7;

    private static final double BATCH_FROM = 0.6;
    /** A heap of which half is used is in good health; thresholds count from there. */
    private static final double HEALTHY_HEAP = 0.5;

    private final HeapWatch heap;
    private final IntSupplier open;
    private final Ticker ticker;
    private final Timers timers;
    private final RandomGenerator random;
    private final LoadListener listener;
    private ShedSettings settings;
    private long expectedNanos;
    private long previousLate;
    private long lag;
    private boolean started;

    /**
     * @param open open exchanges of the node, the one in question included
     * @param timers timers of this event loop
     * @param random of this event loop
     */
    public LoadShedder(
            ShedSettings settings,
            HeapWatch heap,
            IntSupplier open,
            Ticker ticker,
            Timers timers,
            RandomGenerator random,
            LoadListener listener) {
        this.settings = settings;
        this.heap = heap;
        this.open = open;
        this.ticker = ticker;
        this.timers = timers;
        this.random = random;
        this.listener = listener;
    }

    /** Begins to feel the pulse of the loop. */
    public void start() {
        started = true;
        arm(ticker.nanos());
    }

    /** Other thresholds from now on. */
    public void use(ShedSettings next) {
        settings = next;
    }

    /** Why a new request of this priority is turned away, or null: it may come in. Tens of nanoseconds in good times. */
    public @Nullable GatewayError refusal(Priority priority) {
        double byLag = lagShare(priority);
        double byHeap = heapShare(priority);
        double byExchanges = exchangesShare(priority);
        double most = Math.max(byLag, Math.max(byHeap, byExchanges));
        if (most <= 0 || (most < 1 && random.nextDouble() >= most)) {
            return null;
        }
        ShedReason reason = most == byLag ? ShedReason.LAG : most == byHeap ? ShedReason.HEAP : ShedReason.EXCHANGES;
        listener.onShed(reason, priority);
        return GatewayError.builder(Kind.OVERLOADED, "The gateway has more to do than it can at the moment.")
                .code("overloaded")
                .hint("Send the request again after the time in retry-after.")
                // Spread, so that not all come back at once.
                .retryAfter(Duration.ofMillis(1_000 + random.nextInt(2_000)))
                .build();
    }

    private double lagShare(Priority priority) {
        double limit = settings.lag().toNanos();
        if (limit == 0 || !started) {
            return 0;
        }
        return switch (priority) {
            case INTERACTIVE -> ramp((double) lagNow(), limit, 2 * limit);
            case BATCH -> ramp((double) lagNow(), BATCH_FROM * limit, limit);
        };
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

    /** A pulse that is overdue is not waited for: what the loop reads after a long turn comes before its timers. */
    private long lagNow() {
        return Math.max(lag, Math.min(previousLate, ticker.nanos() - expectedNanos));
    }

    private void pulse() {
        long now = ticker.nanos();
        long late = Math.max(0, now - expectedNanos);
        lag = Math.max(Math.min(late, previousLate), (long) (lag * CALMING));
        previousLate = late;
        arm(now);
    }

    private void arm(long now) {
        expectedNanos = now + PULSE.toNanos();
        timers.after(PULSE, this::pulse);
    }
}
