// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/** The calls that wait for a lease, in the order in which they came. Under the lock of the lease. */
final class WaitingLine {

    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

    /** How a waiter gets something. */
    @FunctionalInterface
    interface Taking {

        /**
         * Takes for it.
         *
         * @param inPart whether less than it would like will do
         * @return {@link Pot#NOTHING} when there is too little
         */
        long take(Waiter waiter, boolean inPart);
    }

    void add(Waiter waiter) {
        waiters.add(waiter);
    }

    void remove(Waiter waiter) {
        waiters.remove(waiter);
    }

    int size() {
        return waiters.size();
    }

    boolean isEmpty() {
        return waiters.isEmpty();
    }

    /** All that they would like, together. */
    long wanted() {
        long sum = 0;
        for (Waiter waiter : waiters) {
            sum += Math.min(waiter.most, Long.MAX_VALUE / 4 - sum);
        }
        return sum;
    }

    /**
     * Gives what is there. One that wants more than there is does not hold up those that want less once it is dry.
     *
     * @param ended receives those that have something
     */
    void serve(boolean dry, Taking taking, List<Waiter> ended) {
        int count = waiters.size();
        boolean blocked = false;
        for (int i = 0; i < count; i++) {
            Waiter waiter = waiters.remove();
            long part = blocked && !dry ? Pot.NOTHING : taking.take(waiter, dry);
            if (part == Pot.NOTHING) {
                blocked = true;
                waiters.add(waiter);
            } else {
                waiter.ended(Waiter.End.TAKEN, part);
                ended.add(waiter);
            }
        }
    }

    /** Sends everybody away. */
    void endAll(Consumer<Waiter> how, List<Waiter> ended) {
        for (Waiter waiter : waiters) {
            how.accept(waiter);
            ended.add(waiter);
        }
        waiters.clear();
    }
}
