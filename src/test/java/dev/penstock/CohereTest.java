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
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cohere's own chat behind the whole gateway, for clients of every schema. */
final class CohereTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Header VERSION = new Header("anthropic-version", "2023-06-01");
    private static final String USAGE =
            "\"usage\":{\"billed_units\":{\"input_tokens\":1,\"output_tokens\":1},\"tokens\":{\"input_tokens\":30,\"output_tokens\":12},\"cached_tokens\":15}";
    private static final String ANSWER =
            "{\"id\":\"a-1\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Ho\"}]},\"finish_reason\":\"COMPLETE\","
                    + USAGE + "}";
    private static final String BEGIN = event(
                    "message-start",
                    "{\"id\":\"a-1\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}")
            + event(
                    "content-delta",
                    "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Half an\"}}}}");
    private static final String REST = event(
                    "content-delta",
                    "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\" answer\"}}}}")
            + event(
                    "message-end",
                    "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"," + USAGE + "}}");
    private static final String DONE = "data: [DONE]\n\n";

    private static ProviderSimulator provider;
    private static InProcess gateway;

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.start();
        gateway = InProcess.start("""
                providers:
                  command: {type: cohere, base_url: "%s/v2", api_key: key-of-cohere}
                """.formatted(provider.baseUrl().replaceFirst("/v1$", "")));
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
    void aChatClientGetsAWholeAnswerForTheProvidersKey() throws Exception {
        provider.enqueue(Script.whole(200, "application/json", ANSWER)
                .header("x-debug-trace-id", "trace-1")
                .build());

        RawResponse response = post(
                "/v1/chat/completions",
                chat(",\"top_p\":0.5,\"stop\":[\"END\"],\"seed\":7,\"logit_bias\":{\"1\":1}"),
                new Header("authorization", "Bearer mine"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/v2/chat");
        assertThat(seen.header("authorization")).hasValue("Bearer key-of-cohere");
        assertThat(seen.bodyText()).isEqualTo("""
                {"model":"c","messages":[{"role":"user","content":"Hi"}],"stop_sequences":["END"],"p":0.5,"seed":7}""");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("x-penstock-dropped")).hasValue("logit_bias");
        assertThat(response.header("x-penstock-upstream-request-id")).hasValue("trace-1");
        JsonNode answer = JSON.readTree(response.body());
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("Ho");
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(30);
        assertThat(answer.at("/usage/prompt_tokens_details/cached_tokens").asInt())
                .isEqualTo(15);
    }

    @Test
    void everyClientGetsAStreamInItsOwnEvents() {
        Script whole = Script.stream().send(BEGIN + REST + DONE).build();
        provider.enqueue(whole, whole, whole);

        RawResponse chat = post("/v1/chat/completions", chat(",\"stream\":true"));
        RawResponse messages = post("/v1/messages", messages(), VERSION);
        RawResponse responses = post("/v1/responses", "{\"model\":\"command/c\",\"input\":\"Hi\",\"stream\":true}");

        assertThat(chat.bodyText()).contains("Half an", " answer").endsWith(DONE);
        assertThat(last(messages).type()).isEqualTo("message_stop");
        assertThat(messages.bodyText()).doesNotContain("[DONE]");
        assertThat(last(responses).type()).isEqualTo("response.completed");
        assertThat(provider.awaitRequest().bodyText()).contains("\"stream\":true");
    }

    @Test
    void aStreamIsCompleteWithItsLastEventAlsoWithoutTheMark() {
        provider.enqueue(Script.stream().send(BEGIN + REST).build());

        RawResponse chat = post("/v1/chat/completions", chat(",\"stream\":true"));

        assertThat(chat.bodyText()).endsWith(DONE).doesNotContain("\"error\"");
    }

    @Test
    void aStreamThatIsCutEndsWithAnErrorAndNotWithTheEnd() throws Exception {
        Script cut = Script.stream().send(BEGIN).closeOrderly();
        Script marked = Script.stream().send(BEGIN + DONE).build();
        provider.enqueue(cut, marked, cut);

        for (int i = 0; i < 2; i++) {
            RawResponse chat = post("/v1/chat/completions", chat(",\"stream\":true"));
            assertThat(chat.status()).isEqualTo(200);
            assertThat(chat.bodyText()).contains("Half an").doesNotContain("[DONE]");
            assertThat(JSON.readTree(last(chat).data()).at("/error/message").asText())
                    .isNotBlank();
        }
        RawResponse messages = post("/v1/messages", messages(), VERSION);
        assertThat(last(messages).type()).isEqualTo("error");
        assertThat(messages.bodyText()).contains("Half an").doesNotContain("message_stop");
    }

    @Test
    void anErrorInTheMiddleOfAStreamReachesTheClientAsOne() throws Exception {
        String failed = event(
                "message-end",
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"The model crashed.\","
                        + USAGE + "}}");
        Script script = Script.stream().send(BEGIN + failed + DONE).build();
        provider.enqueue(script, script);

        RawResponse chat = post("/v1/chat/completions", chat(",\"stream\":true"));
        RawResponse messages = post("/v1/messages", messages(), VERSION);

        assertThat(JSON.readTree(last(chat).data()).at("/error/message").asText())
                .isEqualTo("The model crashed.");
        assertThat(chat.bodyText()).contains("Half an").doesNotContain("[DONE]");
        assertThat(last(messages).type()).isEqualTo("error");
        assertThat(messages.bodyText()).contains("The model crashed.").doesNotContain("message_stop");
    }

    @Test
    void anErrorBeforeTheFirstTextHasAStatusOfItsOwn() throws Exception {
        provider.enqueue(
                Script.json(
                        400,
                        "{\"error_type\":\"TOO_MANY_TOKENS\",\"id\":\"x\",\"message\":\"too many tokens: size limit exceeded by 25836 tokens.\"}"),
                Script.json(401, "{\"message\":\"invalid api token key-of-cohere\"}"));

        RawResponse tooLong = post("/v1/chat/completions", chat(",\"stream\":true"));
        RawResponse badKey = post("/v1/messages", messages(), VERSION);

        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(JSON.readTree(tooLong.body()).at("/error/code").asText()).isEqualTo("context_length_exceeded");
        assertThat(badKey.status()).isEqualTo(502);
        assertThat(badKey.bodyText()).doesNotContain("key-of-cohere");
    }

    @Test
    void aPlanGoesToTheClientAsReasoningAndComesBackAsThePlan() throws Exception {
        provider.enqueue(
                Script.json(
                        200,
                        "{\"id\":\"a-1\",\"message\":{\"role\":\"assistant\",\"tool_plan\":\"I will look.\",\"tool_calls\":[{\"id\":\"look_1\",\"type\":"
                                + "\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{}\"}}]},\"finish_reason\":\"TOOL_CALL\"}"),
                Script.json(200, ANSWER));
        String tools = ",\"tools\":[{\"name\":\"look\",\"input_schema\":{\"type\":\"object\"}}]";
        String question = "{\"role\":\"user\",\"content\":\"Hi\"}";
        String head = "{\"model\":\"command/c\",\"max_tokens\":9" + tools + ",\"messages\":[";

        JsonNode first = JSON.readTree(
                post("/v1/messages", head + question + "]}", VERSION).body());
        String result =
                "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"look_1\",\"content\":\"sun\"}]}";
        String turn = "{\"role\":\"assistant\",\"content\":" + first.path("content") + "}";
        RawResponse second = post("/v1/messages", head + question + "," + turn + "," + result + "]}", VERSION);

        assertThat(first.path("stop_reason").asText()).isEqualTo("tool_use");
        assertThat(first.findValuesAsText("type")).contains("thinking", "tool_use");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.header("x-penstock-dropped")).isEmpty();
        provider.awaitRequest();
        assertThat(JSON.readTree(provider.awaitRequest().bodyText()).path("messages"))
                .hasToString("""
                [{"role":"user","content":"Hi"},{"role":"assistant","tool_plan":"I will look.","tool_calls":[{"id":"look_1","type":"function",\
                "function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"look_1","content":"sun"}]""");
    }

    @Test
    void theAdminListenerSaysWhatItCanBeAskedFor() throws Exception {
        JsonNode report =
                JSON.readTree(gateway.admin("GET", "/admin/v1/capabilities").body());

        assertThat(report.at("/providers/command/schema").asText()).isEqualTo("cohere_chat");
        assertThat(report.at("/providers/command/clients/openai_chat/seed").asText())
                .isEqualTo("translated");
        assertThat(report.at("/providers/command/clients/openai_chat/audio").asText())
                .isEqualTo("refused");
    }

    private static RawResponse post(String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body, headers).readResponse();
        }
    }

    private static String chat(String more) {
        return "{\"model\":\"command/c\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
    }

    private static String messages() {
        return "{\"model\":\"command/c\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true}";
    }

    private static SseEvents.Event last(RawResponse response) {
        List<SseEvents.Event> events = SseEvents.parse(response.body()).events();
        return events.get(events.size() - 1);
    }

    private static String event(String type, String data) {
        return "event: " + type + "\ndata: " + data + "\n\n";
    }
}
