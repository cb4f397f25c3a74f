// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
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
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a described server is sent, whatever the name of its model suggests. */
final class ChatDialectTest {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonNode SCHEMA = NODES.objectNode().put("type", "object");
    private static final Tool TOOL = new Tool("f", null, SCHEMA, null, null);
    private static final Carrier DETAIL = new Carrier(
            ApiSchema.OPENAI_CHAT, "reasoning_details", "{\"type\":\"reasoning.text\",\"text\":\"hm\"}", null);
    private static final Carrier SIGNED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "S", null);

    private final Losses losses = new Losses();
    private List<Message> messages = List.of(user("Hi"));
    private List<Tool> tools = List.of();
    private ToolChoice choice = ToolChoice.UNSAID;
    private Sampling sampling = Sampling.UNSAID;
    private OutputFormat format;
    private Reasoning reasoning;
    private Map<String, JsonNode> extras = Map.of();
    private boolean stream;

    private static Message user(String text) {
        return new Message(Role.USER, List.of(new Part.Text(text)));
    }

    private static Message assistant(Part... parts) {
        return new Message(Role.ASSISTANT, List.of(parts));
    }

    private static Message result(String id) {
        return new Message(Role.USER, List.of(new Part.ToolResult(id, null, List.of(new Part.Text("1")), false, null)));
    }

    private static Part.ToolCall call(String id) {
        return new Part.ToolCall(id, "f", "{}", null, null);
    }

    private static Part.Thought thought(String text) {
        return new Part.Thought(text, null);
    }

    private String write(ChatDialect dialect, String model) {
        Conversation conversation = new Conversation(
                "alias", stream, messages, tools, choice, null, sampling, format, reasoning, "kim", extras);
        byte[] body = new ChatRequestWriter(dialect, dialect != ChatDialect.MISTRAL).write(conversation, model, losses);
        return new String(body, StandardCharsets.UTF_8);
    }

    private JsonNode sent(ChatDialect dialect) {
        return ChatAnswers.tree(write(dialect, "m"));
    }

    // ------------------------------------------------------------------ Mistral

    @Test
    void mistralGetsItsOwnNamesAndNothingThatItRefuses() {
        stream = true;
        messages = List.of(
                new Message(Role.SYSTEM, List.of(new Part.Text("Be brief."))),
                user("Hi"),
                assistant(call("call_0123456789")),
                result("call_0123456789"));
        tools = List.of(TOOL);
        choice = ToolChoice.of(ToolChoice.Kind.REQUIRED);
        sampling = new Sampling(
                9L,
                null,
                null,
                5L,
                List.of(),
                null,
                7L,
                null,
                null,
                true,
                2,
                NODES.objectNode().put("1", 1));
        extras = Map.of("prompt_cache_key", NODES.textNode("k"));

        String body = write(ChatDialect.MISTRAL, "anything");

        assertThat(body).matches("""
                \\{"model":"anything","messages":\\[\\{"role":"system","content":"Be brief."},\\{"role":"user","content":"Hi"},\
                \\{"role":"assistant","content":null,"tool_calls":\\[\\{"id":"([A-Za-z0-9]{9})","type":"function",\
                "function":\\{"name":"f","arguments":"\\{}"}}]},\\{"role":"tool","tool_call_id":"\\1","content":"1"}],\
                "tools":\\[\\{"type":"function","function":\\{"name":"f","parameters":\\{"type":"object"}}}],\
                "tool_choice":"any","max_tokens":9,"random_seed":7,"stream":true}""");
        assertThat(losses.fields())
                .containsExactlyInAnyOrder(
                        "top_k", "logit_bias", "logprobs", "top_logprobs", "user", "prompt_cache_key");
    }

    @Test
    void mistralGetsThoughtsAsPartsOfTheContent() {
        messages = List.of(
                user("Hi"),
                assistant(thought("hm"), new Part.Text("Ho")),
                user("?"),
                assistant(thought("so"), call("D681PevKs")),
                result("D681PevKs"),
                assistant(new Part.Thought("not mine", SIGNED), new Part.Text("!")));

        JsonNode sent = sent(ChatDialect.MISTRAL).path("messages");

        assertThat(sent.at("/1/content")).hasToString("""
                [{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Ho"}]""");
        assertThat(sent.at("/3/content"))
                .hasToString("[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"so\"}]}]");
        assertThat(sent.at("/3/tool_calls/0/id").asText()).isEqualTo("D681PevKs");
        assertThat(sent.at("/5/content").asText()).isEqualTo("!");
        assertThat(losses.fields()).containsExactly("messages[5].content[0]", "user");
    }

    @Test
    void usageInStreamsIsWhatTheProviderSaysItIs() {
        stream = true;

        String asked = new String(
                new ChatRequestWriter(ChatDialect.MISTRAL, true)
                        .write(new ChatConversationReader().read("""
                                {"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]}""".getBytes(StandardCharsets.UTF_8)), "m", losses),
                StandardCharsets.UTF_8);

        assertThat(asked).contains("\"stream_options\":{\"include_usage\":true}");
        assertThat(write(ChatDialect.GROQ, "mistral-saba-24b")).contains("\"stream_options\":{\"include_usage\":true}");
        assertThat(write(ChatDialect.UNKNOWN, "mistral-saba-24b")).doesNotContain("stream_options");
    }

    @Test
    void aDescribedServerIsNotJudgedByTheNameOfItsModel() {
        messages = List.of(user("Hi"), assistant(thought("hm"), call("call_1")), result("call_1"));
        sampling = new Sampling(9L, 0.5, null, null, List.of(), null, 7L, null, null, null, null, null);

        String mistralAtGroq = write(ChatDialect.GROQ, "mistral-saba-24b");
        String deepSeekAtTogether = write(ChatDialect.TOGETHER, "deepseek-ai/DeepSeek-V3.2");
        String openAiAtOpenRouter = write(ChatDialect.OPENROUTER, "openai/gpt-5");

        assertThat(mistralAtGroq).contains("\"id\":\"call_1\"", "\"seed\":7");
        assertThat(deepSeekAtTogether).doesNotContain("reasoning_content");
        assertThat(openAiAtOpenRouter).contains("\"max_tokens\":9", "\"temperature\":0.5");
        assertThat(write(ChatDialect.OPENAI, "gpt-5"))
                .contains("\"max_completion_tokens\":9")
                .doesNotContain("temperature");
    }

    // ------------------------------------------------------------------ reasoning in a history

    @Test
    void deepSeekGetsThoughtsBackInTurnsWithCallsAndOnlyThere() {
        messages = List.of(
                user("Hi"),
                assistant(thought("greeting"), new Part.Text("Ho")),
                user("weather?"),
                assistant(thought("look"), call("a")),
                result("a"),
                assistant(call("b")),
                result("b"),
                assistant(new Part.Thought("signed by another", SIGNED), new Part.Text("sun")));

        JsonNode sent = sent(ChatDialect.DEEPSEEK).path("messages");

        assertThat(sent.at("/1").has("reasoning_content")).isFalse();
        assertThat(sent.at("/3/reasoning_content").asText()).isEqualTo("look");
        // Its absence is refused, even when there was nothing to think.
        assertThat(sent.at("/5/reasoning_content").asText("none")).isEmpty();
        assertThat(sent.at("/7/reasoning_content").asText()).isEqualTo("signed by another");
        assertThat(losses.fields()).containsExactly("messages[7].content[0]", "user");
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENROUTER", "OLLAMA", "VLLM"})
    void someServersTakeThoughtsBackAsReasoning(ChatDialect dialect) {
        messages = List.of(user("Hi"), assistant(thought("hm"), new Part.Text("Ho")), user("?"));

        JsonNode turn = sent(dialect).at("/messages/1");

        assertThat(turn).hasToString("{\"role\":\"assistant\",\"content\":\"Ho\",\"reasoning\":\"hm\"}");
        assertThat(losses.fields()).noneMatch(field -> field.contains("thinking"));
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENAI", "GROQ", "CEREBRAS", "TOGETHER", "XAI", "PERPLEXITY", "COHERE"})
    void othersRefuseThemAndTheyAreALoss(ChatDialect dialect) {
        messages = List.of(
                user("Hi"), assistant(thought("hm"), new Part.Thought("", DETAIL), new Part.Text("Ho")), user("?"));

        JsonNode turn = sent(dialect).at("/messages/1");

        assertThat(turn).hasToString("{\"role\":\"assistant\",\"content\":\"Ho\"}");
        assertThat(losses.fields()).contains("messages[1].content[0]", "messages[1].content[1]");
    }

    @Test
    void openRouterGetsItsDetailsBackInsteadOfTheirWords() {
        messages = List.of(user("Hi"), assistant(new Part.Thought("hm", DETAIL), call("a")), result("a"));

        JsonNode turn = sent(ChatDialect.OPENROUTER).at("/messages/1");

        assertThat(turn.path("reasoning_details")).hasToString("[" + DETAIL.value() + "]");
        assertThat(turn.has("reasoning")).isFalse();
        assertThat(losses.fields()).isEmpty();
    }

    // ------------------------------------------------------------------ how much to think

    @Test
    void openRouterIsToldHowMuchToThinkInAnObject() {
        reasoning = new Reasoning("high", null, false, "auto");
        assertThat(sent(ChatDialect.OPENROUTER).path("reasoning"))
                .hasToString("{\"effort\":\"high\",\"summary\":\"auto\"}");
        reasoning = new Reasoning(null, 4_000L, false, "omitted");
        assertThat(sent(ChatDialect.OPENROUTER).path("reasoning")).hasToString("{\"max_tokens\":4000}");
        reasoning = new Reasoning(null, 0L, false, null);
        assertThat(sent(ChatDialect.OPENROUTER).path("reasoning")).hasToString("{\"effort\":\"none\"}");
        reasoning = new Reasoning(null, null, true, null);
        assertThat(sent(ChatDialect.OPENROUTER).path("reasoning")).hasToString("{\"enabled\":true}");
        assertThat(losses.fields()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"none, none", "minimal, none", "low, high", "medium, high", "high, high", "max, high"})
    void cohereKnowsTwoWordsForIt(String asked, String said) {
        reasoning = new Reasoning(asked, null, false, null);

        assertThat(sent(ChatDialect.COHERE).path("reasoning_effort").asText()).isEqualTo(said);
    }

    // ------------------------------------------------------------------ what cannot be said

    @Test
    void deepSeekCanBeAskedForJsonButNotForASchema() {
        format = new OutputFormat("s", SCHEMA, true, null);

        assertThat(sent(ChatDialect.DEEPSEEK).path("response_format")).hasToString("{\"type\":\"json_object\"}");
        assertThat(losses.fields()).containsExactly("response_format.json_schema", "user");
    }

    @Test
    void perplexityHasNoToolsAndThatIsTold() {
        tools = List.of(TOOL);
        choice = ToolChoice.of(ToolChoice.Kind.REQUIRED);

        JsonNode sent = sent(ChatDialect.PERPLEXITY);

        assertThat(sent).hasToString("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        assertThat(losses.fields()).containsExactly("tools", "tool_choice", "user");
    }

    @Test
    void ollamaCannotBeToldWhichToolToCallButThatNoneShallBe() {
        tools = List.of(TOOL);
        choice = ToolChoice.of(ToolChoice.Kind.NONE);
        assertThat(sent(ChatDialect.OLLAMA).has("tools")).isFalse();
        choice = ToolChoice.of(ToolChoice.Kind.AUTO);
        assertThat(sent(ChatDialect.OLLAMA).has("tools")).isTrue();
        assertThat(losses.fields()).containsExactly("user");
        choice = new ToolChoice(ToolChoice.Kind.NAMED, "f");
        assertThat(sent(ChatDialect.OLLAMA).has("tool_choice")).isFalse();
        assertThat(losses.fields()).containsExactly("user", "tool_choice");
    }

    @ParameterizedTest
    @EnumSource(names = {"COHERE", "GROQ", "MISTRAL", "TOGETHER", "PERPLEXITY"})
    void whoCannotTellProbabilitiesIsNotAskedForThem(ChatDialect dialect) {
        sampling = new Sampling(null, null, null, null, List.of(), null, null, null, null, true, 2, null);

        assertThat(sent(dialect).toString()).doesNotContain("logprobs");
        assertThat(losses.fields()).contains("logprobs", "top_logprobs");
    }

    @ParameterizedTest
    @EnumSource(names = {"UNKNOWN", "OPENAI", "DEEPSEEK", "OPENROUTER", "XAI", "OLLAMA", "VLLM"})
    void whoCanIsAsked(ChatDialect dialect) {
        sampling = new Sampling(null, null, null, null, List.of(), null, null, null, null, true, 2, null);

        JsonNode sent = sent(dialect);

        assertThat(sent.path("logprobs").asBoolean()).isTrue();
        assertThat(sent.path("top_logprobs").asInt()).isEqualTo(2);
        assertThat(losses.fields()).doesNotContain("logprobs", "top_logprobs");
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENROUTER", "TOGETHER", "PERPLEXITY", "VLLM"})
    void topKIsForThoseWhoHaveIt(ChatDialect dialect) {
        sampling = new Sampling(null, null, null, 5L, List.of(), null, null, null, null, null, null, null);

        assertThat(sent(dialect).path("top_k").asInt()).isEqualTo(5);
        assertThat(losses.fields()).doesNotContain("top_k");
    }

    // ------------------------------------------------------------------ answers

    private static CollectedAnswer counted(ChatDialect dialect, String usage) {
        CollectedAnswer answer = new CollectedAnswer();
        new ChatAnswerDecoder(dialect)
                .decode(
                        ("{\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\"usage\":"
                                        + usage + "}")
                                .getBytes(StandardCharsets.UTF_8),
                        answer);
        return answer;
    }

    @ParameterizedTest
    @ValueSource(strings = {",\"total_tokens\":60", ""})
    void xaiCountsReasoningBesideTheCompletion(String total) {
        String usage = "{\"prompt_tokens\":10,\"completion_tokens\":30" + total
                + ",\"completion_tokens_details\":{\"reasoning_tokens\":20}}";

        assertThat(counted(ChatDialect.XAI, usage).tokens.output()).isEqualTo(50);
        assertThat(counted(ChatDialect.XAI, usage).tokens.reasoning()).isEqualTo(20);
    }

    @Test
    void othersCountItInside() {
        String usage =
                "{\"prompt_tokens\":10,\"completion_tokens\":30,\"completion_tokens_details\":{\"reasoning_tokens\":20}}";

        assertThat(counted(ChatDialect.GROQ, usage).tokens.output()).isEqualTo(30);
        assertThat(counted(ChatDialect.UNKNOWN, usage).tokens.output()).isEqualTo(30);
    }

    @Test
    void aTotalThatHoldsReasoningOutweighsTheDialect() {
        String usage = "{\"prompt_tokens\":10,\"completion_tokens\":30,\"total_tokens\":40,"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":20}}";

        assertThat(counted(ChatDialect.XAI, usage).tokens.output()).isEqualTo(30);
    }
}
