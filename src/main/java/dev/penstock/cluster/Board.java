// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Values by name of which every node has a copy, so that a node that comes late finds them. Reading and writing may wait for other
 * nodes; it happens on the worker only.
 *
 * @param <T> a value
 */
final class Board<T> {

    private static final Logger LOG = LogManager.getLogger(Board.class);

    private final HazelcastInstance hazelcast;
    private final String map;
    private final Format<T> format;
    private final Supplier<Standing> standing;
    private final ScheduledExecutorService thread;
    private final Executor worker;
    private final PutAgain again;
    /** One reading waits at most, so that a slow board does not push other calls out of the queue. */
    private final AtomicBoolean waits = new AtomicBoolean();
    /** What was held when it was last read; only on the worker. */
    private final Map<String, Read<T>> last = new HashMap<>();

    /** Only on the worker. */
    private boolean watched;

    private @Nullable Future<?> rereading;

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Read<T>(byte[] bytes, T value) {}

    /** Values as bytes. Null where a value cannot be said, or bytes are none. */
    interface Format<T> {

        /** What one value is called, in the log. */
        String noun();

        String nameOf(T value);

        byte @Nullable [] write(T value);

        @Nullable
        T read(byte[] bytes);
    }

    /**
     * Nothing is fetched yet.
     *
     * @param map its name in the cluster
     * @param thread for the time; never waits
     * @param worker may wait
     */
    Board(
            HazelcastInstance hazelcast,
            String map,
            Format<T> format,
            Supplier<Standing> standing,
            ScheduledExecutorService thread,
            Executor worker) {
        this.hazelcast = hazelcast;
        this.map = map;
        this.format = format;
        this.standing = standing;
        this.thread = thread;
        this.worker = worker;
        this.again = new PutAgain(thread, worker);
    }

    /** Waits until this node has what the others hold; the first call is made at start, beside other things. */
    void fetch() {
        Fill.await(hazelcast, map);
    }

    private ReplicatedMap<String, byte[]> entries() {
        return hazelcast.getReplicatedMap(map);
    }

    /** Puts values there. Returns at once. Any thread. */
    void announce(List<T> values) {
        worker.execute(() -> values.forEach(this::put));
        List<String> names = values.stream().map(format::nameOf).toList();
        again.soon(() -> names.forEach(this::putAgain));
    }

    /** What is held under that name by now: it may be newer than what was announced. */
    private void putAgain(String name) {
        byte[] bytes = entries().get(name);
        if (bytes != null) {
            entries().put(name, bytes);
        }
    }

    /** Puts a value there. On the worker. */
    void put(T value) {
        byte[] bytes = format.write(value);
        if (bytes != null) {
            entries().put(format.nameOf(value), bytes);
        }
    }

    /** All that can be read, by name. On the worker. */
    Map<String, T> held() {
        ReplicatedMap<String, byte[]> entries = entries();
        Map<String, T> held = new HashMap<>();
        for (String name : entries.keySet()) {
            T value = at(entries, name);
            if (value != null) {
                held.put(name, value);
            }
        }
        last.keySet().retainAll(held.keySet());
        return held;
    }

    /** Values come from other processes: one that is of no allowed class fails here, and only here. */
    private @Nullable T at(ReplicatedMap<String, byte[]> entries, String name) {
        try {
            byte[] bytes = entries.get(name);
            Read<T> before = last.get(name);
            if (bytes == null) {
                return null;
            }
            if (before != null && Arrays.equals(before.bytes, bytes)) {
                return before.value;
            }
            T value = format.read(bytes);
            if (value != null && format.nameOf(value).equals(name)) {
                last.put(name, new Read<>(bytes, value));
                return value;
            }
            return null;
        } catch (RuntimeException e) {
            unreadable(e);
            return null;
        }
    }

    /**
     * Watches it from now on. Completes when it was gone through once; fails when it could not be read or too much else was waiting, and
     * then it is gone through again soon.
     *
     * @param changed hears each value that comes or changes, on one of Hazelcast's threads
     * @param goThrough compares it with what the node knows; on the worker, once in a while as long as the cluster is one
     * @param again how soon
     */
    synchronized CompletableFuture<?> follow(Consumer<T> changed, Runnable goThrough, Duration again) {
        CompletableFuture<Void> known = new CompletableFuture<>();
        worker.execute(new Calls.Droppable() {
            @Override
            public void run() {
                try {
                    watch(changed);
                    fetch();
                    goThrough.run();
                    known.complete(null);
                } catch (RuntimeException e) {
                    known.completeExceptionally(e);
                }
            }

            @Override
            public void dropped() {
                known.completeExceptionally(new RejectedExecutionException("too many calls wait for other nodes"));
            }
        });
        if (rereading == null) {
            long period = again.toMillis();
            rereading = thread.scheduleWithFixedDelay(
                    () -> lookAgain(changed, goThrough), period, period, TimeUnit.MILLISECONDS);
        }
        return known;
    }

    private void lookAgain(Consumer<T> changed, Runnable goThrough) {
        if (standing.get() == Standing.JOINED && waits.compareAndSet(false, true)) {
            worker.execute(new Calls.Droppable() {
                @Override
                public void run() {
                    waits.set(false);
                    if (!watched) {
                        watch(changed);
                    }
                    goThrough.run();
                }

                @Override
                public void dropped() {
                    waits.set(false);
                }
            });
        }
    }

    private void watch(Consumer<T> changed) {
        entries().addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void entryAdded(EntryEvent<String, byte[]> event) {
                entryUpdated(event);
            }

            @Override
            public void entryUpdated(EntryEvent<String, byte[]> event) {
                try {
                    T value = format.read(event.getValue());
                    if (value != null) {
                        changed.accept(value);
                    }
                } catch (RuntimeException e) {
                    unreadable(e);
                }
            }
        });
        watched = true;
    }

    private void unreadable(RuntimeException why) {
        LOG.warn("cluster: a {} on the board could not be read: {}", format.noun(), why.toString());
    }
}
