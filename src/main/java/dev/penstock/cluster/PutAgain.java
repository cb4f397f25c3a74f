// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Puts again, some times in the next seconds, what was put into a map of which every node has a copy. Hazelcast sends a change to each node
 * three times at most, within a moment, and refuses one that a later change has overtaken; a node that is just being handed partitions
 * misses it then, until all copies are compared, every thirty seconds ({@code ReplicateUpdateOperation}, {@code ReplicatedMapService} of
 * Hazelcast 5.6).
 */
final class PutAgain {

    private static final List<Duration> DELAYS =
            List.of(Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(8));

    private final ScheduledExecutorService thread;
    private final Executor worker;

    /**
     * Nothing is put yet.
     *
     * @param thread for the time; never waits
     * @param worker may wait
     */
    PutAgain(ScheduledExecutorService thread, Executor worker) {
        this.thread = thread;
        this.worker = worker;
    }

    /** Runs it on the worker, some times. Returns at once; any thread. */
    void soon(Runnable put) {
        try {
            for (Duration delay : DELAYS) {
                Future<?> unused = thread.schedule(() -> worker.execute(put), delay.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException closed) {
            // The node leaves, and what it has to say is said.
        }
    }
}
