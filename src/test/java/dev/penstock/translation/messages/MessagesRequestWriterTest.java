// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MessagesRequestWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Carrier SIGNED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null);

    private final Losses losses = new Losses();

    @Test
    void writesTheLeastThatTheSchemaDemands() {
        assertThat(write(conversation(user("hi")))).isEqualTo("""
                        {"model":"claude-x","max_tokens":4096,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void hoistsInstructionsFromAnywhereAndJoinsTheirNeighbours() {
        assertThat(write(conversation(
                        system("one"), user("a"), system("two"), user("b"), assistant(new Part.Text("c  ")))))
                .contains("\"system\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]")
                .contains(
                        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                                + "{\"type\":\"text\",\"text\":\"b\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"c\"}]}]");
    }

    @Test
    void writesOneInstructionAsTextAndTurnsLonelyOnesIntoATurn() {
        assertThat(write(conversation(system("one"), user("a")))).contains("\"system\":\"one\"");
        assertThat(write(conversation(system("one"))))
                .doesNotContain("system")
                .contains("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"one\"}]}]");
    }

    @Test
    void putsAllResultsOfATurnFirstIntoTheTurnBehindIt() throws Exception {
        JsonNode messages = JSON.readTree(write(conversation(
                        user("go"),
                        assistant(
                                new Part.ToolCall("call:1", "f", "{\"x\":1}", null, null),
                                new Part.ToolCall("call:2", "f", "{}", null, null)),
                        user("and"),
                        new Message(
                                Message.Role.USER,
                                List.of(new Part.ToolResult("call:1", null, List.of(new Part.Text("1")), false, null))),
                        new Message(
                                Message.Role.USER,
                                List.of(new Part.ToolResult("call:2", null, List.of(), true, new CacheMark("5m")))))))
                .path("messages");

        String first = ToolIds.fit("call:1");
        String second = ToolIds.fit("call:2");
        assertThat(first).matches("[a-zA-Z0-9_-]+").isNotEqualTo(second);
        assertThat(messages).hasSize(3);
        assertThat(messages.get(1).path("content").toString())
                .isEqualTo("[{\"type\":\"tool_use\",\"id\":\"" + first
                        + "\",\"name\":\"f\",\"input\":{\"x\":1}},{\"type\":\"tool_use\",\"id\":\"" + second
                        + "\",\"name\":\"f\",\"input\":{}}]");
        assertThat(messages.get(2).path("content").toString())
                .isEqualTo("[{\"type\":\"tool_result\",\"tool_use_id\":\"" + first
                        + "\",\"content\":\"1\"},{\"type\":\"tool_result\",\"tool_use_id\":\"" + second
                        + "\",\"is_error\":true,\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"5m\"}},"
                        + "{\"type\":\"text\",\"text\":\"and\"}]");
    }

    @Test
    void givesBackOnlyThoughtsThatAnthropicSignedAndFirst() {
        assertThat(write(conversation(
                        user("go"),
                        assistant(
                                new Part.Text("so"),
                                new Part.Thought("foreign", null),
                                new Part.Thought(
                                        "other", new Carrier(ApiSchema.BEDROCK_CONVERSE, "signature", "b", null)),
                                new Part.Thought("own", SIGNED),
                                new Part.Thought(
                                        "", new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "zz", null))),
                        user("on"))))
                .contains("[{\"type\":\"thinking\",\"thinking\":\"own\",\"signature\":\"EpAD\"},"
                        + "{\"type\":\"redacted_thinking\",\"data\":\"zz\"},{\"type\":\"text\",\"text\":\"so\"}]");
    }

    @Test
    void leavesThoughtsBetweenCallsWhereTheyWere() {
        assertThat(write(conversation(
                        user("go"),
                        assistant(new Part.Thought("a", SIGNED), new Part.Text("so"), new Part.Thought("b", SIGNED)),
                        user("on"))))
                .containsSubsequence("\"thinking\":\"a\"", "\"text\":\"so\"", "\"thinking\":\"b\"");
    }

    @Test
    void dropsEmptyTextsAndTurnsWithoutAnything() {
        assertThat(write(
                        conversation(user("a"), assistant(new Part.Text(" "), new Part.Thought("x", null)), user("b"))))
                .contains("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
                        + "{\"type\":\"text\",\"text\":\"b\"}]}]");
    }

    @Test
    void writesPicturesAndDocumentsAndNamesWhatHasNoPlace() {
        Message all = new Message(
                Message.Role.USER,
                List.of(
                        new Part.Image(null, "/9j/4A", null, "high", null),
                        new Part.Image(null, null, "https://a.example/x.png", null, null),
                        new Part.Document("n", "text/csv", "YSxi", null, null, null),
                        new Part.Document("p", "application/pdf", "JVBER", null, null, null),
                        new Part.Audio("wav", "AAAA"),
                        new Part.Document("z", "application/zip", "AAAA", null, null, null)));

        assertThat(write(conversation(all)))
                .contains(
                        "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":\"image/jpeg\",\"data\":\"/9j/4A\"}}",
                        "{\"type\":\"image\",\"source\":{\"type\":\"url\",\"url\":\"https://a.example/x.png\"}}",
                        "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"a,b\"},\"title\":\"n\"}",
                        "{\"type\":\"document\",\"source\":{\"type\":\"base64\",\"media_type\":\"application/pdf\",\"data\":\"JVBER\"},\"title\":\"p\"}");
        assertThat(losses.fields())
                .containsExactly(
                        "messages[0].content[0].image_url.detail", "messages[0].content[4]", "messages[0].content[5]");
    }

    @Test
    void writesToolsAndTheirChoice() throws Exception {
        Conversation base = conversation(user("a"));
        Conversation with = new Conversation(
                "m",
                true,
                base.messages(),
                List.of(
                        new Tool("f", "d", JSON.readTree("{\"properties\":{\"b\":{},\"a\":{}}}"), true, null),
                        new Tool("g", null, null, null, new CacheMark(null))),
                ToolChoice.of(ToolChoice.Kind.REQUIRED),
                false,
                Sampling.UNSAID,
                null,
                null,
                "u1",
                Map.of(
                        "tools[7]",
                        JSON.readTree("{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}"),
                        "store",
                        TextNode.valueOf("x")));

        assertThat(write(with))
                .contains(
                        "\"stream\":true",
                        "\"tools\":[{\"name\":\"f\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"b\":{},\"a\":{}}},\"strict\":true},"
                                + "{\"name\":\"g\",\"input_schema\":{\"type\":\"object\",\"properties\":{}},\"cache_control\":{\"type\":\"ephemeral\"}},"
                                + "{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]",
                        "\"tool_choice\":{\"type\":\"any\",\"disable_parallel_tool_use\":true}",
                        "\"metadata\":{\"user_id\":\"u1\"}");
        assertThat(losses.fields()).containsExactly("store");
    }

    @Test
    void thinksWithinABudgetOnOlderModels() {
        assertThat(write(thinking("high", null, 20_000L), "claude-sonnet-4-5-20250929"))
                .contains("\"max_tokens\":20000", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":16384}");
        assertThat(write(thinking("high", null, 2_000L), "claude-sonnet-4-5"))
                .contains("\"max_tokens\":2000", "\"budget_tokens\":1999");
        assertThat(write(thinking(null, 100L, null), "claude-3-7-sonnet")).contains("\"budget_tokens\":1024");
        assertThat(write(thinking("high", null, null), "claude-3-7-sonnet"))
                .contains("\"max_tokens\":20480", "\"budget_tokens\":16384");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void letsNewerModelsDecideWithinAnEffort() {
        assertThat(write(thinking("minimal", null, 500L), "claude-opus-4-6"))
                .contains(
                        "\"max_tokens\":500",
                        "\"thinking\":{\"type\":\"adaptive\"},\"output_config\":{\"effort\":\"low\"}");
        assertThat(write(thinking("none", null, null), "claude-opus-4-6"))
                .contains("\"thinking\":{\"type\":\"disabled\"}");
        assertThat(write(thinking(null, 2_000L, null), "claude-sonnet-4-6")).contains("\"budget_tokens\":2000");
        assertThat(write(thinking(null, 4_000L, null), "claude-sonnet-5"))
                .contains("\"output_config\":{\"effort\":\"medium\"}");
        assertThat(ThinkingPlan.version("us.anthropic.claude-sonnet-5-20270101-v1:0"))
                .isEqualTo(500);
        assertThat(ThinkingPlan.version("claude-sonnet-4-20250514")).isEqualTo(400);
    }

    @Test
    void saysWhenItCannotThink() {
        assertThat(write(thinking("low", null, 1_000L), "claude-sonnet-4-5")).doesNotContain("thinking");
        assertThat(losses.fields()).containsExactly("reasoning");
    }

    @Test
    void doesNotThinkOnInTheMiddleOfATurnThatAnotherModelBegan() {
        Conversation base = conversation(
                user("go"),
                assistant(new Part.ToolCall("t", "f", "{}", null, null)),
                new Message(
                        Message.Role.USER,
                        List.of(new Part.ToolResult("t", null, List.of(new Part.Text("1")), false, null))));
        Conversation thinking = new Conversation(
                "m",
                false,
                base.messages(),
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                null,
                new Reasoning("low", null, false, null),
                null,
                Map.of());

        assertThat(write(thinking, "claude-sonnet-4-5")).doesNotContain("thinking");
        assertThat(losses.fields()).containsExactly("reasoning");
    }

    @Test
    void leavesOutWhatThinkingForbids() {
        Sampling sampling = new Sampling(9_000L, 0.5, 0.5, 3L, List.of(), null, null, null, null, null, null, null);
        Conversation thinking = new Conversation(
                "m",
                false,
                List.of(user("a")),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                null,
                new Reasoning("low", null, false, null),
                null,
                Map.of());

        assertThat(write(thinking, "claude-sonnet-4-5")).doesNotContain("temperature", "top_p", "top_k");
        assertThat(losses.fields()).containsExactly("temperature", "top_p", "top_k");
    }

    @Test
    void namesEverySettingWithoutACounterpart() throws Exception {
        Sampling sampling = new Sampling(
                9L, 1.5, 0.5, null, List.of("\n", "END"), 1, 7L, 0.1, 0.2, true, 3, JSON.readTree("{\"1\":2}"));
        Conversation all = new Conversation(
                "m",
                false,
                List.of(user("a")),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                new OutputFormat(null, null, null, null),
                null,
                null,
                Map.of());

        assertThat(write(all))
                .contains("\"temperature\":1.0", "\"stop_sequences\":[\"END\"]")
                .doesNotContain("top_p");
        assertThat(losses.fields())
                .containsExactly(
                        "temperature",
                        "top_p",
                        "stop",
                        "seed",
                        "presence_penalty",
                        "frequency_penalty",
                        "logprobs",
                        "top_logprobs",
                        "logit_bias",
                        "response_format");
    }

    @Test
    void writesASchemaForTheAnswer() throws Exception {
        Conversation all = new Conversation(
                "m",
                false,
                List.of(user("a")),
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                new OutputFormat("n", JSON.readTree("{\"type\":\"object\"}"), true, null),
                null,
                null,
                Map.of());

        assertThat(write(all))
                .contains("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"}}}");
    }

    @Test
    void refusesToGiveSeveralAnswers() {
        Sampling two = new Sampling(null, null, null, null, List.of(), 2, null, null, null, null, null, null);
        Conversation all = new Conversation(
                "m", false, List.of(user("a")), List.of(), ToolChoice.UNSAID, null, two, null, null, null, Map.of());

        GatewayError error = catchThrowableOfType(GatewayError.class, () -> write(all));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        assertThat(error.param()).isEqualTo("n");
    }

    @Test
    void survivesHalfASurrogatePairAndArgumentsThatAreNoJson() {
        assertThat(write(conversation(user("a\ud83d"), assistant(new Part.ToolCall("t", "f", "{\"cut", null, null)))))
                .contains("\"text\":\"a?\"", "\"input\":{\"invalid_json\":\"{\\\"cut\"}");
    }

    private String write(Conversation conversation) {
        return write(conversation, "claude-x");
    }

    private String write(Conversation conversation, String model) {
        return new String(new MessagesRequestWriter(4096).write(conversation, model, losses), StandardCharsets.UTF_8);
    }

    private static Conversation thinking(String effort, Long budget, Long maxTokens) {
        Sampling sampling =
                new Sampling(maxTokens, null, null, null, List.of(), null, null, null, null, null, null, null);
        return new Conversation(
                "m",
                false,
                List.of(user("a")),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                null,
                new Reasoning(effort, budget, false, null),
                null,
                Map.of());
    }

    private static Conversation conversation(Message... messages) {
        return new Conversation(
                "m",
                false,
                List.of(messages),
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                null,
                null,
                null,
                Map.of());
    }

    private static Message system(String text) {
        return new Message(Message.Role.SYSTEM, List.of(new Part.Text(text)));
    }

    private static Message user(String text) {
        return new Message(Message.Role.USER, List.of(new Part.Text(text)));
    }

    private static Message assistant(Part... parts) {
        return new Message(Message.Role.ASSISTANT, List.of(parts));
    }
}
