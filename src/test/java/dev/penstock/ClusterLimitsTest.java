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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits of tenants over three whole gateways: 200 callers at once on one key, half of whom leave in mid-answer. */
final class ClusterLimitsTest {

    private static final int CALLERS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final ProviderSimulator PROVIDER = ProviderSimulator.builder()
            .otherwise(Answers.chat(20, Duration.ofMillis(2)))
            .withoutLog()
            .start();
    private static final List<Integer> PORTS = MemberMesh.freePorts(6);
    private static final List<InProcess> NODES = new ArrayList<>();

    @TempDir
    static Path folder;

    /** Who is called as. Each has a limit of its own and is called by one test. */
    private enum Tenant {
        FREQUENT("limits: {rpm: 300}"),
        STRICT("budget: {usd: 2, per: total, strict: true}"),
        PLACES("limits: {concurrent: 12}"),
        MONTHLY("budget: {usd: 2, per: month}");

        private final String limit;

        Tenant(String limit) {
            this.limit = limit;
        }

        String key() {
            return (this + "-").repeat(8);
        }

        String yaml() {
            return this + ": {" + limit + ", keys: [{id: " + this + ", secret: " + key() + "}]}";
        }
    }

    @BeforeAll
    static void join() {
        for (int i = 0; i < 3; i++) {
            NODES.add(InProcess.start(node(i)));
        }
        Peers.awaitJoined(PATIENCE, NODES);
    }

    @AfterAll
    static void stop() {
        leave();
        PROVIDER.close();
    }

    private static void leave() {
        NODES.forEach(InProcess::close);
        NODES.clear();
    }

    @Test
    void requestsOfAllTogetherAreNeverAboveTheLimit() {
        long first = System.currentTimeMillis() / 60_000;

        int admitted = call(Tenant.FREQUENT, 3);

        int windows = (int) (System.currentTimeMillis() / 60_000 - first) + 1;
        // A hundredth for all nodes together is lent while the count has not answered.
        assertThat(admitted).isBetween(270, windows * 303);
    }

    @Test
    void aStrictBudgetIsExceededByTheOneCallAdmittedLastAtMost() {
        int admitted = call(Tenant.STRICT, 3);

        assertThat(admitted).isPositive();
        assertThat(nanoUsd(Tenant.STRICT, admitted)).isBetween(1_000_000_000L, 2_100_000_000L);
    }

    @Test
    void placesOfStreamsThatWereGivenUpAreFreeWithinFiveSeconds() {
        assertThat(call(Tenant.PLACES, 2)).isPositive();

        long from = System.nanoTime();
        await("all places", () -> placesAtOnce(NODES.getFirst()) == 12);

        assertThat(System.nanoTime() - from).isLessThan(5_000_000_000L);
    }

    /** Each node has a store of its own. What is forgotten at most is what was counted in the last second before a kill. */
    @Test
    void aBudgetIsNotForgottenWhenAllNodesHaveBeenDownAtOnce() {
        long before = nanoUsd(Tenant.MONTHLY, call(Tenant.MONTHLY, 3));
        assertThat(before).isGreaterThan(1_000_000_000L);

        leave();
        join();

        long after = nanoUsd(Tenant.MONTHLY, call(Tenant.MONTHLY, 3));
        assertThat(before + after).isLessThan(2_120_000_000L);
    }

    private static String node(int index) {
        return "providers: {well: {type: openai, base_url: \"" + PROVIDER.baseUrl()
                + "\", usage_in_stream: true, price: {input: 1000, output: 1000}}, slow: {type: demo, models: [x], tokens_per_second: 10}}\n"
                + "models: {paid: well/x, slow: slow/x}\n"
                + "tenants: {"
                + Arrays.stream(Tenant.values()).map(Tenant::yaml).collect(Collectors.joining(", ")) + "}\n"
                + "storage: \"sqlite:" + folder.resolve("node-" + index + ".db") + "\"\n"
                + Peers.section("limits", PORTS, index);
    }

    /** Each caller calls that often, on the nodes in turn, and leaves each second answer. */
    private static int call(Tenant tenant, int rounds) {
        AtomicInteger admitted = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CALLERS; i++) {
                int number = i;
                threads.execute(() -> {
                    for (int round = 0; round < rounds; round++) {
                        InProcess node = NODES.get((number + round) % NODES.size());
                        try (RawClient client = RawClient.connect(node.port(), PATIENCE)) {
                            RawResponse answer = stream(client, tenant, "paid");
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
        return admitted.get();
    }

    private static RawResponse stream(RawClient client, Tenant tenant, String model) {
        String body =
                "{\"model\":\"" + model + "\",\"stream\":true,\"max_tokens\":" + (model.equals("paid") ? 60 : 4_000)
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
        return client.post("/v1/chat/completions", body, new Header("authorization", "Bearer " + tenant.key()))
                .response()
                .readHead();
    }

    /** How many streams one node may have open now; they are given up again. */
    private static int placesAtOnce(InProcess node) {
        List<RawClient> clients = new ArrayList<>();
        int open = 0;
        try {
            while (open <= 20) {
                RawClient client = RawClient.connect(node.port(), PATIENCE);
                clients.add(client);
                if (stream(client, Tenant.PLACES, "slow").status() != 200) {
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
    private static long nanoUsd(Tenant tenant, int admitted) {
        AtomicLong sum = new AtomicLong();
        AtomicInteger seen = new AtomicInteger();
        await("settlements", () -> {
            for (InProcess node : NODES) {
                while (node.hasMoreSettlements()) {
                    JsonNode line = node.awaitSettlement();
                    if (line.toString().contains("\"tenant\":\"" + tenant + "\"")
                            && line.path("http")
                                            .path("response")
                                            .path("status_code")
                                            .asInt()
                                    != 402) {
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

    private static void await(String what, BooleanSupplier holds) {
        Peers.await(what, PATIENCE, holds);
    }
}
