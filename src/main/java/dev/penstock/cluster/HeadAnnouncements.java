// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How far each node's audit is, held by every node: as bytes, which whoever hears them judges. There is no hurry, so the bus is not needed:
 * the board tells when it changes, and is read again twice a minute. What a node that has gone said last stays for a day, for those that
 * come after it.
 *
 * <p>Reading and writing may wait for other nodes; it happens on the worker only. The listener is called on its thread or on one of
 * Hazelcast's.
 */
final class HeadAnnouncements {

    private static final Logger LOG = LogManager.getLogger(HeadAnnouncements.class);
    private static final Duration AGAIN = Duration.ofSeconds(30);
    private static final Duration KEPT = Duration.ofDays(1);

    private final HazelcastInstance hazelcast;
    private final Supplier<Standing> standing;
    private final ScheduledExecutorService thread;
    private final Executor worker;
    private final PutAgain again;
    private final Map<String, byte[]> own = new ConcurrentHashMap<>();
    private @Nullable Future<?> rereading;

    HeadAnnouncements(
            HazelcastInstance hazelcast,
            Supplier<Standing> standing,
            ScheduledExecutorService thread,
            Executor worker) {
        this.hazelcast = hazelcast;
        this.standing = standing;
        this.thread = thread;
        this.worker = worker;
        this.again = new PutAgain(thread, worker);
    }

    private ReplicatedMap<String, byte[]> board() {
        return hazelcast.getReplicatedMap(HazelcastSettings.AUDIT_HEADS);
    }

    /** Puts what this node says onto the board, in place of what it said before. Returns at once. */
    void announce(String chain, byte[] notice) {
        own.put(chain, notice);
        Runnable put = () -> put(board(), chain, own.getOrDefault(chain, notice));
        worker.execute(put);
        again.soon(put);
    }

    private static void put(ReplicatedMap<String, byte[]> board, String chain, byte[] notice) {
        board.put(chain, notice, KEPT.toSeconds(), TimeUnit.SECONDS);
    }

    /** From now on, and what is there already; often twice, and also what this node says itself. */
    synchronized void hear(Consumer<byte[]> listener) {
        worker.execute(() -> {
            watch(listener);
            level(listener);
        });
        if (rereading == null) {
            long period = AGAIN.toMillis();
            rereading = thread.scheduleWithFixedDelay(
                    () -> {
                        if (standing.get() == Standing.JOINED) {
                            worker.execute(() -> level(listener));
                        }
                    },
                    period,
                    period,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void level(Consumer<byte[]> listener) {
        ReplicatedMap<String, byte[]> board = board();
        for (String chain : board.keySet()) {
            byte[] notice = at(board, chain);
            if (notice != null) {
                listener.accept(notice);
            }
        }
        own.forEach((chain, notice) -> {
            if (!Arrays.equals(at(board, chain), notice)) {
                put(board, chain, notice);
            }
        });
    }

    /** Values come from other processes: one that is of no allowed class fails here, and only here. */
    private static byte @Nullable [] at(ReplicatedMap<String, byte[]> board, String chain) {
        try {
            return board.get(chain);
        } catch (RuntimeException e) {
            LOG.warn("cluster: a head on the board could not be read: {}", e.toString());
            return null;
        }
    }

    private void watch(Consumer<byte[]> listener) {
        board().addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void entryAdded(EntryEvent<String, byte[]> event) {
                entryUpdated(event);
            }

            @Override
            public void entryUpdated(EntryEvent<String, byte[]> event) {
                try {
                    listener.accept(event.getValue());
                } catch (RuntimeException e) {
                    LOG.warn("cluster: a head on the board could not be read: {}", e.toString());
                }
            }
        });
    }
}
