// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model provider on loopback that does what it is told: good answers, bad answers, and every way in which an answer can
 * break off. It speaks HTTP/1.1, HTTP/2 in clear text, and both over TLS, each on a port of its own.
 *
 * <p>Which {@link Answer} a request gets: the next of the queue ({@link #enqueue}) if there is one, else the one registered
 * for the {@code model} in its body ({@link #when}), else the default. What it saw is kept: the head, the body, the time of
 * arrival and the end of each request.
 */
public final class ProviderSimulator implements AutoCloseable {

    /** How to reach the simulator. */
    public enum Transport {
        HTTP_1_1,
        HTTP_2_CLEAR,
        HTTPS_1_1,
        HTTPS_2
    }

    /** What happens to a new HTTP/1.1 connection before anything is read from it. */
    public enum Accepting {
        SERVE,
        RESET,
        CLOSE,
        /** The connection stands, and not a byte is read from it. */
        NEVER_READ
    }

    private static final int SEND_BUFFER = 32 << 10;

    private final Vertx vertx;
    private final boolean ownVertx;
    private final Pacer pacer;
    private final KeyCertOptions certificate;
    private final boolean keepLog;
    private final String host;
    private final Map<Transport, Integer> ports = new EnumMap<>(Transport.class);
    private final List<String> deployments = new ArrayList<>();
    private final Map<String, Answer> byModel = new ConcurrentHashMap<>();
    private final Queue<Answer> queue = new ConcurrentLinkedQueue<>();
    private final List<SeenRequest> log = new CopyOnWriteArrayList<>();
    private final BlockingQueue<SeenRequest> arrivals = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger openConnections = new AtomicInteger();
    private final AtomicInteger openRequests = new AtomicInteger();
    private volatile Answer otherwise;
    private volatile Accepting accepting = Accepting.SERVE;

    private ProviderSimulator(Builder b) {
        this.ownVertx = b.vertx == null;
        this.vertx = ownVertx ? Vertx.vertx(new VertxOptions().setEventLoopPoolSize(b.loops)) : b.vertx;
        this.pacer = b.pacer == null ? Pacer.of(vertx) : b.pacer;
        this.certificate = b.certificate;
        this.keepLog = b.keepLog;
        this.host = b.host;
        this.otherwise = b.otherwise;
        for (Transport transport : b.transports) {
            listen(transport, b.port, b.loops);
        }
    }

    /** A simulator on HTTP/1.1 with an event loop of its own. */
    public static ProviderSimulator start() {
        return builder().start();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects what the simulator is made of. */
    public static final class Builder {
        private Vertx vertx;
        private Pacer pacer;
        private KeyCertOptions certificate;
        private int loops = 1;
        private int port;
        private String host = "127.0.0.1";
        private boolean keepLog = true;
        private List<Transport> transports = List.of(Transport.HTTP_1_1);
        private Answer otherwise = Answers.chat(5);

        private Builder() {}

        /** Uses a Vert.x of the caller, which the simulator does not close. */
        public Builder vertx(Vertx value) {
            this.vertx = value;
            return this;
        }

        /** Pauses by hand instead of by the clock. */
        public Builder pacer(Pacer value) {
            this.pacer = value;
            return this;
        }

        public Builder transports(Transport... values) {
            this.transports = List.of(values);
            return this;
        }

        /** The key and certificate of the TLS ports. */
        public Builder certificate(KeyCertOptions value) {
            this.certificate = value;
            return this;
        }

        /** Address to listen on, where it is not this machine alone that shall reach it. */
        public Builder host(String value) {
            this.host = value;
            return this;
        }

        /** Event loops that share each port. */
        public Builder loops(int value) {
            this.loops = value;
            return this;
        }

        /** A fixed port, for one transport; 0 is any free one. */
        public Builder port(int value) {
            this.port = value;
            return this;
        }

        /** The answer to requests that nothing else matches. */
        public Builder otherwise(Answer value) {
            this.otherwise = value;
            return this;
        }

        /** Forgets requests at once: for benchmarks, where a log would be the load. */
        public Builder withoutLog() {
            this.keepLog = false;
            return this;
        }

        public ProviderSimulator start() {
            return new ProviderSimulator(this);
        }
    }

    public int port(Transport transport) {
        Integer port = ports.get(transport);
        if (port == null) {
            throw new IllegalArgumentException(transport + " was not asked for; listening on " + ports.keySet());
        }
        return port;
    }

    /** The first port. */
    public int port() {
        return ports.values().iterator().next();
    }

    /** What a client calls {@code base_url}. */
    public String baseUrl(Transport transport) {
        boolean tls = transport == Transport.HTTPS_1_1 || transport == Transport.HTTPS_2;
        return (tls ? "https" : "http") + "://" + host + ":" + port(transport) + "/v1";
    }

    public String baseUrl() {
        return baseUrl(ports.keySet().iterator().next());
    }

    /** Requests for that model get this answer from now on. */
    public ProviderSimulator when(String model, Answer answer) {
        byModel.put(model, answer);
        return this;
    }

    /** The next requests get these answers, one each, whatever they ask for. */
    public ProviderSimulator enqueue(Answer... answers) {
        queue.addAll(Arrays.asList(answers));
        return this;
    }

    public ProviderSimulator otherwise(Answer answer) {
        otherwise = answer;
        return this;
    }

    public ProviderSimulator accepting(Accepting mode) {
        accepting = mode;
        return this;
    }

    /** Every request so far, in the order of arrival. */
    public List<SeenRequest> requests() {
        return List.copyOf(log);
    }

    /** The next request that nobody has taken yet, as soon as its head is there. */
    public SeenRequest awaitRequest(Duration atMost) {
        try {
            SeenRequest seen = arrivals.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
            if (seen == null) {
                throw new AssertionError("no request came within " + atMost);
            }
            return seen;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    public SeenRequest awaitRequest() {
        return awaitRequest(Duration.ofSeconds(10));
    }

    /** Requests whose head has come and which have not ended. */
    public int openRequests() {
        return openRequests.get();
    }

    /** HTTP/1.1 connections that are open now. */
    public int openConnections() {
        return openConnections.get();
    }

    /** Connections accepted so far, all transports. */
    public int connections() {
        return connections.get();
    }

    /** Forgets what it saw and the answers that still waited; registered answers stay. */
    public void forget() {
        log.clear();
        arrivals.clear();
        queue.clear();
    }

    @Override
    public void close() {
        for (String deployment : deployments) {
            await(vertx.undeploy(deployment));
        }
        if (ownVertx) {
            await(vertx.close());
        }
    }

    private void listen(Transport transport, int wanted, int loops) {
        int port = wanted;
        for (int i = 0; i < loops; i++) {
            ServerVerticle server = new ServerVerticle(transport, port);
            deployments.add(await(vertx.deployVerticle(server)));
            port = server.actualPort;
        }
        ports.put(transport, port);
    }

    private final class ServerVerticle extends AbstractVerticle {
        private final Transport transport;
        private final int wanted;
        private int actualPort;

        ServerVerticle(Transport transport, int wanted) {
            this.transport = transport;
            this.wanted = wanted;
        }

        @Override
        public void start(Promise<Void> started) {
            Future<Integer> listening =
                    switch (transport) {
                        case HTTP_1_1, HTTPS_1_1 -> raw().map(NetServer::actualPort);
                        case HTTP_2_CLEAR, HTTPS_2 -> http2().map(HttpServer::actualPort);
                    };
            listening.onSuccess(port -> actualPort = port).<Void>mapEmpty().onComplete(started);
        }

        private Future<NetServer> raw() {
            NetServerOptions options =
                    // A small send buffer, so that bytesSent() tells what the other side has taken.
                    new NetServerOptions()
                            .setTcpNoDelay(true)
                            .setSendBufferSize(SEND_BUFFER)
                            .setAcceptBacklog(8192);
            if (transport == Transport.HTTPS_1_1) {
                options.setSsl(true).setKeyCertOptions(certificate());
            }
            return vertx.createNetServer(options)
                    .connectHandler(this::accept)
                    // A handshake that fails is the caller's experiment, not an error of this server.
                    .exceptionHandler(t -> {})
                    .listen(wanted, host);
        }

        private void accept(NetSocket socket) {
            int number = connections.incrementAndGet();
            switch (accepting) {
                case SERVE -> {
                    openConnections.incrementAndGet();
                    new H1Connection(
                            socket,
                            context,
                            number,
                            ProviderSimulator.this::arrived,
                            (seen, connection) -> connection.answer(choose(seen), seen, pacer),
                            openConnections::decrementAndGet);
                }
                case RESET -> Sockets.reset(socket);
                case CLOSE -> Sockets.finish(socket);
                case NEVER_READ -> socket.pause();
            }
        }

        private Future<HttpServer> http2() {
            HttpServerOptions options = new HttpServerOptions()
                    .setTcpNoDelay(true)
                    .setSendBufferSize(SEND_BUFFER)
                    .setAcceptBacklog(8192)
                    .setHttp2ClearTextEnabled(true)
                    .setHttp2ConnectionWindowSize(16 << 20)
                    // Gateways cancel a lot, and every cancel is a RST frame.
                    .setHttp2RstFloodMaxRstFramePerWindow(1_000_000)
                    .setInitialSettings(
                            new Http2Settings().setMaxConcurrentStreams(10_000).setInitialWindowSize(1 << 20));
            if (transport == Transport.HTTPS_2) {
                options.setSsl(true).setUseAlpn(true).setKeyCertOptions(certificate());
            }
            return vertx.createHttpServer(options)
                    .connectionHandler(connection -> connections.incrementAndGet())
                    .exceptionHandler(t -> {})
                    .requestHandler(request -> new H2Answering(
                            request,
                            System.identityHashCode(request.connection()),
                            ProviderSimulator.this::arrived,
                            (seen, answering) -> answering.answer(context, choose(seen), pacer)))
                    .listen(wanted, host);
        }
    }

    private void arrived(SeenRequest seen) {
        openRequests.incrementAndGet();
        seen.end().whenComplete((end, t) -> openRequests.decrementAndGet());
        if (keepLog) {
            log.add(seen);
            arrivals.add(seen);
        }
    }

    private Script choose(SeenRequest seen) {
        if (!seen.method().equals("POST")) {
            return seen.path().endsWith("/models")
                    ? Answers.models(byModel.keySet())
                    : Answers.error(
                            404, "invalid_request_error", "Unknown request URL: " + seen.target(), "unknown_url");
        }
        Answer queued = queue.poll();
        Answer answer = queued == null ? byModel.getOrDefault(seen.model(), otherwise) : queued;
        return answer.to(seen);
    }

    private KeyCertOptions certificate() {
        if (certificate == null) {
            throw new IllegalStateException("a TLS transport needs a certificate");
        }
        return certificate;
    }

    static <T> T await(Future<T> future) {
        CompletableFuture<T> done = new CompletableFuture<>();
        future.onComplete(done::complete, done::completeExceptionally);
        return SeenRequest.await(done, Duration.ofSeconds(20), "simulator");
    }
}
