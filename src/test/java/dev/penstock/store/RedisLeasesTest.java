// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.Secret;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.Toxics;
import dev.penstock.kit.tls.TestCertificates;
import dev.penstock.quota.LeaseStore;
import dev.penstock.quota.LeaseStore.Ask;
import dev.penstock.quota.LeaseStore.Grant;
import dev.penstock.quota.LeaseStoreContract;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

/** A real server, two event loops that count on it, and whatever can happen on the way. */
final class RedisLeasesTest extends LeaseStoreContract {

    private static final String PASSWORD = "canary-redis-password";

    private static RedisServer server;
    private static int port;
    private static Vertx vertx;
    private static RedisLeases first;
    private static RedisLeases second;

    @BeforeAll
    static void start() throws IOException {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
        port = freePort();
        server = serve(port);
        first = leases(port);
        second = leases(port);
    }

    @AfterAll
    static void stop() throws IOException {
        first.close();
        second.close();
        server.stop();
        await(vertx.close());
    }

    @Override
    protected List<LeaseStore> stores() {
        return List.of(first, second);
    }

    private static RedisServer serve(int port, String... settings) throws IOException {
        var builder = RedisServer.newRedisServer()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .setting("maxmemory 64M");
        for (String setting : settings) {
            builder.setting(setting);
        }
        RedisServer made = builder.build();
        made.start();
        return made;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static RedisLeases leases(int port) {
        return leases("redis://127.0.0.1:" + port, new NetClientOptions());
    }

    private static RedisLeases leases(String url, NetClientOptions network) {
        Context loop = vertx.getOrCreateContext();
        return new RedisLeases(vertx, loop, Secret.of(url), Ticker.system(), new Random(7), network);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within 20 s");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static Response redis(Command command, Object... args) {
        Redis client = Redis.createClient(vertx, "redis://127.0.0.1:" + port);
        try {
            return await(client.send(Request.cmd(command, args)));
        } finally {
            client.close();
        }
    }

    private static boolean answers(LeaseStore store) {
        return exchange(store, ask(counter(), 1, 10, 1, 0)).reachable();
    }

    @Test
    void allAnswersComeOnTheOneEventLoopWhoeverAsks() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            CompletableFuture<Void> answer = new CompletableFuture<>();
            answers.add(answer);
            first.exchange(ask(counter(), 1, 10, 1, 0), grant -> {
                threads.add(Thread.currentThread());
                answer.complete(null);
            });
        }
        answers.forEach(CompletableFuture::join);

        assertThat(threads).singleElement().satisfies(thread -> assertThat(thread.getName())
                .contains("eventloop"));
    }

    @Test
    void aConsumerThatFailsStopsNobody() {
        first.exchange(ask(counter(), 1, 10, 1, 0), grant -> {
            throw new IllegalStateException("a bug");
        });

        assertThat(answers(first)).isTrue();
    }

    @Test
    void aCounterIsForgottenAMinuteAfterItsWindowAndNeverWhereTheWindowHasNoEnd() {
        String ends = counter();
        String endless = counter();
        exchange(first, new Ask(ends, 1, System.currentTimeMillis() + 100_000, 10, 1, 0, "node", -1));
        exchange(first, new Ask(endless, 1, Long.MAX_VALUE, 10, 1, 0, "node", -1));

        assertThat(redis(Command.PTTL, "penstock:leases:used:" + ends).toLong()).isBetween(155_000L, 160_000L);
        assertThat(redis(Command.PTTL, "penstock:leases:used:" + endless).toLong())
                .isEqualTo(-1);
    }

    @Test
    void aHolderThatHasNotAskedForHalfAMinuteHasLostItsPlaces() {
        String counter = counter();
        String key = "penstock:leases:held:" + counter;
        long now = System.currentTimeMillis();
        redis(Command.HSET, key, "silent", "6:" + (now - RedisLeases.LAPSE.toMillis()), "late", "3:" + (now - 10_000));

        assertThat(exchange(first, places(counter, 10, "asking", 0, 10, 0))).isEqualTo(new Grant(true, 7, 0));
        assertThat(redis(Command.HKEYS, key).stream().map(Response::toString))
                .containsExactlyInAnyOrder("late", "asking");
        assertThat(redis(Command.PTTL, key).toLong())
                .as("and is forgotten when nobody asks")
                .isPositive()
                .isLessThanOrEqualTo(RedisLeases.LAPSE.toMillis());
    }

    @Test
    void aServerThatHasForgottenTheScriptIsToldItAgain() {
        redis(Command.SCRIPT, "FLUSH");

        assertThat(answers(first)).isTrue();
    }

    @Test
    void aServerThatIsGoneIsSaidToBeAndOneThatComesBackIsUsed() throws IOException {
        int own = freePort();
        RedisServer mortal = serve(own);
        try (RedisLeases leases = leases(own)) {
            assertThat(answers(leases)).isTrue();
            mortal.stop();
            await("gone", () -> !answers(leases));
            long before = System.nanoTime();
            assertThat(answers(leases)).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));

            mortal = serve(own);
            await("back", () -> answers(leases));
        } finally {
            mortal.stop();
        }
    }

    @Test
    void aServerThatStandsStillForAMomentLosesNothingAndWhatItGrantsTooLateIsGivenBack() {
        try (FaultProxy proxy = FaultProxy.to(port);
                RedisLeases leases = leases(proxy.port())) {
            String counter = counter();
            assertThat(exchange(leases, ask(counter, 1, 100, 10, 0)).granted()).isEqualTo(10);
            proxy.downstream(Toxics.NONE.withBlackHole());
            AtomicInteger answers = new AtomicInteger();
            CompletableFuture<Grant> late = new CompletableFuture<>();
            long before = System.nanoTime();
            leases.exchange(ask(counter, 1, 100, 50, 0), grant -> {
                answers.incrementAndGet();
                late.complete(grant);
            });
            assertThat(late.join()).isEqualTo(Grant.UNREACHABLE);
            // Patience of 750 ms, and what a busy machine takes.
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
            assertThat(exchange(first, ask(counter, 1, 100, 0, 0)).left())
                    .as("taken, and nobody has it")
                    .isEqualTo(40);

            proxy.downstream(Toxics.NONE);

            await(
                    "given back",
                    () -> exchange(first, ask(counter, 1, 100, 0, 0)).left() == 90);
            assertThat(answers(leases)).isTrue();
            assertThat(answers).hasValue(1);
            assertThat(proxy.accepted()).as("connections").isEqualTo(1);
        }
    }

    @Test
    void aConnectionThatStaysSilentIsGivenUpAndNobodyWaitsMeanwhile() {
        try (FaultProxy proxy = FaultProxy.to(port);
                RedisLeases leases = leases(proxy.port())) {
            assertThat(answers(leases)).isTrue();
            proxy.upstream(Toxics.NONE.withBlackHole());
            assertThat(answers(leases)).isFalse();
            long before = System.nanoTime();
            for (int i = 0; i < 100; i++) {
                assertThat(answers(leases)).isFalse();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));

            await("another connection", () -> proxy.accepted() > 1);
            proxy.upstream(Toxics.NONE);

            await("back", () -> answers(leases));
        }
    }

    @Test
    void whoAsksWhenItEndsIsAnsweredAndSoIsWhoAsksAfterwards() {
        try (FaultProxy proxy = FaultProxy.to(port)) {
            RedisLeases leases = leases(proxy.port());
            assertThat(answers(leases)).isTrue();
            proxy.downstream(Toxics.NONE.withBlackHole());
            CompletableFuture<Grant> pending = asked(leases, ask(counter(), 1, 10, 1, 0));

            leases.close();

            assertThat(pending.join()).isEqualTo(Grant.UNREACHABLE);
            assertThat(exchange(leases, ask(counter(), 1, 10, 1, 0))).isEqualTo(Grant.UNREACHABLE);
        }
    }

    @Test
    void aPasswordIsUsedAndNeverPrinted() throws IOException {
        int own = freePort();
        RedisServer guarded = serve(own, "requirepass " + PASSWORD);
        try (Listening log = new Listening();
                RedisLeases right =
                        leases("redis://:" + PASSWORD + "@127.0.0.1:" + own + "/3", new NetClientOptions());
                RedisLeases wrong = leases("redis://user:" + PASSWORD + "x@127.0.0.1:" + own, new NetClientOptions())) {
            assertThat(answers(right)).isTrue();
            assertThat(answers(wrong)).isFalse();
            await("said", () -> log.lines.stream().anyMatch(line -> line.contains("127.0.0.1:" + own)));
            assertThatThrownBy(() -> leases("redis://:" + PASSWORD + "@ host", new NetClientOptions()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is no URL")
                    .hasNoCause()
                    .hasMessageNotContaining(PASSWORD);

            assertThat(log.lines)
                    .noneMatch(line -> line.contains(PASSWORD))
                    .anyMatch(line -> line.contains("WRONGPASS"));
        } finally {
            guarded.stop();
        }
    }

    @Test
    void flawsOfAnAddressAreNamedWithoutTheAddress() {
        assertThat(RedisLeases.flawOf(Secret.of("redis://user:pw@host:1/2"))).isNull();
        assertThat(RedisLeases.flawOf(Secret.of("rediss://host"))).isNull();
        assertThat(RedisLeases.flawOf(Secret.of("http://host"))).contains("rediss://");
        assertThat(RedisLeases.flawOf(Secret.of("redis:///1"))).contains("no host");
        assertThat(RedisLeases.flawOf(Secret.of("redis://host/prod"))).contains("number");
        assertThat(RedisLeases.flawOf(Secret.of("redis://ho st"))).contains("no URL");
    }

    @Test
    void overTlsTheServerMustBeTheOneItSaysItIs() {
        TestCertificates certificates = TestCertificates.create();
        int good = tlsBefore(port, certificates.localhost());
        int bad = tlsBefore(port, certificates.otherHost());
        NetClientOptions trusting = new NetClientOptions().setTrustOptions(certificates.trust());
        try (RedisLeases sure = leases("rediss://localhost:" + good, trusting);
                RedisLeases elsewhere = leases("rediss://localhost:" + bad, trusting);
                RedisLeases stranger = leases("rediss://localhost:" + good, new NetClientOptions())) {
            // The first handshake of a process may take longer than an answer may.
            await("an answer over TLS", () -> answers(sure));
            assertThat(answers(elsewhere)).isFalse();
            assertThat(answers(stranger)).isFalse();
        }
    }

    private static int tlsBefore(int port, TestCertificates.Identity identity) {
        NetClient client = vertx.createNetClient();
        return await(vertx.createNetServer(new NetServerOptions().setSsl(true).setKeyCertOptions(identity.options()))
                        .connectHandler(near -> {
                            near.pause();
                            client.connect(port, "127.0.0.1").onSuccess(far -> {
                                pass(near, far);
                                pass(far, near);
                                near.resume();
                            });
                        })
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    private static void pass(NetSocket from, NetSocket to) {
        from.handler(to::write);
        from.closeHandler(end -> to.close());
    }

    /** Keeps all that is logged. */
    private static final class Listening extends AbstractAppender implements AutoCloseable {

        private final Queue<String> lines = new ConcurrentLinkedQueue<>();
        private final LoggerContext context = (LoggerContext) LogManager.getContext(false);

        Listening() {
            super("listening-to-redis", null, null, false, Property.EMPTY_ARRAY);
            start();
            context.getConfiguration().getRootLogger().addAppender(this, Level.ALL, null);
            Configurator.setLevel("dev.penstock", Level.TRACE);
            Configurator.setLevel("io.vertx.redis", Level.TRACE);
        }

        @Override
        public void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage() + " " + event.getThrown());
        }

        @Override
        public void close() {
            context.reconfigure();
        }
    }
}
