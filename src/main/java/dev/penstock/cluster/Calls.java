// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What waits for other nodes, one after the other on a thread of its own; what fails there is no reason to stop. Where too many wait, the
 * one that has waited longest is dropped. Any thread.
 */
final class Calls implements Executor {

    private static final Logger LOG = LogManager.getLogger(Calls.class);
    /** More than there are breakers, and the oldest notices of those say the least. */
    private static final int MOST_WAITING = 256;

    private final ThreadPoolExecutor worker;

    /** A call that has to know when it will never run. */
    interface Droppable extends Runnable {

        /** Instead of {@link #run}; on any thread, and returns at once. */
        void dropped();
    }

    private record Call(Runnable task) implements Runnable {

        @Override
        public void run() {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.warn("cluster: a call failed: {}", e.toString());
            }
        }
    }

    Calls(ThreadFactory threads) {
        this.worker = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MOST_WAITING), threads, Calls::makeRoom);
    }

    @Override
    public void execute(Runnable task) {
        worker.execute(new Call(task));
    }

    private static void makeRoom(Runnable task, ThreadPoolExecutor worker) {
        if (worker.isShutdown()) {
            drop(task);
        } else {
            drop(worker.getQueue().poll());
            worker.execute(task);
        }
    }

    private static void drop(@Nullable Runnable call) {
        if (call instanceof Call waited && waited.task instanceof Droppable task) {
            task.dropped();
        }
    }

    /** Takes no more. */
    void shutdown() {
        worker.shutdown();
    }

    /** Whether all that was taken has run within that time. */
    boolean awaitEnd(Duration most) throws InterruptedException {
        return worker.awaitTermination(most.toMillis(), TimeUnit.MILLISECONDS);
    }
}
