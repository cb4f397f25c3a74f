// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import dev.penstock.exchange.PriceBook;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SseEvents;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An answer of which no more may be had in its middle: it ends as its schema ends one that is as long as it may be, whoever the provider
 * is. Read by the official SDKs, for which a bad order of events is an error.
 */
final class CutAnswersTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Two tokens by the estimate. */
    private static final String PIECE = "eight by";

    private ProviderSimulator provider;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    @ParameterizedTest
    @CsvSource({
        "chat, open", "chat, claude", "chat, native",
        "messages, open", "messages, claude", "messages, native",
        "responses, open", "responses, claude", "responses, native"
    })
    void endsAsItsSchemaEndsAnAnswerThatIsAsLongAsItMayBe(String client, String target) throws Exception {
        provider.otherwise(request -> endless(request.path(), ChatEvents.of(request)));
        ScriptedAdmission limits = ScriptedAdmission.covering(10);
        try (InProcess gateway = gateway(limits)) {
            RawResponse answer = ask(gateway, client, target, "");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.complete()).isTrue();
            assertThat(text(client, answer.events())).isEqualTo(PIECE.repeat(5));
            assertThat(provider.awaitRequest(PATIENCE).awaitEnd(PATIENCE).cancelled())
                    .isTrue();
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("limited");
            assertThat(line.at("/http/response/status_code").asInt()).isEqualTo(200);
            assertThat(line.at("/gen_ai/usage/output_tokens").asInt()).isEqualTo(10);
            assertThat(line.at("/penstock/usage_estimated").asBoolean()).isTrue();
            assertThat(limits.ends).hasSize(1);
            assertThat(limits.ends.get(0)).matches("settled \\d+ 10 0");
            assertThat(limits.wants).containsExactly(10L);
        }
    }

    /** What the official reader makes of it. */
    private static String text(String client, SseEvents events) throws IOException {
        return switch (client) {
            case "messages" -> {
                MessageAccumulator whole = MessageAccumulator.create();
                for (String data : events.data()) {
                    RawMessageStreamEvent event =
                            com.anthropic.core.ObjectMappers.jsonMapper().readValue(data, RawMessageStreamEvent.class);
                    if (!data.contains("\"ping\"")) {
                        RawMessageStreamEvent unused = whole.accumulate(event);
                    }
                }
                Message message = whole.message();
                assertThat(message.stopReason()).contains(StopReason.MAX_TOKENS);
                assertThat(message.usage().outputTokens()).isEqualTo(10);
                yield message.content().get(0).asText().text();
            }
            case "responses" -> {
                ResponseAccumulator whole = ResponseAccumulator.create();
                int number = 0;
                for (String data : events.data()) {
                    assertThat(JSON.readTree(data).path("sequence_number").asInt(-1))
                            .isEqualTo(number++);
                    ResponseStreamEvent unused = whole.accumulate(com.openai.core.ObjectMappers.jsonMapper()
                            .readValue(data, ResponseStreamEvent.class)
                            .validate());
                }
                Response response = whole.response();
                assertThat(response.status()).contains(ResponseStatus.INCOMPLETE);
                assertThat(response.incompleteDetails()
                                .orElseThrow()
                                .reason()
                                .orElseThrow()
                                .asString())
                        .isEqualTo("max_output_tokens");
                assertThat(response.usage().orElseThrow().outputTokens()).isEqualTo(10);
                yield response.output()
                        .get(0)
                        .asMessage()
                        .content()
                        .get(0)
                        .asOutputText()
                        .text();
            }
            default -> {
                assertThat(events.done()).isTrue();
                ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
                for (String data : events.data()) {
                    if (!data.equals("[DONE]")) {
                        ChatCompletionChunk unused = whole.accumulate(com.openai.core.ObjectMappers.jsonMapper()
                                .readValue(data, ChatCompletionChunk.class)
                                .validate());
                    }
                }
                ChatCompletion completion = whole.chatCompletion();
                assertThat(completion.choices().get(0).finishReason())
                        .isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
                yield completion.choices().get(0).message().content().orElseThrow();
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aChatClientHearsTheUsageIfItAskedForIt(boolean asked) throws IOException {
        provider.otherwise(request -> endless(request.path(), ChatEvents.of(request)));
        ScriptedAdmission limits = ScriptedAdmission.covering(10);
        try (InProcess gateway = gateway(limits)) {
            RawResponse answer =
                    ask(gateway, "chat", "open", asked ? ",\"stream_options\":{\"include_usage\":true}" : "");

            JsonNode last = JSON.readTree(
                    answer.events().data().get(answer.events().data().size() - 2));
            assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(asked ? 10 : 0);
            assertThat(last.path("choices").size()).isEqualTo(asked ? 0 : 1);
            assertThat(last.path("id").asText()).isEqualTo(ChatEvents.ID);
        }
    }

    @Test
    void allChoicesThatAreOpenEnd() throws IOException {
        provider.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role(0))
                .send(ChatEvents.of(request).role(1))
                .send(ChatEvents.of(request).role(2))
                .send(ChatEvents.of(request).content(0, PIECE))
                .send(ChatEvents.of(request).finish(0, "stop"))
                .send(ChatEvents.of(request).content(2, PIECE.repeat(4)))
                .stall());
        try (InProcess gateway = gateway(ScriptedAdmission.covering(10))) {
            SseEvents events = ask(gateway, "chat", "open", ",\"n\":3").events();

            JsonNode choices =
                    JSON.readTree(events.data().get(events.data().size() - 2)).path("choices");
            assertThat(choices.findValuesAsText("index")).containsExactly("1", "2");
            assertThat(choices.findValuesAsText("finish_reason")).containsExactly("length", "length");
            assertThat(events.done()).isTrue();
        }
    }

    @Test
    void aLegacyCompletionEndsInItsOwnForm() throws IOException {
        provider.otherwise(request -> Script.stream()
                .send(
                        "data: {\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":7,\"model\":\"m\",\"choices\":[{\"index\":0,"
                                + "\"text\":\"" + PIECE.repeat(6)
                                + "\",\"logprobs\":null,\"finish_reason\":null}]}\n\n")
                .stall());
        try (InProcess gateway = gateway(ScriptedAdmission.covering(10));
                RawClient client = RawClient.connect(gateway.port())) {
            SseEvents events = client.post(
                            "/v1/completions",
                            "{\"model\":\"open/m\",\"stream\":true,\"max_tokens\":99,\"prompt\":\"Go\"}")
                    .readResponse()
                    .events();

            assertThat(JSON.readTree(events.data().get(1)))
                    .isEqualTo(JSON.readTree(
                            "{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":7,\"model\":\"m\",\"choices\":[{\"index\":0,"
                                    + "\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"length\"}]}"));
            assertThat(events.done()).isTrue();
        }
    }

    @Test
    void aToolCallThatIsCutIsStillReadAsOne() throws IOException {
        provider.otherwise(request -> Script.stream()
                .send(
                        claude(
                                "message_start",
                                "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],"
                                        + "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"))
                .send(
                        claude(
                                "content_block_start",
                                "\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"f\",\"input\":{}}"))
                .send(claude(
                        "content_block_delta",
                        "\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"city\\\":\\\"Old Alex"
                                + "andria on the Nile, in the \"}"))
                .stall());
        try (InProcess gateway = gateway(ScriptedAdmission.covering(6))) {
            SseEvents events = ask(gateway, "messages", "claude", "").events();

            assertThat(events.events().stream().map(SseEvents.Event::type).toList())
                    .endsWith("content_block_delta", "content_block_stop", "message_delta", "message_stop");
            assertThat(JSON.readTree(events.data().get(events.data().size() - 2))
                            .at("/delta/stop_reason")
                            .asText())
                    .isEqualTo("max_tokens");
        }
    }

    @ParameterizedTest
    @CsvSource({"chat, open", "messages, open", "messages, claude", "responses, native"})
    void anAnswerForWhichMoreIsLeasedInTimeIsTheProvidersToTheLastByte(String client, String target) {
        String path = target.equals("claude") ? "/v1/messages" : target.equals("native") ? "/v1/responses" : "";
        provider.otherwise(
                request -> pieces(path, ChatEvents.of(request), 100, true).build());
        ScriptedAdmission free = ScriptedAdmission.admitting();
        ScriptedAdmission leased = ScriptedAdmission.covering(20).growing(60, 10_000);
        String unlimited;
        try (InProcess gateway = gateway(free)) {
            unlimited = ask(gateway, client, target, "").bodyText();
        }
        try (InProcess gateway = gateway(leased)) {
            String limited = ask(gateway, client, target, "").bodyText();

            assertThat(withoutIds(limited)).isEqualTo(withoutIds(unlimited));
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("ok");
            // 200 tokens from 20 in steps of 60, asked for shortly before each end.
            assertThat(leased.wants).hasSizeBetween(3, 5);
            assertThat(leased.ends).hasSize(1);
        }
    }

    private static String withoutIds(String body) {
        return body.replaceAll("(msg|resp|chatcmpl)_?-?[0-9A-Za-z_-]{8,}", "id").replaceAll("\"created\":\\d+", "");
    }

    @Test
    void anAnswerThatGoesOnElsewhereCountsFromItsBeginning() {
        provider.enqueue(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content("Alpha beta gamma delta epsilon "))
                .cutRst());
        provider.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content("zeta eta "))
                .send(ChatEvents.of(request).content("theta iota "))
                .send(ChatEvents.of(request).content("kappa lambda "))
                .stall());
        ScriptedAdmission limits = ScriptedAdmission.covering(12);
        try (InProcess gateway = InProcess.start(
                "providers: {one: {type: openai, base_url: \"" + provider.baseUrl()
                        + "\"}}\nmodels: {chat: {targets: [one/m, one/n], on_cut: continue_text, retries: {attempts: 1}}}\n",
                limits,
                PriceBook.EMPTY)) {
            RawResponse answer = ask(gateway, "chat", "chat", "");

            assertThat(answer.bodyText()).contains("theta iota").doesNotContain("kappa");
            assertThat(answer.events().done()).isTrue();
            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isEqualTo("limited");
            assertThat(limits.ends).hasSize(1);
        }
    }

    @Test
    void aDrainedAnswerOfAClientThatHasLeftIsCutAsWell() {
        Gate gate = new Gate();
        provider.otherwise(request -> Answers.head(request)
                .send(ChatEvents.of(request).role())
                .send(ChatEvents.of(request).content(PIECE))
                .waitFor(gate)
                .send(ChatEvents.of(request).content(PIECE.repeat(5)))
                .stall());
        ScriptedAdmission limits = ScriptedAdmission.covering(10);
        try (InProcess gateway = InProcess.start(
                "providers: {one: {type: openai, base_url: \"" + provider.baseUrl()
                        + "\"}}\nmodels: {chat: {targets: [one/m], on_disconnect: drain}}\n",
                limits,
                PriceBook.EMPTY)) {
            RawClient client = RawClient.connect(gateway.port());
            client.post("/v1/chat/completions", body("chat", "chat", ""))
                    .response()
                    .readUntil(PIECE);
            client.leave();
            gate.open();

            assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText())
                    .isIn("cancelled", "limited");
            assertThat(provider.awaitRequest(PATIENCE).awaitEnd(PATIENCE).cancelled())
                    .isTrue();
            assertThat(limits.ends).hasSize(1);
            assertThat(limits.ends.get(0)).matches("settled \\d+ 12 0");
        }
    }

    // ------------------------------------------------------------------ given

    private InProcess gateway(ScriptedAdmission limits) {
        String root = provider.baseUrl().replaceFirst("/v1$", "");
        return InProcess.start("""
                providers:
                  open:   {type: openai, base_url: "%1$s/v1"}
                  native: {type: openai, base_url: "%1$s/v1", responses: true}
                  claude: {type: anthropic, base_url: "%1$s", api_key: key-of-claude}
                models: {"*": {retries: {attempts: 1}}}
                """.formatted(root), limits, PriceBook.EMPTY);
    }

    private static RawResponse ask(InProcess gateway, String client, String target, String more) {
        String path =
                switch (client) {
                    case "messages" -> "/v1/messages";
                    case "responses" -> "/v1/responses";
                    default -> "/v1/chat/completions";
                };
        String model = target.equals("chat") ? "chat" : target + "/m";
        try (RawClient connection = RawClient.connect(gateway.port())) {
            return connection
                    .post(path, body(client, model, more), new Header("anthropic-version", "2023-06-01"))
                    .readResponse();
        }
    }

    private static String body(String client, String model, String more) {
        String said =
                switch (client) {
                    case "messages" -> "\"max_tokens\":999,\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]";
                    case "responses" -> "\"input\":\"Go on.\"";
                    default -> "\"messages\":[{\"role\":\"user\",\"content\":\"Go on.\"}]";
                };
        return "{\"model\":\"" + model + "\",\"stream\":true," + said + more + "}";
    }

    /** Ten pieces, and then silence: whoever waits for the end waits for ever. */
    private static Script endless(String path, ChatEvents chat) {
        return pieces(path, chat, 10, false).stall();
    }

    private static Script.Builder pieces(String path, ChatEvents chat, int count, boolean ends) {
        return path.equals("/v1/messages")
                ? ofClaude(count, ends)
                : path.equals("/v1/responses") ? ofResponses(count, ends) : ofChat(chat, count, ends);
    }

    private static Script.Builder ofChat(ChatEvents chat, int count, boolean ends) {
        Script.Builder script = Script.stream().send(chat.role());
        for (int i = 0; i < count; i++) {
            script.send(chat.content(PIECE));
        }
        return ends ? script.send(chat.finish("stop")).send(chat.done()) : script;
    }

    private static Script.Builder ofClaude(int count, boolean ends) {
        Script.Builder script = Script.stream()
                .send(
                        claude(
                                "message_start",
                                "\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],"
                                        + "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}"))
                .send(claude("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
        for (int i = 0; i < count; i++) {
            script.send(claude(
                    "content_block_delta",
                    "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + PIECE + "\"}"));
        }
        return ends
                ? script.send(claude("content_block_stop", "\"index\":0"))
                        .send(
                                claude(
                                        "message_delta",
                                        "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":200}"))
                        .send("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
                : script;
    }

    private static String claude(String type, String more) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + more + "}\n\n";
    }

    private static Script.Builder ofResponses(int count, boolean ends) {
        int[] number = {0};
        String object =
                "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":7,\"model\":\"r\",\"status\":\"%s\",\"error\":null,"
                        + "\"incomplete_details\":null,\"instructions\":null,\"metadata\":{},\"parallel_tool_calls\":true,\"temperature\":1.0,"
                        + "\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1.0,\"output\":[%s]}";
        Script.Builder script = Script.stream()
                .send(typed(number, "response.created", "\"response\":" + object.formatted("in_progress", "")))
                .send(typed(
                        number,
                        "response.output_item.added",
                        "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"in_progress\",\"content\":[],"
                                + "\"role\":\"assistant\"}"))
                .send(typed(
                        number,
                        "response.content_part.added",
                        "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"part\":{\"type\":\"output_text\",\"annotations\":[],"
                                + "\"logprobs\":[],\"text\":\"\"}"));
        for (int i = 0; i < count; i++) {
            script.send(typed(
                    number,
                    "response.output_text.delta",
                    "\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"" + PIECE
                            + "\",\"logprobs\":[]"));
        }
        return ends
                ? script.send(typed(number, "response.completed", "\"response\":" + object.formatted("completed", "")))
                : script;
    }

    private static String typed(int[] number, String type, String more) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":" + number[0]++ + "," + more
                + "}\n\n";
    }
}
