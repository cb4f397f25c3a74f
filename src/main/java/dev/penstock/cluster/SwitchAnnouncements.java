// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.penstock.switches.SwitchFormat;
import dev.penstock.switches.SwitchNotice;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
 * The last flip of each switch, held by every node: for nodes that come late, and for those that the bus did not reach. The bus is
 * quick and forgets; this board is read again every two seconds, and whatever a node knows better than the board it puts there
 * anew. So two halves that meet again, a call that failed and two flips at once all come to the same end on all nodes: that of
 * the newer flip. A flip that was taken back stays, as such.
 *
 * <p>Reading and writing may wait for other nodes; it happens on the worker only. Listeners are called on its thread or on one of
 * Hazelcast's.
 */
final class SwitchAnnouncements {

    private static final Logger LOG = LogManager.getLogger(SwitchAnnouncements.class);
    private static final Duration AGAIN = Duration.ofSeconds(2);

    private final HazelcastInstance hazelcast;
    private final Supplier<Standing> standing;
    private final ScheduledExecutorService thread;
    private final Executor worker;
    private volatile @Nullable Consumer<SwitchNotice> heard;
    private @Nullable Future<?> rereading;

    SwitchAnnouncements(
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
        flips();
    }

    private ReplicatedMap<String, byte[]> flips() {
        return hazelcast.getReplicatedMap(HazelcastSettings.SWITCHES);
    }

    /** Puts a flip of this node onto the board. Returns at once. */
    void announce(SwitchNotice notice) {
        worker.execute(() -> put(flips(), notice));
    }

    /** From the bus; any thread. */
    void arrived(SwitchNotice notice) {
        Consumer<SwitchNotice> listener = heard;
        if (listener != null) {
            listener.accept(notice);
        }
    }

    /**
     * From now on. Completes when what was on the board has been heard, so that nothing begins here that is off everywhere else; fails
     * when the board could not be read, and then it is read again soon.
     *
     * @param told all that this node knows
     */
    synchronized CompletableFuture<?> hear(Consumer<SwitchNotice> listener, Supplier<List<SwitchNotice>> told) {
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
                    () -> {
                        if (standing.get() == Standing.JOINED) {
                            worker.execute(() -> level(listener, told));
                        }
                    },
                    period,
                    period,
                    TimeUnit.MILLISECONDS);
        }
        return known;
    }

    /** Hears what the board knows better, and writes what it does not know. */
    private void level(Consumer<SwitchNotice> listener, Supplier<List<SwitchNotice>> told) {
        ReplicatedMap<String, byte[]> flips = flips();
        Map<String, SwitchNotice> held = new HashMap<>();
        for (String object : flips.keySet()) {
            SwitchNotice notice = at(flips, object);
            if (notice != null) {
                held.put(notice.flip().object(), notice);
                listener.accept(notice);
            }
        }
        for (SwitchNotice own : told.get()) {
            SwitchNotice there = held.get(own.flip().object());
            if (own.flip().isNewerThan(there == null ? null : there.flip())) {
                put(flips, own);
            }
        }
    }

    private static void put(ReplicatedMap<String, byte[]> flips, SwitchNotice notice) {
        byte[] bytes = SwitchFormat.write(notice);
        if (bytes != null) {
            flips.put(notice.flip().object(), bytes);
        }
    }

    /** Values come from other processes: one that is of no allowed class fails here, and only here. */
    private static @Nullable SwitchNotice at(ReplicatedMap<String, byte[]> flips, String object) {
        try {
            byte[] bytes = flips.get(object);
            return bytes == null ? null : SwitchFormat.read(bytes);
        } catch (RuntimeException e) {
            LOG.warn("cluster: a switch on the board could not be read: {}", e.toString());
            return null;
        }
    }

    private void watch() {
        flips().addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void entryAdded(EntryEvent<String, byte[]> event) {
                entryUpdated(event);
            }

            @Override
            public void entryUpdated(EntryEvent<String, byte[]> event) {
                try {
                    SwitchNotice notice = SwitchFormat.read(event.getValue());
                    if (notice != null) {
                        arrived(notice);
                    }
                } catch (RuntimeException e) {
                    LOG.warn("cluster: a switch on the board could not be read: {}", e.toString());
                }
            }
        });
    }
}
