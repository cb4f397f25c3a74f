// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.penstock.auth.KeyFormat;
import dev.penstock.auth.StoredKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The keys that were made at run time, held by every node: for nodes that come late, and for those that the bus did not reach. The
 * bus is quick and forgets; this board tells when it changes, and is read again twice a second, because a key that was taken back
 * may not be good for longer than a second anywhere. Whatever a node knows better than the board it puts there anew: what two nodes
 * know of a key adds up to one thing, in whatever order they say it.
 *
 * <p>Reading and writing may wait for other nodes; it happens on the worker only. Listeners are called on its thread or on one of
 * Hazelcast's.
 */
final class KeyAnnouncements {

    private static final Logger LOG = LogManager.getLogger(KeyAnnouncements.class);
    private static final Duration AGAIN = Duration.ofMillis(500);

    private final HazelcastInstance hazelcast;
    private final Supplier<Standing> standing;
    private final ScheduledExecutorService thread;
    private final Executor worker;
    /** One reading waits at most, so that a slow board does not push other calls out of the queue. */
    private final AtomicBoolean waits = new AtomicBoolean();
    /** What the board held when it was last read; only on the worker. */
    private final Map<String, Read> last = new HashMap<>();

    private volatile @Nullable Consumer<List<StoredKey>> heard;
    private @Nullable Future<?> rereading;

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Read(byte[] bytes, StoredKey key) {}

    KeyAnnouncements(
            HazelcastInstance hazelcast,
            Supplier<Standing> standing,
            ScheduledExecutorService thread,
            Executor worker) {
        this.hazelcast = hazelcast;
        this.standing = standing;
        this.thread = thread;
        this.worker = worker;
    }

    /** The first call fetches what other nodes hold, which takes a second; it is made at start, beside other things. */
    void fetch() {
        board();
    }

    private ReplicatedMap<String, byte[]> board() {
        return hazelcast.getReplicatedMap(HazelcastSettings.KEYS);
    }

    /** Puts keys as this node knows them onto the board. Returns at once. */
    void announce(List<StoredKey> keys) {
        worker.execute(() -> keys.forEach(key -> put(board(), key)));
    }

    /** From the bus; any thread. */
    void arrived(StoredKey key) {
        Consumer<List<StoredKey>> listener = heard;
        if (listener != null) {
            listener.accept(List.of(key));
        }
    }

    /**
     * From now on. Completes when what was on the board has been heard, so that no key is good here that was taken back elsewhere;
     * fails when the board could not be read, and then it is read again soon.
     *
     * @param told all keys that this node knows
     */
    synchronized CompletableFuture<?> hear(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        heard = listener;
        CompletableFuture<Void> known = new CompletableFuture<>();
        worker.execute(() -> {
            try {
                watch();
                level(listener, told);
                known.complete(null);
            } catch (RuntimeException e) {
                known.completeExceptionally(e);
            }
        });
        if (rereading == null) {
            long period = AGAIN.toMillis();
            rereading = thread.scheduleWithFixedDelay(
                    () -> lookAgain(listener, told), period, period, TimeUnit.MILLISECONDS);
        }
        return known;
    }

    private void lookAgain(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        if (standing.get() == Standing.JOINED && waits.compareAndSet(false, true)) {
            worker.execute(() -> {
                waits.set(false);
                level(listener, told);
            });
        }
    }

    /** Hears what the board knows better, and writes what it does not know. */
    private void level(Consumer<List<StoredKey>> listener, Supplier<List<StoredKey>> told) {
        ReplicatedMap<String, byte[]> board = board();
        List<StoredKey> held = new ArrayList<>();
        for (String id : board.keySet()) {
            StoredKey key = at(board, id);
            if (key != null) {
                held.add(key);
            }
        }
        if (!held.isEmpty()) {
            listener.accept(held);
        }
        for (StoredKey own : told.get()) {
            Read there = last.get(own.publicId());
            if (there == null || !there.key.with(own).equals(there.key)) {
                put(board, own);
            }
        }
    }

    private static void put(ReplicatedMap<String, byte[]> board, StoredKey key) {
        byte[] bytes = KeyFormat.write(key);
        if (bytes != null) {
            board.put(key.publicId(), bytes);
        }
    }

    /** Values come from other processes: one that is of no allowed class fails here, and only here. */
    private @Nullable StoredKey at(ReplicatedMap<String, byte[]> board, String id) {
        try {
            byte[] bytes = board.get(id);
            Read before = last.get(id);
            if (bytes == null || (before != null && Arrays.equals(before.bytes, bytes))) {
                return before == null ? null : before.key;
            }
            StoredKey key = KeyFormat.read(bytes);
            if (key != null && key.publicId().equals(id)) {
                last.put(id, new Read(bytes, key));
                return key;
            }
            return null;
        } catch (RuntimeException e) {
            LOG.warn("cluster: a key on the board could not be read: {}", e.toString());
            return null;
        }
    }

    private void watch() {
        board().addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void entryAdded(EntryEvent<String, byte[]> event) {
                entryUpdated(event);
            }

            @Override
            public void entryUpdated(EntryEvent<String, byte[]> event) {
                try {
                    StoredKey key = KeyFormat.read(event.getValue());
                    if (key != null) {
                        arrived(key);
                    }
                } catch (RuntimeException e) {
                    LOG.warn("cluster: a key on the board could not be read: {}", e.toString());
                }
            }
        });
    }
}
