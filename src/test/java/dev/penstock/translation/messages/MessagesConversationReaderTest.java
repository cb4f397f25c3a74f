// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesConversationReaderTest {

    @Test
    void readsEverythingThatHasAPlace() {
        Conversation read = read("""
                {"model":"claude","max_tokens":2048,"stream":true,"temperature":0.5,"top_p":0.9,"top_k":5,
                 "stop_sequences":["END"],"metadata":{"user_id":"u1"},
                 "system":[{"type":"text","text":"be kind","cache_control":{"type":"ephemeral","ttl":"1h"}}],
                 "thinking":{"type":"enabled","budget_tokens":1024,"display":"summarized"},
                 "output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object"}}},
                 "tools":[{"name":"f","description":"d","input_schema":{"type":"object","b":1,"a":2},"strict":true,
                           "cache_control":{"type":"ephemeral"}}],
                 "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
                 "messages":[
                  {"role":"user","content":"hi"},
                  {"role":"assistant","content":[
                    {"type":"thinking","thinking":"hm","signature":"EpAD"},
                    {"type":"redacted_thinking","data":"zz"},
                    {"type":"text","text":"let me"},
                    {"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1.50}}]},
                  {"role":"user","content":[
                    {"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[
                      {"type":"text","text":"no"},
                      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBOR"}}]},
                    {"type":"tool_result","tool_use_id":"toolu_2","content":"yes"},
                    {"type":"image","source":{"type":"url","url":"https://a.example/x.png"}},
                    {"type":"document","title":"t","source":{"type":"text","media_type":"text/plain","data":"words"}},
                    {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBER"}}]}]}""");

        assertThat(read.model()).isEqualTo("claude");
        assertThat(read.stream()).isTrue();
        assertThat(read.user()).isEqualTo("u1");
        assertThat(read.sampling().maxTokens()).isEqualTo(2048);
        assertThat(read.sampling().temperature()).isEqualTo(0.5);
        assertThat(read.sampling().topK()).isEqualTo(5);
        assertThat(read.sampling().stop()).containsExactly("END");
        assertThat(read.reasoning()).isEqualTo(new Reasoning("high", 1024L, false, "auto"));
        assertThat(read.format().schema()).hasToString("{\"type\":\"object\"}");
        assertThat(read.tools().getFirst().parameters()).hasToString("{\"type\":\"object\",\"b\":1,\"a\":2}");
        assertThat(read.tools().getFirst().strict()).isTrue();
        assertThat(read.tools().getFirst().cache()).isEqualTo(new CacheMark(null));
        assertThat(read.toolChoice()).isEqualTo(new ToolChoice(ToolChoice.Kind.NAMED, "f"));
        assertThat(read.parallelTools()).isFalse();
        assertThat(read.extras()).isEmpty();
        assertThat(read.messages())
                .containsExactly(
                        new Message(Message.Role.SYSTEM, List.of(new Part.Text("be kind", new CacheMark("1h")))),
                        new Message(Message.Role.USER, List.of(new Part.Text("hi"))),
                        new Message(
                                Message.Role.ASSISTANT,
                                List.of(
                                        new Part.Thought(
                                                "hm",
                                                new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null)),
                                        new Part.Thought(
                                                "", new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "zz", null)),
                                        new Part.Text("let me"),
                                        new Part.ToolCall("toolu_1", "f", "{\"x\":1.50}", null, null))),
                        new Message(
                                Message.Role.USER,
                                List.of(
                                        new Part.ToolResult(
                                                "toolu_1",
                                                null,
                                                List.of(
                                                        new Part.Text("no"),
                                                        new Part.Image("image/png", "iVBOR", null, null, null)),
                                                true,
                                                null),
                                        new Part.ToolResult(
                                                "toolu_2", null, List.of(new Part.Text("yes")), false, null),
                                        new Part.Image(null, null, "https://a.example/x.png", null, null),
                                        new Part.Document("t", "text/plain", null, null, "words", null),
                                        new Part.Document(null, "application/pdf", "JVBER", null, null, null))));
    }

    @Test
    void keepsUnderItsPathWhatOnlyAnthropicUnderstands() {
        Conversation read = read("""
                {"model":"m","max_tokens":1,"service_tier":"auto","container":"c","metadata":{"user_id":"u","x":1},
                 "tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f","defer_loading":true}],
                 "messages":[{"role":"user","content":[{"type":"document","citations":{"enabled":true},
                     "source":{"type":"text","media_type":"text/plain","data":"hi"}}]},
                   {"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"w","input":{}},
                     {"type":"text","text":"a"}]},
                   {"role":"assistant","content":[{"type":"web_search_tool_result","content":[]}]}]}""");

        assertThat(read.extras())
                .containsOnlyKeys(
                        "messages[0].content[0].citations",
                        "messages[1].content[0]",
                        "messages[2].content[0]",
                        "tools[0]",
                        "tools[1].defer_loading",
                        "metadata.x",
                        "service_tier",
                        "container");
        assertThat(read.messages()).hasSize(2);
        assertThat(read.tools()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"type\":\"adaptive\"} | {\"effort\":\"low\"} | low | true",
                "{\"type\":\"disabled\"} | {} | none | false",
                "null | {\"effort\":\"max\"} | max | false"
            })
    void readsHowMuchToThink(String thinking, String config, String effort, boolean adaptive) {
        Reasoning reasoning = read("{\"model\":\"m\",\"max_tokens\":1,\"thinking\":" + thinking + ",\"output_config\":"
                        + config + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}")
                .reasoning();

        assertThat(reasoning).isEqualTo(new Reasoning(effort, null, adaptive, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"max_tokens\":1,\"messages\":[]} | model",
                "{\"model\":\"m\",\"max_tokens\":1} | messages",
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | max_tokens",
                "{\"model\":\"m\",\"max_tokens\":1.5,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | max_tokens",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"tool\",\"content\":\"x\"}]} | messages[0].role",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\"}]} | messages[0].content",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]} | messages[0].content[0].text",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}]} | messages[0].content[0].source.file_id",
                "{\"model\":\"m\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"content\":[{\"text\":\"x\"}]}]}]} | messages[0].content[0].content[0].type",
                "{\"model\":\"m\",\"max_tokens\":1,\"tools\":[{\"name\":1}],\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | tools[0].name",
                "{\"model\":\"m\",\"max_tokens\":1,\"tool_choice\":{\"type\":\"all\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | tool_choice.type",
                "{\"model\":\"m\",\"max_tokens\":1,\"thinking\":{\"type\":\"enabled\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | thinking.budget_tokens"
            })
    void namesTheExactPlaceOfAnError(String body, String param) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> read(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.getMessage()).contains(param);
    }

    @Test
    void refusesWhatIsNoJson() {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> read("{\"model\":"));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
    }

    private static Conversation read(String body) {
        return new MessagesConversationReader().read(body.getBytes(StandardCharsets.UTF_8));
    }
}
