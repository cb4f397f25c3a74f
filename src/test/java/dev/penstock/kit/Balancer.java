// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A load balancer for connections, in user space, for where HAProxy is not: round robin over the nodes that answer
 * {@code GET /readyz} with 200. A node that refuses or resets is out at once and asked every {@value #CHECK_MILLIS} ms whether it
 * is back; one that says nothing is out after {@value #SILENT_CHECKS} checks; one that is not ready gets no new connection and
 * keeps those it has. Bytes are never looked at and a request is never sent twice: a connection that could not be opened goes
 * to the next node, one that breaks is passed on to the client as FIN or RST.
 */
public final class Balancer implements AutoCloseable {

    private static final int CHECK_MILLIS = 50;
    private static final int SILENT_CHECKS = 2;
    private static final int SILENT_MILLIS = 250;
    private static final int CONNECT_MILLIS = 500;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Integer, String> choices = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> onChange = new ConcurrentLinkedQueue<>();
    private final int port;
    private int next;

    private static final class Node {
        private final String name;
        private final int port;
        private volatile boolean in;
        private boolean asked;
        private int silent;

        Node(String name, int port) {
            this.name = name;
            this.port = port;
        }
    }

    private Balancer(Map<String, Integer> ports) {
        ports.forEach((name, port) -> nodes.add(new Node(name, port)));
        Front front = new Front();
        ProviderSimulator.await(vertx.deployVerticle(front));
        this.port = front.actualPort;
    }

    /** A balancer on a free port of loopback before these ports of loopback, by the names of their nodes. */
    public static Balancer before(Map<String, Integer> ports) {
        return new Balancer(new LinkedHashMap<>(ports));
    }

    public int port() {
        return port;
    }

    /** Names of the nodes that get new connections now. */
    public List<String> in() {
        return nodes.stream().filter(node -> node.in).map(node -> node.name).toList();
    }

    /** Waits until exactly these get new connections. */
    public Balancer awaitIn(Duration atMost, String... names) {
        List<String> wanted = List.of(names);
        awaitTrue(atMost, () -> in().equals(wanted), () -> true);
        return this;
    }

    /**
     * Waits until that node gets new connections, whoever else does.
     *
     * @param worthIt asked again and again; the waiting ends in an error when it says no
     */
    public Balancer awaitNode(Duration atMost, String name, BooleanSupplier worthIt) {
        awaitTrue(atMost, () -> in().contains(name), worthIt);
        return this;
    }

    /** The node that a client's connection, known by the client's local port, was given to last; empty when to none. */
    public String nodeOf(int clientPort) {
        return choices.getOrDefault(clientPort, "");
    }

    @Override
    public void close() {
        ProviderSimulator.await(vertx.close());
    }

    private void awaitTrue(Duration atMost, BooleanSupplier condition, BooleanSupplier worthIt) {
        Thread waiter = Thread.currentThread();
        Runnable wake = () -> LockSupport.unpark(waiter);
        onChange.add(wake);
        long deadline = System.nanoTime() + atMost.toNanos();
        try {
            while (!condition.getAsBoolean()) {
                if (System.nanoTime() > deadline || !worthIt.getAsBoolean()) {
                    throw new AssertionError("waited for others than " + in() + ", at most " + atMost);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(CHECK_MILLIS));
            }
        } finally {
            onChange.remove(wake);
        }
    }

    private final class Front extends AbstractVerticle {
        private NetClient client;
        private NetClient checks;
        private int actualPort;

        @Override
        public void start(Promise<Void> started) {
            client = vertx.createNetClient(
                    new NetClientOptions().setTcpNoDelay(true).setConnectTimeout(CONNECT_MILLIS));
            checks = vertx.createNetClient(new NetClientOptions().setConnectTimeout(SILENT_MILLIS));
            vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(8192))
                    .connectHandler(this::accept)
                    .listen(0, "127.0.0.1")
                    .onSuccess(server -> actualPort = server.actualPort())
                    .<Void>map((NetServer server) -> null)
                    .onComplete(started);
            vertx.setPeriodic(1, CHECK_MILLIS, id -> nodes.forEach(this::check));
        }

        private void accept(NetSocket near) {
            near.pause();
            offer(near, nodes.size());
        }

        private void offer(NetSocket near, int left) {
            Node node = left == 0 ? null : choose();
            int clientPort = near.remoteAddress().port();
            if (node == null) {
                choices.remove(clientPort);
                Sockets.reset(near);
                return;
            }
            choices.put(clientPort, node.name);
            client.connect(node.port, "127.0.0.1")
                    .onSuccess(far -> join(near, far))
                    .onFailure(t -> {
                        set(node, false);
                        offer(near, left - 1);
                    });
        }

        private Node choose() {
            for (int i = 0; i < nodes.size(); i++) {
                Node node = nodes.get(Math.floorMod(next++, nodes.size()));
                if (node.in) {
                    return node;
                }
            }
            return null;
        }

        private void join(NetSocket near, NetSocket far) {
            oneWay(near, far);
            oneWay(far, near);
            near.resume();
        }

        private void oneWay(NetSocket from, NetSocket to) {
            boolean[] reset = new boolean[1];
            from.exceptionHandler(t -> reset[0] |= Sockets.isReset(t));
            from.handler(data -> {
                to.write(data);
                if (to.writeQueueFull()) {
                    from.pause();
                    to.drainHandler(v -> from.resume());
                }
            });
            from.closeHandler(v -> {
                if (reset[0]) {
                    Sockets.reset(to);
                } else {
                    to.end();
                }
            });
        }

        private void check(Node node) {
            if (node.asked) {
                return;
            }
            node.asked = true;
            checks.connect(node.port, "127.0.0.1")
                    .onSuccess(socket -> ask(node, socket))
                    .onFailure(t -> answered(node, false));
        }

        private void ask(Node node, NetSocket socket) {
            Buffer seen = Buffer.buffer();
            long timer = vertx.setTimer(SILENT_MILLIS, id -> {
                Sockets.reset(socket);
                silent(node);
            });
            socket.exceptionHandler(t -> {});
            socket.handler(data -> {
                seen.appendBuffer(data);
                if (seen.length() >= 12 && vertx.cancelTimer(timer)) {
                    answered(node, seen.getString(9, 12).equals("200"));
                    Sockets.reset(socket);
                }
            });
            socket.closeHandler(v -> {
                if (vertx.cancelTimer(timer)) {
                    answered(node, false);
                }
            });
            socket.write("GET /readyz HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n");
        }

        private void silent(Node node) {
            node.asked = false;
            if (++node.silent >= SILENT_CHECKS) {
                set(node, false);
            }
        }

        private void answered(Node node, boolean ready) {
            node.asked = false;
            node.silent = 0;
            set(node, ready);
        }

        private void set(Node node, boolean in) {
            if (node.in != in) {
                node.in = in;
                onChange.forEach(Runnable::run);
            }
        }
    }
}
