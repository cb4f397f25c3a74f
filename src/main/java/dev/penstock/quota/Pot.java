// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.concurrent.atomic.AtomicLong;

/** An amount that many take from at once, below zero where more was used than there was. Any thread, without a lock. */
final class Pot {

    /** Less than the least was there. */
    static final long NOTHING = -1;

    private final AtomicLong amount = new AtomicLong();

    long get() {
        return amount.get();
    }

    /**
     * Puts in, or takes whether it is there or not.
     *
     * @return what is there afterwards
     */
    long add(long more) {
        return amount.addAndGet(more);
    }

    /** Takes; from least to most, or {@link #NOTHING} */
    long take(long least, long most) {
        long now = amount.get();
        while (now >= least) {
            long part = Math.min(now, most);
            if (amount.compareAndSet(now, now - part)) {
                return part;
            }
            now = amount.get();
        }
        return NOTHING;
    }

    /** What is beyond that which is kept, no more than most; nothing is zero */
    long spare(long most, long kept) {
        long now = amount.get();
        while (true) {
            long spare = Math.min(most, now - kept);
            if (spare <= 0) {
                return 0;
            }
            if (amount.compareAndSet(now, now - spare)) {
                return spare;
            }
            now = amount.get();
        }
    }
}
