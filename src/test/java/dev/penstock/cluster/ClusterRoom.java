// SPDX-License-Identifier: Apache-2.0
package dev.penstock.cluster;

import dev.penstock.config.ClusterConfig;
import dev.penstock.config.ClusterConfig.Discovery;
import dev.penstock.config.NetworkBlock;
import dev.penstock.eventbus.ClusterBus;
import dev.penstock.exchange.Ticker;
import dev.penstock.resilience.BreakerAnnouncements;
import dev.penstock.resilience.BreakerNotice;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Real nodes of a real cluster in one JVM, on 127.0.0.1. Each has its own Vert.x, its own bus and an ear for notices. */
final class ClusterRoom implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final HazelcastSettings.Pace QUICK =
            new HazelcastSettings.Pace(Duration.ofSeconds(3), Duration.ofSeconds(1));
    /** Where nobody parts the nodes: who looks for another half of the cluster keeps those waiting that close. */
    static final HazelcastSettings.Pace WHOLE =
            new HazelcastSettings.Pace(Duration.ofSeconds(3), Duration.ofMinutes(10));

    private final List<Integer> ports;
    private final List<Node> nodes = new ArrayList<>();

    private ClusterRoom(List<Integer> ports) {
        this.ports = ports;
    }

    /** With places for so many nodes; each knows all places. With none, each is told where the others are, perhaps by ways that can be cut. */
    static ClusterRoom of(int places) {
        return new ClusterRoom(freePorts(places));
    }

    int port(int place) {
        return ports.get(place);
    }

    Node start(int place) {
        return start(place, "test");
    }

    Node start(int place, String name) {
        return start(config(name, ports.get(place), ports, null, null));
    }

    Node start(ClusterConfig config) {
        Node node = new Node(join(config, ports.isEmpty() ? QUICK : WHOLE));
        nodes.add(node);
        return node;
    }

    private static ClusterNode join(ClusterConfig config, HazelcastSettings.Pace pace) {
        try {
            return ClusterNode.join(config, "host", Ticker.system(), pace, InetAddress::getAllByName);
        } catch (ClusterFailed e) {
            throw new IllegalStateException(e.getMessage());
        }
    }

    static ClusterConfig config(
            String name,
            int port,
            List<Integer> members,
            InetSocketAddress publicAddress,
            InetSocketAddress busPublicAddress) {
        return config(name, port, freePorts(1).get(0), members, publicAddress, busPublicAddress);
    }

    static ClusterConfig config(
            String name,
            int port,
            int busPort,
            List<Integer> members,
            InetSocketAddress publicAddress,
            InetSocketAddress busPublicAddress) {
        return new ClusterConfig(
                true,
                name,
                Discovery.TCP,
                members.stream()
                        .map(member -> InetSocketAddress.createUnresolved("127.0.0.1", member))
                        .toList(),
                "",
                NetworkBlock.of("127.0.0.1/32"),
                port,
                busPort,
                publicAddress,
                busPublicAddress,
                true,
                Duration.ofSeconds(20));
    }

    static List<Integer> freePorts(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            List<Integer> free = held.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : held) {
                socket.close();
            }
            return free;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Looks again and again, because other processes take their time; no longer than anybody would wait. */
    static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within " + PATIENCE);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** All at once and without taking leave, which nobody is left to hear. */
    @Override
    public void close() {
        nodes.parallelStream().map(node -> node.cluster).forEach(ClusterNode::crash);
        nodes.parallelStream().forEach(Node::close);
    }

    /** What one node heard, and when, and on which thread. */
    record Heard(BreakerNotice notice, long nanos, String thread) {}

    /** One node with all that the root would give it. */
    static final class Node implements AutoCloseable {
        final ClusterNode cluster;
        final Vertx vertx;
        final ClusterBus bus;
        final BreakerAnnouncements announcements;
        final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
        private final AtomicLong versions = new AtomicLong();
        private boolean closed;

        private Node(ClusterNode cluster) {
            this.cluster = cluster;
            VertxOptions options = new VertxOptions().setEventLoopPoolSize(2);
            InetSocketAddress reachedAt = cluster.config().busPublicAddress();
            ClusterBus.listenAt(options, cluster.host(), cluster.config().busPort(), reachedAt);
            this.vertx = await(cluster.vertx(Vertx.builder().with(options)));
            this.bus = new ClusterBus(vertx);
            this.announcements = cluster.announcements(bus::publish);
            await(bus.listen(cluster::arrived));
            cluster.hear(notice -> heard.add(
                    new Heard(notice, System.nanoTime(), Thread.currentThread().getName())));
        }

        BreakerNotice notice(String breaker, boolean open, Duration remaining) {
            return new BreakerNotice(breaker, open, remaining, "test", cluster.node(), versions.incrementAndGet());
        }

        BreakerNotice opens(String breaker) {
            BreakerNotice notice = notice(breaker, true, Duration.ofSeconds(60));
            announcements.announce(notice);
            return notice;
        }

        /** The next notice about that breaker; what is about others is left out. */
        Heard next(String breaker) {
            try {
                while (true) {
                    Heard next = heard.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                    if (next == null) {
                        throw new AssertionError("nothing heard within " + PATIENCE);
                    }
                    if (next.notice().breaker().equals(breaker)) {
                        return next;
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        boolean hasHeard(BreakerNotice notice) {
            return heard.stream()
                    .anyMatch(heard -> heard.notice().breaker().equals(notice.breaker())
                            && heard.notice().node().equals(notice.node())
                            && heard.notice().version() >= notice.version());
        }

        boolean mayProbe(String breaker, Duration span) {
            return asked(breaker, span).join();
        }

        CompletableFuture<Boolean> asked(String breaker, Duration span) {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            announcements.askToProbe(breaker, span, answer::complete);
            return answer;
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                await(vertx.close());
                cluster.close();
            }
        }
    }
}
