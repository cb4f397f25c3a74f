// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.ServerConfig;
import dev.penstock.config.TlsConfig;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real server made of the parts of this room and a handler that answers what it saw. */
final class EdgeFixture implements AutoCloseable {

    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setPreferNativeTransport(true));
    final Queue<String> handled = new ConcurrentLinkedQueue<>();
    final Queue<String> refusals = new ConcurrentLinkedQueue<>();
    final HttpServer server;

    EdgeFixture() throws Exception {
        this(null, null);
    }

    EdgeFixture(@Nullable TlsConfig tls, @Nullable Handler<HttpServerRequest> handler) throws Exception {
        server = EdgeServer.create(vertx, config(tls), (status, code) -> refusals.add(status + " " + code));
        server.requestHandler(handler == null ? this::echo : handler);
        await(server.listen());
    }

    static ServerConfig config(@Nullable TlsConfig tls) {
        ServerConfig d = ServerConfig.defaults();
        return new ServerConfig(
                InetSocketAddress.createUnresolved("127.0.0.1", 0),
                d.admin(),
                null,
                null,
                tls,
                d.maxBodyBytes(),
                d.maxHeaderBytes(),
                d.headTimeout(),
                d.bodyTimeout(),
                d.minBodyRate(),
                d.drainDelay(),
                d.drain(),
                List.of(),
                1,
                d.shed());
    }

    int port() {
        return server.actualPort();
    }

    private void echo(HttpServerRequest request) {
        handled.add(request.method() + " " + request.uri());
        var refusal = RequestChecks.check(request);
        if (refusal != null) {
            ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, refusal, "req_test", null);
            return;
        }
        if (request.uri().equals("/refused")) {
            ErrorRenderer.render(
                    request,
                    ApiSchema.OPENAI_CHAT,
                    GatewayError.of(GatewayError.Kind.BODY_TOO_LARGE, "no"),
                    "req_test",
                    null);
            return;
        }
        if ("100-continue".equals(request.getHeader("expect"))) {
            request.response().writeContinue();
        }
        long[] bytes = {0};
        request.exceptionHandler(broken -> {});
        request.handler(chunk -> bytes[0] += chunk.length());
        request.endHandler(end -> request.response()
                .end(request.version() + " " + request.method() + " " + request.uri() + " " + bytes[0]));
    }

    static <T> T await(io.vertx.core.Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
