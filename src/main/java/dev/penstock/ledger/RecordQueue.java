// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The way from the event loops to the one writer: a ring with a bound, without a lock. A loop takes the next place by one
 * compare-and-set and lays its record there; the writer empties the places in their order. Nothing is allocated, and nobody waits: a
 * full ring refuses.
 */
final class RecordQueue {

    private final AtomicReferenceArray<@Nullable ExchangeRecord> ring;
    private final int mask;
    /** Next place for a record; beyond {@link #head} by the length of the ring at most. */
    private final AtomicLong tail = new AtomicLong();
    /** Next place to be emptied; moved by the writer after the place is empty. */
    private final AtomicLong head = new AtomicLong();

    RecordQueue(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity " + capacity + " (expected: a power of two)");
        }
        this.ring = new AtomicReferenceArray<>(capacity);
        this.mask = capacity - 1;
    }

    /** Any thread. Visible to the writer before the caller looks whether the writer sleeps. */
    boolean offer(ExchangeRecord one) {
        long place = tail.get();
        while (true) {
            if (place - head.get() > mask) {
                return false;
            }
            long seen = tail.compareAndExchange(place, place + 1);
            if (seen == place) {
                ring.set((int) place & mask, one);
                return true;
            }
            place = seen;
        }
    }

    /** The writer's thread. Null also while the next one is just being laid there. */
    @Nullable
    ExchangeRecord poll() {
        long place = head.getPlain();
        ExchangeRecord one = ring.getAcquire((int) place & mask);
        if (one != null) {
            ring.setPlain((int) place & mask, null);
            head.setRelease(place + 1);
        }
        return one;
    }

    /** Whether there is one to take, or there will be in a moment. */
    boolean isEmpty() {
        return tail.get() == head.get();
    }

    int size() {
        return (int) Math.max(0, tail.get() - head.get());
    }

    int capacity() {
        return mask + 1;
    }
}
