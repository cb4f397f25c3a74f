// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.PriceBook;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.quota.Admission.Decision;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call that its client gave a name is made once, whatever becomes of the connection, and never for another tenant. */
final class IdempotencyTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Header NAME = new Header("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");

    private ProviderSimulator provider;
    private InProcess gateway;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        provider.otherwise(Answers.chat(5));
        gateway = InProcess.start(config(""));
    }

    @AfterEach
    void stop() {
        gateway.close();
        provider.close();
    }

    private String config(String more) {
        return """
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s}
                providers: {one: {type: openai, base_url: "%s"}}
                models: {"*": {retries: {attempts: 1}}, chat: one/m, patient: {targets: [one/m], on_disconnect: drain}, rescued: {targets: [one/m, static/sorry]}}
                static: {sorry: {text: Sorry., marker: degraded}}
                tenants:
                  acme: {keys: [{id: web, secret: acme-web-key}, {id: app, secret: acme-app-key}]}
                  duck: {keys: [{id: duck, secret: duck-key}]}
                """.formatted(provider.baseUrl()) + more;
    }

    // ------------------------------------------------------------------ afterwards

    @ParameterizedTest
    @CsvSource({"chat, true", "chat, false", "messages, true", "messages, false", "responses, true", "responses, false"
    })
    void aRepeatedCallGetsTheSameBytesAndCostsNothing(String schema, boolean stream) throws IOException {
        RawResponse before = ask(schema, stream, "acme-web-key", NAME);
        JsonNode first = gateway.awaitSettlement();
        RawResponse again = ask(schema, stream, "acme-web-key", NAME);
        JsonNode second = gateway.awaitSettlement();

        assertThat(before.status()).isEqualTo(200);
        assertThat(before.complete()).isTrue();
        assertThat(before.header("idempotency-replayed")).isEmpty();
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.complete()).isTrue();
        assertThat(again.body()).isNotEmpty().isEqualTo(before.body());
        for (String same : List.of("content-type", "x-penstock-provider", "x-penstock-model")) {
            assertThat(again.header(same)).as(same).isPresent().isEqualTo(before.header(same));
        }
        assertThat(again.header("cache-control")).isEqualTo(before.header("cache-control"));
        assertThat(again.header("idempotency-replayed")).hasValue("true");
        assertThat(again.header("x-penstock-outcome")).hasValue("cached");
        assertThat(again.header("x-penstock-attempts")).hasValue("0");
        assertThat(provider.requests()).hasSize(1);
        assertThat(first.at("/penstock/outcome").asText()).isEqualTo("ok");
        assertThat(second.at("/penstock/outcome").asText()).isEqualTo("cached");
        assertThat(second.at("/penstock/usage/output_tokens").asInt()).isZero();
        assertThat(second.at("/http/response/status_code").asInt()).isEqualTo(200);
        assertThat(events("replayed")).isEqualTo(1);
        assertThat(events("first")).isEqualTo(1);
    }

    @Test
    void embeddingsAndCountsOfTokensAreRepeatedTheSame() {
        provider.otherwise(
                Script.json(
                        200,
                        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.5]}],\"model\":\"m\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}"));
        String body = "{\"model\":\"chat\",\"input\":\"hi\"}";

        RawResponse before = post("/v1/embeddings", body, "acme-web-key", NAME);
        RawResponse again = post("/v1/embeddings", body, "acme-web-key", NAME);

        assertThat(before.status()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(before.body());
        assertThat(again.header("idempotency-replayed")).hasValue("true");
        assertThat(provider.requests()).hasSize(1);
    }

    @Test
    void aReplayTakesNothingOfALimit() {
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess limited = InProcess.start(config(""), limits, PriceBook.EMPTY)) {
            for (int i = 0; i < 3; i++) {
                assertThat(post(limited, path("chat"), body("chat", "chat", false), "duck-key", NAME)
                                .status())
                        .isEqualTo(200);
            }
            assertThat(limits.ends).hasSize(1);
        }
    }

    @Test
    void whatALimitRefusesIsNotKept() {
        ScriptedAdmission limits = ScriptedAdmission.deciding(self -> new Decision.Refused(
                GatewayError.of(Kind.RATE_LIMITED, "Beyond the limit."), ScriptedAdmission.STANDINGS));
        try (InProcess limited = InProcess.start(config(""), limits, PriceBook.EMPTY)) {
            for (int i = 0; i < 3; i++) {
                assertThat(post(limited, path("chat"), body("chat", "chat", true), "duck-key", NAME)
                                .status())
                        .isEqualTo(429);
            }
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void withoutANameEveryCallIsMade() {
        ask("chat", false, "acme-web-key");
        ask("chat", false, "acme-web-key");

        assertThat(provider.requests()).hasSize(2);
        assertThat(events("first")).isZero();
    }

    // ------------------------------------------------------------------ refused

    @ParameterizedTest
    @ValueSource(strings = {"chat", "messages", "responses"})
    void whileItIsUnderWayItsRepetitionIsRefusedInTheSchemaOfTheClient(String schema) throws IOException {
        Gate gate = new Gate();
        provider.otherwise(Answers.steppedText(gate, "Once", " only"));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse first = client.post(path(schema), body(schema, "chat", true), bearer("acme-web-key"), NAME)
                    .response();
            gate.step();
            gate.step();
            first.readUntil("Once");

            RawResponse repeated = ask(schema, true, "acme-app-key", NAME);

            assertThat(repeated.status()).isEqualTo(409);
            assertThat(repeated.header("retry-after")).hasValue("1");
            assertThat(repeated.header("x-should-retry")).hasValue("true");
            assertThat(JSON.readTree(repeated.body()).at("/error/message").asText())
                    .contains("same Idempotency-Key is still being answered");
            gate.open();
            first.readToEnd();
            RawResponse again = ask(schema, true, "acme-app-key", NAME);
            assertThat(again.header("idempotency-replayed")).hasValue("true");
            assertThat(again.body()).isEqualTo(first.body());
        }
        assertThat(provider.requests()).hasSize(1);
        assertThat(events("in_flight")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chat", "messages", "responses"})
    void theSameNameForSomethingElseIsRefused(String schema) throws IOException {
        ask(schema, false, "acme-web-key", NAME);

        RawResponse other = post(path(schema), body(schema, "chat", true), "acme-web-key", NAME);

        assertThat(other.status()).isEqualTo(422);
        assertThat(other.header("x-should-retry")).hasValue("false");
        assertThat(JSON.readTree(other.body()).at("/error/message").asText()).contains("used before for a different");
        assertThat(provider.requests()).hasSize(1);
        assertThat(events("mismatch")).isEqualTo(1);
    }

    @Test
    void theSameBodyAtAnotherPathIsSomethingElse() {
        String both = "{\"model\":\"chat\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
        assertThat(post("/v1/chat/completions", both, "acme-web-key", NAME).status())
                .isEqualTo(200);
        assertThat(post("/v1/messages", both, "acme-web-key", NAME).status()).isEqualTo(422);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "caf\u00e9", "LONG", "TWO"})
    void aNameThatIsNoneIsRefused(String value) throws IOException {
        Header[] headers = value.equals("TWO")
                ? new Header[] {NAME, new Header("Idempotency-Key", "other")}
                : new Header[] {new Header("Idempotency-Key", value.equals("LONG") ? "x".repeat(256) : value)};

        for (String schema : List.of("chat", "messages", "responses")) {
            RawResponse refused = ask(schema, false, "acme-web-key", headers);

            assertThat(refused.status()).isEqualTo(400);
            assertThat(JSON.readTree(refused.body()).at("/error/message").asText())
                    .contains("Idempotency-Key must be one value of 1 to 255");
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void theLongestNameIsTaken() {
        Header longest = new Header("Idempotency-Key", "x".repeat(255));
        assertThat(ask("chat", false, "acme-web-key", longest).status()).isEqualTo(200);
        assertThat(ask("chat", false, "acme-web-key", longest).header("idempotency-replayed"))
                .hasValue("true");
    }

    // ------------------------------------------------------------------ whose

    @Test
    void anotherKeyOfTheTenantRepeatsACallAndAnotherTenantMakesItsOwn() {
        RawResponse web = ask("chat", false, "acme-web-key", NAME);
        RawResponse app = ask("chat", false, "acme-app-key", NAME);
        RawResponse duck = ask("chat", true, "duck-key", NAME);

        assertThat(app.body()).isEqualTo(web.body());
        assertThat(duck.status()).as("no trace of the other tenant's").isEqualTo(200);
        assertThat(duck.header("idempotency-replayed")).isEmpty();
        assertThat(provider.requests()).hasSize(2);
    }

    // ------------------------------------------------------------------ not kept

    @ParameterizedTest
    @CsvSource({"500, true", "429, false", "400, false", "503, true"})
    void anErrorOfTheProviderFreesTheName(int status, boolean stream) {
        provider.enqueue(Answers.error(status, "error", "No.", null));

        assertThat(ask("chat", stream, "acme-web-key", NAME).status()).isEqualTo(status);
        RawResponse second = ask("chat", stream, "acme-web-key", NAME);

        assertThat(second.status()).isEqualTo(200);
        assertThat(second.header("idempotency-replayed")).isEmpty();
        assertThat(ask("chat", stream, "acme-web-key", NAME).header("idempotency-replayed"))
                .hasValue("true");
        assertThat(provider.requests()).hasSize(2);
    }

    @Test
    void aStreamThatBreaksOffFreesTheName() {
        provider.enqueue(Script.stream()
                .send(
                        "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ho\"}}]}\n\n")
                .build());

        RawResponse broken = ask("chat", true, "acme-web-key", NAME);
        RawResponse second = ask("chat", true, "acme-web-key", NAME);

        assertThat(broken.bodyText()).contains("Ho").contains("error").doesNotContain("[DONE]");
        assertThat(second.bodyText()).contains("[DONE]");
        assertThat(second.header("idempotency-replayed")).isEmpty();
    }

    @Test
    void aClientThatLeavesFreesTheNameWhereTheModelCancels() {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once", " only"));
        leaveAfterTheFirstWord(gate, "chat");

        RawResponse second = ask("chat", true, "acme-web-key", NAME);

        assertThat(second.status()).isEqualTo(200);
        assertThat(second.header("idempotency-replayed")).isEmpty();
        assertThat(provider.requests()).hasSize(2);
    }

    @Test
    void aClientThatLeavesFindsTheWholeAnswerLaterWhereTheModelDrains() {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once", " only"));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse first = client.post(path("chat"), body("chat", "patient", true), bearer("acme-web-key"), NAME)
                    .response();
            gate.step();
            gate.step();
            first.readUntil("Once");
            client.leave();
        }
        gate.open();
        assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                .as("whether or not the gateway heard in time that it had left")
                .isIn("cancelled", "ok");

        RawResponse again = post(path("chat"), body("chat", "patient", true), "acme-web-key", NAME);

        assertThat(again.header("idempotency-replayed")).hasValue("true");
        assertThat(again.bodyText()).contains("Once").contains(" only").contains("[DONE]");
        assertThat(provider.requests()).hasSize(1);
    }

    private void leaveAfterTheFirstWord(Gate gate, String model) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse first = client.post(path("chat"), body("chat", model, true), bearer("acme-web-key"), NAME)
                    .response();
            gate.step();
            gate.step();
            first.readUntil("Once");
            client.leave();
        }
        assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText()).isEqualTo("cancelled");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatStandsInForAnAnswerIsNotKept(boolean stream) {
        provider.enqueue(Answers.error(500, "error", "No.", null));
        String body = body("chat", "rescued", stream);

        RawResponse poor = post(path("chat"), body, "acme-web-key", NAME);
        RawResponse better = post(path("chat"), body, "acme-web-key", NAME);

        assertThat(poor.header("x-penstock-outcome")).hasValue("degraded");
        assertThat(better.header("x-penstock-outcome")).isEmpty();
        assertThat(post(path("chat"), body, "acme-web-key", NAME).header("idempotency-replayed"))
                .hasValue("true");
    }

    @Test
    void anAnswerThatIsTooLargeIsGivenAndNotKept() throws Exception {
        gateway.write(config("idempotency: {max_answer: 1KiB}\n"));
        gateway.gateway().reload();
        provider.otherwise(Answers.text("x".repeat(3_000)));

        for (boolean stream : new boolean[] {true, false}) {
            Header name = new Header("Idempotency-Key", "large-" + stream);
            assertThat(ask("chat", stream, "acme-web-key", name).body().length).isGreaterThan(3_000);
            assertThat(ask("chat", stream, "acme-web-key", name).header("idempotency-replayed"))
                    .isEmpty();
        }
        assertThat(provider.requests()).hasSize(4);
        assertThat(events("too_large")).isEqualTo(4);
    }

    // ------------------------------------------------------------------ bugs

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBugLeavesNobodyWithoutAnAnswer(boolean named) {
        ScriptedAdmission broken = ScriptedAdmission.deciding(self -> {
            throw new IllegalStateException("for the sake of the test");
        });
        Header[] more = named ? new Header[] {NAME} : new Header[0];
        try (InProcess limited = InProcess.start(config(""), broken, PriceBook.EMPTY)) {
            for (int i = 0; i < 2; i++) {
                RawResponse answer = post(limited, path("chat"), body("chat", "chat", true), "duck-key", more);
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.bodyText()).doesNotContain("for the sake");
            }
        }
    }

    // ------------------------------------------------------------------ the store

    @Test
    void whereTheStoreCannotBeReachedTheCallIsRefusedAndOthersAreMade() throws IOException {
        try (InProcess cut = InProcess.start(config("limits: {store: \"redis://127.0.0.1:1\"}\n"))) {
            RawResponse[] refused = new RawResponse[1];
            await("known to be down", () -> {
                refused[0] = post(cut, path("chat"), body("chat", "chat", false), "acme-web-key", NAME);
                return refused[0].status() == 503;
            });

            assertThat(refused[0].header("retry-after")).hasValue("1");
            assertThat(JSON.readTree(refused[0].body()).at("/error/message").asText())
                    .contains("cannot tell at the moment whether this request was made before");
            assertThat(provider.requests()).isEmpty();
            assertThat(post(cut, path("chat"), body("chat", "chat", false), "acme-web-key")
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void ofManyAtOnceOneIsMade() throws Exception {
        Gate gate = new Gate();
        provider.enqueue(Answers.steppedText(gate, "Once"));
        List<RawClient> clients = new ArrayList<>();
        try {
            List<RawResponse> answers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                RawClient client = RawClient.connect(gateway.port());
                clients.add(client);
                answers.add(client.post(path("chat"), body("chat", "chat", true), bearer("acme-web-key"), NAME)
                        .response());
            }
            await("all but one refused", () -> events("in_flight") == 99);
            gate.open();
            answers.forEach(RawResponse::readToEnd);
            assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
            assertThat(answers).filteredOn(answer -> answer.status() == 409).hasSize(99);
            assertThat(provider.requests()).hasSize(1);
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    // ------------------------------------------------------------------ given

    private int events(String event) {
        return gateway.admin("GET", "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("penstock_idempotency_total{event=\"" + event + "\""))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static Header bearer(String key) {
        return new Header("authorization", "Bearer " + key);
    }

    private RawResponse ask(String schema, boolean stream, String key, Header... more) {
        return post(path(schema), body(schema, "chat", stream), key, more);
    }

    private RawResponse post(String path, String body, String key, Header... more) {
        return post(gateway, path, body, key, more);
    }

    private static RawResponse post(InProcess where, String path, String body, String key, Header... more) {
        List<Header> headers = new ArrayList<>(List.of(more));
        headers.add(bearer(key));
        headers.add(new Header("anthropic-version", "2023-06-01"));
        try (RawClient client = RawClient.connect(where.port())) {
            return client.post(path, body, headers.toArray(Header[]::new)).readResponse();
        }
    }

    private static String path(String schema) {
        return switch (schema) {
            case "messages" -> "/v1/messages";
            case "responses" -> "/v1/responses";
            default -> "/v1/chat/completions";
        };
    }

    private static String body(String schema, String model, boolean stream) {
        String said =
                switch (schema) {
                    case "messages" -> "\"max_tokens\":99,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
                    case "responses" -> "\"input\":\"hi\"";
                    default -> "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
                };
        return "{\"model\":\"" + model + "\",\"stream\":" + stream + "," + said + "}";
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
