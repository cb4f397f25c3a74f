// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GeminiRequestWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NEW = "gemini-3-flash-preview";
    private static final String MIDDLE = "gemini-2.5-flash";
    private static final String OLD = "gemini-2.0-flash-001";
    private static final String WEATHER_SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"unit\":{\"const\":\"C\"},\"city\":{\"type\":[\"string\",\"null\"]}},\"required\":[\"city\"],\"additionalProperties\":false}";

    private final Losses losses = new Losses();

    @Test
    void aConversationWithParallelCallsInAnyOrderOfResults() {
        assertWritten(NEW, parallelCalls(), """
                {"contents":[
                  {"role":"user","parts":[{"text":"Weather in Oslo and Rome?"}]},
                  {"role":"model","parts":[
                    {"text":"Looking."},
                    {"functionCall":{"id":"a","name":"weather","args":{"city":"Oslo","x":1.50}},"thoughtSignature":"c2ln"},
                    {"functionCall":{"id":"b","name":"weather","args":{"city":"Rome"}}}]},
                  {"role":"user","parts":[
                    {"functionResponse":{"id":"a","name":"weather","response":{"result":"3 °C"}}},
                    {"functionResponse":{"id":"b","name":"weather","response":{"error":"no such city"}}},
                    {"text":"And?"}]}],
                 "systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
                 "tools":[{"functionDeclarations":[
                   {"name":"weather","description":"Weather now","parametersJsonSchema":%s},
                   {"name":"now"}]}],
                 "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}}""".formatted(WEATHER_SCHEMA));
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void olderModelsGetNoIdsAndTheRestrictedSchema() {
        assertWritten(OLD, parallelCalls(), """
                {"contents":[
                  {"role":"user","parts":[{"text":"Weather in Oslo and Rome?"}]},
                  {"role":"model","parts":[
                    {"text":"Looking."},
                    {"functionCall":{"name":"weather","args":{"city":"Oslo","x":1.50}},"thoughtSignature":"c2ln"},
                    {"functionCall":{"name":"weather","args":{"city":"Rome"}}}]},
                  {"role":"user","parts":[
                    {"functionResponse":{"name":"weather","response":{"result":"3 °C"}}},
                    {"functionResponse":{"name":"weather","response":{"error":"no such city"}}},
                    {"text":"And?"}]}],
                 "systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
                 "tools":[{"functionDeclarations":[
                   {"name":"weather","description":"Weather now","parameters":{
                     "type":"OBJECT",
                     "properties":{"unit":{"type":"STRING","format":"enum","enum":["C"]},"city":{"nullable":true,"type":"STRING"}},
                     "propertyOrdering":["unit","city"],
                     "required":["city"]}},
                   {"name":"now"}]}],
                 "toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}}""");
    }

    @Test
    void picturesAndDocumentsAreBytesOrPlaces() {
        Conversation conversation = conversation(List.of(user(
                new Part.Text("Compare."),
                new Part.Image("image/png", "iVBORw0=", null, "auto", null),
                new Part.Image(null, null, "https://example.org/a/b.webp?c=d.png", null, null),
                new Part.Image(null, null, "https://example.org/picture", "low", null),
                new Part.Image(null, null, "gs://bucket/p.heic", null, null),
                new Part.Image(null, null, "https://generativelanguage.googleapis.com/v1beta/files/abc", null, null),
                new Part.Document("d.pdf", "application/pdf", "JVBERi0=", null, null, null),
                new Part.Document(null, null, null, "https://example.org/report", null, null),
                new Part.Document(null, "text/plain", null, null, "plain words", null),
                new Part.Audio("wav", "UklGRg=="))));

        assertWritten(MIDDLE, conversation, """
                {"contents":[{"role":"user","parts":[
                  {"text":"Compare."},
                  {"inlineData":{"mimeType":"image/png","data":"iVBORw0="}},
                  {"fileData":{"mimeType":"image/webp","fileUri":"https://example.org/a/b.webp?c=d.png"}},
                  {"fileData":{"mimeType":"image/jpeg","fileUri":"https://example.org/picture"}},
                  {"fileData":{"mimeType":"image/heic","fileUri":"gs://bucket/p.heic"}},
                  {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},
                  {"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="}},
                  {"fileData":{"mimeType":"application/pdf","fileUri":"https://example.org/report"}},
                  {"text":"plain words"},
                  {"inlineData":{"mimeType":"audio/wav","data":"UklGRg=="}}]}]}""");
        assertThat(losses.fields()).containsExactly("messages[0].content[3].image_url.detail");
    }

    @Test
    void anAddressThatGoogleDoesNotFetchIsRefused() {
        Conversation conversation =
                conversation(List.of(user(new Part.Image(null, null, "http://10.0.0.1/secret.png", null, null))));

        assertThatThrownBy(() -> write(NEW, conversation)).isInstanceOfSatisfying(GatewayError.class, error -> {
            assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(error.param()).isEqualTo("messages[0].content[0].image_url");
            assertThat(error.getMessage()).doesNotContain("10.0.0.1");
        });
    }

    /** As a stream ends a text: with the signature in a part of nothing. The call behind it is not what was signed. */
    @Test
    void theSignatureOfATextDoesNotMoveToTheCallBehindIt() {
        Conversation conversation = conversation(List.of(
                user(new Part.Text("1")),
                assistant(new Part.Text("One."), new Part.Thought("", gemini("s1")), call("a", "f", null)),
                user(result("a", "x"))));

        assertWritten(OLD, conversation, """
                {"contents":[
                  {"role":"user","parts":[{"text":"1"}]},
                  {"role":"model","parts":[
                    {"text":"One."},
                    {"text":"","thoughtSignature":"s1"},
                    {"functionCall":{"name":"f","args":{}}}]},
                  {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"x"}}}]}]}""");
    }

    @Test
    void signaturesGoBackWhereTheyCameFrom() {
        Conversation conversation = conversation(List.of(
                user(new Part.Text("1")),
                assistant(
                        new Part.Thought("I think.", gemini("s1")),
                        new Part.Text("One."),
                        new Part.Thought("", gemini("s2"))),
                user(new Part.Text("2")),
                assistant(new Part.Thought("", gemini("s3")), call("a", "f", null), call("b", "f", null)),
                user(result("a", "x"), result("b", "y")),
                assistant(
                        new Part.Thought(
                                "Claude thinks.",
                                new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "foreign", null)),
                        new Part.Thought("Somebody thinks.", null)),
                user(new Part.Text("3"))));

        assertWritten(NEW, conversation, """
                {"contents":[
                  {"role":"user","parts":[{"text":"1"}]},
                  {"role":"model","parts":[
                    {"text":"I think.","thought":true},
                    {"text":"One.","thoughtSignature":"s1"},
                    {"text":"","thoughtSignature":"s2"}]},
                  {"role":"user","parts":[{"text":"2"}]},
                  {"role":"model","parts":[
                    {"functionCall":{"id":"a","name":"f","args":{}},"thoughtSignature":"s3"},
                    {"functionCall":{"id":"b","name":"f","args":{}}}]},
                  {"role":"user","parts":[
                    {"functionResponse":{"id":"a","name":"f","response":{"result":"x"}}},
                    {"functionResponse":{"id":"b","name":"f","response":{"result":"y"}}},
                    {"text":"3"}]}]}""");
    }

    @Test
    void callsOfOtherModelsGetTheDocumentedWordWhereASignatureIsDemanded() {
        Conversation conversation = conversation(List.of(
                user(new Part.Text("1")),
                assistant(
                        call("a", "f", new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "foreign", null)),
                        call("b", "f", null)),
                user(result("b", "y"), result("a", "x"))));

        assertThat(text(NEW, conversation))
                .containsOnlyOnce("thoughtSignature")
                .contains(
                        "\"functionCall\":{\"id\":\"a\",\"name\":\"f\",\"args\":{}},\"thoughtSignature\":\"skip_thought_signature_validator\"")
                .doesNotContain("foreign");
        assertThat(text(MIDDLE, conversation)).doesNotContain("thoughtSignature");
    }

    @Test
    void structuredOutputWithEverythingThatGeminiCanBeTold() throws Exception {
        Conversation conversation = new Conversation(
                "alias",
                false,
                List.of(user(new Part.Text("Where?"))),
                List.of(),
                ToolChoice.UNSAID,
                null,
                new Sampling(500L, 0.7, 0.9, 40L, List.of("END"), 1, 42L, 0.5, 0.0, false, null, null),
                new OutputFormat(
                        "place",
                        JSON.readTree("{\"type\":\"object\",\"properties\":{\"z\":{\"$ref\":\"#/$defs/c\"},\"a\":{}}}"),
                        true,
                        null),
                new Reasoning("low", null, false, null),
                null,
                Map.of());

        assertWritten(NEW, conversation, """
                {"contents":[{"role":"user","parts":[{"text":"Where?"}]}],
                 "generationConfig":{
                   "maxOutputTokens":500,"temperature":0.7,"topP":0.9,"topK":40,"stopSequences":["END"],"seed":42,
                   "presencePenalty":0.5,
                   "responseMimeType":"application/json",
                   "responseJsonSchema":{"type":"object","properties":{"z":{"$ref":"#/$defs/c"},"a":{}}},
                   "thinkingConfig":{"thinkingLevel":"LOW","includeThoughts":true}}}""");
        assertThat(losses.isEmpty()).isTrue();
    }

    @Test
    void anyJsonObjectIsAMediaTypeWithoutSchema() {
        assertThat(text(MIDDLE, format(new OutputFormat(null, null, null, null))))
                .contains("\"generationConfig\":{\"responseMimeType\":\"application/json\"}");
    }

    @Test
    void theRestrictedSchemaPutsReferencesInTheirPlacesAndReportsWhatItCannotSay() throws Exception {
        JsonNode schema = JSON.readTree("""
                {"$schema":"x","type":"object","properties":{
                  "who":{"$ref":"#/$defs/person"},
                  "n":{"anyOf":[{"type":"integer","exclusiveMinimum":0},{"type":"null"}]},
                  "k":{"oneOf":[{"type":"string","format":"uuid"},{"type":"number"}]},
                  "l":{"allOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}]}},
                 "$defs":{"person":{"type":"object","properties":{"name":{"type":"string"}}}}}""");

        assertThat(text(OLD, format(new OutputFormat("x", schema, null, null)))).contains("""
                "responseSchema":{"type":"OBJECT","properties":{\
                "who":{"type":"OBJECT","properties":{"name":{"type":"STRING"}},"propertyOrdering":["name"]},\
                "n":{"nullable":true,"type":"INTEGER"},\
                "k":{"anyOf":[{"type":"STRING"},{"type":"NUMBER"}]},\
                "l":{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":"STRING"}},"propertyOrdering":["a","b"]}},\
                "propertyOrdering":["who","n","k","l"]}""");
        assertThat(losses.fields()).containsExactly("response_format.json_schema.schema.exclusiveMinimum");
    }

    @Test
    void aRecursiveSchemaIsRefusedByModelsThatTakeNone() throws Exception {
        JsonNode schema = JSON.readTree(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"},\"l\":{\"$ref\":\"#/properties/l\"}}}");

        assertThatThrownBy(() -> write(OLD, format(new OutputFormat("x", schema, null, null))))
                .isInstanceOf(GatewayError.class);
    }

    @Test
    void theChoiceOfToolsIsAMode() {
        assertThat(text(NEW, choice(ToolChoice.UNSAID))).doesNotContain("toolConfig");
        assertThat(text(NEW, choice(ToolChoice.of(ToolChoice.Kind.NONE)))).contains("{\"mode\":\"NONE\"}");
        assertThat(text(NEW, choice(ToolChoice.of(ToolChoice.Kind.REQUIRED)))).contains("{\"mode\":\"ANY\"}");
        assertThat(text(NEW, choice(new ToolChoice(ToolChoice.Kind.NAMED, "now"))))
                .contains("{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"now\"]}");
    }

    @Test
    void thinkingIsALevelABudgetOrNothingByTheGenerationOfTheModel() {
        assertThat(thinking(NEW, effort("minimal"))).contains("\"thinkingLevel\":\"MINIMAL\"");
        assertThat(thinking("gemini-3.1-pro-preview", effort("medium"))).contains("\"thinkingLevel\":\"MEDIUM\"");
        assertThat(thinking("gemini-3-pro-preview", effort("medium"))).contains("\"thinkingLevel\":\"HIGH\"");
        assertThat(thinking("models/gemini-flash-latest", effort("max"))).contains("\"thinkingLevel\":\"HIGH\"");
        assertThat(thinking(NEW, new Reasoning(null, 4_000L, false, null))).contains("\"thinkingLevel\":\"MEDIUM\"");
        assertThat(thinking(MIDDLE, effort("medium"))).contains("\"thinkingBudget\":8192");
        assertThat(thinking(MIDDLE, effort("none"))).contains("\"thinkingConfig\":{\"thinkingBudget\":0}");
        assertThat(thinking(MIDDLE, new Reasoning(null, null, true, "omitted")))
                .contains("\"thinkingConfig\":{\"thinkingBudget\":-1}");
        assertThat(thinking("gemini-2.5-pro", new Reasoning(null, 64_000L, false, null)))
                .contains("\"thinkingBudget\":32768");
        assertThat(losses.isEmpty()).isTrue();

        assertThat(thinking(OLD, effort("low"))).doesNotContain("thinkingConfig");
        assertThat(losses.fields()).containsExactly("reasoning_effort");
    }

    @Test
    void whatCannotBeSwitchedOffIsTurnedDownAndReported() {
        assertThat(thinking("gemini-2.5-pro", effort("none"))).contains("{\"thinkingBudget\":128}");
        assertThat(thinking("gemini-3-pro-preview", effort("none"))).contains("{\"thinkingLevel\":\"LOW\"}");
        assertThat(losses.fields()).containsExactly("reasoning_effort");
    }

    @Test
    void whatHasNoCounterpartIsReported() throws Exception {
        Conversation conversation = new Conversation(
                "alias",
                true,
                List.of(
                        new Message(Role.SYSTEM, List.of(new Part.Image("image/png", "AAAA", null, null, null))),
                        user(new Part.Text("Hi"))),
                List.of(new Tool("f", null, null, true, null)),
                ToolChoice.UNSAID,
                false,
                new Sampling(
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        2,
                        1L << 40,
                        null,
                        null,
                        null,
                        null,
                        JSON.readTree("{\"50256\":-100}")),
                null,
                null,
                "somebody",
                Map.of("store", JSON.readTree("true")));

        assertWritten(NEW, conversation, """
                {"contents":[{"role":"user","parts":[{"text":"Hi"}]}],
                 "tools":[{"functionDeclarations":[{"name":"f"}]}]}""");
        assertThat(losses.fields())
                .containsExactlyInAnyOrder(
                        "messages[0].content[0]",
                        "tools[0].function.strict",
                        "parallel_tool_calls",
                        "n",
                        "seed",
                        "logit_bias",
                        "user",
                        "store");
    }

    @Test
    void picturesInResultsStandInsideOrBehind() {
        Conversation conversation = conversation(List.of(
                user(new Part.Text("1")),
                assistant(call("a", "shoot", null), call("b", "shoot", null)),
                user(
                        new Part.ToolResult(
                                "a",
                                null,
                                List.of(
                                        new Part.Text("l1"),
                                        new Part.Text("l2"),
                                        new Part.Image("image/png", "AAAA", null, null, null)),
                                false,
                                null),
                        result("b", ""))));

        assertThat(text(NEW, conversation)).contains("""
                {"functionResponse":{"id":"a","name":"shoot","response":{"result":"l1\\nl2"},"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}},\
                {"functionResponse":{"id":"b","name":"shoot","response":{"result":""}}}""");
        assertThat(text(MIDDLE, conversation)).contains("""
                {"functionResponse":{"name":"shoot","response":{"result":"l1\\nl2"}}},\
                {"functionResponse":{"name":"shoot","response":{"result":""}}},\
                {"inlineData":{"mimeType":"image/png","data":"AAAA"}}""");
    }

    @Test
    void whatWouldChangeTheMeaningIsRefused() {
        assertRefused(
                "stop",
                new Conversation(
                        "alias",
                        false,
                        List.of(user(new Part.Text("Hi"))),
                        List.of(),
                        ToolChoice.UNSAID,
                        null,
                        new Sampling(
                                null,
                                null,
                                null,
                                null,
                                List.of("1", "2", "3", "4", "5", "6"),
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null),
                        null,
                        null,
                        null,
                        Map.of()));
        assertRefused("messages", conversation(List.of(new Message(Role.SYSTEM, List.of(new Part.Text("Be."))))));
        assertRefused("messages[0].content[0].tool_call_id", conversation(List.of(user(result("nobody", "x")))));
        assertRefused(
                "messages[0].content[0].arguments",
                conversation(List.of(assistant(new Part.ToolCall("a", "f", "[1]", null, null)))));
        assertRefused(
                "tool_choice",
                new Conversation(
                        "alias",
                        false,
                        List.of(user(new Part.Text("Hi"))),
                        List.of(),
                        ToolChoice.of(ToolChoice.Kind.REQUIRED),
                        null,
                        Sampling.UNSAID,
                        null,
                        null,
                        null,
                        Map.of()));
    }

    @Test
    void halfASurrogatePairIsWrittenAsReplacement() {
        assertThat(text(NEW, conversation(List.of(user(new Part.Text("a\uD83Db\uD83D\uDE00"))))))
                .contains("\"a\uFFFDb\uD83D\uDE00\"");
    }

    // ------------------------------------------------------------------ cases

    private static Conversation parallelCalls() {
        return new Conversation(
                "alias",
                true,
                List.of(
                        new Message(Role.SYSTEM, List.of(new Part.Text("Be brief."))),
                        user(new Part.Text("Weather in Oslo and Rome?")),
                        assistant(
                                new Part.Text("Looking."),
                                new Part.ToolCall(
                                        "a", "weather", "{\"city\": \"Oslo\", \"x\": 1.50}", gemini("c2ln"), null),
                                new Part.ToolCall("b", "weather", "{\"city\":\"Rome\"}", null, null)),
                        user(new Part.ToolResult("b", null, List.of(new Part.Text("no such city")), true, null)),
                        new Message(Role.SYSTEM, List.of(new Part.Text("Be kind."))),
                        user(new Part.Text("And?")),
                        user(result("a", "3 °C"))),
                List.of(
                        new Tool("weather", "Weather now", tree(WEATHER_SCHEMA), null, null),
                        new Tool("now", null, tree("{\"type\":\"object\",\"properties\":{}}"), null, null)),
                ToolChoice.of(ToolChoice.Kind.AUTO),
                true,
                Sampling.UNSAID,
                null,
                null,
                null,
                Map.of());
    }

    private static Conversation conversation(List<Message> messages) {
        return new Conversation(
                "alias",
                false,
                messages,
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                null,
                null,
                null,
                Map.of());
    }

    private static Conversation format(OutputFormat format) {
        return new Conversation(
                "alias",
                false,
                List.of(user(new Part.Text("Hi"))),
                List.of(),
                ToolChoice.UNSAID,
                null,
                Sampling.UNSAID,
                format,
                null,
                null,
                Map.of());
    }

    private static Conversation choice(ToolChoice choice) {
        return new Conversation(
                "alias",
                false,
                List.of(user(new Part.Text("Hi"))),
                List.of(new Tool("now", null, null, null, null)),
                choice,
                null,
                Sampling.UNSAID,
                null,
                null,
                null,
                Map.of());
    }

    private String thinking(String model, Reasoning reasoning) {
        return text(
                model,
                new Conversation(
                        "alias",
                        false,
                        List.of(user(new Part.Text("Hi"))),
                        List.of(),
                        ToolChoice.UNSAID,
                        null,
                        Sampling.UNSAID,
                        null,
                        reasoning,
                        null,
                        Map.of()));
    }

    private static Reasoning effort(String effort) {
        return new Reasoning(effort, null, false, null);
    }

    private static Message user(Part... parts) {
        return new Message(Role.USER, List.of(parts));
    }

    private static Message assistant(Part... parts) {
        return new Message(Role.ASSISTANT, List.of(parts));
    }

    private static Part call(String id, String name, Carrier carrier) {
        return new Part.ToolCall(id, name, "{}", carrier, null);
    }

    private static Part result(String id, String text) {
        return new Part.ToolResult(id, null, List.of(new Part.Text(text)), false, null);
    }

    private static Carrier gemini(String value) {
        return new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", value, null);
    }

    // ------------------------------------------------------------------ comparing

    /** Key order and the spelling of numbers count; white space between tokens is only for the eye. */
    private void assertWritten(String model, Conversation conversation, String golden) {
        StringBuilder compact = new StringBuilder();
        golden.lines().map(String::strip).forEach(compact::append);
        assertThat(text(model, conversation)).isEqualTo(compact.toString());
    }

    private void assertRefused(String param, Conversation conversation) {
        assertThatThrownBy(() -> write(NEW, conversation)).isInstanceOfSatisfying(GatewayError.class, error -> {
            assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(error.param()).isEqualTo(param);
        });
    }

    private String text(String model, Conversation conversation) {
        return new String(write(model, conversation), StandardCharsets.UTF_8);
    }

    private byte[] write(String model, Conversation conversation) {
        return new GeminiRequestWriter().write(conversation, model, losses);
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
