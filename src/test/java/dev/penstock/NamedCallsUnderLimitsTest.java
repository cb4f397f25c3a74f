// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.Header;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tenant that may have one call at a time, whose clients name their calls and repeat them in parallel: whatever comes together, each gets an
 * answer soon, and the one place is free afterwards.
 */
final class NamedCallsUnderLimitsTest {

    private static final Logger LOG = LogManager.getLogger(NamedCallsUnderLimitsTest.class);
    private static final long SEED = Long.getLong("penstock.seed", 20_261_122L);
    private static final int CALLERS = Integer.getInteger("penstock.callers", 40);
    private static final int ROUNDS = Integer.getInteger("penstock.rounds", 25);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "0123456789abcdef0123456789abcdef";

    private final ProviderSimulator provider = ProviderSimulator.builder()
            .otherwise(Answers.chat(5, Duration.ofMillis(1)))
            .withoutLog()
            .start();

    @TempDir
    Path folder;

    private final List<Integer> ports = MemberMesh.freePorts(6);
    private final List<InProcess> nodes = new ArrayList<>();
    private final Map<String, AtomicLong> seen = new ConcurrentHashMap<>();
    private final Queue<String> unanswered = new ConcurrentLinkedQueue<>();
    private final AtomicLong longest = new AtomicLong();

    @AfterEach
    void stop() {
        nodes.forEach(InProcess::close);
        provider.close();
    }

    @Test
    void everyCallOfOneNodeIsAnswered() {
        nodes.add(InProcess.start(node("")));

        callAtOnce();

        assertThat(unanswered).isEmpty();
        assertThat(seen.keySet()).isSubsetOf("200", "409", "429");
        awaitThePlace();
    }

    @Test
    void everyCallOfThreeNodesIsAnswered() {
        for (int i = 0; i < 3; i++) {
            nodes.add(InProcess.start(node(Peers.section("named", ports, i))));
        }
        Peers.awaitJoined(PATIENCE, nodes);

        callAtOnce();

        assertThat(unanswered).isEmpty();
        // A node that is short of time may say that it does not know.
        assertThat(seen.keySet()).isSubsetOf("200", "409", "429", "503");
        awaitThePlace();
    }

    private void callAtOnce() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                RandomGenerator chance =
                        RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + i);
                threads.execute(() -> callAgainAndAgain(chance));
            }
        }
        LOG.info(
                "measured: seed {}, {} calls on {} nodes: {}, longest {} ms",
                SEED,
                CALLERS * ROUNDS,
                nodes.size(),
                new TreeMap<>(seen),
                longest.get() / 1_000_000);
    }

    /** One caller, on one connection for as long as it stays open. */
    private void callAgainAndAgain(RandomGenerator chance) {
        InProcess node = nodes.get(chance.nextInt(nodes.size()));
        RawClient line = null;
        for (int round = 0; round < ROUNDS; round++) {
            boolean leaves = chance.nextInt(8) == 0;
            String name = chance.nextInt(4) == 0 ? "" : round + "-" + chance.nextInt(4);
            long from = System.nanoTime();
            try {
                line = line == null ? RawClient.connect(node.port(), SOON) : line;
                RawResponse answer = ask(line, name, chance.nextBoolean());
                if (!leaves) {
                    answer.readToEnd();
                    count(Integer.toString(answer.status()));
                }
                if (leaves || answer.header("connection").isPresent()) {
                    line.close();
                    line = null;
                    node = nodes.get(chance.nextInt(nodes.size()));
                }
            } catch (RuntimeException | AssertionError e) {
                unanswered.add("'" + name + "' of round " + round + ": " + e);
                line = null;
            }
            longest.accumulateAndGet(System.nanoTime() - from, Math::max);
        }
        if (line != null) {
            line.close();
        }
    }

    private static RawResponse ask(RawClient line, String name, boolean stream) {
        Header[] who = {new Header("authorization", "Bearer " + KEY), new Header("idempotency-key", name + stream)};
        return line.post("/v1/chat/completions", body(stream), name.isEmpty() ? Arrays.copyOf(who, 1) : who)
                .response();
    }

    private void count(String what) {
        seen.computeIfAbsent(what, each -> new AtomicLong()).incrementAndGet();
    }

    /** Who left may be heard of a little later. */
    private void awaitThePlace() {
        for (InProcess node : nodes) {
            await("a place", () -> {
                try (RawClient client = RawClient.connect(node.port(), SOON)) {
                    return ask(client, "", false).readToEnd().status() == 200;
                }
            });
        }
    }

    private static String body(boolean stream) {
        return "{\"model\":\"chat\",\"stream\":" + stream + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    private String node(String cluster) {
        return """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 2s, shed: {lag: 0s}}
                storage: "sqlite:%s"
                providers: {one: {type: openai, base_url: "%s"}}
                models: {chat: {targets: [one/m], retries: {attempts: 1}}}
                tenants: {acme: {limits: {concurrent: 1}, keys: [{id: web, secret: %s}]}}
                """.formatted(folder.resolve("node-" + nodes.size() + ".db"), provider.baseUrl(), KEY) + cluster;
    }

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
