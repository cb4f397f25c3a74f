// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OllamaAnswerDecoderTest {

    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsThinkingTextCallsEndAndUsage() {
        decode("""
                {"model": "qwen3:8b", "created_at": "2026-08-07T06:08:11.017589Z",
                 "message": {"role": "assistant", "content": "Looking.", "thinking": "Add them.",
                   "tool_calls": [{"function": {"index": 0, "name": "add", "arguments": {"a": 2,
                     "b": 3}}}]},
                 "done": true, "done_reason": "stop", "total_duration": 1671921584, "prompt_eval_count": 310, "eval_count": 145}
                """);

        assertThat(answer.thought).hasToString("Add them.");
        assertThat(answer.text).hasToString("Looking.");
        assertThat(answer.calls.get(0).id).isEqualTo("call_20260807060811017589_0");
        assertThat(answer.calls.get(0).json()).startsWith("{\"a\": 2,").endsWith("\"b\": 3}");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "stop", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(310, -1, -1, -1, 145, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void anErrorWithStatus200IsOne() {
        decode("{\"error\":\"model runner has unexpectedly stopped\"}");

        assertThat(answer.error.getMessage()).isEqualTo("model runner has unexpectedly stopped");
        assertThat(answer.error.status()).isEqualTo(502);
        assertThat(answer.id).isNull();
    }

    @Test
    void anAnswerThatIsNotDoneIsTruncated() {
        GatewayError error = catchThrowableOfType(
                GatewayError.class, () -> decode("{\"message\":{\"content\":\"Half an\"},\"done\":false}"));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "null",
                "<html></html>",
                "{\"choices\":[{\"message\":{\"content\":\"x\"}}]}",
                "{\"message\":{\"content\":\"Half"
            })
    void whatIsNoAnswerOfOllamasIsRefused(String body) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> decode(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
        assertThat(error.getMessage()).doesNotContain("Half");
    }

    private void decode(String body) {
        new OllamaAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
    }
}
