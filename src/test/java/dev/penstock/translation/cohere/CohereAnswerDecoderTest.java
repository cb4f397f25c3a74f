// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CohereAnswerDecoderTest {

    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsThoughtsTextAndUsage() {
        decode("""
                {"id":"a-1","message":{"role":"assistant","content":[{"type":"thinking","thinking":"Hm."},{"type":"text","text":"Ruby 👋"},\
                {"type":"new","x":1}]},"finish_reason":"STOP_SEQUENCE","usage":{"billed_units":{"input_tokens":1,"output_tokens":2},\
                "tokens":{"input_tokens":614,"output_tokens":13},"cached_tokens":480}}""");

        assertThat(answer.id).isEqualTo("a-1");
        assertThat(answer.thought).hasToString("Hm.");
        assertThat(answer.text).hasToString("Ruby 👋");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP_SEQUENCE, "STOP_SEQUENCE", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(614, 480, -1, -1, 13, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsThePlanAsAThoughtAndTheCallsAfterIt() {
        decode("""
                {"id":"a-1","message":{"role":"assistant","tool_plan":"I will look.","content":null,"tool_calls":[\
                {"id":"c1","type":"function","function":{"name":"look","arguments":"{\\"city\\":\\"Oslo\\"}"}},\
                {"id":"","type":"function","function":{"name":"wait","arguments":""}}]},"finish_reason":"TOOL_CALL"}""");

        assertThat(answer.thought).hasToString("I will look.");
        assertThat(answer.calls.get(0).id).isEqualTo("c1");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"city\":\"Oslo\"}");
        assertThat(answer.calls.get(1).id).isEqualTo("call_1");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void citationsCountFromTheContentThatTheyName() {
        decode("""
                {"id":"a","message":{"content":[{"type":"text","text":"First. "},{"type":"text","text":"Sun today."}],"citations":[\
                {"start":0,"end":3,"text":"Sun","content_index":1,"type":"TEXT_CONTENT","sources":[{"type":"document","id":"d:0",\
                "document":{"title":"Weather","url":"https://example.com/w","snippet":"Sun."}}]},\
                {"start":0,"end":5,"text":"First","content_index":0,"sources":[{"type":"tool","id":"look:0","tool_output":{"url":"file:x"}}]},\
                {"start":0,"end":1,"content_index":0,"type":"PLAN","sources":[{"id":"x"}]}]},"finish_reason":"COMPLETE"}""");

        assertThat(answer.citations)
                .containsExactly(
                        new Citation(null, "look:0", null, 0, 5),
                        new Citation("https://example.com/w", "Weather", "Sun.", 7, 10));
    }

    @Test
    void contentMayBeAString() {
        decode("{\"id\":\"a\",\"message\":{\"content\":\"Ho\"},\"finish_reason\":\"COMPLETE\"}");

        assertThat(answer.text).hasToString("Ho");
    }

    @Test
    void anErrorInTheClothesOfAFinishIsAnError() {
        decode("{\"id\":\"a\",\"message\":{\"content\":[]},\"finish_reason\":\"ERROR\"}");

        assertThat(answer.error.status()).isEqualTo(502);
        assertThat(answer.ended).isFalse();
    }

    @Test
    void anErrorMayComeWithStatus200() {
        decode("{\"id\":\"a\",\"message\":\"overloaded\"}");

        assertThat(answer.error.getMessage()).isEqualTo("overloaded");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "{}",
                "{\"message\":7}",
                "{\"choices\":[]}",
                "{\"message\":{\"content\":\"a\"}"
            })
    void whatIsNotInTheSchemaIsRefused(String body) {
        assertThatThrownBy(() -> decode(body)).isInstanceOfSatisfying(GatewayError.class, e -> assertThat(e.kind())
                .isEqualTo(GatewayError.Kind.INVALID_UPSTREAM));
    }

    private void decode(String body) {
        new CohereAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
    }
}
