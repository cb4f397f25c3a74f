// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;

/** How much a lease should hold ahead of the need, learned from what was used lately. Under the lock of the lease. */
final class Appetite {

    private static final int IDLE_SECONDS = 60;
    private static final int MOST_SECONDS = 1_000;

    private final Leases book;
    private long demand;
    private long usedBefore;
    /** Seconds in which nothing was used. */
    private int still;

    /** @param demand what the window before was asked for */
    Appetite(Leases book, long demand) {
        this.book = book;
        this.demand = demand;
    }

    /** How much there should be ahead of the need. */
    long aim(LimitRule rule) {
        if (book.isLeaving() || still >= 2) {
            return 0;
        }
        if (!book.isShared()) {
            return rule.amount();
        }
        long most = book.mostAhead(rule);
        return Math.max(Math.min(most, demand), most / 16);
    }

    /** Below it, it is time to ask for more. */
    long lowLine(LimitRule rule) {
        return (aim(rule) + 1) / 2;
    }

    /** Above it, some goes back; {@link Long#MAX_VALUE}: none does. */
    long keep(LimitRule rule) {
        if (book.isLeaving()) {
            return 0;
        }
        return book.isShared() ? 2 * aim(rule) : Long.MAX_VALUE;
    }

    /** Somebody waits. */
    void isAwake() {
        still = 0;
    }

    /** It was used up sooner than expected. */
    void grow(LimitRule rule) {
        demand = Math.max(1, Math.max(demand, aim(rule)) * 2);
    }

    /** Once a second. */
    void tick(long used, boolean awaited) {
        long more = Math.max(0, used - usedBefore);
        still = used == usedBefore && !awaited ? Math.min(still + 1, MOST_SECONDS) : 0;
        usedBefore = used;
        demand = Math.max(more, demand / 2);
    }

    /** Nobody has used it for a minute. */
    boolean isIdle() {
        return still >= IDLE_SECONDS;
    }

    /** How much it was asked for lately. */
    long demand() {
        return demand;
    }
}
