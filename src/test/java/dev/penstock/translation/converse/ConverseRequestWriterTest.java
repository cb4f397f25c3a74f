// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ConverseRequestWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    private static final String OLD_CLAUDE = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    private static final String NEW_CLAUDE = "anthropic.claude-opus-4-6-v1";
    private static final String NOVA = "us.amazon.nova-2-lite-v1:0";
    private static final String LLAMA = "us.meta.llama3-3-70b-instruct-v1:0";
    private static final CacheMark CACHE = new CacheMark(null);

    private final Losses losses = new Losses();

    // ------------------------------------------------------------------ messages

    @Test
    void writesInstructionsApartAndTheTurnsInOrder() {
        assertThat(write(
                        CLAUDE,
                        say(Message.Role.SYSTEM, new Part.Text("Be brief.")),
                        say(Message.Role.USER, new Part.Text("Hi")),
                        say(Message.Role.ASSISTANT, new Part.Text("Hello")),
                        say(Message.Role.SYSTEM, new Part.Text("Be kind.")),
                        say(Message.Role.USER, new Part.Text("Bye"))))
                .isEqualTo("""
                        {"system":[{"text":"Be brief."},{"text":"Be kind."}],\
                        "messages":[{"role":"user","content":[{"text":"Hi"}]},\
                        {"role":"assistant","content":[{"text":"Hello"}]},\
                        {"role":"user","content":[{"text":"Bye"}]}]}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void joinsNeighboursOfOneRoleAndLeavesOutTextsWithoutAWord() {
        assertThat(write(
                        CLAUDE,
                        say(Message.Role.USER, new Part.Text("One"), new Part.Text(" \n")),
                        say(Message.Role.ASSISTANT, new Part.Text("")),
                        say(Message.Role.USER, new Part.Text("Two"))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[{"text":"One"},{"text":"Two"}]}]}""");
    }

    @Test
    void refusesAConversationThatTheUserDoesNotBegin() {
        refuses("messages", say(Message.Role.ASSISTANT, new Part.Text("Hello")));
        refuses("messages", say(Message.Role.SYSTEM, new Part.Text("Be brief.")));
    }

    @Test
    void putsACachePointBehindWhatIsMarked() {
        assertThat(write(
                        CLAUDE,
                        say(Message.Role.SYSTEM, new Part.Text("Long.", new CacheMark("1h"))),
                        say(Message.Role.USER, new Part.Text("One", new CacheMark("5m")), new Part.Text("", CACHE))))
                .isEqualTo("""
                        {"system":[{"text":"Long."},{"cachePoint":{"type":"default","ttl":"1h"}}],\
                        "messages":[{"role":"user","content":[{"text":"One"},{"cachePoint":{"type":"default"}}]}]}""");
    }

    @Test
    void tellsThatAModelWithoutPromptCachingGetsNoMark() {
        assertThat(write(LLAMA, say(Message.Role.USER, new Part.Text("One", CACHE))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[{"text":"One"}]}]}""");
        assertThat(losses.fields()).containsExactly("cache_control");
    }

    @Test
    void writesPicturesAsBytesAndRefusesAddresses() {
        assertThat(write(CLAUDE, say(Message.Role.USER, new Part.Image("image/jpeg", "/9j/4A==", null, "high", null))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"/9j/4A=="}}}]}]}""");
        assertThat(losses.fields()).containsExactly("messages[0].content[0].image_url.detail");
        refuses(
                "messages[0].content[0]",
                say(Message.Role.USER, new Part.Image(null, null, "https://example.com/secret.png", null, null)));
        refuses(
                "messages[0].content[0]",
                say(Message.Role.USER, new Part.Image("image/tiff", "AA==", null, null, null)));
    }

    @Test
    void writesDocumentsUnderCleanNamesNoTwoAlike() {
        assertThat(write(
                        CLAUDE,
                        say(
                                Message.Role.USER,
                                new Part.Document(
                                        "Q3  report/final.v2.pdf", "application/pdf", "JVBERg==", null, null, null),
                                new Part.Document(null, "text/plain", null, null, "Words", null),
                                new Part.Document(null, null, null, null, "More", null),
                                new Part.Document("data.CSV", null, "YSxi", null, null, null))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[\
                        {"document":{"format":"pdf","name":"Q3 report-final-v2-pdf","source":{"bytes":"JVBERg=="}}},\
                        {"document":{"format":"txt","name":"document","source":{"text":"Words"}}},\
                        {"document":{"format":"txt","name":"document (2)","source":{"text":"More"}}},\
                        {"document":{"format":"csv","name":"data-CSV","source":{"bytes":"YSxi"}}}]}]}""");
        refuses(
                "messages[0].content[0]",
                say(
                        Message.Role.USER,
                        new Part.Document("a.pdf", null, null, "https://example.com/a.pdf", null, null)));
        refuses(
                "messages[0].content[0]",
                say(Message.Role.USER, new Part.Document("a.zip", "application/zip", "UEs=", null, null, null)));
    }

    @Test
    void writesSoundAndRefusesAFormatThatNobodyKnows() {
        assertThat(write(NOVA, say(Message.Role.USER, new Part.Audio("wav", "UklGRg=="))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[{"audio":{"format":"wav","source":{"bytes":"UklGRg=="}}}]}]}""");
        refuses("messages[0].content[0]", say(Message.Role.USER, new Part.Audio("midi", "AA==")));
    }

    @Test
    void sendsReasoningBackOnlyToWhoIssuedIt() {
        assertThat(write(
                        CLAUDE,
                        say(Message.Role.USER, new Part.Text("Hi")),
                        say(
                                Message.Role.ASSISTANT,
                                new Part.Thought("Hmm", carrier(ApiSchema.BEDROCK_CONVERSE, "signature", "sig")),
                                new Part.Thought("", carrier(ApiSchema.BEDROCK_CONVERSE, "signature", "alone")),
                                new Part.Thought("", carrier(ApiSchema.BEDROCK_CONVERSE, "redacted", "QUJD")),
                                new Part.Thought("Ach", carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "other")),
                                new Part.Thought("unsigned", null),
                                new Part.Text("Hello"))))
                .isEqualTo("""
                        {"messages":[{"role":"user","content":[{"text":"Hi"}]},{"role":"assistant","content":[\
                        {"reasoningContent":{"reasoningText":{"text":"Hmm","signature":"sig"}}},\
                        {"reasoningContent":{"reasoningText":{"text":"","signature":"alone"}}},\
                        {"reasoningContent":{"redactedContent":"QUJD"}},\
                        {"text":"Hello"}]}]}""");
        assertThat(losses.fields()).containsExactly("messages[1].content[3]", "messages[1].content[4]");
    }

    @Test
    void neverThrowsOnHalfAnEmoji() {
        assertThat(write(CLAUDE, say(Message.Role.USER, new Part.Text("a\uD83Db 🙂 \"ü\"\u0000"))))
                .isEqualTo("{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a?b 🙂 \\\"ü\\\"\\u0000\"}]}]}");
    }

    // ------------------------------------------------------------------ tools

    @Test
    void writesCallsAndPutsTheirResultsFirstInOneTurn() {
        Conversation conversation = with(
                List.of(
                        say(Message.Role.USER, new Part.Text("Weather?")),
                        say(
                                Message.Role.ASSISTANT,
                                new Part.ToolCall("call_1", "weather", "{\"lat\": 52.50, \"lon\":13}", null, null),
                                new Part.ToolCall("call_2", "weather", "{}", null, null)),
                        say(Message.Role.USER, new Part.Text("And?"), result("call_1", false, new Part.Text("15°C"))),
                        say(Message.Role.USER, result("call_2", true))),
                List.of(tool("weather")),
                ToolChoice.of(ToolChoice.Kind.AUTO));
        assertThat(write(CLAUDE, conversation)).isEqualTo("""
                        {"messages":[{"role":"user","content":[{"text":"Weather?"}]},\
                        {"role":"assistant","content":[\
                        {"toolUse":{"toolUseId":"call_1","name":"weather","input":{"lat":52.50,"lon":13}}},\
                        {"toolUse":{"toolUseId":"call_2","name":"weather","input":{}}}]},\
                        {"role":"user","content":[\
                        {"toolResult":{"toolUseId":"call_1","content":[{"text":"15°C"}]}},\
                        {"toolResult":{"toolUseId":"call_2","content":[{"json":{}}],"status":"error"}},\
                        {"text":"And?"}]}],\
                        "toolConfig":{"tools":[{"toolSpec":{"name":"weather","description":"Tells it.",\
                        "inputSchema":{"json":{"type":"object"}}}}],"toolChoice":{"auto":{}}}}""");
    }

    @Test
    void givesAnIdThatDoesNotFitAnotherOneTheSameEachTime() throws Exception {
        String odd = "toolu|with spaces";
        JsonNode first = JSON.readTree(write(CLAUDE, historyWith(odd)));
        JsonNode second = JSON.readTree(write(CLAUDE, historyWith(odd)));
        String used = first.at("/messages/1/content/0/toolUse/toolUseId").asText();
        assertThat(used).matches("[a-zA-Z0-9_-]{1,64}");
        assertThat(first.at("/messages/2/content/0/toolResult/toolUseId").asText())
                .isEqualTo(used);
        assertThat(second).isEqualTo(first);
    }

    @Test
    void tellsTwoCallsOfOneIdApart() throws Exception {
        List<Message> twice = new ArrayList<>(historyWith("call_0").messages());
        twice.addAll(historyWith("call_0").messages());
        JsonNode body = JSON.readTree(write(CLAUDE, with(twice, List.of(), ToolChoice.UNSAID)));
        assertThat(body.at("/messages/1/content/0/toolUse/toolUseId").asText()).isEqualTo("call_0");
        assertThat(body.at("/messages/2/content/0/toolResult/toolUseId").asText())
                .isEqualTo("call_0");
        assertThat(body.at("/messages/3/content/0/toolUse/toolUseId").asText()).isEqualTo("call_0-2");
        assertThat(body.at("/messages/4/content/0/toolResult/toolUseId").asText())
                .isEqualTo("call_0-2");
    }

    @Test
    void tellsManyCallsOfOneLongIdApart() {
        ToolIds ids = new ToolIds();
        String id = "x".repeat(64);
        Set<String> given = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            String name = ids.called(id);
            assertThat(given.add(name)).isTrue();
            assertThat(ToolIds.isName(name)).isTrue();
            assertThat(ids.answered(id)).isEqualTo(name);
        }
    }

    @Test
    void describesToolsOfTheHistoryWhenTheClientOffersNone() {
        assertThat(write(CLAUDE, historyWith("call_1"))).endsWith("""
                        "toolConfig":{"tools":[{"toolSpec":{"name":"look_up",\
                        "inputSchema":{"json":{"type":"object","properties":{}}}}}]}}""");
    }

    @Test
    void showsNoToolsThatMayNotBeCalledUnlessTheHistoryHoldsSome() {
        List<Message> plain = List.of(say(Message.Role.USER, new Part.Text("Hi")));
        ToolChoice none = ToolChoice.of(ToolChoice.Kind.NONE);
        assertThat(write(CLAUDE, with(plain, List.of(tool("weather")), none))).doesNotContain("toolConfig");
        assertThat(losses.isEmpty()).isTrue();
        assertThat(write(CLAUDE, with(historyWith("call_1").messages(), List.of(tool("weather")), none)))
                .contains("\"toolConfig\"")
                .doesNotContain("toolChoice");
        assertThat(losses.fields()).containsExactly("tool_choice");
    }

    @Test
    void writesTheChoiceOfATool() {
        List<Message> plain = List.of(say(Message.Role.USER, new Part.Text("Hi")));
        assertThat(write(NOVA, with(plain, List.of(tool("a")), ToolChoice.of(ToolChoice.Kind.REQUIRED))))
                .endsWith("\"toolChoice\":{\"any\":{}}}}");
        assertThat(write(NOVA, with(plain, List.of(tool("a")), new ToolChoice(ToolChoice.Kind.NAMED, "a"))))
                .endsWith("\"toolChoice\":{\"tool\":{\"name\":\"a\"}}}}");
    }

    @Test
    void writesStrictAndCacheMarksOfTools() {
        Tool strict = new Tool("a", null, null, true, CACHE);
        List<Message> plain = List.of(say(Message.Role.USER, new Part.Text("Hi")));
        assertThat(write(CLAUDE, with(plain, List.of(strict), ToolChoice.UNSAID)))
                .endsWith("""
                        "toolConfig":{"tools":[{"toolSpec":{"name":"a",\
                        "inputSchema":{"json":{"type":"object","properties":{}}},"strict":true}},\
                        {"cachePoint":{"type":"default"}}]}}""");
        write(OLD_CLAUDE, with(plain, List.of(strict), ToolChoice.UNSAID));
        assertThat(losses.fields()).containsExactly("tools[0].strict");
    }

    @Test
    void refusesToolsThatHaveNoNameHereAndArgumentsThatAreNoObject() {
        assertThatThrownBy(() -> write(
                        CLAUDE,
                        with(
                                List.of(say(Message.Role.USER, new Part.Text("Hi"))),
                                List.of(tool("a.b")),
                                ToolChoice.UNSAID)))
                .isInstanceOfSatisfying(
                        GatewayError.class, e -> assertThat(e.param()).isEqualTo("tools[0].name"));
        for (String arguments : List.of("[1]", "{", "{}{\"city\":\"Berlin\"}", "\"x\"")) {
            refuses(
                    "messages[1].content[0]",
                    say(Message.Role.USER, new Part.Text("Hi")),
                    say(Message.Role.ASSISTANT, new Part.ToolCall("call_1", "a", arguments, null, null)));
        }
    }

    @Test
    void tellsClaudeInItsOwnWordsToCallOneToolAtATime() {
        Conversation one = new Conversation(
                "m",
                false,
                List.of(say(Message.Role.USER, new Part.Text("Hi"))),
                List.of(tool("a")),
                ToolChoice.of(ToolChoice.Kind.REQUIRED),
                false,
                Sampling.UNSAID,
                null,
                null,
                null,
                Map.of());
        assertThat(write(CLAUDE, one))
                .contains("\"additionalModelRequestFields\":{\"tool_choice\":"
                        + "{\"type\":\"any\",\"disable_parallel_tool_use\":true}}")
                .doesNotContain("toolChoice");
        assertThat(write(NOVA, one)).contains("\"toolChoice\":{\"any\":{}}");
        assertThat(losses.fields()).containsExactly("parallel_tool_calls");
    }

    // ------------------------------------------------------------------ structure

    @Test
    void writesAStructureWhereTheModelTakesOne() throws Exception {
        assertThat(write(CLAUDE, structured(ToolChoice.UNSAID, List.of()))).endsWith("""
                        "outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":\
                        {"schema":"{\\"type\\":\\"object\\",\\"properties\\":{\\"b\\":{},\\"a\\":{}}}","name":"answer"}}}}}""");
    }

    @Test
    void makesAnOlderModelCallAToolForTheStructure() throws Exception {
        assertThat(write(OLD_CLAUDE, structured(ToolChoice.UNSAID, List.of()))).endsWith("""
                        "toolConfig":{"tools":[{"toolSpec":{"name":"penstock_structured_answer",\
                        "description":"Gives the final answer. Call it exactly once.",\
                        "inputSchema":{"json":{"type":"object","properties":{"b":{},"a":{}}}}}}],\
                        "toolChoice":{"tool":{"name":"penstock_structured_answer"}}}}""");
        assertThat(write(NOVA, structured(ToolChoice.UNSAID, List.of(tool("weather")))))
                .endsWith("\"toolChoice\":{\"any\":{}}}}");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void tellsOfAStructureThatNothingCanStandInFor() throws Exception {
        write(NOVA, structured(ToolChoice.of(ToolChoice.Kind.REQUIRED), List.of(tool("weather"))));
        assertThat(losses.fields()).containsExactly("response_format");
    }

    // ------------------------------------------------------------------ length, chance, reasoning

    @Test
    void writesLengthAndChance() {
        Sampling sampling =
                new Sampling(300L, 0.5, null, 40L, List.of("END", "\n"), 1, null, 0.0, null, false, null, null);
        assertThat(write(OLD_CLAUDE, sampled(sampling, null))).endsWith("""
                        "additionalModelResponseFieldPaths":["/stop_sequence"],\
                        "inferenceConfig":{"maxTokens":300,"temperature":0.5,"stopSequences":["END"]},\
                        "additionalModelRequestFields":{"top_k":40}}""");
        assertThat(losses.fields()).containsExactly("stop");
        assertThat(write(NOVA, sampled(sampling, null))).endsWith("""
                        "inferenceConfig":{"maxTokens":300,"temperature":0.5,"stopSequences":["END","\\n"]},\
                        "additionalModelRequestFields":{"inferenceConfig":{"topK":40}}}""");
    }

    @Test
    void tellsWhatTheTargetCannotBeTold() {
        Sampling sampling = new Sampling(
                null,
                1.7,
                0.9,
                5L,
                List.of(),
                2,
                7L,
                0.1,
                0.2,
                true,
                3,
                JSON.createObjectNode().put("50256", -100));
        Map<String, JsonNode> extras = new LinkedHashMap<>();
        extras.put("metadata", JSON.createObjectNode());
        extras.put("service_tier", JSON.getNodeFactory().textNode("flex"));
        Conversation conversation = new Conversation(
                "m",
                true,
                List.of(say(Message.Role.USER, new Part.Text("Hi"))),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                null,
                new Reasoning("high", null, false, null),
                "user-1",
                extras);
        assertThat(write(LLAMA, conversation)).endsWith("""
                        "inferenceConfig":{"temperature":1.0,"topP":0.9},"serviceTier":{"type":"flex"},\
                        "requestMetadata":{"user":"user-1"}}""");
        assertThat(losses.fields())
                .containsExactlyInAnyOrder(
                        "reasoning_effort",
                        "temperature",
                        "top_k",
                        "n",
                        "seed",
                        "presence_penalty",
                        "frequency_penalty",
                        "logprobs",
                        "top_logprobs",
                        "logit_bias",
                        "metadata");
    }

    @Test
    void sendsANewerClaudeTemperatureOrTopPNotBoth() {
        Sampling both = new Sampling(null, 0.5, 0.9, null, List.of(), null, null, null, null, null, null, null);
        assertThat(write(CLAUDE, sampled(both, null))).endsWith("\"inferenceConfig\":{\"temperature\":0.5}}");
        assertThat(losses.fields()).containsExactly("top_p");
        assertThat(write(OLD_CLAUDE, sampled(both, null)))
                .endsWith("\"inferenceConfig\":{\"temperature\":0.5,\"topP\":0.9}}");
    }

    @Test
    void letsClaudeThinkByTokensOrByEffort() {
        Sampling plain = limited(20_000L, null);
        assertThat(write(CLAUDE, sampled(plain, new Reasoning(null, 5_000L, false, null))))
                .contains("{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000}}");
        assertThat(write(CLAUDE, sampled(plain, new Reasoning("low", null, false, null))))
                .contains("{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}}");
        assertThat(write(NEW_CLAUDE, sampled(plain, new Reasoning("max", null, true, null))))
                .contains("{\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"max\"}}");
        assertThat(write(CLAUDE, sampled(plain, new Reasoning("none", null, false, null))))
                .doesNotContain("thinking");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void leavesRoomForTheAnswerBesideTheThinking() {
        assertThat(write(CLAUDE, sampled(limited(4_000L, null), new Reasoning("high", null, false, null))))
                .contains("\"budget_tokens\":2000");
        assertThat(write(CLAUDE, sampled(limited(1_000L, null), new Reasoning("high", null, false, null))))
                .doesNotContain("thinking");
        assertThat(losses.fields()).containsExactly("reasoning_effort");
    }

    @Test
    void dropsWhatAThinkingClaudeRefusesAndSaysSo() throws Exception {
        assertThat(write(CLAUDE, sampled(limited(20_000L, 0.2), new Reasoning("low", null, false, null))))
                .doesNotContain("temperature");
        assertThat(losses.fields()).containsExactly("temperature");
    }

    // ------------------------------------------------------------------ helpers

    private String write(String model, Message... messages) {
        return write(model, with(List.of(messages), List.of(), ToolChoice.UNSAID));
    }

    private String write(String model, Conversation conversation) {
        return new String(new ConverseRequestWriter().write(conversation, model, losses), StandardCharsets.UTF_8);
    }

    private void refuses(String path, Message... messages) {
        assertThatThrownBy(() -> write(CLAUDE, messages)).isInstanceOfSatisfying(GatewayError.class, e -> {
            assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(e.param()).isEqualTo(path);
            assertThat(e.getMessage()).startsWith(path + ": expected").doesNotContain("example.com");
        });
    }

    private static Message say(Message.Role role, Part... parts) {
        return new Message(role, List.of(parts));
    }

    private static Part.ToolResult result(String id, boolean error, Part... content) {
        return new Part.ToolResult(id, null, List.of(content), error, null);
    }

    private static Tool tool(String name) {
        return new Tool(name, "Tells it.", JSON.createObjectNode().put("type", "object"), null, null);
    }

    private static Carrier carrier(ApiSchema origin, String kind, String value) {
        return new Carrier(origin, kind, value, null);
    }

    private static Conversation historyWith(String id) {
        return with(
                List.of(
                        say(Message.Role.USER, new Part.Text("Hi")),
                        say(Message.Role.ASSISTANT, new Part.ToolCall(id, "look up", "{}", null, null)),
                        say(Message.Role.USER, result(id, false, new Part.Text("found")))),
                List.of(),
                ToolChoice.UNSAID);
    }

    private static Conversation with(List<Message> messages, List<Tool> tools, ToolChoice choice) {
        return new Conversation("m", false, messages, tools, choice, null, Sampling.UNSAID, null, null, null, Map.of());
    }

    private static Conversation sampled(Sampling sampling, Reasoning reasoning) {
        return new Conversation(
                "m",
                false,
                List.of(say(Message.Role.USER, new Part.Text("Hi"))),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                null,
                reasoning,
                null,
                Map.of());
    }

    private static Sampling limited(Long maxTokens, Double temperature) {
        return new Sampling(maxTokens, temperature, null, null, List.of(), null, null, null, null, null, null, null);
    }

    private static Conversation structured(ToolChoice choice, List<Tool> tools) throws Exception {
        JsonNode schema = JSON.readTree("{\"type\":\"object\",\"properties\":{\"b\":{},\"a\":{}}}");
        return new Conversation(
                "m",
                false,
                List.of(say(Message.Role.USER, new Part.Text("Hi"))),
                tools,
                choice,
                null,
                Sampling.UNSAID,
                new OutputFormat("answer", schema, true, null),
                null,
                null,
                Map.of());
    }
}
