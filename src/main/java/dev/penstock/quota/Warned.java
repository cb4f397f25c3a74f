// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.List;

/** Which shares of a limit have been told in a window, each once. Any thread. */
final class Warned {

    private final Counter counter;
    private final Leases book;
    private int told;

    Warned(Counter counter, Leases book) {
        this.counter = counter;
        this.book = book;
    }

    synchronized boolean hasToldNothing() {
        return told == 0;
    }

    /** What is under way at once comes back: below the first share all of it may be told anew. */
    synchronized void forgetBelow(long used) {
        if (told > 0
                && used < counter.rule().warnAt().getFirst() * counter.rule().amount()) {
            told = 0;
        }
    }

    /** Tells the shares that have been reached since this was asked last. */
    void tell(long used) {
        List<Double> shares = counter.rule().warnAt();
        long amount = counter.rule().amount();
        int from;
        int to;
        synchronized (this) {
            from = told;
            to = from;
            while (to < shares.size() && used >= Math.ceil(amount * shares.get(to))) {
                to++;
            }
            told = to;
        }
        for (int i = from; i < to; i++) {
            book.listener().onWarning(counter.rule(), counter.whose(), shares.get(i));
        }
    }
}
