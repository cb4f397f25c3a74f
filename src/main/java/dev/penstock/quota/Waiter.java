// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A call that the lease at hand does not cover. Whoever ends it may be on another thread; a call that has gone to sleep meanwhile
 * goes on on its own loop.
 *
 * <pre>{@code NEW --park--> PARKED --ended--> ENDED (goes on on its loop);  NEW --ended--> ENDED (park says no)}</pre>
 */
final class Waiter {

    /** How it ended. */
    enum End {
        /** It has what it wanted. */
        TAKEN,
        /** The limit is reached. */
        REFUSED,
        /** Nobody can count it, and the rule says no then. */
        UNREACHABLE,
        /** Nobody can count it, and the rule says yes then. */
        UNCOUNTED,
        /** The window has ended meanwhile: ask in the new one. */
        AGAIN
    }

    private enum State {
        NEW,
        PARKED,
        ENDED
    }

    /** What it needs, and what it would like. */
    final long least;

    final long most;

    private final Executor loop;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private Runnable goOn = () -> {};
    private volatile End end = End.AGAIN;
    private volatile long amount;

    Waiter(long least, long most, Executor loop) {
        this.least = least;
        this.most = most;
        this.loop = loop;
    }

    /** Goes on with this on its loop once it has ended; false when it has ended already. */
    boolean park(Runnable then) {
        goOn = then;
        return state.compareAndSet(State.NEW, State.PARKED);
    }

    /** Said by the lease with its lock; {@link #tell} follows without it. */
    void ended(End how, long taken) {
        amount = taken;
        end = how;
    }

    void tell() {
        if (state.getAndSet(State.ENDED) == State.PARKED) {
            loop.execute(goOn);
        }
    }

    /** Runs that on its loop, behind what the loop does now. */
    void afterwards(Runnable task) {
        loop.execute(task);
    }

    boolean isEnded() {
        return state.get() == State.ENDED;
    }

    End end() {
        return end;
    }

    /** What was taken for it. */
    long amount() {
        return amount;
    }
}
