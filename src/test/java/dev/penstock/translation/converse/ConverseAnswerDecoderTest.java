// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

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
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConverseAnswerDecoderTest {

    @Test
    void tellsThoughtTextAndCallsInOrder() {
        CollectedAnswer answer = decode("""
                {"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":[
                {"reasoningContent":{"reasoningText":{"text":"Hmm","signature":"sig"}}},
                {"reasoningContent":{"redactedContent":"QUJD"}},
                {"text":"Let me look."},
                {"toolUse":{"toolUseId":"t1","name":"weather","input":{"lat": 7006652.0, "lon": 1.10}}},
                {"toolUse":{"toolUseId":"t2","name":"now","input":{}}},
                {"unknown":{"x":1}}]}},
                "stopReason":"tool_use",
                "usage":{"inputTokens":12,"outputTokens":5,"totalTokens":1057,"cacheReadInputTokens":1000,
                "cacheWriteInputTokens":40,"cacheDetails":[{"ttl":"1h","inputTokens":30}]}}""");
        assertThat(answer.thought).hasToString("Hmm");
        assertThat(answer.carriers)
                .containsExactly(
                        new Carrier(ApiSchema.BEDROCK_CONVERSE, "signature", "sig", null),
                        new Carrier(ApiSchema.BEDROCK_CONVERSE, "redacted", "QUJD", null));
        assertThat(answer.text).hasToString("Let me look.");
        assertThat(answer.calls.get(0).id).isEqualTo("t1");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"lat\":7006652.0,\"lon\":1.10}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(1052, 1000, 40, 30, 5, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsCitedTextAndItsSourcesButNoToolOfTheProvider() {
        CollectedAnswer answer = decode("""
                {"output":{"message":{"role":"assistant","content":[
                {"toolUse":{"toolUseId":"s","name":"nova_grounding","type":"server_tool_use","input":{"query":"x"}}},
                {"toolResult":{"toolUseId":"s","status":"success","content":[{"text":"[HIDDEN]"}]}},
                {"citationsContent":{"content":[{"text":"Ruby 4"}],"citations":[
                {"title":"T","sourceContent":[{"text":"q"}],"location":{"web":{"url":"https://a.example"}}}]}}]}},
                "stopReason":"end_turn"}""");
        assertThat(answer.calls).isEmpty();
        assertThat(answer.text).hasToString("Ruby 4");
        assertThat(answer.citations).containsExactly(new Citation("https://a.example", "T", "q", -1, -1));
        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsTheArgumentsOfTheAnswerToolAsText() {
        CollectedAnswer answer = decode("""
                {"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"penstock_structured_answer",
                "input":{"b":1,"a":"ü"}}}]}},"stopReason":"tool_use"}""");
        assertThat(answer.text).hasToString("{\"b\":1,\"a\":\"ü\"}");
        assertThat(answer.calls).isEmpty();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.STOP);
    }

    @Test
    void tellsTheTextAtWhichTheModelStopped() {
        CollectedAnswer answer = decode("""
                {"output":{"message":{"content":[]}},"stopReason":"stop_sequence",
                "additionalModelResponseFields":{"stop_sequence":"END"}}""");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "END"));
    }

    @Test
    void failsWithAnErrorThatCameInTheClothesOfAnAnswer() {
        assertThat(decode("{\"__type\":\"com.amazon.coral.service#ThrottlingException\",\"message\":\"Slow down.\"}")
                        .error)
                .isInstanceOfSatisfying(GatewayError.class, e -> {
                    assertThat(e.status()).isEqualTo(429);
                    assertThat(e.code()).isEqualTo("ThrottlingException");
                });
        assertThat(decode("{\"output\":{\"message\":{\"content\":[]}},\"stopReason\":\"malformed_model_output\"}")
                        .error
                        .code())
                .isEqualTo("malformed_model_output");
    }

    @Test
    void refusesWhatIsNoAnswer() {
        for (String body : List.of("", "<html>", "[]", "{}", "{\"output\":{}}", "null", "{\"output\":")) {
            assertThatThrownBy(() -> decode(body)).as(body).isInstanceOfSatisfying(GatewayError.class, e -> assertThat(
                            e.kind())
                    .isEqualTo(GatewayError.Kind.INVALID_UPSTREAM));
        }
    }

    private static CollectedAnswer decode(String body) {
        CollectedAnswer answer = new CollectedAnswer();
        new ConverseAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
        return answer;
    }
}
