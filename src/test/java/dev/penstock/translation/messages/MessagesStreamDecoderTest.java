// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class MessagesStreamDecoderTest {

    private static final String START = """
            {"type":"message_start","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":10,"output_tokens":4}}}
            """;
    private static final String STOP = "{\"type\":\"message_stop\"}";

    private final MessagesStreamDecoder decoder = new MessagesStreamDecoder();
    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsTextUsageAndTheEnd() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
                "{\"type\":\"ping\"}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"H\\u00e9\\n\"}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\"}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"llo\"}}",
                "{\"type\":\"content_block_stop\",\"index\":0}",
                """
                {"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":9,\
                "cache_read_input_tokens":3,"cache_creation_input_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":1},\
                "output_tokens_details":{"thinking_tokens":5}}}""",
                STOP);

        assertThat(answer.id).isEqualTo("msg_1");
        assertThat(answer.model).isEqualTo("claude");
        assertThat(answer.text).hasToString("H\u00e9\nllo");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "END"));
        assertThat(answer.tokens).isEqualTo(new Tokens(15, 3, 2, 1, 9, 5));
        assertThat(answer.ended).isTrue();
        assertThat(decoder.terminal()).isTrue();
    }

    @Test
    void countsToolBlocksOnlyAndGivesAnEmptyObjectNoPiece() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"a\",\"input\":{}}}",
                "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}",
                "{\"type\":\"content_block_stop\",\"index\":1}",
                "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"b\",\"input\":{}}}",
                "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\\\":\"}}",
                "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}",
                "{\"type\":\"content_block_stop\",\"index\":2}",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}",
                STOP);

        assertThat(answer.calls.get(0).arguments).isEmpty();
        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).id).isEqualTo("toolu_2");
        assertThat(answer.calls.get(1).name).isEqualTo("b");
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"x\":1}");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void takesArgumentsThatCameWholeWithTheStart() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"a\",\"input\":{\"x\":\"\u00e9\"}}}",
                "{\"type\":\"content_block_stop\",\"index\":0}",
                STOP);

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"x\":\"\u00e9\"}");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "", null));
    }

    @Test
    void endsACallThatTheProviderLeftOpen() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"a\",\"input\":{}}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"x\"}}",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"}}",
                STOP);

        assertThat(answer.calls.get(0).ended).isTrue();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.LENGTH);
    }

    @Test
    void keepsSignaturesAndRedactedThoughtsAsCarriers() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"Ep\"}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"AD\"}}",
                "{\"type\":\"content_block_stop\",\"index\":0}",
                "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\"secret\"}}",
                "{\"type\":\"content_block_stop\",\"index\":1}",
                STOP);

        assertThat(answer.thought).hasToString("hm");
        assertThat(answer.carriers)
                .containsExactly(
                        new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EpAD", null),
                        new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "secret", null));
    }

    @Test
    void tellsCitationsAndSkipsTheProvidersOwnTools() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"srv\",\"name\":\"web\",\"input\":{}}}",
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}",
                "{\"type\":\"content_block_stop\",\"index\":0}",
                "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"web_search_tool_result\",\"content\":[{\"type\":\"x\",\"text\":\"no\"}]}}",
                "{\"type\":\"content_block_stop\",\"index\":1}",
                "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"citations\":[],\"type\":\"text\",\"text\":\"\"}}",
                "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"type\":\"web_search_result_location\",\"url\":\"https://a.example\",\"title\":\"A\",\"cited_text\":\"q\"}}}",
                "{\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"text_delta\",\"text\":\"yes\"}}",
                "{\"type\":\"content_block_stop\",\"index\":2}",
                STOP);

        assertThat(answer.calls).isEmpty();
        assertThat(answer.text).hasToString("yes");
        assertThat(answer.citations).containsExactly(new Citation("https://a.example", "A", "q", -1, -1));
    }

    @Test
    void reportsAnErrorInThePlaceOfTheRest() {
        decode(
                START,
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}",
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
                STOP);

        assertThat(answer.text).hasToString("Hel");
        assertThat(answer.error.status()).isEqualTo(503);
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.ended).isFalse();
    }

    @Test
    void joinsWhatASecondModelGoesOnToSay() {
        decode(
                START,
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"}}",
                START,
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" there\"}}",
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}",
                STOP);

        assertThat(answer.text).hasToString("Hi there");
        assertThat(answer.finish.nativeWord()).isEqualTo("end_turn");
    }

    @Test
    void failsWhenTheAnswerBeginsAnewInsideACall() {
        decode(
                START,
                "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"a\",\"input\":{}}}",
                START);

        assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    @Test
    void saysThatAnEventIsBroken() {
        assertThat(event("data: {\"type\":\"message_start\",\n\n")).isFalse();
        assertThat(event("data: <html>\n\n")).isFalse();
        assertThat(event(": comment\n\n")).isTrue();
        assertThat(event("event: new\ndata: {\"type\":\"new\"}\n\n")).isTrue();
    }

    @Test
    void neverThrowsHoweverAnEventIsCutOffOrSpoilt() {
        String[] payloads = {
            START.strip(),
            "{\"type\":\"content_block_start\",\"index\":3,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"a\",\"input\":{\"x\":1}}}",
            "{\"type\":\"content_block_delta\",\"index\":3,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\u00e9\"}}",
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":{\"url\":\"u\",\"title\":null}}}",
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1e3,\"cache_creation\":{}}}",
            "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}"
        };
        int broken = 0;
        for (String payload : payloads) {
            for (int cut = 0; cut < payload.length(); cut++) {
                broken += survives(payload.substring(0, cut)) ? 0 : 1;
                for (char other : new char[] {'{', '"', '\\', 'n', '9', '\u0000'}) {
                    broken += survives(payload.substring(0, cut) + other + payload.substring(cut + 1)) ? 0 : 1;
                }
            }
        }

        assertThat(broken).isPositive();
    }

    private static boolean survives(String payload) {
        byte[] bytes = ("data: " + payload + "\n\n").getBytes(StandardCharsets.UTF_8);
        return new MessagesStreamDecoder().event(bytes, 0, bytes.length, new CollectedAnswer());
    }

    @Test
    void skipsADeltaThatHoldsNothing() {
        decode(
                START,
                "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":null}",
                "{\"type\":\"content_block_delta\",\"index\":900000,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}",
                "{\"type\":\"message_delta\",\"delta\":null,\"usage\":null}",
                STOP);

        assertThat(answer.text).isEmpty();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.STOP);
    }

    private void decode(String... payloads) {
        for (String payload : payloads) {
            assertThat(event("event: x\ndata: " + payload.strip() + "\n\n")).isTrue();
        }
    }

    private boolean event(String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        return decoder.event(bytes, 0, bytes.length, answer);
    }
}
