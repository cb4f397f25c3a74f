// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.config.ConfigLoader;
import dev.penstock.config.LoadResult;
import dev.penstock.exchange.PriceBook;
import dev.penstock.kit.WatchedLedger;
import dev.penstock.quota.Admission;
import io.netty.channel.EventLoop;
import io.vertx.core.VertxBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The whole gateway inside the test's process, from a configuration file, on ephemeral ports. What it settles is read from its
 * request log, what it counts from its metrics, as an operator would.
 */
final class InProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Gateway gateway;
    private final Path file;
    private final Map<String, String> env;
    private final Lines lines = new Lines();
    private final HttpClient http = HttpClient.newHttpClient();

    private InProcess(String yaml, Map<String, String> env, Shard.Caller caller, UnaryOperator<VertxBuilder> vertx)
            throws Exception {
        this(yaml, env, caller, vertx, UnaryOperator.identity());
    }

    private InProcess(
            String yaml,
            Map<String, String> env,
            Shard.Caller caller,
            UnaryOperator<VertxBuilder> vertx,
            UnaryOperator<Shard.Common> common)
            throws Exception {
        this.env = env;
        file = Files.createTempFile("penstock", ".yaml");
        write(yaml);
        if (!(load() instanceof LoadResult.Loaded loaded)) {
            throw new IllegalArgumentException(load().toString());
        }
        gateway = Gateway.start(
                loaded.snapshot(), this::load, new Gateway.Options(caller, true, true, lines, vertx, common));
    }

    /** Starts with the given providers and models; the server section is made here. */
    static InProcess start(String yaml) {
        return start(yaml, Shard.Caller.BUS, UnaryOperator.identity());
    }

    /** With variables that the configuration is read with. */
    static InProcess start(String yaml, Map<String, String> env) {
        try {
            return new InProcess(yaml, env, Shard.Caller.BUS, UnaryOperator.identity());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** With limits and prices of the test's own. */
    static InProcess start(String yaml, Function<EventLoop, Admission> admission, PriceBook prices) {
        try {
            return new InProcess(
                    yaml,
                    Map.of(),
                    Shard.Caller.BUS,
                    UnaryOperator.identity(),
                    common -> common.with(admission, prices));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** With a ledger that hears of every settlement. */
    static InProcess start(String yaml, WatchedLedger ledger) {
        try {
            return new InProcess(
                    yaml, Map.of(), Shard.Caller.BUS, UnaryOperator.identity(), common -> keptIn(ledger, common));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Shard.Common keptIn(WatchedLedger ledger, Shard.Common common) {
        return new Shard.Common(
                common.caller(),
                common.ticker(),
                common.callers(),
                common.keys(),
                common.targets(),
                settled -> {
                    ledger.settled(settled);
                    common.settlements().settled(settled);
                },
                common.meters(),
                common.models(),
                common.welcome(),
                common.ready(),
                common.refusals(),
                common.load(),
                common.admission(),
                common.prices(),
                common.switches(),
                common.idempotency(),
                new UsageDesk(ledger, common.ticker()),
                common.books());
    }

    static InProcess start(String yaml, Shard.Caller caller, UnaryOperator<VertxBuilder> vertx) {
        try {
            return new InProcess(yaml, Map.of(), caller, vertx);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Replaces everything but the server section; takes effect at the next reload. */
    void write(String yaml) throws IOException {
        String server = yaml.contains("server:")
                ? ""
                : "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, drain: 4s}\n";
        Files.writeString(file, server + yaml);
    }

    private LoadResult load() {
        return new ConfigLoader(List.of(file), file.toAbsolutePath().getParent(), env, null).load();
    }

    Gateway gateway() {
        return gateway;
    }

    int port() {
        return gateway.api().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** The next line of the request log. */
    JsonNode awaitSettlement() {
        try {
            String line = lines.whole.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (line == null) {
                throw new AssertionError("no settlement within " + PATIENCE);
            }
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    boolean hasMoreSettlements() {
        return !lines.whole.isEmpty();
    }

    HttpResponse<String> get(String path) {
        return exchange(HttpRequest.newBuilder(URI.create(url(path))).GET());
    }

    HttpResponse<String> admin(String method, String path) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.admin().getPort() + path);
        return exchange(HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody()));
    }

    HttpResponse<String> admin(String method, String path, String body) {
        URI uri = URI.create("http://127.0.0.1:" + gateway.admin().getPort() + path);
        return exchange(HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpResponse<String> chat(String body) {
        return exchange(HttpRequest.newBuilder(URI.create(url("/v1/chat/completions")))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) {
        try {
            return http.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        http.close();
        gateway.close();
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Splits what the log writes into lines. */
    private static final class Lines extends OutputStream {
        private final BlockingQueue<String> whole = new LinkedBlockingQueue<>();
        private final java.io.ByteArrayOutputStream current = new java.io.ByteArrayOutputStream();

        @Override
        public void write(int b) {
            if (b == '\n') {
                whole.add(current.toString(StandardCharsets.UTF_8));
                current.reset();
            } else {
                current.write(b);
            }
        }
    }
}
