// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.AwsLogin;
import dev.penstock.config.GoogleLogin;
import dev.penstock.config.ProviderConfig.AwsKeys;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The credentials of one shard on an event loop, and one server on loopback that plays whatever hands out credentials: STS, an
 * agent, a metadata service, a token endpoint. What it was asked is kept.
 */
final class CloudRoom implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** One question: method, target, header and body. */
    record Seen(String method, String target, MultiMap headers, String body) {

        Map<String, String> form() {
            Map<String, String> fields = new LinkedHashMap<>();
            for (String pair : body.split("&")) {
                int equals = pair.indexOf('=');
                fields.put(
                        URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
            return fields;
        }
    }

    /** One answer; null stands for silence. */
    record Reply(int status, String body, Map<String, String> headers) {

        static Reply of(int status, String body) {
            return new Reply(status, body, Map.of());
        }
    }

    final ManualTime time = new ManualTime();
    final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    private final Context loop = vertx.getOrCreateContext();
    private final Map<String, Function<Seen, Reply>> answers = new ConcurrentHashMap<>();
    private final int port;
    private volatile Duration atMost = PATIENCE;
    private final CloudCredentials cloud;

    CloudRoom() {
        port = await(vertx.createHttpServer().requestHandler(this::serve).listen(0, "127.0.0.1"))
                .actualPort();
        cloud = on(() -> {
            SideCalls calls = SideCalls.over(vertx);
            return new CloudCredentials(
                    vertx,
                    new Hurried(calls),
                    time,
                    RandomGenerator.getDefault(),
                    (whose, held, why) -> heard.add(whose + " " + held + " " + why));
        });
    }

    /** Real calls with less patience, so that a test of silence is a short one. */
    private final class Hurried implements SideCalls {
        private final SideCalls calls;

        Hurried(SideCalls calls) {
            this.calls = calls;
        }

        @Override
        public Future<SideReply> send(SideCall call) {
            Duration timeout = atMost.compareTo(call.timeout()) < 0 ? atMost : call.timeout();
            return calls.send(new SideCall(
                    call.method(), call.url(), call.headers(), call.body(), call.maxBytes(), timeout, call.pinned()));
        }

        @Override
        public void close() {
            calls.close();
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Answers requests for that path from now on. */
    CloudRoom when(String path, Function<Seen, Reply> answer) {
        answers.put(path, answer);
        return this;
    }

    CloudRoom when(String path, int status, String body) {
        return when(path, asked -> Reply.of(status, body));
    }

    /** What is not answered in this time has failed. */
    CloudRoom hurry(Duration limit) {
        atMost = limit;
        return this;
    }

    AwsKeys keys(AwsLogin login) {
        return current(() -> cloud.of(login));
    }

    GatewayError refusal(AwsLogin login) {
        return failure(() -> cloud.of(login));
    }

    GoogleToken token(GoogleLogin login) {
        return current(() -> cloud.of(login));
    }

    GatewayError refusal(GoogleLogin login) {
        return failure(() -> cloud.of(login));
    }

    void keepNothing() {
        on(() -> {
            cloud.keep(java.util.Set.of());
            return true;
        });
    }

    /** Waits until what goes on beside the requests has been asked that often. */
    void awaitQuestions(int count) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (seen.size() < count) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("asked " + seen.size() + " times within " + PATIENCE);
            }
            Thread.onSpinWait();
        }
    }

    void advance(Duration span) {
        on(() -> {
            time.advance(span);
            return true;
        });
    }

    List<String> targets() {
        return seen.stream().map(one -> one.method() + " " + one.target()).toList();
    }

    private <T> T current(Supplier<Refreshing<T>> holder) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.runOnContext(go -> holder.get().current().onComplete(result::complete, result::completeExceptionally));
        return await(result);
    }

    private GatewayError failure(Supplier<? extends Refreshing<?>> holder) {
        CompletableFuture<Throwable> result = new CompletableFuture<>();
        loop.runOnContext(go -> holder.get()
                .current()
                .onComplete(
                        value -> result.completeExceptionally(new AssertionError("there were some")),
                        result::complete));
        return (GatewayError) await(result);
    }

    private void serve(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            Seen one = new Seen(request.method().name(), request.uri(), request.headers(), body.toString());
            Function<Seen, Reply> answer = answers.get(request.path());
            Reply reply = answer == null ? Reply.of(404, "not here") : answer.apply(one);
            seen.add(one);
            if (reply != null) {
                reply.headers().forEach(request.response()::putHeader);
                request.response().setStatusCode(reply.status()).end(reply.body());
            }
        });
    }

    private <T> T on(java.util.concurrent.Callable<T> action) {
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

    private static <T> T await(Future<T> future) {
        CompletableFuture<T> done = new CompletableFuture<>();
        future.onComplete(done::complete, done::completeExceptionally);
        return await(done);
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("nothing came of it within " + PATIENCE, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GatewayError error) {
                throw error;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
