// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An identity provider on loopback: a real HTTP server with a discovery document and a set of keys that can be changed, answer with an
 * error, answer something else, or hold its answers back until it is told to go on.
 */
public final class OidcProvider implements AutoCloseable {

    private static final String DISCOVERY = "/.well-known/openid-configuration";
    private static final String KEYS = "/keys";

    private final HttpServer server;
    private final int port;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "oidc-provider");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Map<String, Object>> keys = new CopyOnWriteArrayList<>();
    private final AtomicInteger discoveries = new AtomicInteger();
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile int status = 200;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile UnaryOperator<Map<String, Object>> document = usual -> usual;

    private OidcProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        port = server.getAddress().getPort();
        server.setExecutor(threads);
        server.createContext(DISCOVERY, exchange -> {
            discoveries.incrementAndGet();
            answer(exchange, document.apply(Map.of("issuer", issuer(), "jwks_uri", issuer() + KEYS)));
        });
        server.createContext(KEYS, exchange -> {
            fetches.incrementAndGet();
            answer(exchange, Map.of("keys", List.copyOf(keys)));
        });
        server.start();
    }

    /** One that shows these keys. */
    public static OidcProvider showing(SigningKey... keys) {
        try {
            OidcProvider provider = new OidcProvider();
            provider.show(keys);
            return provider;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange, Object body) throws IOException {
        try (exchange) {
            if (!gate.await(30, TimeUnit.SECONDS)) {
                return;
            }
            byte[] bytes = SigningKey.json(body).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public String issuer() {
        return "http://127.0.0.1:" + port;
    }

    public String jwksUri() {
        return issuer() + KEYS;
    }

    /** Shows these keys and no others from now on. */
    public void show(SigningKey... now) {
        keys.clear();
        for (SigningKey key : now) {
            keys.add(key.jwk());
        }
    }

    /** What the discovery document says instead. */
    public void say(UnaryOperator<Map<String, Object>> change) {
        document = change;
    }

    /** Answers everything with this status. */
    public void answerWith(int code) {
        status = code;
    }

    /** Answers nothing until {@link #goOn}. */
    public void holdBack() {
        gate = new CountDownLatch(1);
    }

    public void goOn() {
        gate.countDown();
    }

    /** How often it was asked where its keys are. */
    public int discoveries() {
        return discoveries.get();
    }

    /** How often it was asked for its keys. */
    public int fetches() {
        return fetches.get();
    }

    /** Stops listening: connections are refused. */
    @Override
    public void close() {
        gate.countDown();
        if (closed.compareAndSet(false, true)) {
            server.stop(0);
            threads.shutdownNow();
        }
    }
}
