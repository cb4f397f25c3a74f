// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Where a script waits until the test lets it go on. A test that wants to see what happens between two tokens puts a gate
 * there, so that nothing depends on how fast anybody is. A closed gate lets nobody through, {@link #step()} lets one pass,
 * {@link #open()} lets everybody pass from now on.
 */
public final class Gate {

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int permits;
    private boolean open;

    /** Lets one waiter through, now or when it arrives. */
    public void step() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                permits++;
            }
        }
        if (next != null) {
            next.run();
        }
    }

    /** Lets everybody through, now and later. */
    public void open() {
        Queue<Runnable> all;
        synchronized (this) {
            open = true;
            all = new ArrayDeque<>(waiting);
            waiting.clear();
        }
        all.forEach(Runnable::run);
    }

    /** How many scripts stand before this gate. */
    public synchronized int waiting() {
        return waiting.size();
    }

    /** Runs the task when the gate lets it through: at once on this thread, or later on the thread that opens. */
    void pass(Runnable task) {
        synchronized (this) {
            if (!open && permits == 0) {
                waiting.add(task);
                return;
            }
            if (!open) {
                permits--;
            }
        }
        task.run();
    }
}
