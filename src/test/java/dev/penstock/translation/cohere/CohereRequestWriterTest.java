// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CohereRequestWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String THINKS = "command-a-reasoning-08-2025";
    private static final String PLAIN = "command-a-03-2025";
    private static final Message HI = say(Message.Role.USER, new Part.Text("Hi"));

    private final Losses losses = new Losses();

    // ------------------------------------------------------------------ messages

    @Test
    void instructionsStandFirstAndInOneMessageWhereverTheyWere() {
        assertThat(messages(
                        say(Message.Role.SYSTEM, new Part.Text("Be brief.")),
                        HI,
                        say(Message.Role.ASSISTANT, new Part.Text("Ho")),
                        say(Message.Role.SYSTEM, new Part.Text("Be kind.")),
                        say(Message.Role.USER, new Part.Text("Bye"))))
                .isEqualTo("""
                        [{"role":"system","content":[{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}]},\
                        {"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"},{"role":"user","content":"Bye"}]""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void instructionsAreTextAndNothingElse() {
        refuses("messages[0].content[0]", say(Message.Role.SYSTEM, picture("high")));
    }

    @Test
    void picturesGoAsBytesOrAsAddresses() {
        assertThat(messages(say(
                        Message.Role.USER,
                        new Part.Text("What?"),
                        picture("high"),
                        new Part.Image(null, null, "https://example.com/a.png", null, null))))
                .isEqualTo("""
                        [{"role":"user","content":[{"type":"text","text":"What?"},\
                        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO","detail":"high"}},\
                        {"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]""");
    }

    @Test
    void documentsGoAsTextAndFilesAndSoundAreRefused() {
        Part.Document text = new Part.Document("a.txt", "text/plain", null, null, "Words.", null);
        assertThat(messages(say(Message.Role.USER, text))).isEqualTo("""
                [{"role":"user","content":"Words."}]""");
        refuses(
                "messages[0].content[0]",
                say(Message.Role.USER, new Part.Document("a.pdf", "application/pdf", "JVBERi0=", null, null, null)));
        refuses(
                "messages[0].content[0]",
                say(
                        Message.Role.USER,
                        new Part.Document(null, "application/pdf", null, "https://example.com/a.pdf", null, null)));
        refuses("messages[0].content[0]", say(Message.Role.USER, new Part.Audio("wav", "UklGRg==")));
    }

    @Test
    void resultsFollowTheTurnThatCalledEachInItsOwnMessageAndBeforeWhatTheUserSays() {
        assertThat(messages(
                        HI,
                        say(Message.Role.ASSISTANT, call("c1", "{\"city\":\"Oslo\"}"), call("c2", "{}")),
                        say(
                                Message.Role.USER,
                                new Part.Text("And?"),
                                result("c2", false, new Part.Text("rain")),
                                result(
                                        "c1",
                                        false,
                                        new Part.Text("sun"),
                                        new Part.Document("log.txt", "text/plain", null, null, "Sun.", null)))))
                .isEqualTo("""
                        [{"role":"user","content":"Hi"},\
                        {"role":"assistant","tool_calls":[\
                        {"id":"c1","type":"function","function":{"name":"look","arguments":"{\\"city\\":\\"Oslo\\"}"}},\
                        {"id":"c2","type":"function","function":{"name":"look","arguments":"{}"}}]},\
                        {"role":"tool","tool_call_id":"c2","content":"rain"},\
                        {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"sun"},\
                        {"type":"document","document":{"data":{"title":"log.txt","text":"Sun."}}}]},\
                        {"role":"user","content":"And?"}]""");
    }

    @Test
    void picturesOfResultsFollowInAMessageOfTheUser() {
        assertThat(messages(
                        HI,
                        say(Message.Role.ASSISTANT, call("c1", "{}")),
                        say(Message.Role.USER, result("c1", false, picture(null)))))
                .endsWith("""
                        {"role":"tool","tool_call_id":"c1","content":"The result is shown in the next message of the user."},\
                        {"role":"user","content":[{"type":"text","text":"Shown by tool call c1:"},\
                        {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}]""");
    }

    @Test
    void aFailureWithoutWordsIsPutIntoWords() {
        assertThat(messages(
                        HI, say(Message.Role.ASSISTANT, call("c1", "{}")), say(Message.Role.USER, result("c1", true))))
                .endsWith("{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"The tool failed.\"}]");
    }

    @Test
    void unsignedThoughtsOfATurnThatCallsAreItsPlanAndAllOthersAreLost() {
        assertThat(messages(
                        HI,
                        say(
                                Message.Role.ASSISTANT,
                                new Part.Thought("I will look.", null),
                                new Part.Thought(
                                        "Signed.",
                                        new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "c2ln", null)),
                                call("c1", "{}")),
                        say(Message.Role.USER, result("c1", false, new Part.Text("sun"))),
                        say(Message.Role.ASSISTANT, new Part.Thought("Done.", null), new Part.Text("Sun."))))
                .isEqualTo("""
                        [{"role":"user","content":"Hi"},\
                        {"role":"assistant","tool_plan":"I will look.","tool_calls":[\
                        {"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}}]},\
                        {"role":"tool","tool_call_id":"c1","content":"sun"},\
                        {"role":"assistant","content":"Sun."}]""");
        assertThat(losses.fields()).containsExactly("messages[1].content[1]", "messages[3].content[0]");
    }

    @Test
    void aTurnThatSaysNothingIsLeftOutAndARefusalIsText() {
        assertThat(messages(
                        HI,
                        say(Message.Role.ASSISTANT, new Part.Text("")),
                        say(Message.Role.USER, new Part.Text("Well?")),
                        say(Message.Role.ASSISTANT, new Part.Refusal("No."))))
                .isEqualTo("""
                        [{"role":"user","content":"Hi"},{"role":"user","content":"Well?"},{"role":"assistant","content":"No."}]""");
    }

    @Test
    void cacheMarksAreLostBecauseItCachesByItself() {
        messages(say(Message.Role.USER, new Part.Text("Hi", new CacheMark("5m"))));

        assertThat(losses.fields()).containsExactly("cache_control");
    }

    @Test
    void halfACharacterDoesNotCostTheRequest() {
        assertThat(messages(say(Message.Role.USER, new Part.Text("a\uD83D")))).contains("\"a?\"");
    }

    // ------------------------------------------------------------------ tools

    @Test
    void toolsHaveParametersAlwaysAndAChoiceInCapitals() {
        Request request = new Request();
        request.tools.add(new Tool("look", "Looks.", JSON.createObjectNode().put("type", "object"), null, null));
        request.tools.add(new Tool("wait", null, null, null, null));
        request.choice = ToolChoice.of(ToolChoice.Kind.REQUIRED);

        assertThat(write(PLAIN, request)).isEqualTo("""
                {"model":"command-a-03-2025","messages":[{"role":"user","content":"Hi"}],"tools":[\
                {"type":"function","function":{"name":"look","description":"Looks.","parameters":{"type":"object"}}},\
                {"type":"function","function":{"name":"wait","parameters":{"type":"object","properties":{}}}}],\
                "tool_choice":"REQUIRED"}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"UNSAID, ''", "AUTO, ''", "NONE, NONE", "REQUIRED, REQUIRED"})
    void aChoiceIsRequiredOrNoneOrLeftToTheModel(ToolChoice.Kind kind, String word) throws Exception {
        Request request = new Request();
        request.tools.add(tool("look", null));
        request.choice = ToolChoice.of(kind);

        assertThat(tree(PLAIN, request).path("tool_choice").asText("")).isEqualTo(word);
    }

    @Test
    void aNamedToolIsTheOnlyOneThatIsOffered() throws Exception {
        Request request = new Request();
        request.tools.add(tool("look", null));
        request.tools.add(tool("wait", null));
        request.choice = new ToolChoice(ToolChoice.Kind.NAMED, "wait");

        JsonNode body = tree(PLAIN, request);

        assertThat(body.path("tool_choice").asText()).isEqualTo("REQUIRED");
        assertThat(body.findValuesAsText("name")).containsExactly("wait");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void aNamedToolThatIsNotThereIsRefused() {
        Request request = new Request();
        request.tools.add(tool("look", null));
        request.choice = new ToolChoice(ToolChoice.Kind.NAMED, "wait");

        assertThatThrownBy(() -> write(PLAIN, request))
                .isInstanceOfSatisfying(
                        GatewayError.class, e -> assertThat(e.param()).isEqualTo("tool_choice"));
    }

    @Test
    void strictnessIsOfAllToolsOrLost() throws Exception {
        Request all = new Request();
        all.tools.add(tool("look", true));
        assertThat(tree(PLAIN, all).path("strict_tools").asBoolean()).isTrue();
        assertThat(losses.isEmpty()).isTrue();

        Request some = new Request();
        some.tools.add(tool("look", true));
        some.tools.add(tool("wait", null));
        assertThat(tree(PLAIN, some).has("strict_tools")).isFalse();
        assertThat(losses.fields()).containsExactly("tools[0].strict");
    }

    @Test
    void oneToolAtATimeIsLost() {
        Request request = new Request();
        request.tools.add(tool("look", null));
        request.parallel = false;

        write(PLAIN, request);

        assertThat(losses.fields()).containsExactly("parallel_tool_calls");
    }

    // ------------------------------------------------------------------ structure

    @Test
    void structureIsAJsonObjectWithOrWithoutASchema() throws Exception {
        Request request = new Request();
        request.format = new OutputFormat("s", JSON.readTree("{\"type\":\"object\",\"z\":1,\"a\":2}"), true, "d");
        assertThat(write(PLAIN, request)).endsWith("""
                "response_format":{"type":"json_object","json_schema":{"type":"object","z":1,"a":2}}}""");

        request.format = new OutputFormat(null, null, null, null);
        assertThat(write(PLAIN, request)).endsWith("\"response_format\":{\"type\":\"json_object\"}}");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void structureBesideToolsIsLostBecauseCohereRefusesTheTwo() throws Exception {
        Request request = new Request();
        request.format = new OutputFormat(null, null, null, null);
        request.tools.add(tool("look", null));

        assertThat(tree(PLAIN, request).has("response_format")).isFalse();
        assertThat(losses.fields()).containsExactly("response_format");
    }

    // ------------------------------------------------------------------ length and chance

    @Test
    void lengthAndChanceHaveShortNames() {
        Request request = new Request();
        request.sampling = new Sampling(77L, 0.5, 0.25, 5L, List.of("END"), 1, 7L, 0.5, 0.25, null, null, null);
        request.stream = true;

        assertThat(write(PLAIN, request)).endsWith("""
                "max_tokens":77,"stop_sequences":["END"],"temperature":0.5,"p":0.25,"k":5,"seed":7,\
                "frequency_penalty":0.25,"presence_penalty":0.5,"stream":true}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void whatIsOutOfRangeBecomesTheNearestAndIsNamed() {
        Request request = new Request();
        request.sampling = new Sampling(
                null,
                -1.0,
                1.0,
                900L,
                List.of("a", "", "b", "c", "d", "e", "f"),
                null,
                -7L,
                -0.5,
                2.0,
                null,
                null,
                null);

        assertThat(write(PLAIN, request)).endsWith("""
                "stop_sequences":["a","b","c","d","e"],"temperature":0.0,"p":0.99,"k":500,\
                "frequency_penalty":1.0,"presence_penalty":0.0}""");
        assertThat(losses.fields())
                .containsExactly(
                        "stop", "temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty");
    }

    @Test
    void aNegativeTopPMeansThatItIsNotSetAndPenaltiesOfZeroAreTheDefault() throws Exception {
        Request request = new Request();
        request.sampling = new Sampling(null, null, -1.0, null, List.of(), null, null, 0.0, 0.0, null, null, null);

        JsonNode body = tree(PLAIN, request);

        assertThat(body.has("p")).isFalse();
        assertThat(body.has("frequency_penalty")).isFalse();
        assertThat(losses.fields()).containsExactly("top_p");
    }

    @Test
    void whatHasNoWordIsNamed() throws Exception {
        Request request = new Request();
        request.sampling = new Sampling(
                null, null, null, null, List.of(), 2, null, null, null, true, 3, JSON.readTree("{\"1\":5}"));
        request.user = "u-1";
        request.extras.put("service_tier", JSON.readTree("\"flex\""));

        write(PLAIN, request);

        assertThat(losses.fields())
                .containsExactlyInAnyOrder("n", "logprobs", "top_logprobs", "logit_bias", "user", "service_tier");
    }

    @Test
    void itsOwnFieldsPassAndDocumentsExcludeAStructure() throws Exception {
        Request request = new Request();
        request.extras.put("documents", JSON.readTree("[{\"id\":\"d\",\"data\":{\"text\":\"Sun.\"}}]"));
        request.extras.put("safety_mode", JSON.readTree("\"STRICT\""));
        request.extras.put("citation_options", JSON.readTree("{\"mode\":\"FAST\"}"));
        request.format = new OutputFormat(null, null, null, null);

        JsonNode body = tree(PLAIN, request);

        assertThat(body.at("/documents/0/data/text").asText()).isEqualTo("Sun.");
        assertThat(body.path("safety_mode").asText()).isEqualTo("STRICT");
        assertThat(body.at("/citation_options/mode").asText()).isEqualTo("FAST");
        assertThat(losses.fields()).containsExactly("response_format");
    }

    // ------------------------------------------------------------------ thinking

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none    | {\"type\":\"disabled\"}",
                "minimal | {\"type\":\"enabled\",\"token_budget\":1024}",
                "low     | {\"type\":\"enabled\",\"token_budget\":2048}",
                "medium  | {\"type\":\"enabled\",\"token_budget\":8192}",
                "high    | {\"type\":\"enabled\",\"token_budget\":16384}",
                "xhigh   | {\"type\":\"enabled\",\"token_budget\":24576}",
                "max     | {\"type\":\"enabled\"}"
            })
    void anEffortIsABudget(String effort, String thinking) throws Exception {
        Request request = new Request();
        request.reasoning = new Reasoning(effort, null, false, null);

        assertThat(tree(THINKS, request).path("thinking")).hasToString(thinking);
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void aBudgetIsItselfAndLeavesRoomForTheAnswer() throws Exception {
        Request request = new Request();
        request.reasoning = new Reasoning(null, 4_000L, false, null);
        assertThat(tree(THINKS, request).at("/thinking/token_budget").asLong()).isEqualTo(4_000);

        request.sampling = new Sampling(1_000L, null, null, null, List.of(), null, null, null, null, null, null, null);
        assertThat(tree(THINKS, request).at("/thinking/token_budget").asLong()).isEqualTo(500);

        request.reasoning = new Reasoning(null, 0L, false, null);
        assertThat(tree(THINKS, request).at("/thinking/type").asText()).isEqualTo("disabled");
    }

    @Test
    void whoDecidesByItselfGetsNoBudget() throws Exception {
        Request request = new Request();
        request.reasoning = new Reasoning(null, null, true, null);

        assertThat(tree(THINKS, request).path("thinking")).hasToString("{\"type\":\"enabled\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {PLAIN, "command-r7b-12-2024", "Command-R-Plus", "command", "c4ai-aya-expanse-32b"})
    void aModelThatDoesNotThinkIsNotAskedTo(String model) throws Exception {
        Request request = new Request();
        request.reasoning = new Reasoning("none", null, false, null);
        assertThat(tree(model, request).has("thinking")).isFalse();
        assertThat(losses.isEmpty()).isTrue();

        request.reasoning = new Reasoning("high", null, false, null);
        assertThat(tree(model, request).has("thinking")).isFalse();
        assertThat(losses.fields()).containsExactly("reasoning_effort");
    }

    @Test
    void aModelThatNobodyKnowsIsAskedToThink() throws Exception {
        Request request = new Request();
        request.reasoning = new Reasoning("low", null, false, null);

        assertThat(tree("command-z-01-2030", request).has("thinking")).isTrue();
    }

    // ------------------------------------------------------------------ making requests

    private static final class Request {
        List<Message> messages = List.of(HI);
        final List<Tool> tools = new ArrayList<>();
        ToolChoice choice = ToolChoice.UNSAID;
        Boolean parallel;
        Sampling sampling = Sampling.UNSAID;
        OutputFormat format;
        Reasoning reasoning;
        String user;
        final Map<String, JsonNode> extras = new LinkedHashMap<>();
        boolean stream;
    }

    private String write(String model, Request said) {
        Conversation conversation = new Conversation(
                "m",
                said.stream,
                said.messages,
                said.tools,
                said.choice,
                said.parallel,
                said.sampling,
                said.format,
                said.reasoning,
                said.user,
                said.extras);
        return new String(new CohereRequestWriter().write(conversation, model, losses), StandardCharsets.UTF_8);
    }

    private JsonNode tree(String model, Request said) throws Exception {
        return JSON.readTree(write(model, said));
    }

    private String messages(Message... messages) {
        Request request = new Request();
        request.messages = List.of(messages);
        String body = write(PLAIN, request);
        String head = "{\"model\":\"" + PLAIN + "\",\"messages\":";
        assertThat(body).startsWith(head);
        return body.substring(head.length(), body.length() - 1);
    }

    private void refuses(String path, Message... messages) {
        assertThatThrownBy(() -> messages(messages)).isInstanceOfSatisfying(GatewayError.class, e -> {
            assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(e.param()).isEqualTo(path);
            assertThat(e.getMessage()).startsWith(path + ": expected").doesNotContain("example.com");
        });
    }

    private static Message say(Message.Role role, Part... parts) {
        return new Message(role, List.of(parts));
    }

    private static Part.Image picture(String detail) {
        return new Part.Image("image/png", "iVBO", null, detail, null);
    }

    private static Part.ToolCall call(String id, String arguments) {
        return new Part.ToolCall(id, "look", arguments, null, null);
    }

    private static Part.ToolResult result(String id, boolean error, Part... content) {
        return new Part.ToolResult(id, null, List.of(content), error, null);
    }

    private static Tool tool(String name, Boolean strict) {
        return new Tool(name, null, JSON.createObjectNode().put("type", "object"), strict, null);
    }
}
