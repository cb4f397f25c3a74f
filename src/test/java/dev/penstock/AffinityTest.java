// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.ProviderSimulator;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.ClientMetrics;
import io.vertx.core.spi.metrics.HttpClientMetrics;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * From the provider's socket to the client's socket on one thread. Vert.x reports each step of each request on the thread of the
 * socket that it happens on; the steps of one exchange are joined by the trace id that the client chose and the gateway passes
 * on.
 */
final class AffinityTest {

    private static final int LOOPS = 4;
    private static final int STREAMS = 32;
    private static final int ROUNDS = 15;
    private static final int TOKENS = 40;

    private final Map<String, Set<Thread>> threadsOfExchange = new ConcurrentHashMap<>();
    private final Map<Object, Set<Thread>> threadsOfSocket = new ConcurrentHashMap<>();

    @ParameterizedTest
    @EnumSource(Shard.Caller.class)
    void noChunkOfAnyStreamChangesThreadBetweenProviderSocketAndClientSocket(Shard.Caller caller) throws Exception {
        try (ProviderSimulator provider = ProviderSimulator.start();
                InProcess gateway = InProcess.start(
                        "server: {port: 0, admin: \"127.0.0.1:0\", loops: " + LOOPS + "}\n"
                                + "providers: {sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}}\n",
                        caller,
                        builder -> builder.withMetrics(new Watching()))) {
            provider.otherwise(Answers.chat(TOKENS));
            Vertx vertx = Vertx.vertx();
            try {
                HttpClient client =
                        vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(STREAMS));
                List<Future<?>> lanes = new ArrayList<>();
                for (int lane = 0; lane < STREAMS; lane++) {
                    lanes.add(stream(client, gateway.port(), lane, 0));
                }
                Future.all(lanes).toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
            } finally {
                vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
            }
        }

        assertThat(threadsOfExchange).hasSize(STREAMS * ROUNDS);
        assertThat(threadsOfExchange.values())
                .allSatisfy(threads -> assertThat(threads).hasSize(1));
        assertThat(threadsOfSocket.values())
                .allSatisfy(threads -> assertThat(threads).hasSize(1));
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        threadsOfExchange.values().forEach(used::addAll);
        assertThat(used).as("all loops took part").hasSize(LOOPS);
    }

    private static Future<?> stream(HttpClient client, int port, int lane, int round) {
        if (round == ROUNDS) {
            return Future.succeededFuture();
        }
        String trace = String.format("%032x", 1L + lane * 1000L + round);
        return client.request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setPort(port)
                        .setHost("127.0.0.1")
                        .setURI("/v1/chat/completions")
                        .putHeader("content-type", "application/json")
                        .putHeader("traceparent", "00-" + trace + "-00f067aa0ba902b7-01"))
                .compose(
                        request -> request.send(
                                Buffer.buffer(
                                        "{\"model\":\"sim/any\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")))
                .compose(response -> response.body())
                .compose(body -> body.toString().endsWith("data: [DONE]\n\n")
                        ? stream(client, port, lane, round + 1)
                        : Future.failedFuture("incomplete: " + body));
    }

    private void seen(String exchange) {
        threadsOfExchange
                .computeIfAbsent(exchange, id -> ConcurrentHashMap.newKeySet())
                .add(Thread.currentThread());
    }

    private void touched(Object socket) {
        threadsOfSocket
                .computeIfAbsent(socket, s -> ConcurrentHashMap.newKeySet())
                .add(Thread.currentThread());
    }

    /** Writes down on which thread each socket and each exchange is touched. */
    private final class Watching implements VertxMetricsFactory, VertxMetrics {

        @Override
        public VertxMetrics metrics(io.vertx.core.VertxOptions options) {
            return this;
        }

        @Override
        public boolean isMetricsEnabled() {
            return true;
        }

        @Override
        public HttpServerMetrics<?, ?, ?> createHttpServerMetrics(HttpServerOptions options, SocketAddress local) {
            return new Server();
        }

        @Override
        public HttpClientMetrics<?, ?, ?> createHttpClientMetrics(HttpClientOptions options) {
            return new Client();
        }
    }

    private final class Server implements HttpServerMetrics<String, Object, Object> {

        @Override
        public Object connected(SocketAddress remote, String name) {
            return new Object();
        }

        @Override
        public void bytesWritten(Object socket, SocketAddress remote, long bytes) {
            touched(socket);
        }

        @Override
        public String requestBegin(Object socket, HttpRequest request) {
            touched(socket);
            String exchange = request.headers().get("traceparent");
            if (exchange != null) {
                seen(exchange);
            }
            return exchange == null ? "" : exchange;
        }

        @Override
        public void responseBegin(String exchange, HttpResponse response) {
            if (!exchange.isEmpty()) {
                seen(exchange);
            }
        }

        @Override
        public void responseEnd(String exchange, HttpResponse response, long bytes) {
            if (!exchange.isEmpty()) {
                seen(exchange);
            }
        }
    }

    private final class Client implements HttpClientMetrics<String, Object, Object> {

        @Override
        public Object connected(SocketAddress remote, String name) {
            return new Object();
        }

        @Override
        public void bytesRead(Object socket, SocketAddress remote, long bytes) {
            touched(socket);
        }

        @Override
        public ClientMetrics<String, HttpRequest, HttpResponse> createEndpointMetrics(
                SocketAddress remote, int maxPoolSize) {
            return new ClientMetrics<>() {
                @Override
                public String requestBegin(String uri, HttpRequest request) {
                    String exchange = request.headers().get("traceparent");
                    seen(exchange);
                    return exchange;
                }

                @Override
                public void responseBegin(String exchange, HttpResponse response) {
                    seen(exchange);
                }

                @Override
                public void responseEnd(String exchange, long bytesRead) {
                    seen(exchange);
                }
            };
        }
    }
}
