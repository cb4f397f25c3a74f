// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.kit.RefusedPort;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCallFailed;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Side calls through their breakers, against a dead server, a silent one, and one that comes back. */
final class SideCallBreakersTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final SideCallBreakers.Settings QUICK =
            new SideCallBreakers.Settings(3, Duration.ofSeconds(30), Duration.ofMillis(20), Duration.ofSeconds(20), 4);

    /** Half open only after an hour: what is open stays so. */
    private static final SideCallBreakers.Settings LASTING =
            new SideCallBreakers.Settings(3, Duration.ofSeconds(30), Duration.ofHours(1), Duration.ofSeconds(20), 4);

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final AtomicInteger requests = new AtomicInteger();
    private final BlockingQueue<BreakerState> changes = new LinkedBlockingQueue<>();
    private volatile boolean silent;
    private int port;

    @BeforeEach
    void serve() throws Exception {
        HttpServer server = vertx.createHttpServer().requestHandler(this::answer);
        port = await(server.listen(0, "127.0.0.1")).actualPort();
    }

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    @Test
    void aDeadServerIsNotCalledAfterAFewFailures() throws Exception {
        SideCalls calls = calls(LASTING);
        try (RefusedPort dead = RefusedPort.open()) {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> send(calls, dead.port(), PATIENCE)).hasMessage("the connection was refused");
            }
            assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
            for (int i = 0; i < 10; i++) {
                assertThatThrownBy(() -> send(calls, dead.port(), PATIENCE))
                        .isInstanceOf(SideCallFailed.class)
                        .hasMessage("the host is left alone for a while, after failures");
            }
        }
        assertThat(send(calls, port, PATIENCE).status()).as("another host").isEqualTo(200);
    }

    @Test
    void aSilentServerIsNotCalledWhileOpenAndAgainWhenItIsBack() throws Exception {
        SideCalls calls = calls(QUICK);
        silent = true;
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> send(calls, port, Duration.ofMillis(50))).isInstanceOf(SideCallFailed.class);
        }
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.HALF_OPEN);
        int before = requests.get();
        assertThatThrownBy(() -> send(calls, port, Duration.ofMillis(50))).isInstanceOf(SideCallFailed.class);
        assertThat(requests.get()).as("one probe").isLessThanOrEqualTo(before + 1);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        silent = false;
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(send(calls, port, PATIENCE).status()).isEqualTo(200);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.CLOSED);
        assertThat(send(calls, port, PATIENCE).status()).isEqualTo(200);
    }

    @Test
    void anAnswerOfAnyStatusOrSizeSpeaksForTheHost() throws Exception {
        SideCalls calls = calls(LASTING);
        for (int i = 0; i < 10; i++) {
            assertThat(send(calls, "/broken", PATIENCE, Future.future(never -> {}))
                            .status())
                    .isEqualTo(503);
            assertThatThrownBy(() -> send(calls, "/large", PATIENCE, Future.future(never -> {})))
                    .hasMessageContaining("larger");
        }
        assertThat(changes).isEmpty();
    }

    @Test
    void callsThatAreGivenUpSayNothingOfTheHost() throws Exception {
        SideCalls calls = calls(LASTING);
        silent = true;
        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> send(calls, "/", PATIENCE, Future.succeededFuture()))
                    .hasMessage("the call was given up");
        }
        silent = false;
        assertThat(send(calls, port, PATIENCE).status()).isEqualTo(200);
        assertThat(changes).isEmpty();
    }

    @Test
    void aProbeThatIsGivenUpDoesNotLeaveTheBreakerHalfOpenForEver() throws Exception {
        SideCalls calls = calls(QUICK);
        silent = true;
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> send(calls, port, Duration.ofMillis(50))).isInstanceOf(SideCallFailed.class);
        }
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.HALF_OPEN);
        assertThatThrownBy(() -> send(calls, "/", PATIENCE, Future.succeededFuture()))
                .hasMessage("the call was given up");
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        silent = false;
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(send(calls, port, PATIENCE).status()).isEqualTo(200);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void aProbeThatHangsEndsWithItsLeaseAndItsCallerIsStillAnswered() throws Exception {
        SideCallBreakers breakers = onLoop(() -> breakers(new SideCallBreakers.Settings(
                1, Duration.ofSeconds(30), Duration.ofMillis(20), Duration.ofMillis(20), 4)));
        assertThatThrownBy(() -> await(call(breakers, "a:1", Future.failedFuture("down"))))
                .hasMessage("down");
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.HALF_OPEN);
        Promise<String> slow = Promise.promise();
        Future<String> answer = call(breakers, "a:1", slow.future());
        assertThat(changes.poll(20, TimeUnit.SECONDS)).isEqualTo(BreakerState.OPEN);
        slow.complete("late");
        assertThat(await(answer)).isEqualTo("late");
    }

    @Test
    void aCallThatThrowsFails() throws Exception {
        SideCallBreakers breakers = onLoop(() -> breakers(LASTING));
        assertThatThrownBy(() -> await(onLoop(() -> breakers.call("a:1", () -> {
                    throw new IllegalStateException("no");
                }))))
                .hasMessage("no");
    }

    @Test
    void onlySoManyHostsAreRemembered() throws Exception {
        SideCallBreakers breakers = onLoop(() -> breakers(LASTING));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> await(call(breakers, "dead:1", Future.failedFuture("down"))))
                    .hasMessage("down");
        }
        for (int i = 0; i < 100; i++) {
            assertThat(await(call(breakers, "host" + i + ":1", Future.succeededFuture("yes"))))
                    .isEqualTo("yes");
        }
        assertThat(breakers.hosts()).isEqualTo(4);
        assertThat(await(call(breakers, "dead:1", Future.succeededFuture("forgotten"))))
                .isEqualTo("forgotten");
    }

    private SideCalls calls(SideCallBreakers.Settings settings) throws Exception {
        return onLoop(() -> SideCalls.over(vertx, breakers(settings)));
    }

    private SideCallBreakers breakers(SideCallBreakers.Settings settings) {
        return new SideCallBreakers(vertx, settings, new SplittableRandom(1), (where, to) -> changes.add(to));
    }

    private <T> Future<T> call(SideCallBreakers breakers, String where, Future<T> result) throws Exception {
        return onLoop(() -> breakers.call(where, () -> result));
    }

    private SideReply send(SideCalls calls, int to, Duration timeout) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + to + "/");
        return await(onLoop(() -> calls.send(SideCall.get(url, Map.of(), timeout))));
    }

    private SideReply send(SideCalls calls, String path, Duration timeout, Future<?> over) throws Exception {
        URI url = URI.create("http://127.0.0.1:" + port + path);
        return await(onLoop(() -> calls.send(SideCall.get(url, Map.of(), timeout), over)));
    }

    private void answer(HttpServerRequest request) {
        requests.incrementAndGet();
        if (silent) {
            return;
        }
        switch (request.path()) {
            case "/broken" -> request.response().setStatusCode(503).end("down");
            case "/large" -> request.response().end(Buffer.buffer(new byte[300_000]));
            default -> request.response().end("well");
        }
    }

    private <T> T onLoop(Supplier<T> what) throws Exception {
        CompletableFuture<T> done = new CompletableFuture<>();
        context.runOnContext(run -> {
            try {
                done.complete(what.get());
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(30, TimeUnit.SECONDS);
    }

    private static <T> T await(Future<T> future) throws Exception {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
