// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ChatRequestWriterTest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private final Losses losses = new Losses();

    private static Conversation of(Message... messages) {
        return with(Sampling.UNSAID, null, messages);
    }

    private static Conversation with(Sampling sampling, Reasoning reasoning, Message... messages) {
        return new Conversation(
                "alias",
                false,
                List.of(messages),
                List.of(),
                ToolChoice.UNSAID,
                null,
                sampling,
                null,
                reasoning,
                null,
                Map.of());
    }

    private static Message user(Part... parts) {
        return new Message(Role.USER, List.of(parts));
    }

    private static Message assistant(Part... parts) {
        return new Message(Role.ASSISTANT, List.of(parts));
    }

    private static Part.ToolResult result(String id, Part... content) {
        return new Part.ToolResult(id, null, List.of(content), false, null);
    }

    private String write(Conversation conversation, String model) {
        return new String(new ChatRequestWriter().write(conversation, model, losses), StandardCharsets.UTF_8);
    }

    @Test
    void aRichRequestIsWritten() {
        ObjectNode schema = NODES.objectNode().put("type", "object");
        Conversation conversation = new Conversation(
                "alias",
                true,
                List.of(
                        new Message(Role.SYSTEM, List.of(new Part.Text("be kind", new CacheMark(null)))),
                        user(
                                new Part.Text("look"),
                                new Part.Image("image/png", "iVBO", null, "low", null),
                                new Part.Image(null, null, "https://a.example/x", null, null),
                                new Part.Document("a.pdf", "application/pdf", "JVBE", null, null, null),
                                new Part.Document(null, "text/plain", null, null, "plain", null),
                                new Part.Audio("wav", "UklG"))),
                List.of(new Tool("f", "d", schema, true, null)),
                ToolChoice.of(ToolChoice.Kind.REQUIRED),
                false,
                new Sampling(100L, 1.0, 0.5, null, List.of("END"), null, 7L, null, null, null, null, null),
                new OutputFormat(null, schema, true, null),
                null,
                "kim",
                Map.of());

        assertThat(write(conversation, "gpt-4o")).isEqualTo("""
                        {"model":"gpt-4o","messages":[{"role":"system","content":"be kind"},{"role":"user","content":[{"type":"text","text":"look"},\
                        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO","detail":"low"}},\
                        {"type":"image_url","image_url":{"url":"https://a.example/x"}},\
                        {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},\
                        {"type":"text","text":"plain"},\
                        {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]}],\
                        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],\
                        "tool_choice":"required","parallel_tool_calls":false,\
                        "max_tokens":100,"temperature":1,"top_p":0.5,"stop":["END"],"seed":7,\
                        "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}},\
                        "user":"kim","stream":true,"stream_options":{"include_usage":true}}""");
        assertThat(losses.fields()).containsExactly("cache_control");
    }

    @Test
    void resultsStandDirectlyBehindTheCallsAndTheirPicturesBehindThem() {
        String body = write(
                of(
                        assistant(
                                new Part.ToolCall("a", "f", "{\"x\":1}", null, null),
                                new Part.ToolCall("b", "g", "{}", null, null)),
                        user(
                                result(
                                        "a",
                                        new Part.Text("one"),
                                        new Part.Image("image/png", "iVBO", null, null, null)),
                                new Part.Text("and now?")),
                        user(new Part.ToolResult("b", "g", List.of(new Part.Text("broken")), true, null))),
                "gpt-4o");

        assertThat(body).isEqualTo("""
                        {"model":"gpt-4o","messages":[{"role":"assistant","content":null,"tool_calls":[\
                        {"id":"a","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"}},\
                        {"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},\
                        {"role":"tool","tool_call_id":"a","content":"one"},\
                        {"role":"tool","tool_call_id":"b","content":"broken"},\
                        {"role":"user","content":[{"type":"text","text":"Shown by tool call a:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]},\
                        {"role":"user","content":"and now?"}]}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void aResultWithoutWordsStillSaysSomething() {
        String body = write(
                of(
                        user(result("a", new Part.Image(null, null, "https://a.example/x", null, null))),
                        user(new Part.ToolResult("b", null, List.of(), true, null))),
                "gpt-4o");

        assertThat(body)
                .contains("\"tool_call_id\":\"a\",\"content\":\"The result is shown in the next message of the user.\"")
                .contains("\"tool_call_id\":\"b\",\"content\":\"The tool failed.\"");
    }

    @Test
    void thoughtsGoBackOnlyToWhoeverIssuedThem() {
        Carrier own = new Carrier(ApiSchema.OPENAI_CHAT, "reasoning_details", "{\"type\":\"x\",\"data\":\"E\"}", null);
        Carrier google = new Carrier(ApiSchema.OPENAI_CHAT, "thought_signature", "G", null);
        Carrier foreign = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "S", null);
        String body = write(
                of(assistant(
                        new Part.Thought("hm", foreign),
                        new Part.Thought("", own),
                        new Part.Thought("plain", null),
                        new Part.Text("x"),
                        new Part.ToolCall("a", "f", "{}", google, null),
                        new Part.ToolCall("b", "f", "{}", foreign, null))),
                "openai/gpt-oss-120b");

        assertThat(body)
                .contains("\"reasoning_details\":[{\"type\":\"x\",\"data\":\"E\"}]")
                .contains("\"extra_content\":{\"google\":{\"thought_signature\":\"G\"}}")
                .doesNotContain("hm", "plain", "\"S\"");
        assertThat(losses.fields()).containsExactly("messages[0].content[0]", "messages[0].content[2]");
    }

    @Test
    void deepSeekGetsItsWordsBack() {
        String body = write(
                of(assistant(new Part.Thought("hm", null), new Part.ToolCall("a", "f", "{}", null, null))),
                "deepseek-chat");

        assertThat(body).contains("\"content\":null,\"reasoning_content\":\"hm\",\"tool_calls\"");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void modelsThatThinkTakeOtherFields() {
        Sampling sampling = new Sampling(9L, 0.5, 0.5, 3L, List.of(), 2, null, null, null, true, 2, null);
        Conversation conversation = with(sampling, new Reasoning(null, 4_000L, false, null), user(new Part.Text("x")));

        assertThat(write(conversation, "openai/gpt-5-mini"))
                .isEqualTo(
                        "{\"model\":\"openai/gpt-5-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_completion_tokens\":9,\"reasoning_effort\":\"medium\"}");
        assertThat(losses.fields()).containsExactly("temperature", "top_p", "top_k", "n", "logprobs", "top_logprobs");
    }

    @Test
    void modelsThatDoNotThinkAreNotToldHowMuch() {
        String body = write(
                with(Sampling.UNSAID, new Reasoning("high", null, false, "auto"), user(new Part.Text("x"))), "gpt-4o");

        assertThat(body).doesNotContain("reasoning");
        assertThat(losses.fields()).containsExactly("reasoning_effort", "reasoning.summary");
    }

    @Test
    void theNameOfAModelTellsItsFields() {
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "o1").openAiReasoning()).isTrue();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "o4-mini-2025-04-16").openAiReasoning())
                .isTrue();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "gpt-5.2").openAiReasoning())
                .isTrue();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "gpt-4.1").openAiReasoning())
                .isFalse();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "gpt-oss-20b").openAiReasoning())
                .isFalse();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "omni").openAiReasoning())
                .isFalse();
        assertThat(ModelTraits.of(ChatDialect.UNKNOWN, "mistralai/Mistral-Large")
                        .mistral())
                .isTrue();
    }

    @Test
    void idsFitTheTarget() {
        String id = "call_0_0b5f3a52-9d0e-4f3a-a1de-0123456789ab";
        String mistral = write(
                of(assistant(new Part.ToolCall(id, "f", "{}", null, null)), user(result(id, new Part.Text("1")))),
                "mistral-large-latest");
        String openAi = write(of(user(result(id, new Part.Text("1")))), "gpt-4o");

        assertThat(mistral).containsPattern("\"id\":\"([A-Za-z0-9]{9})\".*\"tool_call_id\":\"\\1\"");
        assertThat(openAi).containsPattern("\"tool_call_id\":\"call_[a-z0-9]{24}\"");
        assertThat(ToolIds.fit("D681PevKs", ModelTraits.of(ChatDialect.UNKNOWN, "mistral-large")))
                .isEqualTo("D681PevKs");
    }

    @Test
    void fieldsOfTheFamilyGoOnAndOthersAreTold() {
        Map<String, com.fasterxml.jackson.databind.JsonNode> extras = new java.util.LinkedHashMap<>();
        extras.put("prompt_cache_key", NODES.textNode("k"));
        extras.put("service_tier", NODES.textNode("standard_only"));
        extras.put("metadata", NODES.objectNode().put("a", "b"));
        extras.put("messages[1].name", NODES.textNode("kim"));
        Conversation conversation = new Conversation(
                "alias",
                false,
                List.of(user(new Part.Text("x"))),
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                null,
                null,
                null,
                extras);

        assertThat(write(conversation, "gpt-4o")).contains("\"prompt_cache_key\":\"k\",\"metadata\":{\"a\":\"b\"}");
        assertThat(losses.fields()).containsExactly("service_tier", "messages[1].name");
    }

    @Test
    void aDocumentThatCannotBeSentIsAnError() {
        Conversation conversation =
                of(user(new Part.Document("a.pdf", null, null, "https://a.example/a.pdf", null, null)));

        assertThatThrownBy(() -> write(conversation, "gpt-4o")).isInstanceOfSatisfying(GatewayError.class, e -> {
            assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(e.param()).isEqualTo("messages[0].content[0]");
        });
    }

    @Test
    void halfACharacterDoesNotFail() {
        assertThat(write(of(user(new Part.Text("a\uD83D"))), "gpt-4o")).contains("\"a\\ud83d\"");
    }

    @Test
    void aRequestThatWasReadIsWrittenAgainWithTheSameMeaning() {
        String body = """
                {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},\
                {"role":"assistant","content":"t","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},\
                {"role":"tool","tool_call_id":"a","content":"r"},{"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]}],\
                "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}},\
                "max_tokens":5,"response_format":{"type":"json_object"}}""";
        Conversation conversation = new ChatConversationReader().read(body.getBytes(StandardCharsets.UTF_8));

        assertThat(write(conversation, "m")).isEqualTo(body);
        assertThat(losses.isEmpty()).isTrue();
    }
}
