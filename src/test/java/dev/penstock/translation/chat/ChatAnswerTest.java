// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ChatAnswerTest {

    private static CollectedAnswer decode(String body) {
        CollectedAnswer answer = new CollectedAnswer();
        new ChatAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
        return answer;
    }

    @Test
    void aWholeAnswerIsToldLikeAStream() {
        CollectedAnswer answer = decode("""


                {
                  "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
                  "choices": [{
                    "index": 0,
                    "message": {
                      "role": "assistant",
                      "content": "Hi",
                      "refusal": null,
                      "reasoning_content": "hm",
                      "annotations": [],
                      "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\\"x\\": 1}"}},
                        {"id": "b", "type": "function", "function": {"name": "g", "arguments": ""}}
                      ]
                    },
                    "logprobs": null,
                    "finish_reason": "tool_calls"
                  }],
                  "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
                }
                """);

        assertThat(answer.text.toString()).isEqualTo("Hi");
        assertThat(answer.thought.toString()).isEqualTo("hm");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"x\": 1}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.tokens).isEqualTo(new Tokens(3, -1, -1, -1, 4, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void anErrorWithAGoodStatusIsAnError() {
        assertThat(decode("  {\"error\":{\"message\":\"No credit\",\"code\":402}}")
                        .error
                        .code())
                .isEqualTo("provider_quota");
        assertThat(decode("{\"message\":\"too long\",\"type\":\"invalid_request_error\"}")
                        .error
                        .status())
                .isEqualTo(400);
    }

    @Test
    void whatIsNoAnswerIsRefused() {
        for (String body :
                new String[] {"", "<html></html>", "{}", "{\"choices\":[]}", "{\"choices\":[{\"message\":"}) {
            assertThatThrownBy(() -> decode(body)).as(body).isInstanceOfSatisfying(GatewayError.class, e -> assertThat(
                            e.kind())
                    .isEqualTo(GatewayError.Kind.INVALID_UPSTREAM));
        }
    }

    @Test
    void anAnswerIsWrittenWhole() {
        String body = ChatAnswers.whole(sink -> {
            sink.start("msg_1", "claude");
            sink.thought("hm");
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "S", null));
            sink.text("Hi");
            sink.citation(new Citation("https://a.example", "A", "q", -1, -1));
            sink.toolStart(0, "toolu_1", "f");
            sink.toolArguments(0, "{\"x\":");
            sink.toolArguments(0, "1}");
            sink.toolEnd(0);
            sink.toolStart(1, "toolu_2", "g");
            sink.toolCarrier(1, new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "E", "rs_1"));
            sink.toolEnd(1);
            sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
            sink.usage(new Tokens(10, -1, -1, -1, 5, -1));
            sink.end();
        });

        assertThat(body).isEqualTo("""
                        {"id":"chatcmpl-x1","object":"chat.completion","created":1700000000,"model":"alias","choices":[{"index":0,"message":{\
                        "role":"assistant","content":"Hi","refusal":null,"reasoning_content":"hm",\
                        "reasoning_details":[{"type":"reasoning.encrypted","data":"S","format":"penstock/anthropic_messages/signature","index":0,"from":0,"to":2}],\
                        "annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example","title":"A","start_index":0,"end_index":0,"content":"q"}}],\
                        "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\\"x\\":1}"}},\
                        {"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"},\
                        "extra_content":{"penstock":{"origin":"openai_responses","kind":"encrypted_content","value":"E","id":"rs_1"}}}]},\
                        "logprobs":null,"finish_reason":"tool_calls","native_finish_reason":"tool_use"}],\
                        "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}""");
    }

    @Test
    void anAnswerWithoutWordsHasEmptyContentAndARefusalHasNone() {
        String empty = ChatAnswers.whole(sink -> {
            sink.start("", "");
            sink.finish(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "END"));
            sink.end();
        });
        String refused = ChatAnswers.whole(sink -> {
            sink.start("", "");
            sink.refusal("no");
            sink.finish(new Finish(Finish.Reason.STOP, "stop", null));
            sink.end();
        });

        assertThat(empty)
                .contains("\"content\":\"\",\"refusal\":null")
                .contains("\"stop_reason\":\"END\"")
                .doesNotContain("usage");
        assertThat(refused).contains("\"content\":null,\"refusal\":\"no\"");
    }
}
