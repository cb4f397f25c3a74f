// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SseEvents;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The doors of all schemas, from a client's request to its answer, where a provider of another one stands behind them. */
final class SchemasTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Header VERSION = new Header("anthropic-version", "2023-06-01");
    private static final String CLAUDE_ANSWER =
            "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"Ho\"}],"
                    + "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}";

    private static ProviderSimulator provider;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        String root = provider.baseUrl().replaceFirst("/v1$", "");
        gateway = InProcess.start("""
                providers:
                  open:   {type: openai, base_url: "%1$s/v1", api_key: key-of-open}
                  native: {type: openai, base_url: "%1$s/v1", responses: true}
                  claude: {type: anthropic, base_url: "%1$s", api_key: key-of-claude, default_max_tokens: 321}
                  google: {type: gemini, base_url: "%1$s", api_key: key-of-google}
                  demo:   {type: demo, tokens_per_second: 1000}
                models:
                  "*": {retries: {attempts: 1}}
                  warned:   claude/c
                  dropped:  {targets: [claude/c], unsupported_params: drop}
                  rejected: {targets: [claude/c], unsupported_params: reject}
                """.formatted(root));
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

    private static RawResponse post(String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, headers).readResponse();
        }
    }

    private static JsonNode json(RawResponse response) throws Exception {
        return JSON.readTree(response.body());
    }

    private static String chat(String model, String more) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
    }

    private static String messages(String model, String more) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + more + "}";
    }

    @Test
    void aChatClientReachesAnthropicWithTheProvidersKeyAndItsOwnLimit() throws Exception {
        provider.enqueue(Script.json(200, CLAUDE_ANSWER));

        RawResponse response =
                post("/v1/chat/completions", chat("claude/c", ""), new Header("authorization", "Bearer mine"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/v1/messages");
        assertThat(seen.header("x-api-key")).hasValue("key-of-claude");
        assertThat(seen.header("authorization")).isEmpty();
        assertThat(JSON.readTree(seen.bodyText()).path("max_tokens").asInt()).isEqualTo(321);
        assertThat(json(response).at("/choices/0/message/content").asText()).isEqualTo("Ho");
        assertThat(json(response).at("/usage/total_tokens").asInt()).isEqualTo(5);
        assertThat(json(response).at("/model").asText()).isEqualTo("claude/c");
    }

    @Test
    void whatTheProviderHasNoWordForIsNamedDroppedSilentlyOrRefused() throws Exception {
        provider.enqueue(Script.json(200, CLAUDE_ANSWER), Script.json(200, CLAUDE_ANSWER));

        RawResponse warned = post("/v1/chat/completions", chat("warned", ",\"seed\":7,\"logit_bias\":{\"1\":1}"));
        RawResponse dropped = post("/v1/chat/completions", chat("dropped", ",\"seed\":7"));
        RawResponse rejected = post("/v1/chat/completions", chat("rejected", ",\"seed\":7"));

        assertThat(warned.status()).isEqualTo(200);
        assertThat(warned.header("x-penstock-dropped").orElseThrow().split(", "))
                .containsExactlyInAnyOrder("seed", "logit_bias");
        assertThat(dropped.status()).isEqualTo(200);
        assertThat(dropped.header("x-penstock-dropped")).isEmpty();
        assertThat(rejected.status()).isEqualTo(400);
        assertThat(json(rejected).at("/error/param").asText()).isEqualTo("seed");
        assertThat(json(rejected).at("/error/code").asText()).isEqualTo("unsupported_parameter");
    }

    @Test
    void aMessagesClientStreamsFromTheDemoProviderInItsOwnEvents() {
        RawResponse response = post("/v1/messages", messages("demo/demo", ",\"stream\":true"), VERSION);

        SseEvents events = SseEvents.parse(response.body());
        assertThat(response.header("content-type").orElseThrow()).startsWith("text/event-stream");
        assertThat(events.events().get(0).type()).isEqualTo("message_start");
        assertThat(events.events().get(events.events().size() - 1).type()).isEqualTo("message_stop");
        assertThat(response.bodyText()).doesNotContain("[DONE]");
    }

    @Test
    void aResponsesClientStreamsFromTheDemoProviderInItsOwnEvents() {
        RawResponse response = post("/v1/responses", "{\"model\":\"demo/demo\",\"input\":\"Hi\",\"stream\":true}");

        SseEvents events = SseEvents.parse(response.body());
        assertThat(events.events().get(0).type()).isEqualTo("response.created");
        assertThat(events.events().get(events.events().size() - 1).type()).isEqualTo("response.completed");
    }

    @Test
    void responsesPassByteForByteWhereTheProviderSpeaksThem() throws Exception {
        String answer =
                "{\"id\":\"resp_1\", \"object\":\"response\",\"status\":\"completed\",\"model\":\"r\",\"new_field\":[1e2],\"output\":[{\"type\":"
                        + "\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"Ho\","
                        + "\"annotations\":[]}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":2,\"total_tokens\":5}}";
        String stream =
                "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"resp_1\",\"model\":\"r\","
                        + "\"status\":\"in_progress\",\"output\":[]}}\n\n"
                        + "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"output_index\":0,"
                        + "\"content_index\":0,\"item_id\":\"msg_1\",\"delta\":\"Ho\"}\n\n"
                        + "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":2,\"response\":"
                        + answer + "}\n\n";
        provider.enqueue(Script.json(200, answer), Script.stream().send(stream).build());

        String body = "{\"model\": \"native/r\", \"input\": \"Hi\"%s}";
        RawResponse whole = post("/v1/responses", body.formatted(""));
        RawResponse streamed = post("/v1/responses", body.formatted(", \"stream\": true"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/v1/responses");
        assertThat(seen.bodyText()).isEqualTo("{\"model\": \"r\", \"input\": \"Hi\"}");
        assertThat(whole.bodyText()).isEqualTo(answer);
        assertThat(streamed.bodyText()).isEqualTo(stream);
    }

    @Test
    void aPreviousResponseIsRefusedInWordsThatHelp() throws Exception {
        RawResponse response =
                post("/v1/responses", "{\"model\":\"demo/demo\",\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"}");

        assertThat(response.status()).isEqualTo(400);
        assertThat(json(response).at("/error/param").asText()).isEqualTo("previous_response_id");
    }

    @Test
    void anErrorOfTheProviderComesInTheClientsSchema() throws Exception {
        Script overloaded = Script.whole(
                        529,
                        "application/json",
                        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}")
                .header("request-id", "req_claude")
                .build();
        provider.enqueue(
                overloaded,
                Script.json(401, "{\"error\":{\"message\":\"bad key key-of-open\",\"code\":\"invalid_api_key\"}}"));

        RawResponse chat = post("/v1/chat/completions", chat("claude/c", ""));
        RawResponse messages = post("/v1/messages", messages("open/gpt", ""), VERSION);

        assertThat(chat.status()).isEqualTo(503);
        assertThat(json(chat).at("/error/message").asText()).contains("Overloaded");
        assertThat(chat.header("x-penstock-upstream-request-id")).hasValue("req_claude");
        assertThat(messages.status()).isEqualTo(502);
        assertThat(json(messages).path("type").asText()).isEqualTo("error");
        assertThat(messages.bodyText()).doesNotContain("key-of-open");
    }

    @Test
    void aStreamThatIsCutEndsWithAnErrorInTheClientsSchema() {
        provider.enqueue(Script.stream()
                .send("data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Half an\"}}]}\n\n")
                .closeOrderly());

        RawResponse response = post("/v1/messages", messages("open/gpt", ",\"stream\":true"), VERSION);

        SseEvents events = SseEvents.parse(response.body());
        assertThat(response.status()).isEqualTo(200);
        assertThat(events.events().get(events.events().size() - 1).type()).isEqualTo("error");
        assertThat(response.bodyText()).contains("Half an").doesNotContain("message_stop");
    }

    @Test
    void embeddingsAndCompletionsPassByteForByteAndOnlyWhereTheyAreOffered() throws Exception {
        String vectors =
                "{\"object\":\"list\", \"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[0.25,-1e-3]}],"
                        + "\"model\":\"e\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}";
        String text =
                "{\"id\":\"c\",\"object\":\"text_completion\",\"choices\":[{\"index\":0,\"text\":\" time\",\"finish_reason\":\"stop\"}],"
                        + "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3}}";
        provider.enqueue(Script.json(200, vectors), Script.json(200, text));

        RawResponse embeddings = post("/v1/embeddings", "{\"model\":\"open/e\",\"input\":[\"a\",\"b\"]}");
        RawResponse completion = post("/v1/completions", "{\"model\":\"open/c\",\"prompt\":\"Once upon a\"}");
        RawResponse refused = post("/v1/embeddings", "{\"model\":\"claude/c\",\"input\":\"a\"}");

        assertThat(embeddings.bodyText()).isEqualTo(vectors);
        assertThat(completion.bodyText()).isEqualTo(text);
        assertThat(provider.awaitRequest().path()).isEqualTo("/v1/embeddings");
        assertThat(provider.awaitRequest().path()).isEqualTo("/v1/completions");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(json(refused).at("/error/message").asText()).contains("does not offer embeddings");
    }

    @Test
    void tokensAreCountedByAnthropicAndEstimatedForAllOthers() throws Exception {
        provider.enqueue(Script.json(200, "{\"input_tokens\":14}"));
        String body = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"How long is this?\"}]}";

        RawResponse counted = post("/v1/messages/count_tokens", body.formatted("claude/c"), VERSION);
        RawResponse estimated = post("/v1/messages/count_tokens", body.formatted("google/g"), VERSION);

        assertThat(provider.awaitRequest().path()).isEqualTo("/v1/messages/count_tokens");
        assertThat(counted.bodyText()).isEqualTo("{\"input_tokens\":14}");
        assertThat(json(estimated).path("input_tokens").asInt()).isBetween(2, 30);
        assertThat(provider.requests()).hasSize(1);
    }

    @Test
    void reasoningThatAnotherProviderSignedStaysBehindWhereItMeansNothing() throws Exception {
        provider.enqueue(Script.json(200, CLAUDE_ANSWER));
        String history =
                "{\"model\":\"claude/c\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\","
                        + "\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"penstock:GEMINI_GENERATE_CONTENT:thought_signature:~:YQ:~\"},"
                        + "{\"type\":\"text\",\"text\":\"Ho\"}]},{\"role\":\"user\",\"content\":\"?\"}]}";

        RawResponse response = post("/v1/messages", history, VERSION);

        assertThat(response.status()).isEqualTo(200);
        assertThat(provider.awaitRequest().bodyText())
                .doesNotContain("penstock:", "Hm.")
                .contains("Ho");
    }

    @Test
    void messagesToAnthropicPassByteForByte() throws Exception {
        provider.enqueue(Script.json(200, CLAUDE_ANSWER));
        String body =
                "{ \"model\" : \"claude/c\",\"max_tokens\":9, \"new_field\":[1e2],\"messages\":[{\"role\":\"user\",\"content\":\"H\\u0069\"}]}";

        RawResponse response = post("/v1/messages", body, VERSION, new Header("anthropic-beta", "some-beta"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.bodyText()).isEqualTo(body.replace("\"claude/c\"", "\"c\""));
        assertThat(seen.header("anthropic-beta")).hasValue("some-beta");
        assertThat(response.bodyText()).isEqualTo(CLAUDE_ANSWER);
    }

    @Test
    void theListOfModelsComesInTheFormOfTheSdkThatAsks() throws Exception {
        try (RawClient client = RawClient.connect(gateway.port())) {
            JsonNode anthropic = json(client.get("/v1/models", VERSION).readResponse());
            assertThat(anthropic.path("has_more").isBoolean()).isTrue();
            assertThat(anthropic.at("/data/0/type").asText()).isEqualTo("model");
        }
        try (RawClient client = RawClient.connect(gateway.port())) {
            assertThat(json(client.get("/v1/models").readResponse())
                            .path("object")
                            .asText())
                    .isEqualTo("list");
        }
    }

    @Test
    void theAdminListenerSaysWhatEachProviderCanBeAskedFor() throws Exception {
        JsonNode report =
                JSON.readTree(gateway.admin("GET", "/admin/v1/capabilities").body());

        assertThat(report.at("/providers/claude/schema").asText()).isEqualTo("anthropic_messages");
        assertThat(report.at("/providers/claude/clients/openai_chat/seed").asText())
                .isEqualTo("dropped");
        assertThat(report.at("/providers/claude/clients/openai_chat/tools").asText())
                .isEqualTo("translated");
        assertThat(report.at("/providers/open/clients/openai_chat/tools").asText())
                .isEqualTo("passes");
    }
}
