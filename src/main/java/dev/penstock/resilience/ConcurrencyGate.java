// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;

/**
 * Stands before one target and lets as many attempts pass at a time as the target serves well ({@link LearnedLimit}). Who
 * finds no room waits in a short line ({@link WaitingLine}), if its turn will come in time by what is known: a line that nobody
 * has the patience for is a pile-up. Shared by all event loops of the node.
 *
 * <p>While nobody waits, passing is a compare-and-set. With a line, whoever ends an attempt serves the next, on the next one's
 * own loop. No turn is lost: who joins the line makes itself seen ({@link #waiting}) before it looks for room once more, and
 * who ends an attempt makes room before it looks for a line.
 */
public final class ConcurrencyGate {

    private static final Duration SHORTEST_RETRY = Duration.ofSeconds(1);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);
    /** Share of a new hold time in the average: the last 16 attempts or so. */
    private static final int HOLD_WEIGHT = 16;

    private final ConcurrencySettings settings;
    private final Ticker ticker;
    private final DoubleSupplier chance;
    private final LoadListener listener;
    private final LearnedLimit learned;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Object lock = new Object();
    private final WaitingLine line = new WaitingLine();
    private volatile int waiting;
    /** How long an attempt holds its slot, averaged. Loops may overwrite each other: the loss of a sample is no loss. */
    private volatile long holdNanos;

    /**
     * @param chance numbers from 0 to 1, from any thread
     */
    ConcurrencyGate(ConcurrencySettings settings, Ticker ticker, DoubleSupplier chance, LoadListener listener) {
        this.settings = settings;
        this.ticker = ticker;
        this.chance = chance;
        this.listener = listener;
        this.learned = new LearnedLimit(settings, ticker);
    }

    /**
     * Asks for a slot. One of the two callbacks is called, once, on the caller's loop: inside this call when there is room or no
     * hope, later when there is a line. With a refusal comes the time after which another try makes sense; another target may
     * have room at once.
     *
     * @param remainingNanos until the exchange's own deadline
     * @param loop the caller's event loop; tasks given to it run one after the other on the thread that calls this
     * @param timers timers of that loop
     * @return the place in the line, to leave it
     */
    public Turn enter(
            Priority priority,
            long remainingNanos,
            Executor loop,
            Timers timers,
            Consumer<Slot> granted,
            Consumer<GatewayError> refused) {
        if (waiting == 0 && tryTake()) {
            granted.accept(held());
            return Turn.OVER;
        }
        long patience = Math.min(settings.maxWait().toNanos(), remainingNanos - learned.typicalNanos());
        Waiter waiter = new Waiter(this, priority, loop, granted, refused);
        Waiter displaced = null;
        QueueRefusal reason;
        synchronized (lock) {
            reason = patience <= 0 || expectedNanos(priority) > patience ? QueueRefusal.TOO_LONG : null;
            if (reason == null && line.size() >= settings.queue()) {
                displaced = priority == Priority.INTERACTIVE ? line.lastOfBatch() : null;
                reason = displaced == null ? QueueRefusal.FULL : null;
            }
            if (displaced != null) {
                displaced.place = Waiter.Place.REFUSED;
            }
            if (reason == null) {
                line.add(waiter);
                waiting = line.size();
            }
        }
        if (displaced != null) {
            displaced.refuse(refusal(QueueRefusal.DISPLACED, Priority.BATCH));
        }
        if (reason != null) {
            refused.accept(refusal(reason, priority));
            return Turn.OVER;
        }
        waiter.expireWith(timers.after(Duration.ofNanos(patience), waiter::expire));
        serve();
        return waiter;
    }

    /** Attempts that may be under way now. Any thread. */
    public int limit() {
        return learned.limit();
    }

    /** Attempts under way. Any thread. */
    public int inFlight() {
        return inFlight.get();
    }

    /** Attempts that wait. Any thread. */
    public int waiting() {
        return waiting;
    }

    boolean idle() {
        return inFlight.get() == 0 && waiting == 0;
    }

    private boolean tryTake() {
        int limit = learned.limit();
        int now = inFlight.get();
        while (now < limit) {
            int seen = inFlight.compareAndExchange(now, now + 1);
            if (seen == now) {
                return true;
            }
            now = seen;
        }
        return false;
    }

    /** Lets the first of the line pass for as long as there is room. */
    private void serve() {
        while (true) {
            Waiter next;
            synchronized (lock) {
                if (line.isEmpty() || !tryTake()) {
                    return;
                }
                next = line.next();
                waiting = line.size();
                if (next != null) {
                    next.place = Waiter.Place.GRANTED;
                }
            }
            if (next == null || !next.grant()) {
                inFlight.decrementAndGet();
            }
        }
    }

    /** By the attempts that end at the usual pace; 0 as long as none has ended. Under the lock. */
    private long expectedNanos(Priority priority) {
        return (line.ahead(priority) + 1L) * holdNanos / learned.limit();
    }

    /** Out of the line at its own wish. A slot that was on its way to it goes to the next. */
    void left(Waiter waiter) {
        Waiter.Place place;
        synchronized (lock) {
            place = waiter.place;
            if (place == Waiter.Place.WAITING) {
                takeOut(waiter);
            }
        }
        if (place == Waiter.Place.GRANTED) {
            giveBack();
        }
    }

    /** Out of the line if it still stands there; otherwise its news is on its way. */
    boolean leaves(Waiter waiter) {
        synchronized (lock) {
            if (waiter.place != Waiter.Place.WAITING) {
                return false;
            }
            takeOut(waiter);
            return true;
        }
    }

    private void takeOut(Waiter waiter) {
        line.remove(waiter);
        waiter.place = Waiter.Place.OUT;
        waiting = line.size();
    }

    GatewayError refusal(QueueRefusal reason, Priority priority) {
        listener.onQueueRefused(reason, priority);
        return GatewayError.builder(
                        Kind.OVERLOADED, "The model has as many calls under way as it can serve at the moment.")
                .code("overloaded")
                .hint(reason.hint())
                .retry(Retry.OTHER_TARGET)
                .retryAfter(retryAfter())
                .build();
    }

    /** When the line of now will have been served, and up to half as long again, so that not all come back at once. */
    private Duration retryAfter() {
        long nanos = (waiting + 1L) * holdNanos / learned.limit();
        long bounded = Math.clamp(nanos, SHORTEST_RETRY.toNanos(), LONGEST_RETRY.toNanos());
        return Duration.ofNanos((long) (bounded * (1 + chance.getAsDouble() / 2)));
    }

    Slot held() {
        return new Held(this, ticker.nanos());
    }

    private void giveBack() {
        inFlight.decrementAndGet();
        if (waiting > 0) {
            serve();
        }
    }

    private void ended(long sinceNanos) {
        long held = ticker.nanos() - sinceNanos;
        long average = holdNanos;
        holdNanos = average == 0 ? held : average + (held - average) / HOLD_WEIGHT;
        giveBack();
    }

    /** A slot in use. */
    private static final class Held implements Slot {

        private final ConcurrencyGate gate;
        private final long sinceNanos;
        private boolean timed;
        private boolean ended;

        Held(ConcurrencyGate gate, long sinceNanos) {
            this.gate = gate;
            this.sinceNanos = sinceNanos;
        }

        @Override
        public void firstToken(long nanosSinceSent) {
            if (!timed && !ended) {
                timed = true;
                if (gate.learned.firstToken(nanosSinceSent, gate.inFlight.get()) && gate.waiting > 0) {
                    gate.serve();
                }
            }
        }

        @Override
        public void done(boolean dropped) {
            if (!ended) {
                ended = true;
                if (dropped) {
                    gate.learned.dropped(gate.inFlight.get());
                }
                gate.ended(sinceNanos);
            }
        }

        @Override
        public void abandoned() {
            if (!ended) {
                ended = true;
                gate.ended(sinceNanos);
            }
        }
    }
}
