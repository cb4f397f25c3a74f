// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.PriceBook;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RefusedPort;
import dev.penstock.quota.Admission.Decision;
import dev.penstock.quota.AdmissionAsk;
import dev.penstock.quota.Standings;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an exchange asks of the limits, what its client hears of them, and that what it was granted goes back once, whatever happens. */
final class AllowanceTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final PriceBook TWO_AND_TEN =
            (target, usage, at) -> usage.inputTokens() * 2 + usage.outputTokens() * 10;
    private static final String QUESTION = "How wide is the gate?";

    private ProviderSimulator first;
    private ProviderSimulator second;

    @BeforeEach
    void start() {
        first = ProviderSimulator.start();
        second = ProviderSimulator.start();
        first.otherwise(Answers.chat(3));
        second.otherwise(Answers.chat(5));
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    // ------------------------------------------------------------------ refused

    @ParameterizedTest
    @CsvSource({"chat, true", "chat, false", "messages, true", "messages, false", "responses, true", "responses, false"
    })
    void aCallBeyondALimitHearsWhichAndWhenToComeBackInItsOwnSchema(String schema, boolean stream) throws IOException {
        ScriptedAdmission limits = ScriptedAdmission.deciding(self -> new Decision.Refused(
                GatewayError.builder(Kind.RATE_LIMITED, "The tenant acme is beyond its limit of 60 requests a minute.")
                        .retryAfter(Duration.ofMillis(6_200))
                        .build(),
                ScriptedAdmission.STANDINGS));
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            RawResponse answer = ask(gateway, schema, "chat", stream, "");

            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.header("content-type")).hasValue("application/json");
            assertThat(answer.header("retry-after")).hasValue("7");
            assertThat(answer.header("x-should-retry")).hasValue("true");
            assertThat(answer.header("x-penstock-outcome")).hasValue("limited");
            hasLimitHeaders(answer);
            JsonNode error = JSON.readTree(answer.body()).path("error");
            assertThat(error.path("message").asText()).contains("60 requests a minute");
            if (schema.equals("messages")) {
                assertThat(error.path("type").asText()).isEqualTo("rate_limit_error");
                assertThat(answer.header("anthropic-ratelimit-requests-limit")).hasValue("60");
                assertThat(answer.header("anthropic-ratelimit-tokens-remaining"))
                        .hasValue("39000");
                assertThat(answer.header("anthropic-ratelimit-tokens-reset").orElseThrow())
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
            } else {
                assertThat(error.path("type").asText()).isEqualTo("rate_limit_exceeded");
                assertThat(error.path("code").asText()).isEqualTo("rate_limit_exceeded");
                assertThat(answer.header("anthropic-ratelimit-requests-limit")).isEmpty();
            }
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("limited");
            assertThat(first.requests()).isEmpty();
            assertThat(limits.ends).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "chat, BUDGET_EXHAUSTED, 402, insufficient_quota",
        "responses, BUDGET_EXHAUSTED, 402, insufficient_quota",
        "messages, BUDGET_EXHAUSTED, 402, billing_error",
        "chat, FORBIDDEN, 403, permission_error",
        "responses, FORBIDDEN, 403, permission_error",
        "messages, FORBIDDEN, 403, permission_error"
    })
    void aBudgetThatIsUsedUpAndARightThatIsMissingHaveTheirOwnWords(String schema, Kind kind, int status, String type)
            throws IOException {
        ScriptedAdmission limits = ScriptedAdmission.deciding(
                self -> new Decision.Refused(GatewayError.of(kind, "No more of that."), Standings.NONE));
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            RawResponse answer = ask(gateway, schema, "chat", true, "");

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("x-should-retry")).hasValue("false");
            assertThat(answer.header("x-ratelimit-limit-requests")).isEmpty();
            assertThat(JSON.readTree(answer.body()).at("/error/type").asText()).isEqualTo(type);
            assertThat(first.requests()).isEmpty();
        }
    }

    @Test
    void nobodyIsAskedForARequestThatGoesNowhere() {
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            assertThat(ask(gateway, "chat", "nobody-has-it", false, "").status())
                    .isEqualTo(404);
            assertThat(ask(gateway, "chat", "chat", false, ",\"stream\":7").status())
                    .isEqualTo(400);

            assertThat(limits.asks).isEmpty();
            assertThat(limits.ends).isEmpty();
        }
    }

    // ------------------------------------------------------------------ admitted

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAdmittedCallIsAskedForOnceToldHowItStandsAndSettledToWhatItTook(boolean stream) {
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, TWO_AND_TEN)) {
            RawResponse answer = ask(gateway, "chat", "chat", stream, ",\"max_tokens\":77");

            assertThat(answer.status()).isEqualTo(200);
            hasLimitHeaders(answer);
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("ok");
            long cost = ChatEvents.PROMPT_TOKENS * 2 + 3 * 10;
            assertThat(line.at("/penstock/cost_nano_usd").asLong()).isEqualTo(cost);
            assertThat(limits.ends).containsExactly("settled " + ChatEvents.PROMPT_TOKENS + " 3 " + cost);
            assertThat(limits.asks).hasSize(1);
            AdmissionAsk ask = limits.asks.get(0);
            assertThat(ask.model()).isEqualTo("chat");
            assertThat(ask.clientIp()).isEqualTo("127.0.0.1");
            assertThat(ask.promptTokens()).isBetween(5L, 40L);
            assertThat(ask.maxOutputTokens()).isEqualTo(77);
            assertThat(ask.nanoUsdPerPromptToken()).isEqualTo(2);
            assertThat(ask.nanoUsdPerOutputToken()).isEqualTo(10);
        }
    }

    @Test
    void aPriceThatNobodyKnowsIsNotWrittenDown() {
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            ask(gateway, "chat", "chat", false, "");

            assertThat(gateway.awaitSettlement().at("/penstock/cost_nano_usd").isMissingNode())
                    .isTrue();
            assertThat(limits.asks.get(0).nanoUsdPerOutputToken()).isEqualTo(PriceBook.UNPRICED);
            assertThat(limits.ends).containsExactly("settled " + ChatEvents.PROMPT_TOKENS + " 3 0");
        }
    }

    @Test
    void aCallThatIsSentElsewhereIsRoutedAgainAndAskedForOnce() {
        ScriptedAdmission limits = ScriptedAdmission.deciding(self -> new Decision.Redirected("cheap", self.permit()));
        try (InProcess gateway = gateway("chat: one/m\n  cheap: two/small", limits, PriceBook.EMPTY)) {
            RawResponse answer = ask(gateway, "chat", "chat", true, "");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-model")).hasValue("small");
            assertThat(first.requests()).isEmpty();
            gateway.awaitSettlement();
            assertThat(limits.asks).hasSize(1);
            assertThat(limits.ends).containsExactly("settled " + ChatEvents.PROMPT_TOKENS + " 5 0");
        }
    }

    @Test
    void aCallThatIsSentWhereNobodyIsGivesBackWhatItHas() {
        ScriptedAdmission limits = ScriptedAdmission.deciding(self -> new Decision.Redirected("gone", self.permit()));
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            assertThat(ask(gateway, "chat", "chat", true, "").status()).isEqualTo(404);

            gateway.awaitSettlement();
            assertThat(limits.ends).containsExactly("cancelled");
        }
    }

    @ParameterizedTest
    @CsvSource({"chat, max_tokens", "messages, max_tokens", "responses, max_output_tokens"})
    void aWholeAnswerIsAskedForAsLongAsIsCovered(String schema, String name) throws IOException {
        ScriptedAdmission limits = ScriptedAdmission.covering(40).growing(5, 50);
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            ask(gateway, schema, "chat", false, schema.equals("messages") ? "" : ",\"" + name + "\":99");

            JsonNode sent = JSON.readTree(first.awaitRequest().bodyText());
            assertThat(sent.path("max_tokens")
                            .asInt(sent.path("max_completion_tokens").asInt()))
                    .isEqualTo(50);
            gateway.awaitSettlement();
            assertThat(limits.ends).hasSize(1);
        }
    }

    @Test
    void aWholeAnswerThatIsCoveredIsAskedForAsTheClientSaid() {
        ScriptedAdmission limits = ScriptedAdmission.covering(40).growing(100, 1_000);
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            ask(gateway, "chat", "chat", false, ",\"max_tokens\":99");

            assertThat(first.awaitRequest().bodyText()).contains("\"max_tokens\":99");
        }
    }

    // ------------------------------------------------------------------ given back once

    @Test
    void aClientThatLeavesPaysForWhatWasSaid() {
        Gate gate = new Gate();
        first.otherwise(Answers.steppedText(gate, "twelve bytes", " and never more"));
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            RawClient client = RawClient.connect(gateway.port());
            RawResponse answer = client.post("/v1/chat/completions", body("chat", "chat", true, ""))
                    .response();
            gate.step();
            gate.step();
            answer.readUntil("twelve bytes");
            client.leave();

            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("cancelled");
            assertThat(limits.ends).hasSize(1);
            assertThat(limits.ends.get(0)).matches("settled \\d+ 3 0");
        }
    }

    @Test
    void aClientThatLeavesBeforeTheLimitsHaveAnsweredTakesNothing() {
        ScriptedAdmission limits = ScriptedAdmission.admitting().late();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            RawClient client =
                    RawClient.connect(gateway.port()).post("/v1/chat/completions", body("chat", "chat", true, ""));
            await(() -> !limits.asks.isEmpty());
            client.leave();
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("cancelled");

            limits.answerAll();

            await(() -> !limits.ends.isEmpty());
            assertThat(limits.ends).containsExactly("cancelled");
            assertThat(first.requests()).isEmpty();
        }
    }

    @Test
    void anAnswerOfTheLimitsThatComesLateBeginsTheCallThen() {
        ScriptedAdmission limits = ScriptedAdmission.admitting().late();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY);
                RawClient client = RawClient.connect(gateway.port())) {
            client.post("/v1/chat/completions", body("chat", "chat", true, ""));
            await(() -> !limits.asks.isEmpty());
            limits.answerAll();

            assertThat(client.readResponse().events().done()).isTrue();
            gateway.awaitSettlement();
            assertThat(limits.ends).containsExactly("settled " + ChatEvents.PROMPT_TOKENS + " 3 0");
        }
    }

    @Test
    void aProviderThatRefusesCostsTheRequestAndNoTokens() {
        first.otherwise(Answers.error(400, "invalid_request_error", "No.", "invalid_value"));
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, TWO_AND_TEN)) {
            assertThat(ask(gateway, "chat", "chat", true, "").status()).isEqualTo(400);

            gateway.awaitSettlement();
            assertThat(limits.ends).containsExactly("settled 0 0 0");
        }
    }

    @Test
    void aProviderThatNobodyReachesCostsNothingAtAll() throws IOException {
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (RefusedPort dead = RefusedPort.open();
                InProcess gateway = InProcess.start(
                        "providers: {one: {type: openai, base_url: \"http://127.0.0.1:" + dead.port()
                                + "/v1\"}}\nmodels: {chat: {targets: [one/m], retries: {attempts: 1}}}\n",
                        limits,
                        PriceBook.EMPTY)) {
            assertThat(ask(gateway, "chat", "chat", true, "").status()).isGreaterThanOrEqualTo(500);

            gateway.awaitSettlement();
            assertThat(limits.ends).containsExactly("cancelled");
        }
    }

    @Test
    void anAnswerThatBreaksOffIsSettledToWhatWasRelayed() {
        first.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content("twelve bytes"))
                .cutRst());
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = gateway("chat: one/m", limits, PriceBook.EMPTY)) {
            ask(gateway, "chat", "chat", true, "");

            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("truncated");
            assertThat(limits.ends).hasSize(1);
            assertThat(limits.ends.get(0)).matches("settled \\d+ 3 0");
        }
    }

    @Test
    void aFailureBehindWhichAnotherTargetAnswersIsSettledOnce() {
        first.otherwise(Answers.error(500, "server_error", "The server had an error.", null));
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway =
                gateway("chat: {targets: [one/m, two/m], retries: {attempts: 1}}", limits, TWO_AND_TEN)) {
            assertThat(ask(gateway, "chat", "chat", true, "").status()).isEqualTo(200);

            gateway.awaitSettlement();
            assertThat(limits.ends)
                    .containsExactly(
                            "settled " + ChatEvents.PROMPT_TOKENS + " 5 " + (ChatEvents.PROMPT_TOKENS * 2 + 50));
        }
    }

    @Test
    void whatTheLoserOfARaceHasReadIsPaidToo() {
        Gate never = new Gate();
        first.otherwise(Answers.steppedText(never, "late"));
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway =
                gateway("chat: {targets: [one/m, two/m], hedge: {floor: 50ms}}", limits, PriceBook.EMPTY)) {
            assertThat(ask(gateway, "chat", "chat", true, "").status()).isEqualTo(200);

            JsonNode line = gateway.awaitSettlement();
            long both = line.at("/penstock/tries/0/input_tokens").asLong()
                    + line.at("/penstock/tries/1/input_tokens").asLong();
            assertThat(both).isGreaterThan(ChatEvents.PROMPT_TOKENS);
            assertThat(limits.ends).containsExactly("settled " + both + " 5 0");
        }
    }

    @Test
    void aStreamThatIsCutByTheDrainIsSettledOnce() {
        Gate gate = new Gate();
        first.otherwise(Answers.steppedText(gate, "twelve bytes", " and never more"));
        ScriptedAdmission limits = ScriptedAdmission.admitting();
        try (InProcess gateway = InProcess.start(
                        "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, drain: 1s}\n"
                                + providers("chat: one/m"),
                        limits,
                        PriceBook.EMPTY);
                RawClient client = RawClient.connect(gateway.port())) {
            RawResponse answer = client.post("/v1/chat/completions", body("chat", "chat", true, ""))
                    .response();
            gate.step();
            gate.step();
            answer.readUntil("twelve bytes");

            gateway.gateway().stop();

            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("truncated");
            assertThat(limits.ends).hasSize(1);
            assertThat(limits.ends.get(0)).matches("settled \\d+ 3 0");
        }
    }

    @Test
    void anAnswerOfTheGatewaysOwnCountsAsARequest() {
        ScriptedAdmission limits = ScriptedAdmission.covering(1);
        try (InProcess gateway = gateway(
                "chat: static/busy\nstatic: {busy: {text: \"Please come back later, when we are less busy.\"}}",
                limits,
                PriceBook.EMPTY)) {
            RawResponse answer = ask(gateway, "chat", "chat", true, "");

            assertThat(answer.bodyText()).contains("[DONE]");
            gateway.awaitSettlement();
            assertThat(limits.ends).containsExactly("settled 0 0 0");
            assertThat(limits.wants).isEmpty();
        }
    }

    // ------------------------------------------------------------------ given

    private static void await(BooleanSupplier happened) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it happens in time").isLessThan(until);
            Thread.onSpinWait();
        }
    }

    private static void hasLimitHeaders(RawResponse answer) {
        assertThat(answer.header("x-ratelimit-limit-requests")).hasValue("60");
        assertThat(answer.header("x-ratelimit-remaining-requests")).hasValue("59");
        assertThat(answer.header("x-ratelimit-reset-requests")).hasValue("1s");
        assertThat(answer.header("x-ratelimit-limit-tokens")).hasValue("40000");
        assertThat(answer.header("x-ratelimit-remaining-tokens")).hasValue("39000");
        assertThat(answer.header("x-ratelimit-reset-tokens")).hasValue("6m0s");
    }

    private InProcess gateway(String models, ScriptedAdmission limits, PriceBook prices) {
        return InProcess.start(providers(models), limits, prices);
    }

    private String providers(String models) {
        return "providers:\n  one: {type: openai, base_url: \"" + first.baseUrl()
                + "\"}\n  two: {type: openai, base_url: \"" + second.baseUrl() + "\"}\nmodels:\n  " + models + "\n";
    }

    private static RawResponse ask(InProcess gateway, String schema, String model, boolean stream, String more) {
        String path =
                switch (schema) {
                    case "messages" -> "/v1/messages";
                    case "responses" -> "/v1/responses";
                    default -> "/v1/chat/completions";
                };
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(path, body(schema, model, stream, more), new Header("anthropic-version", "2023-06-01"))
                    .readResponse();
        }
    }

    private static String body(String schema, String model, boolean stream, String more) {
        String said =
                switch (schema) {
                    case "messages" ->
                        "\"max_tokens\":99,\"messages\":[{\"role\":\"user\",\"content\":\"" + QUESTION + "\"}]";
                    case "responses" -> "\"input\":\"" + QUESTION + "\"";
                    default -> "\"messages\":[{\"role\":\"user\",\"content\":\"" + QUESTION + "\"}]";
                };
        return "{\"model\":\"" + model + "\",\"stream\":" + stream + "," + said + more + "}";
    }
}
