// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
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
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * A TCP proxy in user space that spoils the network between any two parties: each direction has its {@link Toxics}, which can
 * be exchanged while bytes flow. It reads no further ahead than {@value #READ_AHEAD} bytes per direction, so the back-pressure
 * of one side reaches the other; chance comes from a seed, so a run can be repeated.
 *
 * <p>A proxy that can tell its callers apart ({@link #between}) keeps the {@link Toxics} of each apart as well, and there a black
 * hole swallows handshakes, too: a connection that begins while either of its directions is one is taken by the kernel and goes no
 * further; the target hears of it when the hole is gone.
 *
 * <p>Limits of user space: a half-close (FIN in one direction only) is passed on as a full close, and a peer that "vanishes"
 * is one whose FIN or RST is kept from the other side.
 */
public final class FaultProxy implements AutoCloseable {

    static final int READ_AHEAD = 64 * 1024;

    private static final String EVERYBODY = "everybody";

    private final Vertx vertx;
    private final Pacer pacer;
    private final String targetHost;
    private final int targetPort;
    private final Random random;
    private final int port;
    private final IntFunction<String> callers;
    private final boolean partings;
    private final Map<String, Link> links = new ConcurrentHashMap<>();
    private final Set<Flow> flows = ConcurrentHashMap.newKeySet();
    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean rejecting;
    private volatile boolean up = true;
    private String deployment;

    /** What happens on the way between one caller and the target, and what has passed so far. */
    private static final class Link {
        private volatile Toxics upstream = Toxics.NONE;
        private volatile Toxics downstream = Toxics.NONE;
        private final AtomicInteger connections = new AtomicInteger();
        private final AtomicLong bytes = new AtomicLong();

        private boolean parted() {
            return upstream.blackHole() || downstream.blackHole();
        }
    }

    /** A connection that waits for the end of a black hole before the target hears of it. */
    private record Waiting(Context context, Link link, Runnable proceed) {}

    private FaultProxy(String targetHost, int targetPort, long seed, IntFunction<String> callers, boolean partings) {
        this.callers = callers;
        this.partings = partings;
        this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        this.pacer = Pacer.of(vertx);
        this.targetHost = targetHost;
        this.targetPort = targetPort;
        this.random = new Random(seed);
        Listener listener = new Listener(0);
        this.deployment = ProviderSimulator.await(vertx.deployVerticle(listener));
        this.port = listener.actualPort;
    }

    /** A proxy on a free port of loopback in front of a port of loopback. */
    public static FaultProxy to(int targetPort) {
        return to("127.0.0.1", targetPort, 42);
    }

    public static FaultProxy to(String host, int targetPort, long seed) {
        return new FaultProxy(host, targetPort, seed, port -> EVERYBODY, false);
    }

    /**
     * A proxy that knows its callers by name.
     *
     * @param callers gives the name of whoever owns that port at the other end of a new connection; asked on the proxy's own
     *     thread, and may block for a moment
     */
    public static FaultProxy between(IntFunction<String> callers, int targetPort, long seed) {
        return new FaultProxy("127.0.0.1", targetPort, seed, callers, true);
    }

    public int port() {
        return port;
    }

    /** What happens to bytes from the client to the target, from now on and for the bytes already held. */
    public FaultProxy upstream(Toxics toxics) {
        return upstream(EVERYBODY, toxics);
    }

    /** What happens to bytes from that caller to the target. */
    public FaultProxy upstream(String caller, Toxics toxics) {
        link(caller).upstream = toxics;
        wake();
        return this;
    }

    /** What happens to bytes from the target to the client. */
    public FaultProxy downstream(Toxics toxics) {
        return downstream(EVERYBODY, toxics);
    }

    /** What happens to bytes from the target to that caller. */
    public FaultProxy downstream(String caller, Toxics toxics) {
        link(caller).downstream = toxics;
        wake();
        return this;
    }

    /** Resets every new connection right after it was accepted; those that stand go on. */
    public FaultProxy rejectNew(boolean value) {
        rejecting = value;
        return this;
    }

    /** Takes the port away: connections are cut, new ones refused. */
    public void down() {
        if (up) {
            up = false;
            resetAll();
            ProviderSimulator.await(vertx.undeploy(deployment));
            awaitRefusal();
        }
    }

    /** NIO gives a closed listener back to the kernel in a later select; until then the kernel goes on shaking hands. */
    private void awaitRefusal() {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (RawClient.knock(port) != RawClient.Closing.REFUSED) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("port " + port + " still accepts connections");
            }
        }
    }

    /** Brings the same port back. */
    public void up() {
        if (!up) {
            deployment = ProviderSimulator.await(vertx.deployVerticle(new Listener(port)));
            up = true;
        }
    }

    /** RST to both sides of every connection. */
    public void resetAll() {
        flows.forEach(flow -> flow.context.runOnContext(v -> flow.resetBoth()));
    }

    /** Connections accepted so far. */
    public int accepted() {
        return accepted.get();
    }

    /** Connections of that caller so far. */
    public int connections(String caller) {
        return link(caller).connections.get();
    }

    /** Bytes that were passed on between that caller and the target, both ways together. */
    public long bytes(String caller) {
        return link(caller).bytes.get();
    }

    @Override
    public void close() {
        ProviderSimulator.await(vertx.close());
    }

    private Link link(String caller) {
        return links.computeIfAbsent(caller, name -> new Link());
    }

    private void wake() {
        flows.forEach(flow -> flow.context.runOnContext(v -> flow.pump()));
        waiting.forEach(each -> each.context.runOnContext(v -> {
            if (!each.link.parted() && waiting.remove(each)) {
                each.proceed.run();
            }
        }));
    }

    private final class Listener extends AbstractVerticle {
        private final int wanted;
        private int actualPort;
        private NetClient client;

        Listener(int wanted) {
            this.wanted = wanted;
        }

        @Override
        public void start(Promise<Void> started) {
            client = vertx.createNetClient(new NetClientOptions().setTcpNoDelay(true));
            vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setAcceptBacklog(8192))
                    .connectHandler(this::accept)
                    .listen(wanted, "127.0.0.1")
                    .onSuccess(server -> actualPort = server.actualPort())
                    .<Void>map((NetServer server) -> null)
                    .onComplete(started);
        }

        private void accept(NetSocket near) {
            accepted.incrementAndGet();
            if (rejecting) {
                Sockets.reset(near);
                return;
            }
            near.pause();
            Link link = link(callers.apply(near.remoteAddress().port()));
            link.connections.incrementAndGet();
            if (partings && link.parted()) {
                waiting.add(new Waiting(context, link, () -> connect(near, link)));
            } else {
                connect(near, link);
            }
        }

        private void connect(NetSocket near, Link link) {
            client.connect(targetPort, targetHost)
                    .onSuccess(far -> join(near, far, link))
                    // The target refuses: the nearest thing that an accepted connection can show is RST.
                    .onFailure(t -> Sockets.reset(near));
        }

        private void join(NetSocket near, NetSocket far, Link link) {
            Flow up = new Flow(context, near, far, link, true);
            Flow down = new Flow(context, far, near, link, false);
            up.begin();
            down.begin();
        }
    }

    /** One direction of one connection, on one event loop. */
    private final class Flow {
        private final Context context;
        private final NetSocket from;
        private final NetSocket to;
        private final Link link;
        private final boolean toTarget;
        private final Queue<Piece> held = new ArrayDeque<>();
        private int heldBytes;
        private long forwarded;
        private long lastDue;
        private boolean waiting;
        private boolean ended;
        private boolean reset;
        private boolean over;

        private static final class Piece {
            private Buffer rest;
            private final long dueNanos;

            private Piece(Buffer rest, long dueNanos) {
                this.rest = rest;
                this.dueNanos = dueNanos;
            }
        }

        Flow(Context context, NetSocket from, NetSocket to, Link link, boolean toTarget) {
            this.context = context;
            this.from = from;
            this.to = to;
            this.link = link;
            this.toTarget = toTarget;
        }

        void begin() {
            flows.add(this);
            from.handler(this::received);
            from.exceptionHandler(t -> reset |= Sockets.isReset(t));
            from.endHandler(v -> {
                ended = true;
                pump();
            });
            from.resume();
            pump();
        }

        private Toxics toxics() {
            return toTarget ? link.upstream : link.downstream;
        }

        private void received(Buffer data) {
            Toxics toxics = toxics();
            long jitter = toxics.jitter().isZero()
                    ? 0
                    : random.nextLong(toxics.jitter().toNanos());
            long due = System.nanoTime() + toxics.latency().toNanos() + jitter;
            // A piece never overtakes the one before it.
            lastDue = held.isEmpty() ? due : Math.max(lastDue, due);
            held.add(new Piece(data, lastDue));
            heldBytes += data.length();
            if (heldBytes >= READ_AHEAD) {
                from.pause();
            }
            pump();
        }

        private void pump() {
            while (!over && !waiting) {
                Toxics toxics = toxics();
                if (toxics.blackHole()) {
                    from.pause();
                    return;
                }
                if (limitReached(toxics)) {
                    return;
                }
                if (heldBytes < READ_AHEAD) {
                    from.resume();
                }
                Piece piece = held.peek();
                if (piece == null) {
                    if (ended) {
                        end(toxics);
                    }
                    return;
                }
                long early = piece.dueNanos - System.nanoTime();
                if (early > 0) {
                    continueAfter(Duration.ofNanos(early));
                    return;
                }
                if (to.writeQueueFull()) {
                    to.drainHandler(v -> pump());
                    return;
                }
                forward(piece, toxics);
            }
        }

        private void forward(Piece piece, Toxics toxics) {
            int n = piece.rest.length();
            if (toxics.sliceBytes() > 0) {
                n = Math.min(n, toxics.sliceBytes());
            }
            if (toxics.bytesPerSecond() > 0) {
                // Fifty portions a second are smooth enough for a stream and cheap enough for a timer.
                n = (int) Math.min(n, Math.max(1, toxics.bytesPerSecond() / 50));
            }
            n = (int) Math.min(n, remaining(toxics.resetAfterBytes()));
            n = (int) Math.min(n, remaining(toxics.closeAfterBytes()));
            link.bytes.addAndGet(n);
            to.write(piece.rest.slice(0, n));
            forwarded += n;
            heldBytes -= n;
            if (n == piece.rest.length()) {
                held.remove();
            } else {
                piece.rest = piece.rest.slice(n, piece.rest.length());
            }
            Duration delay = delayAfter(n, toxics);
            if (!delay.isZero()) {
                continueAfter(delay);
            }
        }

        private static Duration delayAfter(int bytes, Toxics toxics) {
            long nanos = toxics.bytesPerSecond() > 0 ? bytes * 1_000_000_000L / toxics.bytesPerSecond() : 0;
            if (toxics.sliceBytes() > 0) {
                nanos = Math.max(nanos, toxics.sliceDelay().toNanos());
            }
            return Duration.ofNanos(nanos);
        }

        private long remaining(long limit) {
            return limit < 0 ? Long.MAX_VALUE : limit - forwarded;
        }

        private boolean limitReached(Toxics toxics) {
            if (remaining(toxics.resetAfterBytes()) <= 0) {
                resetBoth();
                return true;
            }
            if (remaining(toxics.closeAfterBytes()) <= 0) {
                finish();
                Sockets.finish(to);
                Sockets.finish(from);
                return true;
            }
            return false;
        }

        private void continueAfter(Duration delay) {
            waiting = true;
            pacer.after(context, delay, () -> {
                waiting = false;
                pump();
            });
        }

        /** The sender has gone and everything that it sent has been passed on. */
        private void end(Toxics toxics) {
            if (toxics.halfOpen()) {
                return;
            }
            finish();
            if (toxics.closeDelay().isZero()) {
                passOnTheEnd();
            } else {
                pacer.after(context, toxics.closeDelay(), this::passOnTheEnd);
            }
        }

        private void passOnTheEnd() {
            if (reset) {
                Sockets.reset(to);
            } else {
                Sockets.finish(to);
            }
        }

        private void resetBoth() {
            finish();
            Sockets.reset(to);
            Sockets.reset(from);
        }

        private void finish() {
            over = true;
            flows.remove(this);
        }
    }
}
