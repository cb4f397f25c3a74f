// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bounds further tries at the same target, and hedges, to a tenth of the calls, so that retries cannot multiply the load of a
 * provider that is failing (Site Reliability Engineering, chapter 21, "Handling Overload"). Each exchange deposits a tenth of a
 * credit, each extra call costs one. A few credits are there at the start, for a gateway that is seldom asked, and no more than
 * a hundred are ever kept: what a quiet hour has saved shall not become a burst.
 *
 * <p>One for each first choice of a node, shared by its shards; safe for all threads.
 */
public final class RetryBudget {

    private static final long CREDIT = 1_000;
    private static final long DEPOSIT = CREDIT / 10;
    private static final long AT_START = 3 * CREDIT;
    private static final long MOST = 100 * CREDIT;

    private final AtomicLong held = new AtomicLong(AT_START);

    /** An exchange makes its first call. */
    public void called() {
        long now = held.get();
        while (now < MOST && !held.compareAndSet(now, Math.min(MOST, now + DEPOSIT))) {
            now = held.get();
        }
    }

    /** Pays for an extra call, or says that there is nothing left to pay with. */
    public boolean trySpend() {
        long now = held.get();
        while (now >= CREDIT) {
            if (held.compareAndSet(now, now - CREDIT)) {
                return true;
            }
            now = held.get();
        }
        return false;
    }

    /** An extra call that was paid for was not made. */
    public void giveBack() {
        held.addAndGet(CREDIT);
    }

    /** Whole extra calls that could be made now. */
    public long credits() {
        return held.get() / CREDIT;
    }
}
