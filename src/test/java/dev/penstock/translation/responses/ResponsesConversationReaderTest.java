// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponsesConversationReaderTest {

    @Test
    void readsPlainWordsWithInstructionsFirst() {
        Conversation read = read("""
                {"model":"m","instructions":"Be brief.","input":"Hello","stream":true}""");

        assertThat(read.model()).isEqualTo("m");
        assertThat(read.stream()).isTrue();
        assertThat(read.messages())
                .containsExactly(
                        message(Message.Role.SYSTEM, new Part.Text("Be brief.")),
                        message(Message.Role.USER, new Part.Text("Hello")));
        assertThat(read.extras()).isEmpty();
    }

    @Test
    void readsMessagesOfEveryRoleInBothForms() {
        Conversation read = read("""
                {"model":"m","input":[
                  {"role":"developer","content":"rules"},
                  {"role":"user","content":[{"type":"input_text","text":"a"},
                    {"type":"input_image","image_url":"data:image/png;base64,AAA=","detail":"low"},
                    {"type":"input_image","image_url":"https://e.example/p.png"},
                    {"type":"input_file","filename":"f.pdf","file_data":"data:application/pdf;base64,BBB="},
                    {"type":"input_file","file_url":"https://e.example/f.pdf"}]},
                  {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[
                    {"type":"output_text","text":"b","annotations":[]},{"type":"refusal","refusal":"no"}]}]}""");

        assertThat(read.messages())
                .containsExactly(
                        message(Message.Role.SYSTEM, new Part.Text("rules")),
                        message(
                                Message.Role.USER,
                                new Part.Text("a"),
                                new Part.Image("image/png", "AAA=", null, "low", null),
                                new Part.Image(null, null, "https://e.example/p.png", null, null),
                                new Part.Document("f.pdf", "application/pdf", "BBB=", null, null, null),
                                new Part.Document(null, null, null, "https://e.example/f.pdf", null, null)),
                        message(Message.Role.ASSISTANT, new Part.Text("b"), new Part.Refusal("no")));
    }

    @Test
    void gathersATurnOfTheModelAndTheResultsAfterIt() {
        Conversation read = read("""
                {"model":"m","input":[
                  {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"one"},{"type":"summary_text","text":"two"}],
                   "encrypted_content":"gAAA"},
                  {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\\"a\\":1}"},
                  {"type":"custom_tool_call","call_id":"c2","name":"g","input":"say \\"x\\""},
                  {"type":"function_call_output","call_id":"c1","output":"done"},
                  {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"t"}]},
                  {"role":"user","content":"next"}]}""");

        assertThat(read.messages())
                .containsExactly(
                        message(
                                Message.Role.ASSISTANT,
                                new Part.Thought(
                                        "one\n\ntwo",
                                        new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "gAAA", "rs_1")),
                                new Part.ToolCall("c1", "f", "{\"a\":1}", null, null),
                                new Part.ToolCall("c2", "g", "{\"input\":\"say \\\"x\\\"\"}", null, null)),
                        message(
                                Message.Role.USER,
                                new Part.ToolResult("c1", null, List.of(new Part.Text("done")), false, null),
                                new Part.ToolResult("c2", null, List.of(new Part.Text("t")), false, null)),
                        message(Message.Role.USER, new Part.Text("next")));
    }

    @Test
    void readsToolsAndKeepsThoseThatOpenAiRunsUnderTheirPath() {
        Conversation read = read("""
                {"model":"m","input":"x","tools":[
                  {"type":"function","name":"f","description":"d","parameters":{"z":1,"a":2.50},"strict":true},
                  {"type":"web_search"}],
                 "tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false}""");

        assertThat(read.tools()).hasSize(1);
        assertThat(read.tools().get(0).parameters()).hasToString("{\"z\":1,\"a\":2.50}");
        assertThat(read.tools().get(0).strict()).isTrue();
        assertThat(read.toolChoice()).isEqualTo(new ToolChoice(ToolChoice.Kind.NAMED, "f"));
        assertThat(read.parallelTools()).isFalse();
        assertThat(read.extras()).containsOnlyKeys("tools[1]");
    }

    @Test
    void readsLengthChanceFormatReasoningAndUser() {
        Conversation read = read("""
                {"model":"m","input":"x","max_output_tokens":50,"temperature":0.5,"top_p":0.9,"user":"u",
                 "reasoning":{"effort":"low","summary":"auto"},
                 "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"}}""");

        assertThat(read.sampling().maxTokens()).isEqualTo(50);
        assertThat(read.sampling().temperature()).isEqualTo(0.5);
        assertThat(read.sampling().topP()).isEqualTo(0.9);
        assertThat(read.user()).isEqualTo("u");
        assertThat(read.reasoning()).isEqualTo(new Reasoning("low", null, false, "auto"));
        OutputFormat format = read.format();
        assertThat(format.name()).isEqualTo("n");
        assertThat(format.schema()).hasToString("{\"type\":\"object\"}");
        assertThat(format.strict()).isTrue();
        assertThat(read.extras()).containsOnlyKeys("verbosity");
    }

    @Test
    void keepsWhatHasNoPlaceAndLeavesOutWhatIsDoneAnyway() {
        assertThat(read("""
                {"model":"m","input":"x","metadata":{"a":"b"},"prompt_cache_key":"k","store":true,"truncation":"auto",
                 "include":["message.output_text.logprobs","file_search_call.results"],"new_field":1}""").extras())
                .containsOnlyKeys("metadata", "prompt_cache_key", "store", "truncation", "include", "new_field");
        assertThat(read("""
                {"model":"m","input":"x","metadata":{},"store":false,"truncation":"disabled","background":false,
                 "include":["reasoning.encrypted_content","message.output_text.logprobs"],"service_tier":"auto","previous_response_id":null}""").extras()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"previous_response_id\":\"resp_1\"",
                "\"conversation\":\"conv_1\"",
                "\"prompt\":{\"id\":\"p\"}",
                "\"background\":true"
            })
    void refusesWhatWouldNeedASessionAndSaysWhatToDo(String field) {
        GatewayError error = refused("{\"model\":\"m\",\"input\":\"x\"," + field + "}");

        assertThat(error.param()).isEqualTo(field.substring(1, field.indexOf('"', 1)));
        assertThat(error.code()).isEqualTo("unsupported_parameter");
        assertThat(error.getMessage()).contains("does not keep conversations", "'input'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"input":"x"}                                                                                  | model
            {"model":"m"}                                                                                  | input
            {"model":"m","input":7}                                                                        | input
            {"model":"m","input":["x"]}                                                                    | input[0]
            {"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}                                 | input[0]
            {"model":"m","input":[{"type":"compaction","encrypted_content":"g"}]}                          | input[0]
            {"model":"m","input":[{"role":"robot","content":"x"}]}                                         | input[0].role
            {"model":"m","input":[{"role":"user"}]}                                                        | input[0].content
            {"model":"m","input":[{"role":"user","content":[{"type":"input_text"}]}]}                      | input[0].content[0].text
            {"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}       | input[0].content[0].file_id
            {"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:x"}]}]}| input[0].content[0].image_url
            {"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}                   | input[0].call_id
            {"model":"m","input":[{"type":"reasoning","summary":[],"encrypted_content":"penstock1.x"}]}    | input[0].encrypted_content
            {"model":"m","input":"x","temperature":"hot"}                                                  | temperature
            {"model":"m","input":"x","max_output_tokens":0.5}                                              | max_output_tokens
            {"model":"m","input":"x","tools":[{"type":"function"}]}                                        | tools[0].name
            {"model":"m","input":"x","tool_choice":"some"}                                                 | tool_choice
            {"model":"m","input":"x","text":{"format":{"type":"xml"}}}                                     | text.format.type
            """)
    void namesTheFieldThatIsWrong(String body, String param) {
        GatewayError error = refused(body);

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        assertThat(error.param()).isEqualTo(param);
    }

    @Test
    void saysNothingOfTheContentInAnError() {
        assertThat(refused("{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":{\"secret\":\"s3cr3t\"}}]}")
                        .getMessage())
                .doesNotContain("s3cr3t")
                .contains("found an object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{", "{\"model\":\"m\",\"input\":\"x\"} 7"})
    void refusesWhatIsNoJsonObject(String body) {
        assertThat(refused(body).kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
    }

    private static GatewayError refused(String body) {
        return catchThrowableOfType(GatewayError.class, () -> read(body));
    }

    private static Conversation read(String body) {
        return new ResponsesConversationReader().read(Said.bytes(body));
    }

    private static Message message(Message.Role role, Part... parts) {
        return new Message(role, List.of(parts));
    }
}
