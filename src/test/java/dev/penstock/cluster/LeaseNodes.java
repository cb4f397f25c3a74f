// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import com.hazelcast.map.IMap;
import dev.penstock.config.ClusterConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.quota.LeaseStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Real nodes without a bus, whose clock can be moved on: what is waited for in minutes need not be waited for here. */
final class LeaseNodes implements AutoCloseable {

    private final AtomicLong ahead = new AtomicLong();
    private final Ticker ticker = new Ticker() {
        @Override
        public long nanos() {
            return System.nanoTime() + ahead.get();
        }

        @Override
        public Instant now() {
            return Instant.now().plusNanos(ahead.get());
        }
    };
    private final List<ClusterNode> nodes = new ArrayList<>();
    private final List<Integer> ports;

    LeaseNodes(int places) {
        this.ports = ClusterRoom.freePorts(places);
    }

    ClusterNode start(int place) {
        return start(ClusterRoom.config("leases", ports.get(place), ports, null, null));
    }

    /** A node that others reach through a proxy. */
    ClusterNode start(int port, List<Integer> members, int reachedAt) {
        return start(ClusterRoom.config(
                "leases", port, members, InetSocketAddress.createUnresolved("127.0.0.1", reachedAt), null));
    }

    private ClusterNode start(ClusterConfig config) {
        HazelcastSettings.Pace pace = ports.isEmpty() ? ClusterRoom.QUICK : ClusterRoom.WHOLE;
        try {
            ClusterNode node = ClusterNode.join(config, "host", ticker, pace, InetAddress::getAllByName);
            nodes.add(node);
            return node;
        } catch (ClusterFailed e) {
            throw new IllegalStateException(e.getMessage());
        }
    }

    void awaitSize(int size, ClusterNode... all) {
        for (ClusterNode node : all) {
            ClusterRoom.await(size + " members", () -> node.size() == size);
        }
    }

    void moveOn(Duration span) {
        ahead.addAndGet(span.toNanos());
    }

    static LeaseStore store(ClusterNode node) {
        return node.leases();
    }

    static IMap<String, LeaseCount> counts(ClusterNode node) {
        return node.hazelcast().getMap(HazelcastSettings.LEASES);
    }

    @Override
    public void close() {
        nodes.parallelStream().forEach(node -> {
            node.crash();
            node.close();
        });
    }
}
