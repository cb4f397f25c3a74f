// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.Secret;
import dev.penstock.idempotency.AnswerStore;
import dev.penstock.idempotency.AnswerStore.Ask;
import dev.penstock.idempotency.AnswerStore.Standing;
import dev.penstock.idempotency.AnswerStoreContract;
import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.Toxics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

/** Named calls in a real server, seen from two nodes, and what can happen on the way. */
final class RedisAnswersTest extends AnswerStoreContract {

    private static RedisServer server;
    private static int port;
    private static Vertx vertx;
    private static RedisAnswers first;
    private static RedisAnswers second;

    @BeforeAll
    static void start() throws IOException {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        port = freePort();
        server = serve(port);
        first = answers(port);
        second = answers(port);
    }

    @AfterAll
    static void stop() throws IOException {
        first.close();
        second.close();
        server.stop();
        await(vertx.close());
    }

    @Override
    protected List<AnswerStore> stores() {
        return List.of(first, second);
    }

    private static RedisServer serve(int port) throws IOException {
        RedisServer made = RedisServer.newRedisServer()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .setting("maxmemory 64M")
                .build();
        made.start();
        return made;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RedisAnswers answers(int port) {
        return new RedisAnswers(
                vertx,
                vertx.getOrCreateContext(),
                Secret.of("redis://127.0.0.1:" + port),
                new Random(7),
                new NetClientOptions());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private static Response redis(Command command, Object... args) {
        Redis client = Redis.createClient(vertx, "redis://127.0.0.1:" + port);
        try {
            return await(client.send(Request.cmd(command, args)));
        } finally {
            client.close();
        }
    }

    private static Ask ask(String call, String owner) {
        return new Ask(call, "this", owner);
    }

    @Test
    void aClaimEndsThirtySecondsAfterItsOwnerWasHeard() {
        claim(first, ask("lapse", "a"));
        assertThat(redis(Command.PTTL, "penstock:call:lapse").toLong()).isBetween(20_000L, 30_000L);

        redis(Command.PEXPIRE, "penstock:call:lapse", "5000");
        first.renew(ask("lapse", "a"));
        assertThat(claim(first, ask("lapse", "b"))).isEqualTo(Standing.UNDER_WAY);
        assertThat(redis(Command.PTTL, "penstock:call:lapse").toLong()).isBetween(20_000L, 30_000L);

        redis(Command.PEXPIRE, "penstock:call:lapse", "1");
        until(second, ask("lapse", "b"), Standing.CLAIMED::equals);
    }

    @Test
    void anAnswerIsKeptForItsTime() {
        claim(first, ask("ttl", "a"));
        first.keep(ask("ttl", "a"), new byte[1 << 20], Duration.ofHours(24));

        assertThat(claim(first, ask("ttl", "b"))).isInstanceOf(Standing.Answered.class);
        assertThat(redis(Command.PTTL, "penstock:call:ttl").toLong())
                .isBetween(Duration.ofHours(23).toMillis(), Duration.ofHours(24).toMillis());
    }

    @Test
    void anAnswerThatComesAfterTheClaimHasLapsedIsKeptUnlessAnotherHasIt() {
        claim(first, ask("slow", "a"));
        redis(Command.DEL, "penstock:call:slow");
        first.keep(ask("slow", "a"), new byte[] {1}, Duration.ofHours(1));
        assertThat(claim(first, ask("slow", "b"))).isInstanceOf(Standing.Answered.class);

        claim(first, ask("slower", "a"));
        redis(Command.DEL, "penstock:call:slower");
        claim(second, ask("slower", "b"));
        first.keep(ask("slower", "a"), new byte[] {1}, Duration.ofHours(1));
        assertThat(claim(first, ask("slower", "c"))).isEqualTo(Standing.UNDER_WAY);
    }

    @Test
    void aServerThatHasForgottenTheScriptIsToldItAgain() {
        redis(Command.SCRIPT, "FLUSH");

        assertThat(claim(first, ask("forgotten", "a"))).isEqualTo(Standing.CLAIMED);
    }

    @Test
    void aServerThatIsGoneIsSaidToBeAndOneThatComesBackIsUsed() throws IOException {
        int own = freePort();
        RedisServer mortal = serve(own);
        try (RedisAnswers store = answers(own)) {
            assertThat(claim(store, ask("mortal", "a"))).isEqualTo(Standing.CLAIMED);
            mortal.stop();
            until(store, ask("mortal", "b"), Standing.UNKNOWN::equals);
            long before = System.nanoTime();
            assertThat(claimOnce(store, ask("mortal", "b"))).isEqualTo(Standing.UNKNOWN);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));

            mortal = serve(own);
            until(store, ask("mortal", "b"), Standing.CLAIMED::equals);
        } finally {
            mortal.stop();
        }
    }

    @Test
    void aClaimThatIsGrantedTooLateIsFreeAgain() {
        try (FaultProxy proxy = FaultProxy.to(port);
                RedisAnswers store = answers(proxy.port())) {
            assertThat(claim(store, ask("before", "a"))).isEqualTo(Standing.CLAIMED);
            proxy.downstream(Toxics.NONE.withBlackHole());
            long before = System.nanoTime();
            assertThat(claimOnce(store, ask("late", "a"))).isEqualTo(Standing.UNKNOWN);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
            assertThat(claim(first, ask("late", "b")))
                    .as("claimed, and nobody knows")
                    .isEqualTo(Standing.UNDER_WAY);

            proxy.downstream(Toxics.NONE);

            until(first, ask("late", "b"), Standing.CLAIMED::equals);
        }
    }

    @Test
    void whoWaitsWhenItIsClosedIsAnswered() {
        RedisAnswers store = answers(port);
        store.close();

        assertThat(claimOnce(store, ask("closed", "a"))).isEqualTo(Standing.UNKNOWN);
    }
}
