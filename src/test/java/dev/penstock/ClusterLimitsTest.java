// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Header;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of one tenant over three whole gateways: 200 callers at once on one key, half of whom leave in mid-answer. */
final class ClusterLimitsTest {

    private static final int CALLERS = 200;
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ProviderSimulator provider = ProviderSimulator.builder()
            .otherwise(Answers.chat(20, Duration.ofMillis(2)))
            .withoutLog()
            .start();
    private final List<Integer> ports = MemberMesh.freePorts(6);
    private final List<InProcess> nodes = new ArrayList<>();

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        leave();
        provider.close();
    }

    @Test
    void requestsOfAllTogetherAreNeverAboveTheLimit() {
        join("limits: {rpm: 300}");
        long first = System.currentTimeMillis() / 60_000;

        int admitted = call(3).get();

        int windows = (int) (System.currentTimeMillis() / 60_000 - first) + 1;
        // A hundredth for all nodes together is lent while the count has not answered.
        assertThat(admitted).isBetween(270, windows * 303);
    }

    @Test
    void aStrictBudgetIsExceededByTheOneCallAdmittedLastAtMost() {
        join("budget: {usd: 2, per: total, strict: true}");

        AtomicInteger admitted = call(3);

        assertThat(admitted.get()).isPositive();
        assertThat(nanoUsd(admitted.get())).isBetween(1_000_000_000L, 2_100_000_000L);
    }

    @Test
    void placesOfStreamsThatWereGivenUpAreFreeWithinFiveSeconds() {
        join("limits: {concurrent: 12}");
        assertThat(call(2).get()).isPositive();

        long from = System.nanoTime();
        await("all places", () -> placesAtOnce(nodes.getFirst()) == 12);

        assertThat(System.nanoTime() - from).isLessThan(5_000_000_000L);
    }

    /** Each node has a store of its own. What is forgotten at most is what was counted in the last second before a kill. */
    @Test
    void aBudgetIsNotForgottenWhenAllNodesHaveBeenDownAtOnce() {
        join("budget: {usd: 2, per: month}");
        long before = nanoUsd(call(3).get());
        assertThat(before).isGreaterThan(1_000_000_000L);

        leave();
        join("budget: {usd: 2, per: month}");

        long after = nanoUsd(call(3).get());
        assertThat(before + after).isLessThan(2_120_000_000L);
    }

    private void join(String limit) {
        for (int i = 0; i < 3; i++) {
            nodes.add(InProcess.start(node(i, limit)));
        }
        for (InProcess node : nodes) {
            await("joined", () -> check(node).equals("joined, 3 members"));
        }
    }

    private void leave() {
        nodes.forEach(InProcess::close);
        nodes.clear();
    }

    private String node(int index, String limit) {
        List<String> members = IntStream.range(0, 3)
                .mapToObj(i -> "\"127.0.0.1:" + ports.get(2 * i) + "\"")
                .toList();
        return "providers: {well: {type: openai, base_url: \"" + provider.baseUrl()
                + "\", usage_in_stream: true, price: {input: 1000, output: 1000}}, slow: {type: demo, models: [x], tokens_per_second: 10}}\n"
                + "models: {paid: well/x, slow: slow/x}\n"
                + "tenants: {acme: {" + limit + ", keys: [{id: acme, secret: " + KEY + "}]}}\n"
                + "storage: \"sqlite:" + folder.resolve("node-" + index + ".db") + "\"\n"
                + "cluster: {enabled: true, name: limits, members: " + members + ", port: " + ports.get(2 * index)
                + ", bus_port: " + ports.get(2 * index + 1) + "}\n";
    }

    /** Each caller calls that often, on the nodes in turn, and leaves each second answer. */
    private AtomicInteger call(int rounds) {
        AtomicInteger admitted = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int number = i;
                threads.execute(() -> {
                    for (int round = 0; round < rounds; round++) {
                        InProcess node = nodes.get((number + round) % nodes.size());
                        try (RawClient client = RawClient.connect(node.port(), PATIENCE)) {
                            RawResponse answer = stream(client, "paid");
                            if (answer.status() == 200) {
                                admitted.incrementAndGet();
                                if ((number + round) % 2 == 0) {
                                    answer.readUntil("delta");
                                } else {
                                    answer.readToEnd();
                                }
                            }
                        }
                    }
                });
            }
        }
        return admitted;
    }

    private static RawResponse stream(RawClient client, String model) {
        String body =
                "{\"model\":\"" + model + "\",\"stream\":true,\"max_tokens\":" + (model.equals("paid") ? 60 : 4_000)
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
        return client.post("/v1/chat/completions", body, new Header("authorization", "Bearer " + KEY))
                .response()
                .readHead();
    }

    /** How many streams one node may have open now; they are given up again. */
    private int placesAtOnce(InProcess node) {
        List<RawClient> clients = new ArrayList<>();
        int open = 0;
        try {
            while (open <= 20) {
                RawClient client = RawClient.connect(node.port(), PATIENCE);
                clients.add(client);
                if (stream(client, "slow").status() != 200) {
                    return open;
                }
                open++;
            }
            return open;
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    /** What so many calls that were admitted cost, by the request logs. */
    private long nanoUsd(int admitted) {
        AtomicLong sum = new AtomicLong();
        AtomicInteger seen = new AtomicInteger();
        await("settlements", () -> {
            for (InProcess node : nodes) {
                while (node.hasMoreSettlements()) {
                    JsonNode line = node.awaitSettlement();
                    if (line.path("http").path("response").path("status_code").asInt() != 402) {
                        sum.addAndGet(
                                line.path("penstock").path("cost_nano_usd").asLong());
                        seen.incrementAndGet();
                    }
                }
            }
            return seen.get() >= admitted;
        });
        return sum.get();
    }

    private static String check(InProcess gateway) {
        return new JsonObject(gateway.admin("GET", "/readyz?verbose").body())
                .getJsonObject("checks")
                .getJsonObject("cluster")
                .getString("detail");
    }

    private static void await(String what, BooleanSupplier holds) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within " + PATIENCE);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
