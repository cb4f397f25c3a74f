// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class OllamaRequestWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"unit\":{\"const\":1.50},\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}";
    private static final Tool WEATHER = new Tool("weather", "Weather now", tree(SCHEMA), null, null);
    private static final Tool NOW = new Tool("now", null, null, null, null);
    private static final Message HI = user(new Part.Text("Hi"));

    private final Losses losses = new Losses();

    @Test
    void theLeastIsAModelAMessageAndWhetherToStream() {
        assertWritten(new Asked(HI), """
                {"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],"stream":false}""");
        assertWritten(new Asked(HI).stream(), """
                {"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],"stream":true}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void aConversationWithCallsAndTheirResultsInAnyOrder() {
        Asked asked = new Asked(
                        new Message(Role.SYSTEM, List.of(new Part.Text("Be brief."), new Part.Text("Be kind."))),
                        user(new Part.Text("Weather in Oslo and Rome?")),
                        assistant(
                                new Part.Thought("Two places.", null),
                                new Part.Text("Look"),
                                new Part.Text("ing."),
                                call("a", "weather", "{\"city\":\"Oslo\",\"x\":1.50}"),
                                call("b", "weather", "{ \"city\": \"Rome\" }")),
                        user(
                                new Part.Text("And?"),
                                new Part.ToolResult(
                                        "b",
                                        "other",
                                        List.of(new Part.Text("no such"), new Part.Text("city")),
                                        true,
                                        null)),
                        user(new Part.ToolResult("a", null, List.of(new Part.Text("3 °C")), false, null)),
                        new Message(Role.SYSTEM, List.of(new Part.Text("Now answer."))))
                .tools(WEATHER, NOW)
                .choice(ToolChoice.of(ToolChoice.Kind.AUTO));

        assertWritten(asked, """
                {"model":"qwen3:8b","messages":[
                  {"role":"system","content":"Be brief.\\nBe kind."},
                  {"role":"user","content":"Weather in Oslo and Rome?"},
                  {"role":"assistant","content":"Looking.","thinking":"Two places.","tool_calls":[
                    {"id":"a","function":{"name":"weather","arguments":{"city":"Oslo","x":1.50}}},
                    {"id":"b","function":{"name":"weather","arguments":{"city":"Rome"}}}]},
                  {"role":"tool","content":"no such\\ncity","tool_name":"weather","tool_call_id":"b"},
                  {"role":"user","content":"And?"},
                  {"role":"tool","content":"3 °C","tool_name":"weather","tool_call_id":"a"},
                  {"role":"system","content":"Now answer."}],
                 "tools":[
                  {"type":"function","function":{"name":"weather","description":"Weather now","parameters":%s}},
                  {"type":"function","function":{"name":"now","parameters":{"type":"object","properties":{}}}}],
                 "stream":false}""".formatted(SCHEMA));
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void aResultWhoseCallIsGoneNamesTheToolOnlyIfItKnowsIt() {
        assertWritten(
                new Asked(user(
                        new Part.ToolResult("x", "look", List.of(), true, null),
                        new Part.ToolResult("y", null, List.of(new Part.Text("sun")), false, null))),
                """
                {"model":"qwen3:8b","messages":[
                  {"role":"tool","content":"The tool failed.","tool_name":"look","tool_call_id":"x"},
                  {"role":"tool","content":"sun","tool_call_id":"y"}],
                 "stream":false}""");
    }

    @Test
    void picturesStandBesideTheTextAsBytesAlsoThoseThatAToolShows() {
        assertWritten(
                new Asked(
                        user(
                                new Part.Text("Compare."),
                                image("iVBORw0=", "auto"),
                                image("R0lGOD=", "low"),
                                new Part.Document("a.txt", "text/plain", null, null, "plain words", null)),
                        user(new Part.ToolResult(
                                "t", null, List.of(new Part.Text("seen"), image("AAAA", null)), false, null))),
                """
                {"model":"qwen3:8b","messages":[
                  {"role":"user","content":"Compare.\\nplain words","images":["iVBORw0=","R0lGOD="]},
                  {"role":"tool","content":"seen","images":["AAAA"],"tool_call_id":"t"}],
                 "stream":false}""");
        assertThat(losses.fields()).containsExactly("messages[0].content[2].image_url.detail");
    }

    @Test
    void whatCannotBeSaidIsRefusedWithItsPlace() {
        Part address = new Part.Image(null, null, "https://example.org/secret.png", null, null);
        Part pdf = new Part.Document("d.pdf", "application/pdf", "JVBERi0=", null, null, null);
        Part sound = new Part.Audio("wav", "UklGRg==");

        assertRefused("messages[1].content[0]", new Asked(HI, user(address)));
        assertRefused("messages[0].content[0]", new Asked(user(pdf)));
        assertRefused("messages[0].content[0]", new Asked(user(sound)));
        assertRefused(
                "messages[0].content[0].content[0]",
                new Asked(user(new Part.ToolResult("t", null, List.of(sound), false, null))));
        assertRefused(
                "messages[0].content[0].content[0]",
                new Asked(user(new Part.ToolResult("t", null, List.of(address), false, null))));
        assertRefused("messages[0].content[0]", new Asked(new Message(Role.SYSTEM, List.of(image("AAAA", null))), HI));
        assertRefused("messages[0].content[0]", new Asked(assistant(call("a", "f", "[1]")), HI));
    }

    @Test
    void aConversationWithoutAWordIsRefusedBecauseOllamaWouldOnlyLoadTheModel() {
        assertRefused("messages", new Asked());
        assertRefused("messages", new Asked(user(new Part.Text("")), assistant()));
    }

    @Test
    void thinkingIsTextWhoeverThoughtItAndWhatNobodyCanReadIsALoss() {
        Carrier carrier = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "c2ln", null);
        assertWritten(
                new Asked(
                        HI,
                        assistant(
                                new Part.Thought("Hm.", carrier),
                                new Part.Thought("", carrier),
                                new Part.Refusal("No.")),
                        HI),
                """
                {"model":"qwen3:8b","messages":[
                  {"role":"user","content":"Hi"},
                  {"role":"assistant","content":"No.","thinking":"Hm."},
                  {"role":"user","content":"Hi"}],
                 "stream":false}""");
        assertThat(losses.fields()).containsExactly("messages[1].content[1]");
    }

    @Test
    void lengthAndChanceAreOptions() {
        Sampling all = new Sampling(77L, 0.5, 0.9, 40L, List.of("END", ""), 1, -7L, 0.25, -0.5, false, 0, tree("{}"));

        assertWritten(new Asked(HI).sampling(all), """
                {"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],
                 "options":{"num_predict":77,"temperature":0.5,"top_p":0.9,"top_k":40,"seed":-7,
                  "presence_penalty":0.25,"frequency_penalty":-0.5,"stop":["END"]},
                 "stream":false}""");
        assertThat(losses.fields()).containsExactly("stop");
    }

    @Test
    void aStructureIsASchemaOrAnyJson() {
        assertThat(body(new Asked(HI).format(new OutputFormat("s", tree(SCHEMA), true, "d")))
                        .path("format"))
                .isEqualTo(tree(SCHEMA));
        assertThat(body(new Asked(HI).format(new OutputFormat(null, null, null, null)))
                        .path("format")
                        .asText())
                .isEqualTo("json");
        assertThat(losses.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "none, false",
        "minimal, '\"low\"'",
        "low, '\"low\"'",
        "medium, '\"medium\"'",
        "high, '\"high\"'",
        "xhigh, '\"high\"'",
        "max, '\"high\"'"
    })
    void anEffortIsALevel(String effort, String think) {
        assertThat(body(new Asked(HI).reasoning(new Reasoning(effort, null, false, null)))
                        .path("think"))
                .hasToString(think);
        assertThat(losses.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, false",
        "1024, false, '\"low\"'",
        "8192, false, '\"medium\"'",
        "32000, false, '\"high\"'",
        "-1, false, true",
        ", true, true",
        ", false, ''"
    })
    void aBudgetIsTheLevelThatItComesNearest(Long tokens, boolean adaptive, String think) {
        assertThat(body(new Asked(HI).reasoning(new Reasoning(null, tokens, adaptive, "auto")))
                        .path("think"))
                .hasToString(think);
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void anEffortThatNobodyKnowsIsALoss() {
        assertThat(body(new Asked(HI).reasoning(new Reasoning("brutal", null, false, null)))
                        .has("think"))
                .isFalse();
        assertThat(losses.fields()).containsExactly("reasoning_effort");
    }

    @Test
    void toolsThatMayNotBeCalledAreNotShown() {
        assertThat(body(new Asked(HI).tools(NOW).choice(ToolChoice.of(ToolChoice.Kind.NONE)))
                        .has("tools"))
                .isFalse();
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void ofANamedToolOnlyThatOneIsShownAndTheMustIsALoss() {
        JsonNode body = body(new Asked(HI).tools(WEATHER, NOW).choice(new ToolChoice(ToolChoice.Kind.NAMED, "now")));

        assertThat(body.path("tools")).hasSize(1);
        assertThat(body.at("/tools/0/function/name").asText()).isEqualTo("now");
        assertThat(losses.fields()).containsExactly("tool_choice");
    }

    @Test
    void thatSomeToolMustBeCalledIsALossAndWithoutToolsANonsense() {
        ToolChoice must = ToolChoice.of(ToolChoice.Kind.REQUIRED);

        assertThat(body(new Asked(HI).tools(WEATHER, NOW).choice(must)).path("tools"))
                .hasSize(2);
        assertThat(losses.fields()).containsExactly("tool_choice");
        assertRefused("tool_choice", new Asked(HI).choice(must));
    }

    @ParameterizedTest
    @EnumSource(
            value = ToolChoice.Kind.class,
            names = {"UNSAID", "AUTO", "NONE"})
    void choicesWithoutToolsSayNothing(ToolChoice.Kind kind) {
        assertWritten(new Asked(HI).choice(ToolChoice.of(kind)), """
                {"model":"qwen3:8b","messages":[{"role":"user","content":"Hi"}],"stream":false}""");
    }

    @Test
    void everythingWithoutAPlaceIsNamed() {
        Sampling sampling =
                new Sampling(null, null, null, null, List.of(), 2, null, null, null, true, 3, tree("{\"50256\":-100}"));
        Map<String, JsonNode> extras = new LinkedHashMap<>();
        extras.put("service_tier", IntNode.valueOf(1));
        extras.put("store", NullNode.getInstance());
        Conversation conversation = new Conversation(
                "alias",
                false,
                List.of(user(new Part.Text("Hi", new CacheMark("1h")))),
                List.of(new Tool("f", null, null, true, null)),
                ToolChoice.UNSAID,
                false,
                sampling,
                null,
                null,
                "u-1",
                extras);

        new OllamaRequestWriter().write(conversation, "m", losses);

        assertThat(losses.fields())
                .containsExactly(
                        "tools[0].function.strict",
                        "n",
                        "logprobs",
                        "top_logprobs",
                        "logit_bias",
                        "parallel_tool_calls",
                        "user",
                        "cache_control",
                        "service_tier");
    }

    @Test
    void halfAnEmojiDoesNotStopTheRequest() {
        assertThat(body(new Asked(user(new Part.Text("a\uD83D"))))
                        .at("/messages/0/content")
                        .asText())
                .isEqualTo("a?");
    }

    // ------------------------------------------------------------------ building

    /** A request that is put together bit by bit. */
    private static final class Asked {
        private final List<Message> messages;
        private boolean stream;
        private List<Tool> tools = List.of();
        private ToolChoice choice = ToolChoice.UNSAID;
        private Sampling sampling = Sampling.UNSAID;
        private OutputFormat format;
        private Reasoning reasoning;

        Asked(Message... messages) {
            this.messages = List.of(messages);
        }

        Asked stream() {
            stream = true;
            return this;
        }

        Asked tools(Tool... value) {
            tools = List.of(value);
            return this;
        }

        Asked choice(ToolChoice value) {
            choice = value;
            return this;
        }

        Asked sampling(Sampling value) {
            sampling = value;
            return this;
        }

        Asked format(OutputFormat value) {
            format = value;
            return this;
        }

        Asked reasoning(Reasoning value) {
            reasoning = value;
            return this;
        }

        Conversation conversation() {
            return new Conversation(
                    "alias", stream, messages, tools, choice, null, sampling, format, reasoning, null, Map.of());
        }
    }

    private static Message user(Part... parts) {
        return new Message(Role.USER, List.of(parts));
    }

    private static Message assistant(Part... parts) {
        return new Message(Role.ASSISTANT, List.of(parts));
    }

    private static Part call(String id, String name, String arguments) {
        return new Part.ToolCall(id, name, arguments, null, null);
    }

    private static Part image(String base64, String detail) {
        return new Part.Image("image/png", base64, null, detail, null);
    }

    // ------------------------------------------------------------------ comparing

    /** Key order and the spelling of numbers count; white space between tokens is only for the eye. */
    private void assertWritten(Asked asked, String golden) {
        StringBuilder compact = new StringBuilder();
        golden.lines().map(String::strip).forEach(compact::append);
        assertThat(text(asked)).isEqualTo(compact.toString());
    }

    private void assertRefused(String param, Asked asked) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> text(asked));
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.getMessage()).doesNotContain("secret");
    }

    private JsonNode body(Asked asked) {
        return tree(text(asked));
    }

    private String text(Asked asked) {
        byte[] body = new OllamaRequestWriter().write(asked.conversation(), "qwen3:8b", losses);
        return new String(body, StandardCharsets.UTF_8);
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.reader()
                    .with(com.fasterxml.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .without(com.fasterxml.jackson.databind.cfg.JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
