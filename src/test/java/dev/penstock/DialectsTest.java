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
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compatible servers by the names of their presets: what a client of another schema makes them hear, and what it gets. */
final class DialectsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Header VERSION = new Header("anthropic-version", "2023-06-01");
    private static final String ANSWER =
            "{\"id\":\"a\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,"
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"Ho\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}";

    private static final String TOOL = "{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}";

    private static ProviderSimulator provider;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        gateway = InProcess.start("""
                providers:
                  mistral:    {type: openai, base_url: "%1$s", api_key: k}
                  perplexity: {type: openai, base_url: "%1$s", api_key: k}
                  openrouter: {type: openai, base_url: "%1$s", api_key: k}
                  xai:        {type: openai, base_url: "%1$s", api_key: k}
                  open:       {type: openai, base_url: "%1$s", api_key: k}
                models:
                  strict: {targets: [perplexity/sonar], unsupported_params: reject}
                """.formatted(provider.baseUrl()));
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

    private static RawResponse post(String path, String body) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, VERSION).readResponse();
        }
    }

    private static String messages(String model, String more) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + more + "}";
    }

    private static JsonNode seen() throws Exception {
        return JSON.readTree(provider.awaitRequest().bodyText());
    }

    @Test
    void mistralIsAskedInItsOwnWordsWhateverItsModelIsCalled() {
        provider.enqueue(Script.stream()
                .send(
                        "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":"
                                + "[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"Ho\"}]},\"finish_reason\":\"stop\"}],"
                                + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}}\n\ndata: [DONE]\n\n")
                .build());

        RawResponse response = post(
                "/v1/messages",
                messages(
                        "mistral/my-tuned-model",
                        ",\"stream\":true,\"tools\":[" + TOOL + "],\"tool_choice\":{\"type\":\"any\"}"));

        assertThat(provider.awaitRequest().bodyText()).isEqualTo("""
                {"model":"my-tuned-model","messages":[{"role":"user","content":"Hi"}],\
                "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],\
                "tool_choice":"any","max_tokens":9,"stream":true}""");
        assertThat(response.bodyText())
                .contains("\"thinking\":\"hm\"", "\"text\":\"Ho\"", "\"output_tokens\":2", "message_stop");
        assertThat(response.header("x-penstock-dropped")).isEmpty();
    }

    @Test
    void aServerOfAnotherNameIsAskedAsBefore() throws Exception {
        provider.enqueue(Script.stream()
                .send(
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ho\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
                .build());

        RawResponse response = post("/v1/messages", messages("open/my-tuned-model", ",\"stream\":true"));

        assertThat(response.status()).isEqualTo(200);
        assertThat(seen().at("/stream_options/include_usage").asBoolean()).isTrue();
    }

    @Test
    void toolsForPerplexityAreDroppedWithAWarningOrRefused() throws Exception {
        provider.enqueue(Script.json(200, ANSWER));

        RawResponse warned = post("/v1/messages", messages("perplexity/sonar", ",\"tools\":[" + TOOL + "]"));
        RawResponse refused = post("/v1/messages", messages("strict", ",\"tools\":[" + TOOL + "]"));

        assertThat(warned.status()).isEqualTo(200);
        assertThat(warned.header("x-penstock-dropped")).hasValue("tools");
        assertThat(seen().has("tools")).isFalse();
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.bodyText()).contains("tools");
    }

    @Test
    void openRouterGetsAResponsesClientsEffortInItsObject() throws Exception {
        provider.enqueue(Script.json(200, ANSWER));

        RawResponse response = post(
                "/v1/responses", "{\"model\":\"openrouter/a/b\",\"input\":\"Hi\",\"reasoning\":{\"effort\":\"low\"}}");

        assertThat(response.status()).isEqualTo(200);
        assertThat(seen().path("reasoning")).hasToString("{\"effort\":\"low\"}");
        assertThat(response.header("x-penstock-dropped")).isEmpty();
    }

    @Test
    void reasoningThatXaiCountsBesideItsAnswerIsPaidFor() throws Exception {
        provider.enqueue(Script.json(
                200, ANSWER.replace("\"total_tokens\":5", "\"completion_tokens_details\":{\"reasoning_tokens\":1}")));

        RawResponse response = post("/v1/messages", messages("xai/grok-4", ""));

        assertThat(JSON.readTree(response.body()).at("/usage/output_tokens").asInt())
                .isEqualTo(3);
    }

    @Test
    void aResponsesClientGetsTheProbabilitiesThatItAskedFor() throws Exception {
        String tokens = "[{\"token\":\"Ho\",\"logprob\":-0.5,\"bytes\":[72,111],\"top_logprobs\":[]}]";
        provider.enqueue(Script.stream()
                .send("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ho\"},\"logprobs\":{\"content\":"
                        + tokens + "},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
                .build());

        RawResponse response = post(
                "/v1/responses",
                "{\"model\":\"open/m\",\"input\":\"Hi\",\"stream\":true,\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":0}");

        assertThat(seen().path("logprobs").asBoolean()).isTrue();
        assertThat(response.header("x-penstock-dropped")).isEmpty();
        assertThat(response.bodyText()).contains("\"delta\":\"Ho\",\"logprobs\":" + tokens + "}");
    }

    @Test
    void capabilitiesTellWhatEachServerTakes() throws Exception {
        JsonNode providers = JSON.readTree(
                        gateway.admin("GET", "/admin/v1/capabilities").body())
                .path("providers");

        assertThat(providers.at("/perplexity/clients/anthropic_messages/tools").asText())
                .isEqualTo("dropped");
        assertThat(providers.at("/mistral/clients/anthropic_messages/tools").asText())
                .isEqualTo("translated");
        assertThat(providers.at("/mistral/clients/openai_responses/logprobs").asText())
                .isEqualTo("dropped");
        assertThat(providers.at("/openrouter/clients/anthropic_messages/top_k").asText())
                .isEqualTo("translated");
        assertThat(providers.at("/openrouter/clients/openai_chat/tools").asText())
                .isEqualTo("passes");
    }

    @Test
    void aRequestOfTheSameSchemaStaysAsItIs() throws Exception {
        provider.enqueue(Script.json(200, ANSWER));
        String more =
                ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}], \"seed\":7,\"tool_choice\":\"required\",\"tools\":[],\"user\":\"u\"}";

        RawResponse response = post("/v1/chat/completions", "{\"model\":\"mistral/small\"" + more);

        assertThat(response.bodyText()).isEqualTo(ANSWER);
        assertThat(provider.awaitRequest().bodyText()).isEqualTo("{\"model\":\"small\"" + more);
    }
}
