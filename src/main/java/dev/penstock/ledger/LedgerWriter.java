// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread between the event loops and the {@link Outlet}. It takes what has gathered in the queue and puts all of it at once.
 * What cannot be put stays here and is tried again, while the queue behind it fills; a full queue refuses, and what is refused is
 * counted as lost.
 *
 * <p>While few records come, each is written as it comes: what is not written yet is lost when the process is killed. When
 * more than {@value #CROWD} come within {@value #GATHER_MICROS} microseconds, it waits that long after a batch before it looks again, so
 * that one write serves many records and no event loop has to wake it. Whoever waits for the disk does not wait for this.
 */
final class LedgerWriter implements AutoCloseable {

    static final int GATHER_MICROS = 1_000;
    static final int CROWD = 4;

    private static final int BATCH = 1_024;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

    private final RecordQueue queue;
    private final Outlet outlet;
    private final boolean gathers;
    private final Duration lastTries;
    private final Ticker ticker;
    private final LedgerListener listener;
    private final Consumer<ExchangeRecord> onKept;
    private final Consumer<ExchangeRecord> onDelayed;
    private final AtomicBoolean sleeping = new AtomicBoolean();
    private final LongAdder records = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final OnceAMinute lostAlarm;
    private final OnceAMinute troubleAlarm;
    private final List<ExchangeRecord> batch = new ArrayList<>(BATCH);
    private final Thread thread;
    private long countedSince;
    private long counted;
    private boolean crowded;
    private long lostTold;
    private long pauseNanos = FIRST_PAUSE.toNanos();
    private volatile int inHand;
    private volatile @Nullable String trouble;
    private volatile @Nullable Instant oldest;
    private volatile boolean closed;

    /**
     * @param gathers whether it waits after a batch for more to come
     * @param lastTries for how long what cannot be put is tried again after the end
     * @param onKept hears of each record that was put, on the writer's thread
     * @param onDelayed hears of each one that could not be put at the first try
     */
    LedgerWriter(
            RecordQueue queue,
            Outlet outlet,
            boolean gathers,
            Duration lastTries,
            Ticker ticker,
            LedgerListener listener,
            Consumer<ExchangeRecord> onKept,
            Consumer<ExchangeRecord> onDelayed) {
        this.queue = queue;
        this.outlet = outlet;
        this.gathers = gathers;
        this.lastTries = lastTries;
        this.ticker = ticker;
        this.listener = listener;
        this.onKept = onKept;
        this.onDelayed = onDelayed;
        this.lostAlarm = new OnceAMinute(ticker);
        this.troubleAlarm = new OnceAMinute(ticker);
        this.thread = Thread.ofPlatform().daemon().name("penstock-journal").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** From event loops: false when there is no room, and then it is lost. */
    boolean offer(ExchangeRecord one) {
        if (closed || !queue.offer(one)) {
            lost.increment();
            return false;
        }
        if (sleeping.get() && sleeping.compareAndSet(true, false)) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    /** Why records wait, or null: they do not. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** When the oldest exchange ended that could not be put, or null: none waits for longer than a moment. */
    @Nullable
    Instant oldest() {
        return oldest;
    }

    /** Put since the start. */
    long records() {
        return records.sum();
    }

    long lost() {
        return lost.sum();
    }

    /** In the queue and in the writer's hands. */
    int waiting() {
        return queue.size() + inHand;
    }

    private void run() {
        long closingSince = 0;
        while (true) {
            boolean closing = closed;
            if (closing && closingSince == 0) {
                closingSince = ticker.nanos();
            }
            fill();
            int taken = batch.size();
            boolean well = put();
            tellLost();
            if (closing && batch.isEmpty() && queue.isEmpty()) {
                return;
            }
            if (closing && !well && ticker.nanos() - closingSince > lastTries.toNanos()) {
                giveUp();
                return;
            }
            rest(well, taken);
        }
    }

    private void fill() {
        while (batch.size() < BATCH) {
            ExchangeRecord one = queue.poll();
            if (one == null) {
                break;
            }
            batch.add(one);
        }
        inHand = batch.size();
    }

    private boolean put() {
        try {
            if (batch.isEmpty()) {
                outlet.idle();
            } else {
                int never = outlet.put(batch);
                lost.add(never);
                records.add(batch.size() - never);
                batch.forEach(onKept);
                batch.clear();
                inHand = 0;
            }
        } catch (IOException | UnreadableEntry | RuntimeException e) {
            troubled(e);
            return false;
        }
        healed();
        return true;
    }

    private void troubled(Exception e) {
        String why = e instanceof RuntimeException ? e.toString() : String.valueOf(e.getMessage());
        trouble = why;
        if (!batch.isEmpty()) {
            oldest = batch.getFirst().startedAt().plusNanos(batch.getFirst().durationNanos());
        }
        batch.forEach(onDelayed);
        if (troubleAlarm.isDue()) {
            listener.onAlarm("the ledger cannot take records, " + waiting() + " wait: " + why);
        }
    }

    private void healed() {
        if (trouble != null) {
            trouble = null;
            oldest = null;
            pauseNanos = FIRST_PAUSE.toNanos();
            troubleAlarm.reset();
            listener.onNote("the ledger takes records again");
        }
    }

    private void tellLost() {
        long now = lost.sum();
        if (now > lostTold && lostAlarm.isDue()) {
            listener.onAlarm((now - lostTold) + " records of the ledger are lost, there was no room for them");
            lostTold = now;
        }
    }

    private void giveUp() {
        int left = batch.size();
        batch.clear();
        while (queue.poll() != null) {
            left++;
        }
        lost.add(left);
        inHand = 0;
        listener.onAlarm(left + " records of the ledger are lost: the process ends, and " + trouble);
    }

    /** Whether so many come that they should gather first, by how many came lately. */
    private boolean isCrowded(int taken) {
        long gather = GATHER_MICROS * 1_000L;
        long span = ticker.nanos() - countedSince;
        counted += taken;
        if (span >= gather) {
            crowded = counted * gather > CROWD * span;
            counted = 0;
            countedSince += span;
        }
        return crowded;
    }

    private void rest(boolean well, int taken) {
        if (!well) {
            LockSupport.parkNanos(this, pauseNanos);
            pauseNanos = Math.min(pauseNanos * 2, LONGEST_PAUSE.toNanos());
        } else if (taken > 0) {
            if (gathers && isCrowded(taken) && !closed) {
                LockSupport.parkNanos(this, GATHER_MICROS * 1_000L);
            }
        } else {
            sleeping.set(true);
            if (queue.isEmpty() && !closed) {
                LockSupport.park(this);
            }
            sleeping.set(false);
        }
    }

    /** Puts what is there and stops. Blocks for some seconds at most. */
    @Override
    public void close() throws IOException {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(lastTries.plusSeconds(4).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        outlet.close();
    }
}
