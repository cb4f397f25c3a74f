// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Switches through the whole gateway: what callers hear, what becomes of open streams, and how people flip them. */
final class SwitchesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(1);
    /** A stream of minutes, unless somebody ends it. */
    private static final String SLOW = """
            providers: {slow: {type: demo, models: [x], tokens_per_second: 20}, demo: {type: demo}}
            models: {chat: slow/x, other: slow/x}
            """;

    @TempDir
    Path folder;

    private final Map<String, String> env = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(InProcess gateway, String... args) {
        String[] all = java.util.Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--admin";
        all[args.length + 1] = "http://127.0.0.1:" + gateway.gateway().admin().getPort();
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        PrintWriter output = new PrintWriter(out, true);
        return Main.run(all, new Cli(env, folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7)));
    }

    private static HttpResponse<String> put(InProcess gateway, String object, String wish) {
        return gateway.admin("PUT", "/admin/v1/switches/" + object, wish);
    }

    private static void disable(InProcess gateway, String object) {
        assertThat(put(gateway, object, "{\"state\":\"disabled\",\"reason\":\"drill\"}")
                        .statusCode())
                .isEqualTo(200);
    }

    private static String ask(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":4000,\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Tell a very long story\"}]}";
    }

    private static String askResponses(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream + ",\"input\":\"Tell a very long story\"}";
    }

    private static RawResponse post(InProcess gateway, String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, headers).readResponse();
        }
    }

    // ------------------------------------------------------------------ what callers hear

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, /error/code, switched_off",
        "/v1/messages, /error/type, overloaded_error",
        "/v1/responses, /error/code, switched_off"
    })
    void aDisabledModelIsRefusedInTheSchemaOfTheClientWithTheReason(String path, String member, String value)
            throws Exception {
        try (InProcess gateway = InProcess.start(SLOW)) {
            disable(gateway, "model.chat");

            RawResponse refused =
                    post(gateway, path, path.endsWith("responses") ? askResponses("chat", true) : ask("chat", true));

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("x-should-retry")).hasValue("false");
            JsonNode body = JSON.readTree(refused.body());
            assertThat(body.at("/error/message").asText()).contains("The model \"chat\" is switched off: drill.");
            assertThat(body.at(member).asText()).isEqualTo(value);
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("blocked");
            assertThat(Scrape.of(gateway).samples()).contains("penstock_switches_disabled 1.0");

            assertThat(gateway.admin("DELETE", "/admin/v1/switches/model.chat").statusCode())
                    .isEqualTo(200);
            assertThat(post(gateway, "/v1/chat/completions", ask("demo/demo", false))
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway", "tenant.acme", "key.acme-web"})
    void aCallerIsRefusedByWhateverItBelongsTo(String object) {
        String tenants =
                "tenants: {acme: {keys: [{id: acme-web, secret: a-web-key}, {id: acme-app, secret: a-app-key}]},"
                        + " duck: {keys: [{id: duck-1, secret: d-one-key}]}}\n";
        try (InProcess gateway = InProcess.start(tenants + SLOW)) {
            disable(gateway, object);

            assertThat(status(gateway, "a-web-key")).isEqualTo(503);
            assertThat(status(gateway, "a-app-key")).isEqualTo(object.startsWith("key") ? 200 : 503);
            assertThat(status(gateway, "d-one-key")).isEqualTo(object.equals("gateway") ? 503 : 200);
            assertThat(put(gateway, object, "{\"state\":\"enabled\"}").statusCode())
                    .isEqualTo(200);
            assertThat(status(gateway, "a-web-key")).isEqualTo(200);
        }
    }

    private static int status(InProcess gateway, String key) {
        String body =
                "{\"model\":\"demo/demo\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        return post(gateway, "/v1/chat/completions", body, new Header("authorization", "Bearer " + key))
                .status();
    }

    // ------------------------------------------------------------------ open streams

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, model.chat",
        "/v1/messages, model.chat",
        "/v1/responses, gateway",
        "/v1/messages, provider.slow"
    })
    void anOpenStreamEndsWithinASecondAndProperly(String path, String object) {
        try (InProcess gateway = InProcess.start(SLOW);
                RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            client.post(path, path.endsWith("responses") ? askResponses("chat", true) : ask("chat", true));
            RawResponse answer = client.response().readUntil("delta");

            long from = System.nanoTime();
            disable(gateway, object);
            answer.readToEnd();

            assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(SOON);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.complete()).isTrue();
            assertThat(answer.bodyText())
                    .contains("is switched off: drill.")
                    .doesNotContain("[DONE]")
                    .doesNotContain("message_stop")
                    .doesNotContain("response.completed");
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("blocked");
            assertThat(line.toString()).contains("switched_off");
        }
    }

    @Test
    void otherStreamsGoOnAndAGraceLetsAStreamRunForAWhile() {
        try (InProcess gateway = InProcess.start(SLOW);
                RawClient other = RawClient.connect(gateway.port(), Duration.ofSeconds(20));
                RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            RawResponse untouched = other.post("/v1/chat/completions", ask("other", true))
                    .response()
                    .readUntil("delta");
            RawResponse answer = client.post("/v1/chat/completions", ask("chat", true))
                    .response()
                    .readUntil("delta");

            long from = System.nanoTime();
            put(gateway, "model.chat", "{\"state\":\"disabled\",\"grace\":\"700ms\"}");
            assertThat(post(gateway, "/v1/chat/completions", ask("chat", true)).status())
                    .isEqualTo(503);
            answer.readToEnd();

            assertThat(Duration.ofNanos(System.nanoTime() - from))
                    .isBetween(Duration.ofMillis(700), Duration.ofMillis(1700));
            assertThat(answer.bodyText()).contains("The model \\\"chat\\\" is switched off.");
            int heard = untouched.body().length;
            untouched.readAtLeast(heard + 500);
            assertThat(untouched.bodyText()).doesNotContain("switched off");
        }
    }

    @Test
    void aStreamThatIsEnabledAgainWithinItsGraceGoesOn() {
        try (InProcess gateway = InProcess.start(SLOW);
                RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            RawResponse answer = client.post("/v1/chat/completions", ask("chat", true))
                    .response()
                    .readUntil("delta");
            put(gateway, "model.chat", "{\"state\":\"disabled\",\"grace\":\"300ms\"}");
            gateway.admin("DELETE", "/admin/v1/switches/model.chat");

            answer.readAtLeast(answer.body().length + 4000);

            assertThat(answer.bodyText()).doesNotContain("switched off");
        }
    }

    // ------------------------------------------------------------------ providers

    private static String two(ProviderSimulator first, ProviderSimulator second) {
        return """
                providers:
                  one: {type: openai, base_url: "%s", api_key: k}
                  two: {type: openai, base_url: "%s", api_key: k}
                models: {chat: [one/m, two/m]}
                """.formatted(first.baseUrl(), second.baseUrl());
    }

    @Test
    void aDisabledProviderIsPassedByAndExplainNamesIt() {
        try (ProviderSimulator first = ProviderSimulator.start().otherwise(Answers.chat(3));
                ProviderSimulator second = ProviderSimulator.start().otherwise(Answers.chat(3));
                InProcess gateway = InProcess.start(two(first, second))) {
            disable(gateway, "provider.one");

            RawResponse answer = post(gateway, "/v1/chat/completions", ask("chat", true));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(first.requests()).isEmpty();
            assertThat(second.requests()).hasSize(1);
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("fallback");
            assertThat(run(gateway, "explain", "--model", "chat")).isZero();
            assertThat(out.toString()).contains("  1  two/m").contains("-  one/m  tier 1  switched off: drill");

            disable(gateway, "provider.two");
            RawResponse refused = post(gateway, "/v1/chat/completions", ask("chat", true));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.bodyText()).contains("is switched off: drill.");
            assertThat(second.requests()).hasSize(1);
        }
    }

    @Test
    void aProviderThatIsOffForATenantIsPassedByForThatTenantOnly() {
        String tenants =
                "tenants: {acme: {keys: [{id: a, secret: a-web-key}]}, duck: {keys: [{id: d, secret: d-one-key}]}}\n";
        try (ProviderSimulator first = ProviderSimulator.start().otherwise(Answers.chat(3));
                ProviderSimulator second = ProviderSimulator.start().otherwise(Answers.chat(3));
                InProcess gateway = InProcess.start(tenants + two(first, second))) {
            assertThat(put(gateway, "provider.one", "{\"state\":\"disabled\",\"tenants\":[\"acme\"]}")
                            .statusCode())
                    .isEqualTo(200);

            post(gateway, "/v1/chat/completions", ask("chat", true), new Header("x-api-key", "a-web-key"));
            assertThat(first.requests()).isEmpty();
            post(gateway, "/v1/chat/completions", ask("chat", true), new Header("x-api-key", "d-one-key"));
            assertThat(first.requests()).hasSize(1);
            assertThat(second.requests()).hasSize(1);
        }
    }

    @Test
    void whatAProviderHasNotSpokenForYetGoesOnElsewhereWhenItIsSwitchedOff() throws Exception {
        Gate never = new Gate();
        try (ProviderSimulator first = ProviderSimulator.start()
                        .otherwise(Script.stream().head().waitFor(never).build());
                ProviderSimulator second = ProviderSimulator.start().otherwise(Answers.chat(3));
                InProcess gateway = InProcess.start(two(first, second))) {
            CompletableFuture<RawResponse> answer =
                    CompletableFuture.supplyAsync(() -> post(gateway, "/v1/chat/completions", ask("chat", true)));
            first.awaitRequest();

            disable(gateway, "provider.one");

            assertThat(answer.get(10, TimeUnit.SECONDS).status()).isEqualTo(200);
            assertThat(answer.get().bodyText()).contains("[DONE]");
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(2);
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("fallback");
        }
    }

    // ------------------------------------------------------------------ file and time

    @Test
    void theFileSaysHowTheyStandAndLiveFlipsOutlastAReload() throws Exception {
        String off = "switches: {model.chat: {state: disabled, reason: too expensive}, gateway: enabled}\n";
        try (InProcess gateway = InProcess.start(SLOW + off)) {
            RawResponse refused = post(gateway, "/v1/chat/completions", ask("chat", true));
            assertThat(refused.bodyText()).contains("is switched off: too expensive.");
            disable(gateway, "model.other");

            gateway.write(SLOW + "switches: {model.chat: enabled, provider.slow: disabled}\n");
            HttpResponse<String> reloaded = gateway.admin("POST", "/admin/v1/config/reload");

            assertThat(reloaded.body()).contains("switches.\\\"model.chat\\\"", "switches.\\\"provider.slow\\\"");
            assertThat(new JsonObject(reloaded.body()).getJsonArray("needs_restart"))
                    .isEmpty();
            assertThat(post(gateway, "/v1/chat/completions", ask("chat", true)).bodyText())
                    .contains("The provider \\\"slow\\\" is switched off.");
            assertThat(post(gateway, "/v1/chat/completions", ask("other", true)).bodyText())
                    .contains("The model \\\"other\\\" is switched off: drill.");
        }
    }

    @Test
    void aFlipWithAnEndGivesWayToTheFileByItself() {
        try (InProcess gateway = InProcess.start(SLOW + "switches: {model.chat: disabled}\n");
                RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            put(gateway, "model.chat", "{\"state\":\"enabled\",\"until\":\"1500ms\"}");
            RawResponse answer = client.post("/v1/chat/completions", ask("chat", true))
                    .response()
                    .readUntil("delta");

            answer.readToEnd();

            assertThat(answer.bodyText()).contains("The model \\\"chat\\\" is switched off.");
        }
    }

    // ------------------------------------------------------------------ people

    @Test
    void theCommandLineFlipsListsAndClears() {
        try (InProcess gateway = InProcess.start(SLOW)) {
            assertThat(run(
                            gateway,
                            "switch",
                            "disable",
                            "model.chat",
                            "--reason",
                            "drill",
                            "--until",
                            "2h",
                            "--percent",
                            "40"))
                    .isZero();
            assertThat(out.toString())
                    .startsWith("model.chat  disabled for 40 % until 2")
                    .contains(": drill  (live, by local at ");

            assertThat(run(gateway, "switch", "list", "-o", "json")).isZero();
            JsonObject listed =
                    new JsonObject(out.toString()).getJsonArray("switches").getJsonObject(1);
            assertThat(listed.getString("object")).isEqualTo("model.chat");
            assertThat(listed.getString("state")).isEqualTo("disabled");
            assertThat(listed.getInteger("percent")).isEqualTo(40);
            assertThat(listed.getBoolean("live")).isTrue();

            assertThat(run(gateway, "switch", "enable", "model.slow/x")).isZero();
            assertThat(run(gateway, "switch", "clear", "model.chat")).isZero();
            assertThat(out.toString()).isEqualTo("model.chat  enabled\n");
            assertThat(run(gateway, "switch", "list")).isZero();
            assertThat(out.toString()).contains("gateway       enabled\n").contains("model.slow/x  enabled  (live");
        }
    }

    @Test
    void anUnknownObjectIsRefusedWithTheNearestNameUnlessItIsForced() {
        try (InProcess gateway = InProcess.start(SLOW)) {
            assertThat(run(gateway, "switch", "disable", "model.chta")).isEqualTo(1);
            assertThat(err.toString()).contains("There is no model \"chta\" here. Did you mean \"chat\"?");
            assertThat(put(gateway, "provider.slwo", "{\"state\":\"disabled\"}").statusCode())
                    .isEqualTo(404);
            assertThat(run(gateway, "switch", "disable", "modell.chat")).isEqualTo(1);
            assertThat(err.toString()).contains("is nothing that can be switched.");
            assertThat(run(gateway, "switch", "disable", "key.later", "--force"))
                    .isZero();
            assertThat(run(gateway, "switch", "disable", "feature.anything")).isZero();
            assertThat(run(gateway, "switch")).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"state\":\"off\"}",
                "{\"state\":\"disabled\",\"percent\":101}",
                "{\"state\":\"disabled\",\"percent\":\"5\"}",
                "{\"state\":\"disabled\",\"until\":\"yesterday\"}",
                "{\"state\":\"disabled\",\"until\":\"2001-01-01T00:00:00Z\"}",
                "{\"state\":\"disabled\",\"until\":\"0s\"}",
                "{\"state\":\"disabled\",\"grace\":\"2h\"}",
                "{\"state\":\"disabled\",\"reason\":\"two\\nlines\"}",
                "{\"state\":\"disabled\",\"tenants\":[\"\"]}",
                "{\"state\":\"disabled\",\"tenants\":[7]}",
                "{\"state\":\"disabled\",\"force\":\"yes\"}",
                "{\"state\":\"disabled\",\"reasons\":\"x\"}",
                "no json"
            })
    void aWrongWishChangesNothing(String wish) {
        try (InProcess gateway = InProcess.start(SLOW)) {
            HttpResponse<String> refused = put(gateway, "model.chat", wish);

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(new JsonObject(refused.body()).getJsonObject("error").getString("code"))
                    .isEqualTo("bad_request");
            JsonObject list =
                    new JsonObject(gateway.admin("GET", "/admin/v1/switches").body());
            assertThat(list.getJsonArray("switches").size()).isEqualTo(1);
        }
    }

    @Test
    void aTenantThatDoesNotExistIsNoScope() {
        try (InProcess gateway = InProcess.start(SLOW)) {
            String wish = "{\"state\":\"disabled\",\"tenants\":[\"nobody\"]}";
            assertThat(put(gateway, "model.chat", wish).statusCode()).isEqualTo(404);
            assertThat(put(gateway, "model.chat", wish.replace("}", ",\"force\":true}"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(post(gateway, "/v1/chat/completions", ask("demo/demo", false))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void explainNamesASwitchThatIsForSomeCallersOnly() {
        try (InProcess gateway = InProcess.start(SLOW)) {
            put(gateway, "provider.slow", "{\"state\":\"disabled\",\"percent\":25,\"reason\":\"drill\"}");

            assertThat(gateway.admin("GET", "/admin/v1/explain?model=chat").body())
                    .contains("its provider is disabled for 25 %: drill");
            assertThat(run(gateway, "explain", "--model", "chat")).isZero();
            assertThat(out.toString()).contains("; its provider is disabled for 25 %: drill");
        }
    }

    @Test
    void explainNamesWhatIsOffForSomeOfThoseWhoCallSo() {
        try (InProcess gateway = InProcess.start(SLOW + "tenants: {acme: {}, duck: {}}\n")) {
            put(gateway, "gateway", "{\"state\":\"disabled\",\"percent\":1,\"reason\":\"canary\"}");
            put(gateway, "tenant.acme", "{\"state\":\"enabled\",\"percent\":90}");
            put(gateway, "feature.search", "{\"state\":\"enabled\",\"tenants\":[\"acme\"]}");
            put(gateway, "model.chat", "{\"state\":\"disabled\",\"reason\":\"drill\"}");

            assertThat(run(gateway, "explain", "--model", "chat", "--tenant", "acme", "--feature", "search"))
                    .isZero();
            assertThat(out.toString().lines().filter(line -> line.startsWith("switch ")))
                    .containsExactly(
                            "switch gateway is disabled for 1 %: canary",
                            "switch tenant.acme is enabled for 90 %",
                            "switch feature.search is enabled for acme",
                            "switch model.chat is disabled: drill");
            assertThat(new JsonObject(gateway.admin("GET", "/admin/v1/explain?model=chat&tenant=duck")
                                    .body())
                            .getJsonArray("switches").stream().map(each -> ((JsonObject) each).getString("object")))
                    .containsExactly("gateway", "model.chat");

            put(gateway, "model.chat", "{\"state\":\"disabled\",\"percent\":0}");
            assertThat(gateway.admin("GET", "/admin/v1/explain?model=chat").body())
                    .as("off for nobody")
                    .doesNotContain("model.chat");
        }
    }

    @Test
    void aListenerThatIsAwayIsNamedAndSoIsAnAddressThatIsNone() {
        PrintWriter output = new PrintWriter(out, true);
        Cli cli = new Cli(env, folder, output, new PrintWriter(err, true), (s, r) -> null, new Random(7));

        assertThat(Main.run(new String[] {"switch", "disable", "model.chat", "--admin", "http://127.0.0.1:1"}, cli))
                .isEqualTo(5);
        assertThat(err.toString())
                .contains("Nothing listens at http://127.0.0.1:1, so nothing was asked or changed.")
                .contains("--admin");
        err.getBuffer().setLength(0);
        assertThat(Main.run(new String[] {"switch", "list", "--admin", "localhost:9090"}, cli))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--admin: not an http or https URL").doesNotContain("\tat ");
    }
}
