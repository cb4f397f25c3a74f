// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesAnswerDecoderTest {

    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsAWholeMessageAsIfItHadBeenStreamed() {
        decode("""
                {"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[
                 {"type":"thinking","thinking":"","signature":"EpAD"},
                 {"type":"redacted_thinking","data":"zz"},
                 {"type":"server_tool_use","id":"s","name":"web","input":{"q":1}},
                 {"type":"text","text":"Hi","citations":[{"type":"char_location","document_title":"d","cited_text":"q"}]},
                 {"type":"tool_use","id":"toolu_1","name":"f","input":{}},
                 {"type":"tool_use","id":"toolu_2","name":"g","input":{"n":1.50}}],
                 "stop_reason":"tool_use","stop_sequence":null,
                 "usage":{"input_tokens":2,"cache_read_input_tokens":30,"cache_creation_input_tokens":4,
                  "cache_creation":{"ephemeral_1h_input_tokens":3},"output_tokens":7,"output_tokens_details":{"thinking_tokens":5}}}""");

        assertThat(answer.id).isEqualTo("msg_1");
        assertThat(answer.carriers)
                .containsExactly(
                        new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null),
                        new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "zz", null));
        assertThat(answer.text).hasToString("Hi");
        assertThat(answer.citations).containsExactly(new Citation(null, "d", "q", -1, -1));
        assertThat(answer.calls.get(0).arguments).isEmpty();
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"n\":1.50}");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(36, 30, 4, 3, 7, 5));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void tellsAnErrorThatCameWithStatus200() {
        decode("{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}");

        assertThat(answer.error.status()).isEqualTo(429);
        assertThat(answer.ended).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"<html>", "[]", "{}", "{\"content\":\"text\"}", "{\"content\":[]"})
    void refusesWhatIsNoMessage(String body) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> decode(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    @Test
    void namesTheProvidersRequestInTheHintOfAnError() {
        GatewayError error = new MessagesErrorReader()
                .read(
                        529,
                        Map.of("request-id", "req_011C", "retry-after", "7")::get,
                        "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"
                                .getBytes(StandardCharsets.UTF_8),
                        Instant.EPOCH);

        assertThat(error.status()).isEqualTo(503);
        assertThat(error.code()).isEqualTo("overloaded_error");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
        assertThat(error.hint()).isEqualTo("The provider knows this request as req_011C.");
    }

    private void decode(String body) {
        new MessagesAnswerDecoder().decode(body.getBytes(StandardCharsets.UTF_8), answer);
    }
}
