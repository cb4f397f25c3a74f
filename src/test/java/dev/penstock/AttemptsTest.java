// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RefusedPort;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an exchange does when an attempt fails, from a client's request to its answer: again, elsewhere, raced, or the end. */
final class AttemptsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Script BROKEN = Answers.error(500, "server_error", "The server had an error.", null);

    private ProviderSimulator first;
    private ProviderSimulator second;

    @BeforeEach
    void start() {
        first = ProviderSimulator.start();
        second = ProviderSimulator.start();
        second.otherwise(Answers.chat(3));
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    // ------------------------------------------------------------------ the same target again

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTargetThatFailsOnceIsAskedOnceMoreAndNobodyNotices(boolean stream) {
        first.enqueue(BROKEN).otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("chat: {targets: [one/m], retries: {backoff: 1ms-2ms}}")) {
            RawResponse answer = ask(gateway, stream);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-attempts")).hasValue("2");
            assertThat(answer.header("x-penstock-outcome")).isEmpty();
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("ok");
            assertThat(tries(line)).containsExactly("one/m first provider_error", "one/m retry ok");
            assertThat(first.requests().get(1).bodyText())
                    .isEqualTo(first.requests().get(0).bodyText());
        }
    }

    @Test
    void theErrorOfTheLastTryIsTheClientsWhenTriesAreUsedUp() throws IOException {
        first.otherwise(BROKEN);
        try (InProcess gateway = gateway("chat: {targets: [one/m], retries: {attempts: 3, backoff: 1ms-2ms}}")) {
            RawResponse answer = ask(gateway, false);

            assertThat(answer.status()).isEqualTo(500);
            assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
                    .contains("The server had an error.");
            assertThat(first.requests()).hasSize(3);
            assertThat(gateway.awaitSettlement().at("/penstock/attempts").asInt())
                    .isEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource({"400,invalid_value", "413,", "422,", "400,context_length_exceeded"})
    void whatTheCallerHasToMendIsNotTriedAgainAnywhere(int status, String code) {
        first.otherwise(Answers.error(status, "invalid_request_error", "No.", code));
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], retries: {backoff: 1ms-2ms}}")) {
            assertThat(ask(gateway, true).status()).isEqualTo(status);

            assertThat(first.requests()).hasSize(1);
            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void aShortRetryAfterIsWaitedForAndALongOneIsNot() {
        first.enqueue(Script.whole(
                                429,
                                "application/json",
                                "{\"error\":{\"message\":\"Slow down.\",\"code\":\"rate_limit_exceeded\"}}")
                        .header("retry-after-ms", "300")
                        .header("retry-after", "0.3")
                        .build())
                .otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("chat: {targets: [one/m], retries: {backoff: 1ms-1s}}\n"
                + "  hasty: {targets: [one/m], retries: {backoff: 1ms-100ms}}")) {
            RawResponse answer = ask(gateway, false);

            assertThat(answer.status()).isEqualTo(200);
            List<SeenRequest> seen = first.requests();
            assertThat(Duration.ofNanos(seen.get(1).arrivedNanos() - seen.get(0).arrivedNanos()))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(300));
        }
    }

    @Test
    void aTargetThatFailsAllTheTimeGetsNoMoreThanATenthOnTop() {
        first.otherwise(BROKEN);
        String neverOpen = "breaker: {min_calls: 100000, consecutive: 100000}";
        try (InProcess gateway =
                gateway("chat: {targets: [one/m], retries: {attempts: 3, backoff: 1ms-2ms}, " + neverOpen + "}")) {
            for (int i = 0; i < 200; i++) {
                ask(gateway, false);
            }

            // Three credits that a quiet gateway starts with, and a tenth of 200.
            assertThat(first.requests().size()).isBetween(201, 223);
        }
    }

    @Test
    void aClientThatLeavesDuringThePauseIsNotTriedFor() {
        first.otherwise(BROKEN);
        try (InProcess gateway = gateway("chat: {targets: [one/m], retries: {backoff: 9s-10s}}")) {
            RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", body("chat", true));
            first.awaitRequest(PATIENCE).awaitEnd(PATIENCE);
            client.leave();

            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("cancelled");
            assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(1);
            assertThat(first.requests()).hasSize(1);
        }
    }

    // ------------------------------------------------------------------ the next target

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeadTargetCostsItsRefusedConnectionAndNothingElse(boolean stream) throws IOException {
        try (RefusedPort dead = RefusedPort.open();
                InProcess gateway = InProcess.start("providers:\n  one: {type: openai, base_url: \"http://127.0.0.1:"
                        + dead.port() + "/v1\"}\n  two: {type: openai, base_url: \"" + second.baseUrl()
                        + "\"}\nmodels: {chat: [one/m, two/n]}\n")) {
            for (int i = 0; i < 20; i++) {
                RawResponse answer = ask(gateway, stream);

                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("x-penstock-outcome")).hasValue("fallback");
                assertThat(answer.header("x-penstock-provider")).hasValue("two");
                assertThat(answer.header("x-penstock-model")).hasValue("n");
            }
            JsonNode line = gateway.awaitSettlement();
            assertThat(tries(line)).containsExactly("one/m first connect_failed", "two/n fallback ok");
            for (int i = 1; i < 19; i++) {
                gateway.awaitSettlement();
            }
            // Its breaker is open by now: nobody asks it any more.
            assertThat(tries(gateway.awaitSettlement())).containsExactly("two/n first ok");
        }
    }

    @Test
    void aWholeAnswerThatDoesNotComeInTimeIsAskedOfTheNextTarget() {
        Gate never = new Gate();
        first.otherwise(request -> Script.stream().waitFor(never).stall());
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], timeouts: {answer: 200ms}}")) {
            RawResponse answer = ask(gateway, false);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-provider")).hasValue("two");
            assertThat(tries(gateway.awaitSettlement()))
                    .containsExactly("one/m first first_token_timeout", "two/m fallback ok");
            assertThat(first.requests().get(0).awaitEnd(PATIENCE).cancelled()).isTrue();
        }
    }

    @Test
    void theClientsOwnDeadlineEndsAnExchangeEarlierThanTheModels() {
        Gate never = new Gate();
        first.otherwise(Answers.steppedText(never, "late"));
        try (InProcess gateway = gateway("chat: {targets: [one/m]}")) {
            RawResponse answer =
                    ask(gateway, "/v1/chat/completions", body("chat", true), new Header("x-request-timeout", "300ms"));

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.bodyText()).contains("total_timeout");
            assertThat(first.requests().get(0).awaitEnd(PATIENCE).cancelled()).isTrue();
            assertThat(first.requests().get(0).header("x-request-timeout")).isEmpty();
        }
    }

    @Test
    void whenNoTargetAnswersAPersonCanReadWhyAndWhenToComeBack() throws IOException {
        first.otherwise(BROKEN);
        second.otherwise(Script.whole(
                        429,
                        "application/json",
                        "{\"error\":{\"message\":\"Slow down.\",\"code\":\"rate_limit_exceeded\"}}")
                .header("retry-after", "7")
                .build());
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], retries: {attempts: 1}}")) {
            RawResponse answer = ask(gateway, true);

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.header("retry-after")).hasValue("7");
            JsonNode error = JSON.readTree(answer.body()).at("/error");
            assertThat(error.at("/code").asText()).isEqualTo("no_target_answered");
            assertThat(error.at("/message").asText()).contains("not available at the moment");
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("upstream_error");
            assertThat(gateway.admin("GET", "/metrics").body())
                    .contains("penstock_alerts_total{alert=\"no_target_answered\"} 1.0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/v1/messages", "/v1/responses"})
    void theLastResortIsAFixedAnswerInTheClientsSchemaMarkedDegraded(String path) {
        first.otherwise(BROKEN);
        String request = path.endsWith("responses")
                ? "{\"model\":\"chat\",\"stream\":true,\"input\":\"Hi\"}"
                : "{\"model\":\"chat\",\"stream\":true,\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        try (InProcess gateway = gateway("chat: {targets: [one/m, static/busy], retries: {attempts: 1}}\n"
                + "static: {busy: {text: \"Please come back later.\", marker: degraded}}")) {
            RawResponse answer = ask(gateway, path, request);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("x-penstock-outcome")).hasValue("degraded");
            assertThat(answer.bodyText()).contains("come back");
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("degraded");
            assertThat(gateway.admin("GET", "/metrics").body())
                    .contains("penstock_alerts_total{alert=\"degraded_answer\"} 1.0");
        }
    }

    @Test
    void withEarlyCommitTheNextTargetStillAnswersBehindTheHeadThatIsOut() {
        first.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .pause(Duration.ofMillis(50))
                .cutRst());
        try (InProcess gateway =
                gateway("chat: {targets: [one/m, two/m], early_commit: true, retries: {attempts: 1}}")) {
            RawResponse answer = ask(gateway, true);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.events().done()).isTrue();
            assertThat(answer.bodyText()).containsOnlyOnce("\"role\":\"assistant\"");
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("fallback");
        }
    }

    @Test
    void afterTheFirstContentNobodyElseIsAsked() {
        first.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content("The gate"))
                .cutRst());
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m]}")) {
            RawResponse answer = ask(gateway, true);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.events().done()).isFalse();
            assertThat(answer.bodyText()).contains("The gate", "\"code\":\"truncated\"");
            assertThat(second.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/v1/messages", "/v1/responses"})
    void aModelThatATargetDoesNotHaveIsAskedOfTheNextAndSpeaksAgainstNobody(String path) {
        first.otherwise(Answers.error(404, "invalid_request_error", "No such model.", "model_not_found"));
        String request = path.endsWith("responses")
                ? "{\"model\":\"chat\",\"input\":\"Hi\"}"
                : "{\"model\":\"chat\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], breaker: {consecutive: 1}}")) {
            for (int i = 0; i < 3; i++) {
                assertThat(ask(gateway, path, request).status()).isEqualTo(200);
            }
            assertThat(first.requests()).hasSize(3);
        }
    }

    // ------------------------------------------------------------------ the breaker

    @Test
    void aBreakerThatOpenedIsProbedWhenItsTimeIsOverAndClosesAgain() {
        first.otherwise(BROKEN);
        try (InProcess gateway = gateway(
                "chat: {targets: [one/m], retries: {attempts: 1}, breaker: {consecutive: 3, open_for: 200ms, probes: 1}}")) {
            for (int i = 0; i < 3; i++) {
                assertThat(ask(gateway, false).status()).isEqualTo(500);
            }
            RawResponse leftAlone = ask(gateway, false);
            assertThat(leftAlone.status()).isEqualTo(503);
            assertThat(leftAlone.header("retry-after")).isPresent();
            assertThat(leftAlone.header("x-penstock-attempts")).hasValue("0");
            assertThat(first.requests()).hasSize(3);

            first.otherwise(Answers.chat(3));
            RawResponse answer = leftAlone;
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (answer.status() != 200 && System.nanoTime() < until) {
                answer = ask(gateway, false);
            }
            assertThat(answer.status()).isEqualTo(200);
            assertThat(ask(gateway, false).status()).isEqualTo(200);
            assertThat(gateway.admin("GET", "/metrics").body())
                    .contains("penstock_breaker_transitions_total{provider=\"one\",to=\"closed\"} 1.0");
        }
    }

    @Test
    void errorsOfTheCallersOwnNeverOpenABreaker() {
        first.otherwise(Answers.error(400, "invalid_request_error", "No.", "invalid_value"));
        try (InProcess gateway = gateway("chat: {targets: [one/m], breaker: {consecutive: 2, min_calls: 2}}")) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(gateway, false).status()).isEqualTo(400);
            }
            assertThat(first.requests()).hasSize(20);
        }
    }

    // ------------------------------------------------------------------ the race

    @Test
    void aSilentFirstTargetIsOvertakenByASecondAndGivenUpInTheSameTurn() {
        Gate never = new Gate();
        first.otherwise(Answers.steppedText(never, "late"));
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], hedge: {floor: 50ms}}")) {
            RawResponse answer = ask(gateway, true);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.events().done()).isTrue();
            assertThat(answer.header("x-penstock-provider")).hasValue("two");
            assertThat(first.requests().get(0).awaitEnd(PATIENCE).cancelled()).isTrue();
            JsonNode line = gateway.awaitSettlement();
            // The second choice answered, and a person shall see that.
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("fallback");
            assertThat(tries(line)).containsExactly("one/m first lost", "two/m hedge ok");
            assertThat(line.at("/penstock/tries/0/input_tokens").asInt()).isPositive();
        }
    }

    @Test
    void aModelIsNeverRacedAgainstAPreparedAnswer() {
        Gate slow = new Gate();
        first.otherwise(Answers.steppedText(slow, "late"));
        second.otherwise(BROKEN);
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m, static/busy], hedge: {floor: 50ms}}\n"
                        + "static: {busy: {text: Busy., marker: degraded}}");
                RawClient client = RawClient.connect(gateway.port())) {
            client.post("/v1/chat/completions", body("chat", true));
            // The rival that is allowed has been asked: the time for a race has come and gone.
            second.awaitRequest(PATIENCE).awaitEnd(PATIENCE);
            slow.open();

            assertThat(client.readResponse().bodyText()).contains("late").doesNotContain("Busy");
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("ok");
        }
    }

    @Test
    void textThatBreaksOffIsNeverGoneOnWithByAPreparedAnswer() {
        first.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content("The capital of Fr"))
                .cutRst());
        try (InProcess gateway =
                gateway("chat: {targets: [one/m, static/busy], on_cut: continue_text, retries: {attempts: 1}}\n"
                        + "static: {busy: {text: Busy., marker: degraded}}")) {
            RawResponse answer = ask(gateway, true);

            assertThat(answer.bodyText()).contains("capital of Fr", "truncated").doesNotContain("Busy", "[DONE]");
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("truncated");
        }
    }

    @Test
    void inADrainedRaceTheOtherOneIsStillWaitedForAndSettledOnce() {
        Gate slow = new Gate();
        Gate failing = new Gate();
        first.otherwise(request -> Script.stream().waitFor(failing).cutRst());
        second.otherwise(Answers.steppedText(slow, "late"));
        try (InProcess gateway =
                gateway("chat: {targets: [one/m, two/m], hedge: {floor: 50ms}, on_disconnect: drain}")) {
            RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", body("chat", true));
            SeenRequest rival = second.awaitRequest(PATIENCE);
            client.leave();
            failing.open();
            first.requests().get(0).awaitEnd(PATIENCE);
            slow.open();

            assertThat(rival.awaitEnd(PATIENCE).cancelled()).isFalse();
            assertThat(tries(gateway.awaitSettlement())).hasSize(2);
            assertThat(gateway.hasMoreSettlements()).isFalse();
            assertThat(Scrape.of(gateway).activeStreams()).isZero();
        }
    }

    @Test
    void aFirstTargetThatSpeaksInTimeIsNotRaced() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], hedge: {floor: 5s}}")) {
            assertThat(ask(gateway, true).status()).isEqualTo(200);

            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void whenTheSecondOfARaceFailsTheFirstIsStillWaitedFor() {
        Gate slow = new Gate();
        first.otherwise(Answers.steppedText(slow, "late"));
        second.otherwise(BROKEN);
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], hedge: {floor: 50ms}}");
                RawClient client = RawClient.connect(gateway.port())) {
            client.post("/v1/chat/completions", body("chat", true));
            second.awaitRequest(PATIENCE).awaitEnd(PATIENCE);
            slow.open();

            RawResponse answer = client.readResponse();
            assertThat(answer.bodyText()).contains("late", "[DONE]");
            assertThat(answer.header("x-penstock-provider")).hasValue("one");
        }
    }

    @Test
    void aClientThatLeavesDuringARaceEndsBoth() {
        Gate never = new Gate();
        first.otherwise(Answers.steppedText(never, "late"));
        second.otherwise(Answers.steppedText(never, "late"));
        try (InProcess gateway = gateway("chat: {targets: [one/m, two/m], hedge: {floor: 50ms}}")) {
            RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", body("chat", true));
            SeenRequest hedge = second.awaitRequest(PATIENCE);
            client.leave();

            assertThat(hedge.awaitEnd(PATIENCE).cancelled()).isTrue();
            assertThat(first.requests().get(0).awaitEnd(PATIENCE).cancelled()).isTrue();
            assertThat(tries(gateway.awaitSettlement()))
                    .containsExactlyInAnyOrder("two/m hedge lost", "one/m first lost");
        }
    }

    // ------------------------------------------------------------------ small helpers

    private InProcess gateway(String models) {
        return InProcess.start("providers:\n  one: {type: openai, base_url: \"" + first.baseUrl()
                + "\"}\n  two: {type: openai, base_url: \"" + second.baseUrl() + "\"}\nmodels:\n  " + models + "\n");
    }

    private static RawResponse ask(InProcess gateway, boolean stream) {
        return ask(gateway, "/v1/chat/completions", body("chat", stream));
    }

    private static RawResponse ask(InProcess gateway, String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(path, body, headers).readResponse();
        }
    }

    private static String body(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"How wide is the gate?\"}]}";
    }

    private static List<String> tries(JsonNode line) {
        if (line.at("/penstock/tries").isMissingNode()) {
            return List.of(line.at("/gen_ai/provider/name").asText() + "/"
                    + line.at("/gen_ai/request/model").asText() + " first ok");
        }
        List<String> tries = new java.util.ArrayList<>();
        line.at("/penstock/tries")
                .forEach(attempt -> tries.add(attempt.path("target").asText() + " "
                        + attempt.path("why").asText() + " "
                        + (attempt.has("error")
                                ? attempt.path("error").asText()
                                : attempt.has("lost") ? "lost" : "ok")));
        return tries;
    }
}
