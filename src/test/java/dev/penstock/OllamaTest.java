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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server of Ollama's behind the whole gateway, called in its own protocol. */
final class OllamaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Header VERSION = new Header("anthropic-version", "2023-06-01");
    private static final String LINES = "application/x-ndjson";
    private static final String DONE =
            ",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":26,\"eval_count\":9}";

    private static ProviderSimulator provider;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        String root = provider.baseUrl().replaceFirst("/v1$", "");
        gateway = InProcess.start("""
                providers:
                  here:  {type: ollama, base_url: "%1$s"}
                  cloud: {type: ollama, base_url: "%1$s/proxy/", api_key: key-of-cloud}
                models:
                  "*": {retries: {attempts: 1}, breaker: {consecutive: 100k, min_calls: 100k}}
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

    @Test
    void aWholeAnswerReachesAChatClient() throws Exception {
        provider.enqueue(Script.json(
                200,
                "{\"model\":\"qwen3:8b\",\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\","
                        + "\"content\":\"Ho\",\"thinking\":\"Hm.\"}" + DONE));

        RawResponse response = post("/v1/chat/completions", chat("here/qwen3:8b", ",\"max_tokens\":5"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/api/chat");
        assertThat(seen.header("authorization")).isEmpty();
        assertThat(seen.header("accept")).hasValue("application/json");
        assertThat(JSON.readTree(seen.bodyText())).isEqualTo(JSON.readTree("""
                {"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],"options":{"num_predict":5},"stream":false}"""));
        JsonNode answer = JSON.readTree(response.body());
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Ho");
        assertThat(answer.at("/choices/0/message/reasoning_content").asText()).isEqualTo("Hm.");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/usage/total_tokens").asInt()).isEqualTo(35);
    }

    @Test
    void aStreamThatIsCutInTheMidstOfCharactersReachesAChatClientLineByLine() throws Exception {
        byte[] lines = (line("Grüß ") + "\r\n" + line("dich 👋") + end()).getBytes(StandardCharsets.UTF_8);
        provider.enqueue(Script.status(200)
                .header("content-type", LINES)
                .sendByteByByte(lines)
                .build());

        RawResponse response = post(
                "/v1/chat/completions",
                chat("cloud/qwen3:8b", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/proxy/api/chat");
        assertThat(seen.header("authorization")).hasValue("Bearer key-of-cloud");
        assertThat(seen.header("accept")).hasValue(LINES);
        assertThat(JSON.readTree(seen.bodyText()).path("stream").asBoolean()).isTrue();
        List<SseEvents.Event> events = SseEvents.parse(response.body()).events();
        assertThat(response.header("content-type").orElseThrow()).startsWith("text/event-stream");
        StringBuilder text = new StringBuilder();
        for (SseEvents.Event event : events.subList(0, events.size() - 1)) {
            text.append(
                    JSON.readTree(event.data()).at("/choices/0/delta/content").asText(""));
        }
        assertThat(text).hasToString("Grüß dich 👋");
        assertThat(JSON.readTree(events.get(events.size() - 2).data())
                        .at("/usage/total_tokens")
                        .asInt())
                .isEqualTo(35);
        assertThat(events.get(events.size() - 1).data()).isEqualTo("[DONE]");
    }

    @Test
    void theIdOfACallLeadsItsResultBackToTheTool() throws Exception {
        provider.enqueue(
                Script.json(
                        200,
                        "{\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":"
                                + "[{\"function\":{\"name\":\"look\",\"arguments\":{\"at\":\"sky\"}}}]}" + DONE),
                Script.json(200, "{\"message\":{\"role\":\"assistant\",\"content\":\"Sun.\"}" + DONE));
        String tools = ",\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":\"object\",\"properties\":{}}}]";

        JsonNode first = JSON.readTree(
                post("/v1/messages", messages("here/m", tools, ""), VERSION).body());
        JsonNode call = first.at("/content/0");
        String result = ",{\"role\":\"assistant\",\"content\":[" + call
                + "]},{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":"
                + call.path("id") + ",\"content\":\"sun\"}]}";
        JsonNode second = JSON.readTree(
                post("/v1/messages", messages("here/m", tools, result), VERSION).body());

        assertThat(first.path("stop_reason").asText()).isEqualTo("tool_use");
        assertThat(call.path("input").path("at").asText()).isEqualTo("sky");
        provider.awaitRequest();
        JsonNode asked = JSON.readTree(provider.awaitRequest().bodyText()).path("messages");
        assertThat(asked.at("/1/tool_calls/0/function/arguments/at").asText()).isEqualTo("sky");
        assertThat(asked.at("/2/role").asText()).isEqualTo("tool");
        assertThat(asked.at("/2/tool_name").asText()).isEqualTo("look");
        assertThat(asked.at("/2/content").asText()).isEqualTo("sun");
        assertThat(second.at("/content/0/text").asText()).isEqualTo("Sun.");
    }

    @Test
    void aStreamThatEndsWithoutItsLastLineEndsWithAnErrorInTheClientsSchema() {
        provider.enqueue(lines().send(line("Half an")).closeOrderly());
        provider.enqueue(lines().send(line("Half an") + "{\"message\":{\"cont").closeOrderly());
        provider.enqueue(lines().send(line("Half an")).cutRst());

        for (int i = 0; i < 3; i++) {
            RawResponse response = post("/v1/messages", messages("here/m", ",\"stream\":true", ""), VERSION);

            List<SseEvents.Event> events = SseEvents.parse(response.body()).events();
            assertThat(response.status()).isEqualTo(200);
            assertThat(events.get(events.size() - 1).type()).isEqualTo("error");
            assertThat(response.bodyText()).contains("Half an").doesNotContain("message_stop");
        }
    }

    @Test
    void aLastLineWithoutItsLineEndIsTheEndAllTheSame() {
        provider.enqueue(lines().send(line("Ho") + end().strip()).build());

        RawResponse response = post("/v1/chat/completions", chat("here/m", ",\"stream\":true"));

        assertThat(response.bodyText()).contains("\"Ho\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void anErrorLineInTheMidstOfAStreamBecomesTheClientsErrorEvent() {
        provider.enqueue(lines().send(line("Half an") + "{\"error\":\"CUDA error: out of memory\"}\n")
                .build());

        RawResponse response = post("/v1/responses", "{\"model\":\"here/m\",\"input\":\"Hi\",\"stream\":true}");

        List<SseEvents.Event> events = SseEvents.parse(response.body()).events();
        assertThat(events.get(events.size() - 1).type()).isEqualTo("response.failed");
        assertThat(response.bodyText())
                .contains("Half an", "CUDA error: out of memory")
                .doesNotContain("response.completed");
    }

    @Test
    void aLineThatIsNoJsonEndsTheStreamWithAnError() {
        provider.enqueue(lines().send(line("Half an") + "<html>502</html>\n").build());

        RawResponse response = post("/v1/chat/completions", chat("here/m", ",\"stream\":true"));

        assertThat(response.bodyText()).contains("Half an", "\"error\"").doesNotContain("[DONE]", "html");
    }

    @Test
    void anErrorLineBeforeTheFirstTextIsAnOrdinaryError() throws Exception {
        provider.enqueue(lines().send("{\"error\":\"model runner has unexpectedly stopped\"}\n")
                .build());

        RawResponse response = post("/v1/chat/completions", chat("here/m", ",\"stream\":true"));

        assertThat(response.status()).isEqualTo(502);
        assertThat(JSON.readTree(response.body()).at("/error/message").asText())
                .isEqualTo("model runner has unexpectedly stopped");
    }

    @Test
    void anErrorInThePlaceOfAStreamIsAnOrdinaryErrorWhateverItsStatus() throws Exception {
        provider.enqueue(Script.json(200, "{\"error\":\"model is busy\"}"));

        RawResponse response = post("/v1/chat/completions", chat("here/m", ",\"stream\":true"));

        assertThat(response.status()).isEqualTo(502);
        assertThat(JSON.readTree(response.body()).at("/error/message").asText()).isEqualTo("model is busy");
    }

    @Test
    void aModelThatIsNotThereIsNotFound() throws Exception {
        provider.enqueue(Script.json(404, "{\"error\":\"model 'nobody:7b' not found\"}"));

        RawResponse response = post("/v1/chat/completions", chat("here/nobody:7b", ",\"stream\":true"));

        JsonNode error = JSON.readTree(response.body()).path("error");
        assertThat(response.status()).isEqualTo(404);
        assertThat(error.path("code").asText()).isEqualTo("model_not_found");
        assertThat(error.path("message").asText()).contains("nobody:7b");
    }

    @Test
    void aPictureAtAnAddressIsRefusedBeforeAnythingIsSent() throws Exception {
        RawResponse response = post(
                "/v1/chat/completions",
                "{\"model\":\"here/m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                        + "{\"url\":\"https://example.com/a.png\"}}]}]}");

        assertThat(response.status()).isEqualTo(400);
        assertThat(JSON.readTree(response.body()).at("/error/param").asText()).isEqualTo("messages[0].content[0]");
        assertThat(provider.requests()).isEmpty();
    }

    private static Script.Builder lines() {
        return Script.status(200).header("content-type", LINES);
    }

    private static String line(String content) {
        return "{\"model\":\"qwen3:8b\",\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                + content + "\"},\"done\":false}\n";
    }

    private static String end() {
        return "{\"model\":\"qwen3:8b\",\"message\":{\"role\":\"assistant\",\"content\":\"\"}" + DONE + "\n";
    }

    private static String chat(String model, String more) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
    }

    private static String messages(String model, String more, String history) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}"
                + history + "]" + more + "}";
    }

    private static RawResponse post(String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, headers).readResponse();
        }
    }
}
