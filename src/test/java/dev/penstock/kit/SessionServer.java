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
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** An application's API that knows its sessions by a cookie or a token: a real HTTP server on loopback. */
public final class SessionServer implements AutoCloseable {

    private final HttpServer server;
    private final int port;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "session-server");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, String> sessions = new ConcurrentHashMap<>();
    private final List<Map<String, String>> asked = new CopyOnWriteArrayList<>();
    private volatile int status = 200;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    private SessionServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        port = server.getAddress().getPort();
        server.setExecutor(threads);
        server.createContext("/me", this::answer);
        server.start();
    }

    public static SessionServer open() {
        try {
            return new SessionServer();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** From now on who sends this cookie, or this authorization, is answered so. */
    public void knows(String credential, String answer) {
        sessions.put(credential, answer);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> fields.put(name, String.join(", ", values)));
            asked.add(fields);
            if (!gate.await(30, TimeUnit.SECONDS)) {
                return;
            }
            String known = sessions.get(fields.getOrDefault("cookie", fields.getOrDefault("authorization", "")));
            byte[] bytes = (known == null ? "{}" : known).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known == null ? 401 : status, bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public String url() {
        return "http://127.0.0.1:" + port + "/me";
    }

    /** Answers known sessions with this status. */
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

    /** The fields of every question so far. */
    public List<Map<String, String>> asked() {
        return List.copyOf(asked);
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
