// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Header;
import dev.penstock.kit.MemberMesh;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three whole gateways of one cluster that keep everything in one PostgreSQL, started at once on an empty database. */
final class OnePostgresTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SECOND = 1_000_000_000L;
    private static final String KEY = "0123456789abcdef0123456789abcdef";
    private static final int OUTPUT = 5;
    private static final int CALLERS = 9;
    /** A dollar is a thousand tokens. */
    private static final long NANO_USD_PER_CALL = (ChatEvents.PROMPT_TOKENS + OUTPUT) * 1_000_000L;

    @TempDir
    static Path folder;

    private static EmbeddedPostgres server;

    private final ProviderSimulator provider = ProviderSimulator.builder()
            .otherwise(Answers.chat(OUTPUT))
            .withoutLog()
            .start();
    private final List<Integer> ports = MemberMesh.freePorts(6);
    private final List<InProcess> nodes = new ArrayList<>();
    /** Calls that were answered, all of which cost the same. */
    private final AtomicInteger answered = new AtomicInteger();

    @BeforeAll
    static void startServer() throws Exception {
        server = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("server"))
                .setOverrideWorkingDirectory(folder.toFile())
                .start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @AfterEach
    void stop() {
        leave();
        provider.close();
    }

    /** One story, because three nodes take long to start: each part says what it holds. */
    @Test
    void keysFlipsAndSpendingAreThoseOfAllAndOutliveARestartOfAll() throws Exception {
        join();
        migrationsDidNotCollide();
        String stays = keyIsKnownOnAllWithinASecond(0);
        String goes = keyIsKnownOnAllWithinASecond(1);
        keyIsRefusedOnAllWithinASecond(goes);
        callAtOnce(20);
        assertThat(answered).as("within the budget").hasValue(60);
        await("in the ledger", () -> usage().getLong("exchanges") == answered.get());
        assertThat(usage().getLong("cost_nano_usd")).isEqualTo(spent());
        admin(0, "PUT", "/admin/v1/switches/model.chat", "{\"state\":\"disabled\",\"reason\":\"drill\"}");
        await("off on all", () -> nodes.stream().allMatch(node -> call(node) == 503));

        leave();
        assertThat(counted()).as("what three writers have kept").isEqualTo(spent());
        join();

        assertThat(nodes).allSatisfy(node -> {
            assertThat(status(node, stays)).isEqualTo(200);
            assertThat(status(node, goes)).isEqualTo(401);
            assertThat(call(node)).as("off").isEqualTo(503);
        });
        admin(2, "DELETE", "/admin/v1/switches/model.chat", "");
        await("on on all", () -> nodes.stream().allMatch(node -> call(node) == 200));
        callAtOnce(40);
        // A hundredth is lent while the count has not answered, and each caller may be in a call that was admitted
        // last.
        assertThat(spent() / 1e9).isBetween(1.8, 2 * 1.01 + CALLERS * NANO_USD_PER_CALL / 1e9);
        await("in the ledger", () -> usage().getLong("cost_nano_usd") == spent());
        for (InProcess node : nodes) {
            assertThat(usage(node)).isEqualTo(usage());
        }
    }

    private void migrationsDidNotCollide() throws Exception {
        for (InProcess node : nodes) {
            assertThat(new JsonObject(node.admin("GET", "/readyz?verbose").body())
                            .getJsonObject("checks")
                            .getJsonObject("store")
                            .getString("detail"))
                    .startsWith("up");
        }
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet twice = statement.executeQuery(
                        "SELECT count(*) - count(DISTINCT version), count(*) FILTER (WHERE NOT success) FROM penstock_schema")) {
            assertThat(twice.next()).isTrue();
            assertThat(twice.getInt(1)).as("applied twice").isZero();
            assertThat(twice.getInt(2)).as("failed").isZero();
        }
    }

    private String keyIsKnownOnAllWithinASecond(int maker) {
        String key =
                admin(maker, "POST", "/admin/v1/keys", "{\"tenant\":\"acme\"}").getString("key");
        long made = System.nanoTime();
        await("known on all", () -> nodes.stream().allMatch(node -> status(node, key) == 200));
        assertThat(System.nanoTime() - made).isLessThan(SECOND);
        return key;
    }

    private void keyIsRefusedOnAllWithinASecond(String key) {
        long revoked = System.nanoTime();
        admin(2, "DELETE", "/admin/v1/keys/" + key.split("-")[1], "");
        await("refused on all", () -> nodes.stream().allMatch(node -> status(node, key) == 401));
        assertThat(System.nanoTime() - revoked).isLessThan(SECOND);
    }

    // ------------------------------------------------------------------ given

    /** All at once. */
    private void join() {
        List<CompletableFuture<InProcess>> starting = IntStream.range(0, 3)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> start(i), task -> Thread.ofPlatform().start(task)))
                .toList();
        starting.forEach(each -> nodes.add(each.join()));
        for (InProcess node : nodes) {
            await("joined", () -> new JsonObject(
                            node.admin("GET", "/readyz?verbose").body())
                    .getJsonObject("checks")
                    .getJsonObject("cluster")
                    .getString("detail")
                    .equals("joined, 3 members"));
        }
    }

    private void leave() {
        nodes.forEach(InProcess::close);
        nodes.clear();
    }

    private InProcess start(int index) {
        String members = IntStream.range(0, 3)
                .mapToObj(i -> "\"127.0.0.1:" + ports.get(2 * i) + "\"")
                .collect(Collectors.joining(", ", "[", "]"));
        String yaml = """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 2s, shed: {lag: 0s}}
                auth: {pepper: "${PEPPER}"}
                storage: "postgresql://postgres@localhost:%d/postgres?sslmode=disable"
                providers: {one: {type: openai, base_url: "%s", price: {input: 1000, output: 1000}}}
                models: {chat: {targets: [one/m], retries: {attempts: 1}}}
                tenants: {acme: {budget: {usd: 2, per: month}, keys: [{id: web, secret: %s}]}}
                cluster: {enabled: true, name: one, members: %s, port: %d, bus_port: %d}
                """.formatted(
                server.getPort(), provider.baseUrl(), KEY, members, ports.get(2 * index), ports.get(2 * index + 1));
        return InProcess.start(
                yaml,
                Map.of(
                        "PEPPER",
                        "the-same-pepper-on-all-nodes",
                        "PENSTOCK_DATA",
                        folder.resolve("node-" + index).toString()));
    }

    private JsonObject admin(int node, String method, String path, String body) {
        return new JsonObject(nodes.get(node).admin(method, path, body).body());
    }

    /** So many on each, each node by several callers. */
    private void callAtOnce(int each) {
        try (ExecutorService threads = Executors.newFixedThreadPool(CALLERS)) {
            for (int i = 0; i < 3 * each; i++) {
                InProcess node = nodes.get(i % 3);
                threads.execute(() -> call(node));
            }
        }
    }

    private int call(InProcess node) {
        try (RawClient client = RawClient.connect(node.port(), PATIENCE)) {
            int status = client.post(
                            "/v1/chat/completions",
                            "{\"model\":\"chat\",\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
                            bearer(KEY))
                    .readResponse()
                    .status();
            if (status == 200) {
                answered.incrementAndGet();
            }
            return status;
        }
    }

    /** By hand, in billionths of a dollar. */
    private long spent() {
        return answered.get() * NANO_USD_PER_CALL;
    }

    /** What the database has of the tenant's budget. */
    private long counted() throws Exception {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT counter, used FROM penstock_counters")) {
            assertThat(row.next()).isTrue();
            long used = row.getLong("used");
            assertThat(row.next()).as("one budget, one row").isFalse();
            return used;
        }
    }

    private JsonObject usage() {
        return usage(nodes.getFirst());
    }

    /** What the ledger says of all answered calls of the tenant; all of it is in roll-ups that three have written to. */
    private static JsonObject usage(InProcess node) {
        JsonArray rows = new JsonObject(
                        node.admin("GET", "/admin/v1/usage?by=tenant,outcome").body())
                .getJsonArray("rows");
        return rows.stream()
                .map(JsonObject.class::cast)
                .filter(row -> row.getString("outcome").equals("ok"))
                .findFirst()
                .orElseGet(() -> new JsonObject().put("exchanges", 0L).put("cost_nano_usd", 0L));
    }

    private static int status(InProcess node, String key) {
        try (RawClient client = RawClient.connect(node.port(), PATIENCE)) {
            return client.get("/v1/models", bearer(key)).readResponse().status();
        }
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
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
