// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.config.ProviderConfig;
import dev.penstock.config.ProviderConfig.Extras;
import dev.penstock.config.ProviderConfig.Type;
import dev.penstock.config.Secret;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.credentials.CloudCredentials;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The providers of one shard on an event loop, and one simulated provider that sees what they send. */
final class ProviderRoom implements AutoCloseable {

    static final Instant NOW = Instant.parse("2026-11-21T16:30:00Z");
    static final String NAME = "here";
    static final String BODY = "{\"model\":\"m\"}";

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Context loop = vertx.getOrCreateContext();
    private final Transport transport;
    private ApiSchema schema = ApiSchema.OPENAI_CHAT;
    final ProviderSimulator simulator;
    private final ProviderTable table = onLoop(() -> new ProviderTable(
            vertx,
            new ProviderKeys(new StillTime(), (provider, key) -> (why, span) -> {}),
            new CloudCredentials(
                    vertx,
                    SideCalls.over(vertx),
                    new StillTime(),
                    RandomGenerator.getDefault(),
                    (whose, held, why) -> {}),
            (delay, task) -> {
                long id = vertx.setTimer(Math.max(1, delay.toMillis()), fired -> task.run());
                return () -> vertx.cancelTimer(id);
            },
            new StillTime()));

    ProviderRoom() {
        this(Transport.HTTP_1_1);
    }

    ProviderRoom(Transport transport) {
        this.transport = transport;
        this.simulator = ProviderSimulator.builder()
                .transports(transport)
                .otherwise(Script.json(200, "{}"))
                .start();
    }

    /** What came of one call: exactly one of the two. */
    record Result(@Nullable ProviderReply reply, @Nullable GatewayError error) {}

    /** The same moment for ever, so that a signature can be foretold. */
    private static final class StillTime implements Ticker {

        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public Instant now() {
            return NOW;
        }
    }

    /** {@code 127.0.0.1:port}, as it stands in the header. */
    String host() {
        return "127.0.0.1:" + simulator.port();
    }

    ProviderRoom provider(Type type, @Nullable String key) {
        return provider(type, "", key, Extras.NONE);
    }

    ProviderRoom provider(Type type, @Nullable String key, Extras extras) {
        return provider(type, "", key, extras);
    }

    ProviderRoom provider(Type type, String path, @Nullable String key, Extras extras) {
        ProviderConfig.Http http =
                transport == Transport.HTTP_1_1 ? ProviderConfig.Http.AUTO : ProviderConfig.Http.HTTP_2;
        return provider(config(type, URI.create("http://" + host() + path), key, http, extras));
    }

    ProviderRoom provider(ProviderConfig config) {
        schema = config.schema();
        Snapshot snapshot = new Snapshot(ServerConfig.defaults(), Map.of(NAME, config), Map.of(), Map.of(), "v1");
        onLoop(() -> {
            table.use(snapshot);
            return true;
        });
        return this;
    }

    static ProviderConfig config(Type type, URI url, @Nullable String key, ProviderConfig.Http http, Extras extras) {
        Secret secret = key == null ? null : Secret.of(key);
        return new ProviderConfig(NAME, type, url, secret, http, 4, false, null, List.of(), 0, extras, "test");
    }

    static ProviderConfig config(Type type, URI url, List<ProviderConfig.ApiKey> keys) {
        return new ProviderConfig(
                NAME,
                type,
                url,
                null,
                keys,
                ProviderConfig.Http.AUTO,
                4,
                false,
                null,
                List.of(),
                0,
                Extras.NONE,
                "test");
    }

    Result call(String model, boolean stream, MultiMap headers) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        ProviderCall.Request request = new ProviderCall.Request(
                new Target(NAME, model), schema, stream, List.of(Buffer.buffer(BODY)), BODY.length(), headers, 0);
        loop.runOnContext(go -> table.call(new ProviderCall(request, new ProviderCall.Listener() {
            @Override
            public void connected() {}

            @Override
            public void sent() {}

            @Override
            public void replied(ProviderReply reply) {
                reply.body().handler(bytes -> {});
                reply.body().endHandler(end -> {});
                reply.body().exceptionHandler(broken -> {});
                reply.body().finish();
                result.complete(new Result(reply, null));
            }

            @Override
            public void failed(GatewayError error) {
                result.complete(new Result(null, error));
            }
        })));
        return await(result);
    }

    Result call(String model, boolean stream) {
        return call(model, stream, MultiMap.caseInsensitiveMultiMap().set("content-type", "application/json"));
    }

    /** The one request that the call brought to the simulated provider. */
    SeenRequest seen(String model, boolean stream) {
        call(model, stream);
        return simulator.awaitRequest();
    }

    SeenRequest seen(String model, boolean stream, MultiMap headers) {
        call(model, stream, headers);
        return simulator.awaitRequest();
    }

    private <T> T onLoop(java.util.concurrent.Callable<T> action) {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.runOnContext(go -> {
            try {
                done.complete(action.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return await(done);
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(Duration.ofSeconds(10).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing came of it within ten seconds", e);
        } catch (java.util.concurrent.ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        simulator.close();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        vertx.close().onComplete(done -> closed.complete(null));
        await(closed);
    }
}
