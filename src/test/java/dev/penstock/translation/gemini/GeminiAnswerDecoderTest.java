// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class GeminiAnswerDecoderTest {

    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void aWholeAnswerIsToldAsIfItHadBeenStreamed() {
        decode("""
                {
                  "candidates": [
                    {
                      "content": {
                        "parts": [
                          {"text": "Looking."},
                          {"functionCall": {"name": "weather", "args": {
                            "city": "Oslo"
                          }}, "thoughtSignature": "c2ln"}
                        ],
                        "role": "model"
                      },
                      "finishReason": "STOP"
                    }
                  ],
                  "usageMetadata": {"promptTokenCount": 12, "candidatesTokenCount": 3, "totalTokenCount": 15},
                  "modelVersion": "gemini-3-flash",
                  "responseId": "abc"
                }
                """);

        assertThat(answer.id).isEqualTo("abc");
        assertThat(answer.model).isEqualTo("gemini-3-flash");
        assertThat(answer.text).hasToString("Looking.");
        assertThat(answer.calls.get(0).arguments).hasToString("{\"city\":\"Oslo\"}");
        assertThat(answer.calls.get(0).carriers).hasSize(1);
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
        assertThat(answer.tokens).isEqualTo(new Tokens(12, -1, -1, -1, 3, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void anArrayOfChunksIsOneAnswer() {
        decode("""
                [{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"responseId":"r"},
                 {"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS"}]}]
                """);

        assertThat(answer.text).hasToString("ab");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.LENGTH, "MAX_TOKENS", null));
    }

    @Test
    void anErrorWithStatus200Fails() {
        decode("[{\"error\":{\"code\":500,\"message\":\"Internal.\",\"status\":\"INTERNAL\"}}]");

        assertThat(answer.error.status()).isEqualTo(500);
        assertThat(answer.ended).isFalse();
    }

    @Test
    void contentWithoutAFinishReasonIsAnAnswer() {
        decode("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}");

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "", null));
    }

    @Test
    void nothingAndNoReasonIsNoAnswer() {
        assertThatThrownBy(() -> decode("{\"candidates\":[{\"content\":{}}]}"))
                .isInstanceOfSatisfying(GatewayError.class, error -> assertThat(error.kind())
                        .isEqualTo(GatewayError.Kind.INVALID_UPSTREAM));
    }

    @Test
    void whatIsNoJsonIsNoAnswer() {
        assertThatThrownBy(() -> decode("<html>"))
                .isInstanceOfSatisfying(GatewayError.class, error -> assertThat(error.kind())
                        .isEqualTo(GatewayError.Kind.INVALID_UPSTREAM));
    }

    private void decode(String body) {
        new GeminiAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
    }
}
