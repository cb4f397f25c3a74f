// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.WatchedLedger;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls at a whole gateway, and what the usage API and the commands say of them afterwards. */
final class UsageTest {

    private static final int IN = ChatEvents.PROMPT_TOKENS;
    private static final Script BROKEN = Answers.error(500, "server_error", "The server had an error.", null);

    @TempDir
    Path folder;

    private final WatchedLedger ledger = new WatchedLedger();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private ProviderSimulator one;
    private ProviderSimulator two;
    private InProcess gateway;

    @BeforeEach
    void start() {
        one = ProviderSimulator.start();
        two = ProviderSimulator.start();
        one.otherwise(Answers.chat(3));
        two.otherwise(Answers.chat(5));
        gateway = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s}
                providers:
                  one: {type: openai, base_url: "%s", price: {input: 2, output: 10}}
                  two: {type: openai, base_url: "%s", price: {input: 1, output: 4}}
                  three: {type: openai, base_url: "%s", limits: {rpm: 1}}
                models:
                  fast: one/m
                  chat: {targets: [one/m, two/big], retries: {attempts: 1}}
                  choosy: {targets: [{use: one/m, when: "request.tokens > 100000"}, two/big]}
                  dear: one/m
                  scarce: {targets: [three/m, two/big]}
                tenants:
                  acme: {keys: [{id: acme-key, secret: ps-acme-canary1}]}
                  duck: {keys: [{id: duck-key, secret: ps-duck-canary2}]}
                  thrifty:
                    budget: {usd: 0.000001, per: month, at_limit: downgrade, downgrade_to: fast}
                    keys: [{id: thrifty-key, secret: ps-thrifty-canary4}]
                  tight:
                    limits: {rpm: 1}
                    keys: [{id: tight-key, secret: ps-tight-canary3}]
                """.formatted(one.baseUrl(), two.baseUrl(), one.baseUrl()), ledger);
    }

    @AfterEach
    void stop() {
        gateway.close();
        one.close();
        two.close();
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
    }

    private RawResponse chat(String key, String model, boolean stream, Header... more) {
        Header[] headers =
                Stream.concat(Stream.of(bearer(key)), Stream.of(more)).toArray(Header[]::new);
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(
                            "/v1/chat/completions",
                            "{\"model\":\"" + model + "\",\"stream\":" + stream
                                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"canary-prompt of a river\"}]}",
                            headers)
                    .readResponse();
        }
    }

    private JsonObject admin(String path) {
        var answer = gateway.admin("GET", path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private RawResponse own(String key, String query) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.get("/v1/usage" + query, bearer(key)).readResponse();
        }
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] all = Stream.concat(
                        Stream.of(args),
                        Stream.of(
                                "--admin",
                                "http://127.0.0.1:" + gateway.gateway().admin().getPort()))
                .toArray(String[]::new);
        return Main.run(
                all,
                new Cli(
                        Map.of(),
                        folder,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        (s, r) -> null,
                        new Random(7)));
    }

    private void someCalls() {
        chat("ps-acme-canary1", "fast", false);
        chat("ps-acme-canary1", "fast", true);
        chat("ps-acme-canary1", "chat", true);
        chat("ps-duck-canary2", "fast", false);
        ledger.await(4);
    }

    // ------------------------------------------------------------------ usage

    @Test
    void usageAgreesWithAHandCount() {
        someCalls();

        JsonArray rows = admin("/admin/v1/usage?by=tenant,model").getJsonArray("rows");

        assertThat(rows.stream().map(row -> counted((JsonObject) row)))
                .containsExactly(
                        "acme chat 1 " + IN + " 3 " + (IN * 2_000 + 3 * 10_000),
                        "acme fast 2 " + 2 * IN + " 6 " + 2 * (IN * 2_000 + 3 * 10_000),
                        "duck fast 1 " + IN + " 3 " + (IN * 2_000 + 3 * 10_000));
        // 11 tokens at 2 dollars and 3 at 10 dollars for a million.
        assertThat(rows.getJsonObject(0).getString("cost_usd")).isEqualTo("0.000052");
        assertThat(rows.getJsonObject(0).getInteger("unpriced")).isZero();
        JsonObject one = admin("/admin/v1/usage?tenant=acme&model=fast&from=1h&step=day")
                .getJsonArray("rows")
                .getJsonObject(0);
        assertThat(one.getInteger("exchanges")).isEqualTo(2);
        assertThat(admin("/admin/v1/usage?tenant=nobody").getJsonArray("rows")).isEmpty();
    }

    private static String counted(JsonObject row) {
        return row.getString("tenant") + " " + row.getString("model") + " " + row.getLong("exchanges") + " "
                + row.getLong("input_tokens") + " " + row.getLong("output_tokens") + " " + row.getLong("cost_nano_usd");
    }

    @Test
    void theSameComesAsCsvAndFromTheCommandInThreeForms() throws Exception {
        someCalls();

        var csv = gateway.admin("GET", "/admin/v1/usage?by=tenant&format=csv");
        assertThat(csv.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/csv"));
        List<List<String>> table = Csv.read(csv.body());
        assertThat(table.getFirst().subList(0, 3)).containsExactly("start", "tenant", "exchanges");
        assertThat(table.stream().skip(1).map(line -> line.subList(1, 3)))
                .containsExactly(List.of("acme", "3"), List.of("duck", "1"));

        assertThat(run("usage", "--by", "tenant,model", "-o", "csv"))
                .as(err.toString())
                .isZero();
        assertThat(Csv.read(out.toString())).hasSize(4);
        assertThat(run("usage", "--by", "tenant,model", "-o", "json", "--from", "1h", "--where", "tenant=duck"))
                .isZero();
        assertThat(new JsonObject(out.toString()).getJsonArray("rows")).hasSize(1);
        assertThat(run("usage", "--by", "tenant,feature,model")).isZero();
        assertThat(out.toString().lines().skip(1))
                .containsExactly(
                        "tenant  feature  model  exchanges  failures  input_tokens  output_tokens  cost_usd  unpriced",
                        "acme    -        chat           1         0            11              3  0.000052         0",
                        "acme    -        fast           2         0            22              6  0.000104         0",
                        "duck    -        fast           1         0            11              3  0.000052         0");
        assertThat(run("usage", "--by", "tennant")).isEqualTo(1);
        assertThat(err.toString()).contains("by: found \"tennant\"", "tenant, feature, model");
    }

    @Test
    void pagesAreCompleteAndHaveNothingTwice() {
        for (int i = 0; i < 7; i++) {
            chat(i % 2 == 0 ? "ps-acme-canary1" : "ps-duck-canary2", i % 3 == 0 ? "chat" : "fast", false);
        }
        ledger.await(7);
        List<String> groups = new ArrayList<>();
        String after = "";
        do {
            JsonObject page = admin("/admin/v1/usage?by=tenant,model&limit=1" + after);
            page.getJsonArray("rows")
                    .forEach(row ->
                            groups.add(((JsonObject) row).getString("tenant") + ((JsonObject) row).getString("model")));
            after = page.getString("next") == null ? null : "&after=" + page.getString("next");
        } while (after != null);
        assertThat(groups).containsExactly("acmechat", "acmefast", "duckchat", "duckfast");

        List<String> ids = new ArrayList<>();
        after = "";
        do {
            JsonObject page = admin("/admin/v1/exchanges?limit=3" + after);
            page.getJsonArray("exchanges").forEach(each -> ids.add(((JsonObject) each).getString("id")));
            after = page.getString("next") == null ? null : "&after=" + page.getString("next");
        } while (after != null);
        assertThat(ids).hasSize(7);
        assertThat(new HashSet<>(ids)).hasSize(7);
        assertThat(ids)
                .containsExactlyElementsOf(ledger.await(7).stream()
                        .map(entry -> entry.exchange().uuid().toString())
                        .toList());
        assertThat(admin("/admin/v1/exchanges?tenant=duck").getJsonArray("exchanges"))
                .hasSize(3);
    }

    @Test
    void aTenantSeesItsOwnUsageWhateverItAsks() {
        someCalls();

        for (String query : new String[] {"?by=tenant", "?by=tenant&tenant=acme", "?by=tenant&key=duck-key"}) {
            RawResponse answer = own("ps-duck-canary2", query);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.bodyText()).contains("duck").doesNotContain("acme");
            JsonArray rows = new JsonObject(answer.bodyText()).getJsonArray("rows");
            assertThat(rows).hasSize(1);
            assertThat(rows.getJsonObject(0).getInteger("exchanges")).isEqualTo(1);
        }
        assertThat(new JsonObject(own("ps-duck-canary2", "?by=key&key=acme-key").bodyText()).getJsonArray("rows"))
                .isEmpty();
        assertThat(own("ps-acme-canary1", "?format=csv&by=model").bodyText()).contains(",chat,1,", ",fast,2,");
        assertThat(own("ps-nobody", "").status()).isEqualTo(401);
        RawResponse wrong = own("ps-duck-canary2", "?stop=day");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.bodyText()).contains("stop", "Did you mean step?");
    }

    @Test
    void aKeyWithoutATenantSeesItselfAndNobodyElse() {
        someCalls();
        String key =
                new JsonObject(gateway.admin("POST", "/admin/v1/keys", "{}").body()).getString("key");
        chat(key, "fast", false);
        ledger.await(5);

        JsonArray rows = new JsonObject(own(key, "?by=tenant,model").bodyText()).getJsonArray("rows");

        assertThat(rows).hasSize(1);
        assertThat(rows.getJsonObject(0).getInteger("exchanges")).isEqualTo(1);
        assertThat(rows.getJsonObject(0).getString("tenant")).isEmpty();
    }

    @Test
    void whereNobodyNeedsAKeyNobodyHasAUsageOfItsOwn() {
        try (InProcess open = InProcess.start("models: {}\n", new WatchedLedger())) {
            var answer = open.get("/v1/usage");

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("no_own_usage");
        }
    }

    @Test
    void aQuestionThatIsNoneIsAnsweredWithWhatWasFoundAndWhatIsExpected() {
        for (String[] wrong : new String[][] {
            {"usage?from=yesterday", "from: found \\\"yesterday\\\"", "7d"},
            {"usage?from=2026-01-02&to=2026-01-01", "from: found 2026-01-02T00:00:00Z", "before to"},
            {"usage?step=week", "step: found \\\"week\\\"", "minute, hour or day"},
            {"usage?by=tenant,tenant", "by: found tenant twice", "once"},
            {"usage?by=key&from=40d", "from", "31 days"},
            {"usage?limit=0", "limit: found \\\"0\\\"", "1 to 10000"},
            {"usage?limit=99999999999", "limit", "1 to 10000"},
            {"usage?after=!!", "after", "next of the page before"},
            {"usage?after=AAAA", "after", "next of the page before"},
            {"usage?format=xml", "format: found \\\"xml\\\"", "json or csv"},
            {"usage?tenant=a&tenant=b", "tenant: given 2 times", "once"},
            {"usage?tenent=a", "tenent", "Did you mean tenant?"},
            {"usage?from=%1B[31m", "from: found \\\"?[31m\\\"", "7d"},
            {"exchanges?from=40d", "from", "31 days"},
            {"exchanges?by=tenant", "by: this parameter is not known", "Known are"},
            {"exchanges?after=12", "after", "next of the page before"}
        }) {
            var answer = gateway.admin("GET", "/admin/v1/" + wrong[0].replace("[", "%5B"));
            assertThat(answer.statusCode()).as(wrong[0]).isEqualTo(400);
            assertThat(answer.body()).as(wrong[0]).contains(wrong[1], wrong[2], "invalid_parameter");
        }
        assertThat(gateway.admin("GET", "/admin/v1/exchanges/no-such").statusCode())
                .isEqualTo(404);
        assertThat(gateway.admin("GET", "/admin/v1/exchanges/" + "x".repeat(200))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void aStoreThatIsAwayIsSaidWithoutItsWords() {
        ledger.fail(new IllegalStateException("canary-password of the database"));

        for (String path : new String[] {"usage", "exchanges", "exchanges/x"}) {
            var answer = gateway.admin("GET", "/admin/v1/" + path);
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("ledger_unavailable").doesNotContain("canary");
        }
        assertThat(own("ps-duck-canary2", "").status()).isEqualTo(503);
        assertThat(run("explain", "x")).isEqualTo(1);
    }

    // ------------------------------------------------------------------ what happened

    private static List<String> told(JsonObject exchange) {
        return exchange.getJsonArray("story").stream()
                .map(step -> ((JsonObject) step).getString("what"))
                .toList();
    }

    @Test
    void aFallbackIsToldInOrder() {
        one.otherwise(BROKEN);
        RawResponse answer = chat("ps-acme-canary1", "chat", true, new Header("x-request-id", "my-call.7"));
        assertThat(answer.status()).isEqualTo(200);
        ledger.await(1);

        JsonObject exchange = admin("/admin/v1/exchanges/my-call.7");

        assertThat(told(exchange))
                .containsExactly(
                        "arrived",
                        "read",
                        "routed",
                        "admitted",
                        "attempt",
                        "failed",
                        "attempt",
                        "first_content",
                        "committed",
                        "answered",
                        "ended");
        List<Double> times = exchange.getJsonArray("story").stream()
                .map(step -> ((JsonObject) step).getDouble("at_ms"))
                .toList();
        assertThat(times).isSorted();
        assertThat(exchange.getString("outcome")).isEqualTo("fallback");
        JsonArray attempts = exchange.getJsonArray("attempts");
        assertThat(attempts.getJsonObject(0).getString("error")).isEqualTo("provider_error");
        assertThat(attempts.getJsonObject(0).getInteger("status")).isEqualTo(500);
        assertThat(attempts.getJsonObject(1).getString("target")).isEqualTo("two/big");
        assertThat(attempts.getJsonObject(1).getLong("cost_nano_usd")).isEqualTo(IN * 1_000 + 5 * 4_000);
        assertThat(attempts.getJsonObject(1).getDouble("ttft_ms")).isPositive();
        assertThat(attempts.getJsonObject(1).getString("provider_request_id")).isNotEmpty();
        assertThat(exchange.getString("price_version")).hasSize(8);
        assertThat(exchange.encode()).doesNotContain("canary", "127.0.0.1");

        String uuid = exchange.getString("id");
        assertThat(admin("/admin/v1/exchanges/" + uuid).getString("request_id")).isEqualTo("my-call.7");
        assertThat(run("explain", "my-call.7")).as(err.toString()).isZero();
        assertThat(out.toString())
                .containsSubsequence(
                        "my-call.7",
                        "key acme-key of tenant acme",
                        "first: one/m",
                        "one/m failed: provider_error, status 500",
                        "fallback: two/big",
                        "first_content",
                        "two/big answered, 11 tokens in, 5 out, $0.000031",
                        "fallback, status 200, finish stop")
                .doesNotContain("canary");
        assertThat(run("explain", uuid, "-o", "json")).isZero();
        assertThat(new JsonObject(out.toString()).getString("id")).isEqualTo(uuid);
        assertThat(run("explain", "nobody-knows")).isEqualTo(1);
        assertThat(err.toString()).contains("no exchange of this name");
        assertThat(run("explain", "my-call.7", "--model", "chat")).isEqualTo(2);
    }

    @Test
    void theRequestLogHasWhatTheProviderCallsARequestThatNeededAnother() {
        one.otherwise(BROKEN);
        chat("ps-acme-canary1", "chat", true);

        var line = gateway.awaitSettlement();

        assertThat(line.at("/penstock/tries/1/provider_request_id").asText()).isNotEmpty();
        assertThat(line.at("/penstock/price_version").asText()).hasSize(8);
        assertThat(line.at("/penstock/gap_p99_ms").isNumber()).isTrue();
    }

    @Test
    void theSameRequestIdTwiceTellsTheNewestAndNamesTheOther() {
        chat("ps-acme-canary1", "fast", false, new Header("x-request-id", "again"));
        ledger.await(1);
        chat("ps-duck-canary2", "fast", false, new Header("x-request-id", "again"));
        ledger.await(2);

        JsonObject exchange = admin("/admin/v1/exchanges/again");

        assertThat(exchange.getJsonArray("others")).hasSize(1);
        assertThat(exchange.getString("id"))
                .isNotEqualTo(exchange.getJsonArray("others").getJsonObject(0).getString("id"));
    }

    @Test
    void limitsAreToldWithWhatTheyReservedAndSettledAndWhichSaidNo() {
        assertThat(chat("ps-tight-canary3", "fast", false, new Header("x-request-id", "good"))
                        .status())
                .isEqualTo(200);
        assertThat(chat("ps-tight-canary3", "fast", false, new Header("x-request-id", "bad"))
                        .status())
                .isEqualTo(429);
        ledger.await(2);

        JsonObject limit =
                admin("/admin/v1/exchanges/good").getJsonArray("limits").getJsonObject(0);
        assertThat(limit.encode())
                .isEqualTo(new JsonObject()
                        .put("limit", "tenant tight rpm")
                        .put("unit", "requests")
                        .put("reserved", 1)
                        .put("settled", 1)
                        .put("refused", false)
                        .encode());
        JsonObject refused = admin("/admin/v1/exchanges/bad");
        assertThat(refused.getJsonArray("limits").getJsonObject(0).getBoolean("refused"))
                .isTrue();
        assertThat(told(refused)).containsExactly("arrived", "read", "routed", "refused", "ended");
        assertThat(refused.getLong("cost_nano_usd")).isZero();
        String lines = gateway.awaitSettlement() + "\n" + gateway.awaitSettlement();
        assertThat(lines).contains("\"refused_by\":\"tenant tight rpm\"");
    }

    @Test
    void aTargetThatIsSwitchedOffOrLeftAloneIsToldAsPassedOver() {
        assertThat(gateway.admin("PUT", "/admin/v1/switches/provider.one", "{\"state\":\"disabled\",\"reason\":\"x\"}")
                        .statusCode())
                .isEqualTo(200);
        chat("ps-acme-canary1", "chat", false, new Header("x-request-id", "off"));
        ledger.await(1);
        assertThat(gateway.awaitSettlement().at("/penstock/passed_over").toString())
                .isEqualTo("[\"one/m switched_off\"]");
        assertThat(gateway.admin("DELETE", "/admin/v1/switches/provider.one").statusCode())
                .isEqualTo(200);
        one.otherwise(BROKEN);
        for (int i = 0; i < 10; i++) {
            chat("ps-acme-canary1", "chat", false);
        }
        ledger.await(11);
        chat("ps-acme-canary1", "chat", false, new Header("x-request-id", "open"));
        ledger.await(12);

        assertThat(admin("/admin/v1/exchanges/off").getJsonArray("passed_over").encode())
                .isEqualTo("[{\"target\":\"one/m\",\"why\":\"switched_off\"}]");
        assertThat(admin("/admin/v1/exchanges/open").getJsonArray("passed_over").encode())
                .isEqualTo("[{\"target\":\"one/m\",\"why\":\"breaker_open\"}]");
        assertThat(told(admin("/admin/v1/exchanges/open"))).containsSubsequence("routed", "passed_over", "attempt");
    }

    @Test
    void conditionsAndLimitsOfProvidersAreToldAsPassedOver() {
        chat("ps-acme-canary1", "choosy", false, new Header("x-request-id", "condition"));
        chat("ps-acme-canary1", "scarce", false, new Header("x-request-id", "first"));
        chat("ps-acme-canary1", "scarce", false, new Header("x-request-id", "second"));
        ledger.await(3);

        assertThat(admin("/admin/v1/exchanges/condition")
                        .getJsonArray("passed_over")
                        .encode())
                .isEqualTo("[{\"target\":\"one/m\",\"why\":\"condition\"}]");
        assertThat(admin("/admin/v1/exchanges/first").getJsonArray("limits").encode())
                .contains("\"limit\":\"provider three rpm\"", "\"reserved\":1,\"settled\":1,\"refused\":false");
        JsonObject second = admin("/admin/v1/exchanges/second");
        assertThat(second.getJsonArray("passed_over").encode())
                .isEqualTo("[{\"target\":\"three/m\",\"why\":\"provider_limit\"}]");
        assertThat(second.getJsonArray("limits").encode()).contains("\"refused\":true");
        assertThat(second.getString("target")).isEqualTo("two/big");
    }

    @Test
    void aBudgetThatSendsTheCallElsewhereIsToldWithIt() {
        RawResponse answer = chat("ps-thrifty-canary4", "dear", false, new Header("x-request-id", "elsewhere"));
        assertThat(answer.status()).as(answer.bodyText()).isEqualTo(200);
        ledger.await(1);

        JsonObject exchange = admin("/admin/v1/exchanges/elsewhere");

        assertThat(exchange.getJsonArray("limits").encode())
                .contains("\"limit\":\"tenant thrifty usd per month\",\"unit\":\"nano_usd\"", "\"refused\":true");
        assertThat(told(exchange)).containsSubsequence("refused", "attempt", "ended");
    }

    @Test
    void aStreamLeavesItsSilencesAndItsTimes() {
        chat("ps-acme-canary1", "fast", true);
        ExchangeRecord settled = ledger.await(1).getFirst().exchange();

        assertThat(settled.gapP99Nanos()).isLessThanOrEqualTo(settled.maxGapNanos());
        assertThat(settled.times().wholeNanos()).isNotNegative();
        assertThat(settled.times().routedNanos())
                .isGreaterThanOrEqualTo(settled.times().wholeNanos());
        assertThat(settled.times().admittedNanos())
                .isGreaterThanOrEqualTo(settled.times().routedNanos());
        assertThat(settled.times().committedNanos())
                .isGreaterThanOrEqualTo(settled.times().admittedNanos());
        assertThat(settled.tries().getFirst().ttftNanos()).isPositive();
        assertThat(settled.tries().getFirst().nanoUsd()).isEqualTo(settled.nanoUsd());
    }

    // ------------------------------------------------------------------ reconciliation

    @Test
    void theInvoiceAgreesOrItsDifferencesAreListed() throws Exception {
        one.enqueue(BROKEN);
        someCalls();
        String day = LocalDate.now(ZoneOffset.UTC).toString();
        Path file = folder.resolve("usage.csv");
        String head =
                "start_time,end_time,start_time_iso,end_time_iso,num_model_requests,model,input_tokens,output_tokens\n";
        // One of the four was asked for twice.
        long answered = ledger.await(4).stream()
                .filter(entry -> entry.exchange().status() == 200)
                .count();
        Files.writeString(
                file,
                head + "1,2," + day + "T00:00:00+00:00," + day + "T01:00:00+00:00,5.0,m-2025-01-01," + answered * IN
                        + "," + answered * 3 + "\n");

        assertThat(run("reconcile", "--invoice", "usage.csv", "--provider", "one"))
                .as(out + "" + err)
                .isZero();
        assertThat(out.toString()).contains("agree");

        Files.writeString(
                file,
                head + "1,2," + day + "T00:00:00+00:00," + day + "T01:00:00+00:00,5,m," + (answered * IN + 20) + ","
                        + answered * 3 + "\n1,2," + day + "T00:00:00Z,x,1,other,5,5\n");
        assertThat(run("reconcile", "--invoice", "usage.csv", "--provider", "one", "-o", "json"))
                .isEqualTo(1);
        JsonObject result = new JsonObject(out.toString());
        assertThat(result.getBoolean("agrees")).isFalse();
        assertThat(result.getJsonArray("differences").stream()
                        .map(each ->
                                ((JsonObject) each).getString("model") + " " + ((JsonObject) each).getString("measure")
                                        + " " + ((JsonObject) each).getString("difference")))
                .containsExactly(
                        "m input_tokens 20", "other requests 1", "other input_tokens 5", "other output_tokens 5");

        Files.writeString(file, "when,usd\n" + day + ",0.5\n");
        assertThat(run("reconcile", "--invoice", "usage.csv", "--provider", "one"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("--column-map");
        assertThat(run("reconcile", "--invoice", "usage.csv", "--provider", "one", "--column-map", "day=when,cost=usd"))
                .isEqualTo(1);
        assertThat(out.toString()).contains("(all)  cost_usd: ledger 0.000", "invoice 0.50");
        assertThat(run("reconcile", "--invoice", "missing.csv", "--provider", "one"))
                .isEqualTo(2);
    }
}
