// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
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
import org.junit.jupiter.api.Test;

final class ChatConversationReaderTest {

    private static Conversation read(String body) {
        return new ChatConversationReader().read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static Conversation withMessages(String messages) {
        return read("{\"model\":\"m\",\"messages\":[" + messages + "]}");
    }

    private static Conversation withFields(String fields) {
        return read("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + fields + "}");
    }

    @Test
    void theSmallestRequestSaysNothingElse() {
        Conversation conversation =
                read("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"stop\":null}");

        assertThat(conversation)
                .isEqualTo(new Conversation(
                        "m",
                        false,
                        List.of(new Message(Role.USER, List.of(new Part.Text("hi")))),
                        List.of(),
                        ToolChoice.UNSAID,
                        null,
                        Sampling.UNSAID,
                        null,
                        null,
                        null,
                        java.util.Map.of()));
    }

    @Test
    void instructionsMayStandAnywhere() {
        Conversation conversation = withMessages("""
                {"role":"developer","content":"a"},
                {"role":"user","content":"b","name":"kim"},
                {"role":"system","content":[{"type":"text","text":"c","cache_control":{"type":"ephemeral","ttl":"1h"}}]}""");

        assertThat(conversation.messages())
                .containsExactly(
                        new Message(Role.SYSTEM, List.of(new Part.Text("a"))),
                        new Message(Role.USER, List.of(new Part.Text("b"))),
                        new Message(Role.SYSTEM, List.of(new Part.Text("c", new CacheMark("1h")))));
        assertThat(conversation.extras()).containsOnlyKeys("messages[1].name");
    }

    @Test
    void contentMayBePartsOfEveryKind() {
        Conversation conversation = withMessages("""
                {"role":"user","cache_control":{"type":"ephemeral"},"content":[
                  {"type":"text","text":"look"},
                  {"type":"image_url","image_url":{"url":"https://a.example/x.png","detail":"low"}},
                  {"type":"image_url","image_url":{"url":"data:image/PNG;base64,iVBO"}},
                  {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}},
                  {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},
                  {"type":"file","file":{"filename":"b.txt","file_data":"aGk="}}]}""");

        assertThat(conversation.messages().get(0).parts())
                .containsExactly(
                        new Part.Text("look"),
                        new Part.Image(null, null, "https://a.example/x.png", "low", null),
                        new Part.Image("image/png", "iVBO", null, null, null),
                        new Part.Audio("wav", "UklG"),
                        new Part.Document("a.pdf", "application/pdf", "JVBE", null, null, null),
                        new Part.Document("b.txt", "text/plain", "aGk=", null, null, new CacheMark(null)));
    }

    @Test
    void resultsInARowAreOneMessageOfTheUser() {
        Conversation conversation = withMessages("""
                {"role":"user","content":"q"},
                {"role":"assistant","content":"","tool_calls":[
                  {"id":"a","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"},"extra_content":{"google":{"thought_signature":"G"}}},
                  {"id":"b","type":"function","function":{"name":"g","arguments":""}}]},
                {"role":"tool","tool_call_id":"a","content":"1"},
                {"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]},
                {"role":"user","content":"go on"}""");

        assertThat(conversation.messages())
                .containsExactly(
                        new Message(Role.USER, List.of(new Part.Text("q"))),
                        new Message(
                                Role.ASSISTANT,
                                List.of(
                                        new Part.ToolCall(
                                                "a",
                                                "f",
                                                "{\"x\":1}",
                                                new Carrier(
                                                        ApiSchema.GEMINI_GENERATE_CONTENT,
                                                        "thought_signature",
                                                        "G",
                                                        null),
                                                null),
                                        new Part.ToolCall("b", "g", "{}", null, null))),
                        new Message(
                                Role.USER,
                                List.of(
                                        new Part.ToolResult("a", "f", List.of(new Part.Text("1")), false, null),
                                        new Part.ToolResult("b", "g", List.of(new Part.Text("2")), false, null))),
                        new Message(Role.USER, List.of(new Part.Text("go on"))));
    }

    @Test
    void functionsFromBeforeToolsGetIds() {
        Conversation conversation = withMessages("""
                {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
                {"role":"function","name":"f","content":"1"}""");

        assertThat(conversation.messages())
                .containsExactly(
                        new Message(
                                Role.ASSISTANT, List.of(new Part.ToolCall("call_function_0", "f", "{}", null, null))),
                        new Message(
                                Role.USER,
                                List.of(new Part.ToolResult(
                                        "call_function_0", "f", List.of(new Part.Text("1")), false, null))));
    }

    @Test
    void reasoningOfOthersComesBackAsThoughts() {
        Conversation conversation = withMessages("""
                {"role":"assistant","content":"x","reasoning":"hm","refusal":"no","audio":{"id":"au_1"}},
                {"role":"assistant","content":"x","reasoning":"ab","reasoning_details":[
                  {"type":"reasoning.text","text":"ab","signature":"S","index":0},
                  {"type":"reasoning.encrypted","data":"E","id":"rs_1","index":1}]},
                {"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]},{"type":"text","text":"y"}]}""");

        assertThat(conversation.messages().get(0).parts())
                .containsExactly(new Part.Thought("hm", null), new Part.Text("x"), new Part.Refusal("no"));
        assertThat(conversation.messages().get(1).parts())
                .containsExactly(
                        new Part.Thought(
                                "ab",
                                new Carrier(
                                        ApiSchema.OPENAI_CHAT,
                                        "reasoning_details",
                                        "{\"type\":\"reasoning.text\",\"text\":\"ab\",\"signature\":\"S\",\"index\":0}",
                                        null)),
                        new Part.Thought(
                                "",
                                new Carrier(
                                        ApiSchema.OPENAI_CHAT,
                                        "reasoning_details",
                                        "{\"type\":\"reasoning.encrypted\",\"data\":\"E\",\"id\":\"rs_1\",\"index\":1}",
                                        "rs_1")),
                        new Part.Text("x"));
        assertThat(conversation.messages().get(2).parts())
                .containsExactly(new Part.Thought("m", null), new Part.Text("y"));
        assertThat(conversation.extras()).containsOnlyKeys("messages[0].audio");
    }

    @Test
    void toolsAndTheChoiceAmongThemAreRead() {
        Conversation conversation = withFields("""
                "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","z":1.50,"a":2},"strict":true},"cache_control":{"type":"ephemeral"}},
                         {"type":"function","function":{"name":"g"}}],
                "functions":[{"name":"h"}],
                "tool_choice":{"type":"function","function":{"name":"f"}},
                "parallel_tool_calls":false""");

        Tool first = conversation.tools().get(0);
        assertThat(first.name()).isEqualTo("f");
        assertThat(first.parameters().toString()).isEqualTo("{\"type\":\"object\",\"z\":1.50,\"a\":2}");
        assertThat(first.strict()).isTrue();
        assertThat(first.cache()).isEqualTo(new CacheMark(null));
        assertThat(conversation.tools()).extracting(Tool::name).containsExactly("f", "g", "h");
        assertThat(conversation.toolChoice()).isEqualTo(new ToolChoice(ToolChoice.Kind.NAMED, "f"));
        assertThat(conversation.parallelTools()).isFalse();
    }

    @Test
    void allowedToolsAreAShorterList() {
        Conversation conversation = withFields("""
                "tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],
                "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}}""");

        assertThat(conversation.tools()).extracting(Tool::name).containsExactly("g");
        assertThat(conversation.toolChoice()).isEqualTo(ToolChoice.of(ToolChoice.Kind.REQUIRED));
    }

    @Test
    void theOlderFunctionCallIsAChoice() {
        assertThat(withFields("\"function_call\":\"none\"").toolChoice())
                .isEqualTo(ToolChoice.of(ToolChoice.Kind.NONE));
        assertThat(withFields("\"function_call\":{\"name\":\"f\"}").toolChoice())
                .isEqualTo(new ToolChoice(ToolChoice.Kind.NAMED, "f"));
    }

    @Test
    void everythingAboutLengthAndChanceIsRead() {
        Sampling sampling = withFields("""
                        "max_tokens":5,"max_completion_tokens":7,"temperature":0.5,"top_p":1,"top_k":40,"stop":["a","b"],"n":2,"seed":-3,
                        "presence_penalty":0.1,"frequency_penalty":-0.1,"logprobs":true,"top_logprobs":3,"logit_bias":{"50256":-100}""").sampling();

        assertThat(sampling.logitBias().toString()).isEqualTo("{\"50256\":-100}");
        assertThat(sampling)
                .isEqualTo(new Sampling(
                        7L, 0.5, 1.0, 40L, List.of("a", "b"), 2, -3L, 0.1, -0.1, true, 3, sampling.logitBias()));
        assertThat(withFields("\"stop\":\"x\",\"max_tokens\":100.0").sampling().stop())
                .containsExactly("x");
        assertThat(withFields("\"max_tokens\":100.0").sampling().maxTokens()).isEqualTo(100);
    }

    @Test
    void aFormatIsOnlyOneThatBinds() {
        assertThat(withFields("\"response_format\":{\"type\":\"text\"}").format())
                .isNull();
        assertThat(withFields("\"response_format\":{\"type\":\"json_object\"}").format())
                .isEqualTo(new OutputFormat(null, null, null, null));
        OutputFormat format = withFields(
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":{\"type\":\"object\"}}}")
                .format();
        assertThat(format.name()).isEqualTo("n");
        assertThat(format.schema().toString()).isEqualTo("{\"type\":\"object\"}");
        assertThat(format.strict()).isTrue();
    }

    @Test
    void effortIsReadInEveryDialect() {
        assertThat(withFields("\"reasoning_effort\":\"low\"").reasoning())
                .isEqualTo(new Reasoning("low", null, false, null));
        assertThat(withFields("\"reasoning\":{\"max_tokens\":2000}").reasoning())
                .isEqualTo(new Reasoning(null, 2000L, false, null));
        assertThat(withFields("\"thinking\":{\"type\":\"disabled\"}").reasoning())
                .isEqualTo(new Reasoning("none", null, false, null));
        assertThat(withFields("\"thinking\":{\"type\":\"enabled\"}").reasoning())
                .isEqualTo(new Reasoning(null, null, true, null));
    }

    @Test
    void whatHasNoPlaceIsKept() {
        Conversation conversation = withFields(
                "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"service_tier\":\"flex\",\"store\":null");

        assertThat(conversation.stream()).isTrue();
        assertThat(conversation.user()).isEqualTo("u");
        assertThat(conversation.extras()).containsOnlyKeys("metadata", "service_tier");
    }

    @Test
    void aWrongFieldIsNamedWithWhatWasExpectedAndFound() {
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"video\"}]}]}",
                "messages[0].content[0].type",
                "The field 'messages[0].content[0].type' must be text, image_url, input_audio, file or refusal; found \"video\".");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}",
                "messages[0].role",
                "The field 'messages[0].role' must be developer, system, user, assistant, tool or function; found \"robot\".");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":{\"secret\":1}}]}",
                "messages[0].content",
                "The field 'messages[0].content' must be a string or an array of parts; found an object.");
        assertWrong("{\"messages\":[]}", "model", "The field 'model' must be a string; found nothing.");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[]}",
                "messages",
                "The field 'messages' must be an array with at least one message; found an empty array.");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"temperature\":\"hot\"}",
                "temperature",
                "The field 'temperature' must be a number; found a string.");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[{\"type\":\"web_search\"}]}",
                "tools[0].type",
                "The field 'tools[0].type' must be function; found \"web_search\".");
        assertWrong(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]}",
                "messages[0].tool_call_id",
                "The field 'messages[0].tool_call_id' must be a string; found nothing.");
    }

    private static void assertWrong(String body, String param, String message) {
        assertThatThrownBy(() -> read(body)).isInstanceOfSatisfying(GatewayError.class, e -> {
            assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(e.param()).isEqualTo(param);
            assertThat(e.getMessage()).isEqualTo(message);
        });
    }

    @Test
    void whatIsNoObjectIsRefused() {
        for (String body : new String[] {"", "[]", "{", "nul", "{} {}"}) {
            assertThatThrownBy(() -> read(body)).as(body).isInstanceOf(GatewayError.class);
        }
    }
}
