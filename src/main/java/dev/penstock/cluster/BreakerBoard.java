// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.EntryAdapter;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.replicatedmap.ReplicatedMap;
import dev.penstock.resilience.BreakerNotice;
import dev.penstock.resilience.NoticeFormat;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The last notice of each node about each breaker, held by every node until its time is over: for nodes that come late, and for
 * those that the bus did not reach. An entry is the moment when it ends, in the time that the members agree on, and the notice.
 * Everything here may wait for other nodes: never on an event loop.
 */
final class BreakerBoard {

    private static final Logger LOG = LogManager.getLogger(BreakerBoard.class);
    /** How long a closed breaker is still told to those whom the bus may have missed. */
    private static final Duration AFTER_CLOSE = Duration.ofSeconds(30);

    private final HazelcastInstance hazelcast;
    private final Cluster clock;

    BreakerBoard(HazelcastInstance hazelcast) {
        this.hazelcast = hazelcast;
        this.clock = hazelcast.getCluster();
    }

    /** Waits until this node has what the others hold; the first call is made at start, beside other things. */
    void fetch() {
        Fill.await(hazelcast, HazelcastSettings.BREAKERS);
    }

    private ReplicatedMap<String, byte[]> notices() {
        return hazelcast.getReplicatedMap(HazelcastSettings.BREAKERS);
    }

    static String key(String node, String breaker) {
        return node + '\n' + breaker;
    }

    /** How long a notice of now stays. */
    static Duration span(BreakerNotice notice) {
        return notice.open() ? notice.remaining() : AFTER_CLOSE;
    }

    void put(BreakerNotice notice) {
        byte[] bytes = NoticeFormat.write(notice);
        if (bytes == null) {
            return;
        }
        long span = Math.max(1, span(notice).toMillis());
        ByteBuffer entry = ByteBuffer.allocate(Long.BYTES + bytes.length)
                .putLong(clock.getClusterTime() + span)
                .put(bytes);
        notices().put(key(notice.node(), notice.breaker()), entry.array(), span, TimeUnit.MILLISECONDS);
    }

    /** What holds now. */
    List<BreakerNotice> read() {
        ReplicatedMap<String, byte[]> notices = notices();
        List<BreakerNotice> held = new ArrayList<>();
        for (String key : notices.keySet()) {
            BreakerNotice notice = at(notices, key);
            if (notice != null) {
                held.add(notice);
            }
        }
        return held;
    }

    private @Nullable BreakerNotice at(ReplicatedMap<String, byte[]> notices, String key) {
        try {
            return parse(notices.get(key));
        } catch (RuntimeException e) {
            refuse(e);
            return null;
        }
    }

    /** Told of each new entry, on Hazelcast's event thread. */
    void watch(Consumer<BreakerNotice> listener) {
        notices().addEntryListener(new EntryAdapter<String, byte[]>() {
            @Override
            public void entryAdded(EntryEvent<String, byte[]> event) {
                entryUpdated(event);
            }

            @Override
            public void entryUpdated(EntryEvent<String, byte[]> event) {
                try {
                    BreakerNotice notice = parse(event.getValue());
                    if (notice != null) {
                        listener.accept(notice);
                    }
                } catch (RuntimeException e) {
                    refuse(e);
                }
            }
        });
    }

    /** Values come from other processes: one that is of no allowed class fails here, and only here. */
    private static void refuse(RuntimeException e) {
        LOG.warn("cluster: a notice on the board could not be read: {}", e.toString());
    }

    private @Nullable BreakerNotice parse(byte @Nullable [] entry) {
        if (entry == null || entry.length < Long.BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(entry);
        long left = in.getLong() - clock.getClusterTime();
        byte[] bytes = new byte[in.remaining()];
        in.get(bytes);
        BreakerNotice notice = NoticeFormat.read(bytes);
        if (notice == null || left <= 0) {
            return null;
        }
        Duration remaining = Duration.ofMillis(left);
        return notice.remaining().compareTo(remaining) <= 0 ? notice : notice.withRemaining(remaining);
    }
}
