// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Stands for whoever is told of alerts: a real HTTP server on loopback that keeps what it was sent. */
public final class NoticeReceiver implements AutoCloseable {

    /** One request. */
    public record Heard(
            String method,
            String path,
            @Nullable String authorization,
            @Nullable String signature,
            String body) {

        public JsonObject json() {
            return new JsonObject(body);
        }

        public JsonArray list() {
            return new JsonArray(body);
        }
    }

    private final HttpServer server;
    private final List<Heard> heard = new CopyOnWriteArrayList<>();
    private volatile int status = 202;

    private NoticeReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public static NoticeReceiver open() {
        try {
            return new NoticeReceiver();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            heard.add(new Heard(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders().getFirst("authorization"),
                    exchange.getRequestHeaders().getFirst("x-penstock-signature"),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    /** What comes from now on is answered with this. */
    public void answerWith(int code) {
        status = code;
    }

    public List<Heard> heard() {
        return List.copyOf(heard);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
