// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A collector of OpenTelemetry: takes OTLP in JSON over HTTP, strictly, and keeps what it got. */
public final class OtlpReceiver implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 30;

    /** What one request brought. */
    public record Taken(String path, Map<String, String> headers, String text, JsonNode json) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "otlp-receiver");
        thread.setDaemon(true);
        return thread;
    });
    private final BlockingQueue<Taken> traces = new LinkedBlockingQueue<>();
    private final BlockingQueue<Taken> metrics = new LinkedBlockingQueue<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int status = 200;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    private OtlpReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/v1/traces", exchange -> take(exchange, traces));
        server.createContext("/v1/metrics", exchange -> take(exchange, metrics));
        server.start();
    }

    public static OtlpReceiver open() {
        try {
            return new OtlpReceiver();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** From now on it answers so. */
    public OtlpReceiver answering(int code) {
        status = code;
        return this;
    }

    /** From now on it answers only when the gate is opened. */
    public CountDownLatch hold() {
        CountDownLatch held = new CountDownLatch(1);
        gate = held;
        return held;
    }

    /** Requests that came, whatever became of them. */
    public int asked() {
        return asked.get();
    }

    /** The next request with spans. */
    public Taken awaitTraces() {
        return next(traces);
    }

    /** The next request with metrics. */
    public Taken awaitMetrics() {
        return next(metrics);
    }

    /** So many spans, however many requests bring them. */
    public List<JsonNode> awaitSpans(int count) {
        List<JsonNode> spans = new ArrayList<>();
        while (spans.size() < count) {
            awaitTraces().json().at("/resourceSpans").forEach(resource -> resource.at("/scopeSpans")
                    .forEach(scope -> scope.at("/spans").forEach(spans::add)));
        }
        return spans;
    }

    /** Attributes of a span or a data point, by name; numbers as texts. */
    public static Map<String, String> attributes(JsonNode of) {
        Map<String, String> found = new TreeMap<>();
        of.at("/attributes")
                .forEach(one -> found.put(
                        one.at("/key").asText(),
                        text(one.at("/value").elements().next())));
        return found;
    }

    private static String text(JsonNode value) {
        return value.isValueNode() ? value.asText() : value.toString();
    }

    private static Taken next(BlockingQueue<Taken> from) {
        try {
            Taken taken = from.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (taken == null) {
                throw new AssertionError("nothing came within " + PATIENCE_SECONDS + " s");
            }
            return taken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void take(HttpExchange exchange, BlockingQueue<Taken> into) throws IOException {
        try (exchange) {
            asked.incrementAndGet();
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (!gate.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
            Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> fields.put(name, String.join(", ", values)));
            boolean right =
                    "POST".equals(exchange.getRequestMethod()) && "application/json".equals(fields.get("content-type"));
            int code = right ? status : 415;
            if (code == 200) {
                String text = new String(body, StandardCharsets.UTF_8);
                into.add(new Taken(exchange.getRequestURI().getPath(), fields, text, JSON.readTree(text)));
            } else {
                refusals.incrementAndGet();
            }
            byte[] answer = "{}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(code, answer.length);
            exchange.getResponseBody().write(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        gate.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
