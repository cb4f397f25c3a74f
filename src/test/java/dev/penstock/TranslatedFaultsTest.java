// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ConverseAnswers;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SseEvents;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What can go wrong with a stream that is translated on its way, for every pair of schemas: the client hears of it in its own events, never
 * with a terminal marker, and with everything that came before.
 */
final class TranslatedFaultsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PROMPTLY = Duration.ofSeconds(2);
    private static final Header VERSION = new Header("anthropic-version", "2023-06-01");
    /** What may be on its way to a reader that reads nothing: four socket buffers and the gateway's own 64 KiB. */
    private static final long HELD = 512 << 10;

    /** In which schema the client speaks. */
    private enum Client {
        CHAT("/v1/chat/completions"),
        MESSAGES("/v1/messages"),
        RESPONSES("/v1/responses");

        private final String path;

        Client(String path) {
            this.path = path;
        }

        String request(String model) {
            String said = this == RESPONSES
                    ? "\"input\":\"Hi\""
                    : "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                            + (this == MESSAGES ? ",\"max_tokens\":99" : "");
            return "{\"model\":\"" + model + "\",\"stream\":true," + said + "}";
        }

        boolean isComplete(SseEvents events) {
            return switch (this) {
                case CHAT -> events.done();
                case MESSAGES -> has(events, "message_stop");
                case RESPONSES -> has(events, "response.completed");
            };
        }

        private static boolean has(SseEvents events, String type) {
            return events.events().stream().anyMatch(event -> event.type().equals(type));
        }

        String text(SseEvents events) throws IOException {
            StringBuilder text = new StringBuilder();
            for (SseEvents.Event event : events.events()) {
                if (event.data().startsWith("{")) {
                    JsonNode data = JSON.readTree(event.data());
                    text.append(
                            switch (this) {
                                case CHAT -> data.at("/choices/0/delta/content").asText("");
                                case MESSAGES -> data.at("/delta/text").asText("");
                                case RESPONSES ->
                                    event.type().equals("response.output_text.delta")
                                            ? data.path("delta").asText()
                                            : "";
                            });
                }
            }
            return text.toString();
        }

        /** The words for the failure at the end of the stream: a code, or a type where the schema has no codes. */
        String failure(SseEvents events) throws IOException {
            List<SseEvents.Event> all = events.events();
            SseEvents.Event last = all.get(all.size() - 1);
            switch (this) {
                case CHAT -> {
                    return JSON.readTree(last.data()).at("/error/code").asText();
                }
                case MESSAGES -> {
                    assertThat(last.type()).isEqualTo("error");
                    return JSON.readTree(last.data()).at("/error/type").asText();
                }
                case RESPONSES -> {
                    assertNumbered(events);
                    boolean ends = last.type().equals("response.failed");
                    SseEvents.Event error = ends ? all.get(all.size() - 2) : last;
                    assertThat(error.type()).isEqualTo("error");
                    String code = JSON.readTree(error.data()).path("code").asText();
                    if (ends) {
                        assertThat(JSON.readTree(last.data())
                                        .at("/response/error/code")
                                        .asText())
                                .isEqualTo(code);
                    }
                    return code;
                }
            }
            throw new AssertionError();
        }
    }

    private static void assertNumbered(SseEvents events) throws IOException {
        for (int i = 0; i < events.events().size(); i++) {
            String data = events.events().get(i).data();
            assertThat(JSON.readTree(data).path("sequence_number").asInt(-1))
                    .as(data)
                    .isEqualTo(i);
        }
    }

    /** In which schema the provider answers. */
    private enum Provider {
        OPEN,
        CLAUDE,
        GOOGLE,
        AWS,
        LLAMA;

        private String alias(String prefix) {
            return prefix + "-" + name().toLowerCase(java.util.Locale.ROOT);
        }

        /** The head and what comes before the first text. */
        Script.Builder begin() {
            return switch (this) {
                case OPEN -> Script.stream().send(chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
                case CLAUDE ->
                    Script.stream()
                            .send(event(
                                    "message_start",
                                    "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],"
                                            + "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"))
                            .send(event(
                                    "content_block_start",
                                    "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
                case GOOGLE -> Script.stream();
                case AWS -> ConverseAnswers.begin();
                case LLAMA -> Script.status(200).header("content-type", "application/x-ndjson");
            };
        }

        byte[] text(String text) {
            return switch (this) {
                case OPEN -> bytes(chunk("{\"content\":\"" + text + "\"}", "null"));
                case CLAUDE ->
                    bytes(event(
                            "content_block_delta",
                            "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}"));
                case GOOGLE ->
                    bytes("data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"" + text
                            + "\"}]}}],\"modelVersion\":\"g\",\"responseId\":\"r\"}\r\n\r\n");
                case AWS -> ConverseAnswers.textDelta(0, text);
                case LLAMA -> bytes(line(text, "\"done\":false"));
            };
        }

        Script.Builder end(Script.Builder script) {
            return switch (this) {
                case OPEN -> script.send(chunk("{}", "\"stop\"")).send("data: [DONE]\n\n");
                case CLAUDE ->
                    script.send(event("content_block_stop", "\"index\":0"))
                            .send(
                                    event(
                                            "message_delta",
                                            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}"))
                            .send("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
                case GOOGLE ->
                    script.send("data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[]},"
                            + "\"finishReason\":\"STOP\"}],\"responseId\":\"r\"}\r\n\r\n");
                case AWS ->
                    script.send(ConverseAnswers.blockStop(0))
                            .send(ConverseAnswers.messageStop("end_turn"))
                            .send(ConverseAnswers.metadata());
                case LLAMA ->
                    script.send(line(
                            "", "\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":3,\"eval_count\":2"));
            };
        }

        /** As it fails in the midst of a stream, with words of its own. */
        byte[] failure() {
            return switch (this) {
                case OPEN ->
                    bytes(
                            "data: {\"error\":{\"message\":\"Boiler down.\",\"type\":\"server_error\",\"code\":null}}\n\n");
                case CLAUDE -> bytes(event("error", "\"error\":{\"type\":\"api_error\",\"message\":\"Boiler down.\"}"));
                case GOOGLE ->
                    bytes(
                            "data: {\"error\":{\"code\":500,\"message\":\"Boiler down.\",\"status\":\"INTERNAL\"}}\r\n\r\n");
                case AWS -> ConverseAnswers.exception("internalServerException", "Boiler down.");
                case LLAMA -> bytes("{\"error\":\"Boiler down.\"}\n");
            };
        }

        /** What it calls that failure; where it has no word, ours. */
        String word() {
            return switch (this) {
                case OPEN, LLAMA -> "provider_error";
                case CLAUDE -> "api_error";
                case GOOGLE -> "INTERNAL";
                case AWS -> "InternalServerException";
            };
        }

        /** As it fails before its answer. */
        Script refusal() {
            return switch (this) {
                case OPEN -> Answers.error(500, "server_error", "Boiler down.", null);
                case CLAUDE ->
                    Script.json(
                            500,
                            "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"Boiler down.\"}}");
                case GOOGLE ->
                    Script.json(500, "{\"error\":{\"code\":500,\"message\":\"Boiler down.\",\"status\":\"INTERNAL\"}}");
                case AWS -> ConverseAnswers.error(500, "InternalServerException", "Boiler down.");
                case LLAMA -> Script.json(500, "{\"error\":\"Boiler down.\"}");
            };
        }

        private static String chunk(String delta, String finish) {
            return "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
                    + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
        }

        private static String event(String type, String members) {
            return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
        }

        private static String line(String text, String members) {
            return "{\"model\":\"m\",\"created_at\":\"2026-11-21T20:00:00.123456789Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                    + text + "\"}," + members + "}\n";
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A client and a provider that do not speak the same schema. */
    private record Pair(Client client, Provider provider) {}

    private static Stream<Pair> pairs() {
        return Arrays.stream(Client.values())
                .flatMap(client -> Arrays.stream(Provider.values()).map(provider -> new Pair(client, provider)))
                .filter(pair -> !(pair.client == Client.CHAT && pair.provider == Provider.OPEN))
                .filter(pair -> !(pair.client == Client.MESSAGES && pair.provider == Provider.CLAUDE));
    }

    /** Every provider once, and every client. */
    private static Stream<Pair> someOfThem() {
        return Stream.of(
                new Pair(Client.MESSAGES, Provider.OPEN),
                new Pair(Client.CHAT, Provider.CLAUDE),
                new Pair(Client.RESPONSES, Provider.GOOGLE),
                new Pair(Client.CHAT, Provider.AWS),
                new Pair(Client.MESSAGES, Provider.LLAMA));
    }

    private static ProviderSimulator provider;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        gateway = InProcess.start(yaml());
    }

    private static String yaml() {
        String models = Arrays.stream(Provider.values())
                .map(each -> """
                          %1$s: {targets: [%4$s/m]}
                          %2$s: {targets: [%4$s/m], timeouts: {idle: 300ms}}
                          %3$s: {targets: [%4$s/m], early_commit: true}
                        """.formatted(
                                each.alias("plain"),
                                each.alias("idle"),
                                each.alias("early"),
                                each.name().toLowerCase(java.util.Locale.ROOT)))
                .collect(Collectors.joining());
        return """
                providers:
                  open:   {type: openai, base_url: "%1$s/v1", api_key: key-of-open}
                  native: {type: openai, base_url: "%1$s/v1", responses: true}
                  claude: {type: anthropic, base_url: "%1$s", api_key: key-of-claude}
                  google: {type: gemini, base_url: "%1$s", api_key: key-of-google}
                  aws:    {type: bedrock, base_url: "%1$s", api_key: key-of-aws}
                  llama:  {type: ollama, base_url: "%1$s", api_key: key-of-llama}
                models:
                  "*": {retries: {attempts: 1}, breaker: {consecutive: 100k, min_calls: 100k}}
                """.formatted(provider.baseUrl().replaceFirst("/v1$", "")) + models;
    }

    @AfterAll
    static void stop() {
        gateway.close();
        provider.close();
    }

    @BeforeEach
    void forget() {
        provider.forget();
    }

    // ------------------------------------------------------------------ the client

    @ParameterizedTest
    @MethodSource("pairs")
    void aClientThatLeavesInMidStreamCancelsTheProvider(Pair pair) {
        Gate never = new Gate();
        provider.enqueue(pair.provider
                .begin()
                .send(pair.provider.text("Half an"))
                .waitFor(never)
                .build());
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = post(client, pair, "plain").readUntil("Half an");

            client.leave();

            assertThat(provider.awaitRequest().awaitEnd(PROMPTLY).cancelled()).isTrue();
            settled(response, "cancelled", "client_gone");
        }
        never.open();
    }

    @ParameterizedTest
    @MethodSource("someOfThem")
    void aSlowReaderHoldsTheProviderBackAndLosesNothing(Pair pair) throws IOException {
        int events = 30_000;
        provider.enqueue(pair.provider
                .end(pair.provider.begin().repeat(events, i -> pair.provider.text("w" + i + "."), Duration.ZERO))
                .build());
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < events; i++) {
            expected.append('w').append(i).append('.');
        }
        try (RawClient slow = RawClient.connectWithSmallBuffer(gateway.port(), 4096)) {
            RawResponse response = post(slow, pair, "plain");
            SeenRequest seen = provider.awaitRequest();
            assertThat(awaitStandstill(seen))
                    .as("bounded, kernel buffers included")
                    .isLessThan(HELD);

            response.readToEnd();

            assertThat(response.end()).isEqualTo(RawResponse.End.COMPLETE);
            assertThat(pair.client.text(response.events())).isEqualTo(expected.toString());
            assertThat(pair.client.isComplete(response.events())).isTrue();
            assertThat(seen.awaitEnd(PROMPTLY).how()).isEqualTo(SeenRequest.How.COMPLETED);
            settled(response, "ok", null);
        }
    }

    // ------------------------------------------------------------------ the provider

    @ParameterizedTest
    @MethodSource("pairs")
    void aProviderThatFallsSilentBecomesATimeoutInTheClientsWords(Pair pair) throws IOException {
        provider.enqueue(
                pair.provider.begin().send(pair.provider.text("Half an")).stall());

        RawResponse response = ask(pair, "idle");

        assertBroken(pair, response, "idle_timeout", "timeout_error");
        assertThat(provider.awaitRequest().awaitEnd(PROMPTLY).cancelled()).isTrue();
        settled(response, "timeout", "idle_timeout");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aProviderThatResetsLeavesAnAnswerThatIsVisiblyCut(Pair pair) throws IOException {
        Gate heard = new Gate();
        provider.enqueue(pair.provider
                .begin()
                .send(pair.provider.text("Half an"))
                .waitFor(heard)
                .cutRst());
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = post(client, pair, "plain").readUntil("Half an");
            heard.open();

            assertBroken(pair, response.readToEnd(), "truncated", "api_error");
            settled(response, "truncated", "truncated");
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anEndWithoutATerminalMarkerIsNoEnd(Pair pair) throws IOException {
        Script.Builder half = pair.provider.begin().send(pair.provider.text("Half an"));
        provider.enqueue(half.build(), half.build().toBuilder().closeOrderly());

        for (int i = 0; i < 2; i++) {
            RawResponse response = ask(pair, "plain");

            assertBroken(pair, response, "truncated", "api_error");
            settled(response, "truncated", "truncated");
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorOfTheProviderInMidStreamIsToldInTheClientsWords(Pair pair) throws IOException {
        provider.enqueue(pair.provider
                .begin()
                .send(pair.provider.text("Half an"))
                .send(pair.provider.failure())
                .build());

        RawResponse response = ask(pair, "plain");

        assertBroken(pair, response, pair.provider.word(), "api_error");
        assertThat(response.bodyText()).contains("Boiler down.");
        settled(response, "upstream_error", "provider_error");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aRefusalAfterAnEarlyCommitIsAnEventInTheClientsWords(Pair pair) throws IOException {
        provider.enqueue(pair.provider.refusal());

        RawResponse response = ask(pair, "early");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.events().events()).hasSize(1);
        assertThat(pair.client.failure(response.events()))
                .isEqualTo(pair.client == Client.MESSAGES ? "api_error" : pair.provider.word());
        assertThat(response.bodyText()).contains("Boiler down.");
        settled(response, "upstream_error", "provider_error");
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anErrorAsTheFirstEventAfterAnEarlyCommitIsTheOnlyOne(Pair pair) throws IOException {
        provider.enqueue(pair.provider.begin().send(pair.provider.failure()).build());

        RawResponse response = ask(pair, "early");

        assertThat(response.status()).isEqualTo(200);
        assertThat(pair.client.isComplete(response.events())).isFalse();
        assertThat(pair.client.failure(response.events()))
                .isEqualTo(pair.client == Client.MESSAGES ? "api_error" : pair.provider.word());
        settled(response, "upstream_error", "provider_error");
    }

    // ------------------------------------------------------------------ drain

    @Test
    void aDrainLetsTranslatedStreamsFinishAndTellsTheOthersInTheirWords() throws IOException {
        Gate finishing = new Gate();
        List<Pair> pairs = someOfThem().toList();
        String yaml = "server: {port: 0, admin: \"127.0.0.1:0\", drain_delay: 0s, drain: 2s}\n" + yaml();
        List<RawClient> clients = new ArrayList<>();
        try (InProcess drained = InProcess.start(yaml)) {
            List<RawResponse> finish = new ArrayList<>();
            List<RawResponse> cut = new ArrayList<>();
            for (Pair pair : pairs) {
                Script.Builder half = pair.provider.begin().send(pair.provider.text("Half an"));
                provider.enqueue(
                        pair.provider
                                .end(half.waitFor(finishing).send(pair.provider.text(" answer.")))
                                .build(),
                        pair.provider
                                .begin()
                                .send(pair.provider.text("Half an"))
                                .stall());
                for (List<RawResponse> some : List.of(finish, cut)) {
                    RawClient client = RawClient.connect(drained.port());
                    clients.add(client);
                    some.add(post(client, pair, "plain").readUntil("Half an"));
                }
            }

            drained.gateway().stop();
            finishing.open();

            for (int i = 0; i < pairs.size(); i++) {
                SseEvents events = finish.get(i).readToEnd().events();
                assertThat(pairs.get(i).client.text(events)).isEqualTo("Half an answer.");
                assertThat(pairs.get(i).client.isComplete(events)).isTrue();
                assertBroken(pairs.get(i), cut.get(i).readToEnd(), "gateway_shutdown", "overloaded_error");
            }
        } finally {
            clients.forEach(RawClient::close);
        }
    }

    // ------------------------------------------------------------------ Responses that pass through

    /** The events of the provider keep their numbers, so the gateway's own error must be the next one. */
    @Test
    void anErrorBehindResponsesThatPassThroughGoesOnWithTheirNumbers() throws IOException {
        String begun = response(
                        0,
                        "response.created",
                        "\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}")
                + response(
                        1,
                        "response.output_text.delta",
                        "\"output_index\":0,\"content_index\":0,\"delta\":\"Half an\"");
        provider.enqueue(
                Script.stream().send(begun).build(),
                Script.stream()
                        .send(begun)
                        .send(response(
                                2, "error", "\"code\":\"server_error\",\"message\":\"Boiler down.\",\"param\":null"))
                        .build());

        for (String outcome : List.of("truncated", "upstream_error")) {
            try (RawClient client = RawClient.connect(gateway.port())) {
                RawResponse response = client.post("/v1/responses", Client.RESPONSES.request("native/r"))
                        .readResponse();

                assertThat(response.bodyText()).startsWith(begun);
                assertThat(response.events().events()).hasSize(3);
                assertNumbered(response.events());
                assertThat(Client.RESPONSES.failure(response.events())).isNotEmpty();
                settled(response, outcome, null);
            }
        }
    }

    private static String response(int number, String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":" + number + "," + members
                + "}\n\n";
    }

    // ------------------------------------------------------------------ help

    private static RawResponse post(RawClient client, Pair pair, String alias) {
        return client.post(pair.client.path, pair.client.request(pair.provider.alias(alias)), VERSION)
                .response();
    }

    private static RawResponse ask(Pair pair, String alias) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return post(client, pair, alias).readToEnd();
        }
    }

    /** What came before has arrived, then an error, and nothing looks like an end. */
    private static void assertBroken(Pair pair, RawResponse response, String code, String typeOfAnthropic)
            throws IOException {
        SseEvents events = response.events();
        assertThat(response.status()).as(response.bodyText()).isEqualTo(200);
        assertThat(response.end()).isEqualTo(RawResponse.End.COMPLETE);
        assertThat(events.unterminatedTail()).isFalse();
        assertThat(pair.client.text(events)).isEqualTo("Half an");
        assertThat(pair.client.isComplete(events)).as("a terminal marker").isFalse();
        assertThat(pair.client.failure(events)).isEqualTo(pair.client == Client.MESSAGES ? typeOfAnthropic : code);
        assertThat(response.bodyText()).doesNotContain("key-of-", "127.0.0.1");
    }

    /** The one settlement of that exchange. */
    private static void settled(RawResponse response, String outcome, String error) {
        String id = response.header("x-request-id").orElseThrow();
        JsonNode line = gateway.awaitSettlement();
        while (!line.at("/http/request/id").asText().equals(id)) {
            // Of a test that failed before it had asked.
            line = gateway.awaitSettlement();
        }
        assertThat(line.at("/penstock/outcome").asText()).as(line.toString()).isEqualTo(outcome);
        if (error != null) {
            assertThat(line.at("/penstock/error").asText()).isEqualTo(error);
        }
        assertThat(gateway.hasMoreSettlements()).isFalse();
    }

    /** Waits until the provider has not got rid of a byte for a while: nobody takes them any more. */
    private static long awaitStandstill(SeenRequest seen) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        long last = -1;
        long since = System.nanoTime();
        while (System.nanoTime() < deadline) {
            long sent = seen.bytesSent();
            long now = System.nanoTime();
            if (sent != last) {
                last = sent;
                since = now;
            } else if (sent > 0 && now - since > 200_000_000L) {
                return last;
            }
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
        throw new AssertionError("the provider never stood still");
    }
}
