// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Nobody;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.translation.chat.ChatStreamEncoder;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CohereStreamDecoderTest {

    private static final String END =
            "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"%s\",\"usage\":{\"billed_units\":{\"input_tokens\":71,"
                    + "\"output_tokens\":8},\"tokens\":{\"input_tokens\":1678,\"output_tokens\":11},\"cached_tokens\":1440}}}";
    private static final int EVENTS = 20_000;

    private final CohereStreamDecoder decoder = new CohereStreamDecoder();
    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void textComesInPiecesAndTheMarkEndsTheAnswer() {
        begin();
        data(
                "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}");
        text("Ru");
        text("by\\u00e9 \\ud83d\\udc4b");
        data("{\"type\":\"content-end\",\"index\":0}");
        end("COMPLETE");

        assertThat(decoder.terminal()).isTrue();
        assertThat(answer.ended).isFalse();

        raw("data: [DONE]\n\n");

        assertThat(answer.id).isEqualTo("a-1");
        assertThat(answer.text).hasToString("Rubyé 👋");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "COMPLETE", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(1678, 1440, -1, -1, 11, -1));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void theEndOfTheBytesEndsTheAnswerWhereTheMarkDoesNotCome() {
        begin();
        end("COMPLETE");

        decoder.finish(answer);
        decoder.finish(answer);

        assertThat(answer.ended).isTrue();
    }

    @Test
    void theMarkAloneProvesNothing() {
        begin();
        text("Half an");
        raw("data: [DONE]\n\n");

        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.ended).isFalse();
    }

    @Test
    void whatIsBilledIsNotWhatTheModelReadAndWrote() {
        begin();
        data(
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_tokens\":71,\"output_tokens\":8}}}}");

        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void countsMayComeWithAFraction() {
        begin();
        data(
                "{\"type\":\"message-end\",\"delta\":{\"usage\":{\"cached_tokens\":null,\"tokens\":{\"output_tokens\":3.0,\"input_tokens\":7.0}},\"finish_reason\":\"COMPLETE\"}}");

        assertThat(answer.tokens).isEqualTo(new Tokens(7, -1, -1, -1, 3, -1));
    }

    @Test
    void thePlanAndTheThinkingAreThoughts() {
        begin();
        data(
                "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"thinking\",\"thinking\":\"Hm\"}}}}");
        data("{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"thinking\":\", so.\"}}}}");
        data("{\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\" I will look.\"}}}");

        assertThat(answer.thought).hasToString("Hm, so. I will look.");
        assertThat(answer.text).isEmpty();
    }

    @Test
    void callsFollowOneAnother() {
        begin();
        call(0, "c1", "look");
        arguments(0, "{\\\"city\\\":");
        arguments(0, "\\\"Oslo\\\"}");
        data("{\"type\":\"tool-call-end\",\"index\":0}");
        call(1, "c2", "wait");
        end("TOOL_CALL");

        assertThat(answer.calls.get(0).id).isEqualTo("c1");
        assertThat(answer.calls.get(0).name).isEqualTo("look");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"city\":\"Oslo\"}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).ended).isTrue();
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "TOOL_CALL", null));
    }

    @Test
    void piecesOfCallsMayInterleaveAndTheIndexTellsThemApart() {
        begin();
        call(3, "c1", "look");
        call(7, "c2", "wait");
        arguments(3, "{\\\"a\\\":1}");
        arguments(7, "{\\\"b\\\":2}");
        data("{\"type\":\"tool-call-end\",\"index\":7}");
        data("{\"type\":\"tool-call-end\",\"index\":3}");

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"a\":1}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"b\":2}");
    }

    @Test
    void withoutAnIndexAPieceBelongsToTheLastCall() {
        begin();
        data(
                "{\"type\":\"tool-call-start\",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"c1\",\"function\":{\"name\":\"look\",\"arguments\":\"{\"}}}}}");
        data(
                "{\"type\":\"tool-call-delta\",\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"}\"}}}}}");
        data("{\"type\":\"tool-call-end\"}");

        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
        assertThat(answer.calls.get(0).ended).isTrue();
    }

    @Test
    void aNewCallAtTheIndexOfAnOpenOneEndsThatOne() {
        begin();
        call(0, "c1", "look");
        call(0, "c2", "look");
        arguments(0, "{\\\"b\\\":2}");
        end("TOOL_CALL");

        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"b\":2}");
    }

    @Test
    void argumentsThatBelongToNoCallBreakTheStream() {
        begin();

        assertThat(
                        event(
                                "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"{\"}}}}}"))
                .isFalse();
    }

    @Test
    void moreCallsThanAnyAnswerHasBreakTheStream() {
        CohereStreamDecoder fresh = new CohereStreamDecoder();
        boolean all = true;
        for (int i = 0; i < 2_000 && all; i++) {
            byte[] start = bytes("data: {\"type\":\"tool-call-start\",\"index\":" + i
                    + ",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"c\",\"function\":{\"name\":\"look\"}}}}}\n\n");
            all = fresh.event(start, 0, start.length, Nobody.LISTENS);
        }

        assertThat(all).isFalse();
    }

    @Test
    void everySourceOfATextIsACitationInItsPlace() {
        begin();
        data(
                "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}");
        text("First. ");
        data(
                "{\"type\":\"content-start\",\"index\":1,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}}}}");
        text("Sun today.");
        citation(
                "\"sources\":[{\"type\":\"document\",\"id\":\"d:0\",\"document\":{\"id\":\"d:0\",\"title\":\"Weather\",\"snippet\":\"Sun.\",\"url\":\"https://example.com/w\"}},"
                        + "{\"type\":\"tool\",\"id\":\"look_1:0\",\"tool_output\":{\"sky\":\"blue\",\"url\":\"ftp://x\"}},null],"
                        + "\"start\":0,\"end\":3,\"text\":\"Sun\",\"type\":\"TEXT_CONTENT\"");

        assertThat(answer.citations)
                .containsExactly(
                        new Citation("https://example.com/w", "Weather", "Sun.", 7, 10),
                        new Citation(null, "look_1:0", null, 7, 10));
    }

    @Test
    void aCitationOfThePlanOrOfAThoughtIsNone() {
        begin();
        citation("\"start\":0,\"end\":3,\"type\":\"PLAN\",\"sources\":[{\"type\":\"tool\",\"id\":\"t\"}]");
        citation("\"start\":0,\"end\":3,\"type\":\"THINKING_CONTENT\",\"sources\":[{\"type\":\"tool\",\"id\":\"t\"}]");
        data("{\"type\":\"citation-end\",\"index\":0}");

        assertThat(answer.citations).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETE, STOP",
        "STOP_SEQUENCE, STOP_SEQUENCE",
        "MAX_TOKENS, LENGTH",
        "TOOL_CALL, STOP",
        "ERROR_TOXIC, CONTENT_FILTER",
        "ERROR_LIMIT, LENGTH",
        "A_NEW_WORD, STOP"
    })
    void eachWordIsAReason(String word, Finish.Reason reason) {
        begin();
        end(word);

        assertThat(answer.finish).isEqualTo(new Finish(reason, word, null));
    }

    @Test
    void anAnswerWithCallsWantsResultsWhateverItsWord() {
        begin();
        call(0, "c1", "look");
        end("COMPLETE");

        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void anErrorInTheClothesOfAFinishIsAnError() {
        begin();
        text("Half an");
        call(0, "c1", "look");
        data(
                "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"worker http://10.0.0.1:80 died\"}}");
        text("more");

        assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(answer.error.status()).isEqualTo(502);
        assertThat(answer.error.code()).isEqualTo("ERROR");
        assertThat(answer.error.getMessage()).isEqualTo("worker [address] died");
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.text).hasToString("Half an");
    }

    @Test
    void aFilterThatExplainsItselfIsStillAFilter() {
        begin();
        data("{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR_TOXIC\",\"error\":\"Not this.\"}}");

        assertThat(answer.error).isNull();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.CONTENT_FILTER);
    }

    @Test
    void aTimeoutIsAnErrorOfItsOwn() {
        begin();
        end("TIMEOUT");

        assertThat(answer.error.status()).isEqualTo(504);
        assertThat(answer.error.retry()).isEqualTo(GatewayError.Retry.OTHER_TARGET);
        assertThat(answer.error.getMessage()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"id\":\"x\",\"message\":\"internal server error\"}\n\n",
                "event: error\ndata: {\"error\":\"internal server error\"}\n\n",
                "{\"message\":\n\"internal server error\"}\n\n"
            })
    void anObjectThatIsNoEventIsAnErrorByItsWords(String event) {
        begin();
        raw(event);

        assertThat(answer.error.getMessage()).isEqualTo("internal server error");
        assertThat(answer.error.status()).isEqualTo(502);
    }

    @Test
    void unknownEventsFieldsAndCommentsAreSkipped() {
        begin();
        raw(": wait\n\n");
        raw("\n");
        raw("id: 7\nretry: 10\n\n");
        raw("data:\n\n");
        data("{\"type\":\"debug\",\"prompt\":\"x\",\"index\":\"y\",\"delta\":[1]}");
        data("{}");
        data(
                "{\"new\":{\"type\":\"text\"},\"type\":\"content-delta\",\"index\":0,\"delta\":{\"x\":[{}],\"message\":{\"content\":{\"text\":\"Hi\",\"text2\":1}}}}");

        assertThat(answer.text).hasToString("Hi");
        assertThat(answer.error).isNull();
    }

    @Test
    void aStreamThatDoesNotBeginStillHasABeginning() {
        text("Hi");

        assertThat(answer.id).isEmpty();
        assertThat(answer.text).hasToString("Hi");
    }

    @Test
    void linesOfOneEventAreOneTextAndMayEndInEveryWay() {
        begin();
        raw(
                "\uFEFFdata:{\"type\":\"content-delta\",\r\ndata: \"delta\":{\"message\":{\"content\":{\"text\":\"Hi\"}}}}\r\n\r\n");

        assertThat(answer.text).hasToString("Hi");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"content-delta\"",
                "nonsense",
                "[1]",
                "{\"type\":\"message-end\"} x",
                "{\"delta\":{\"message\":{\"content\":{\"text\":\"a}}}}"
            })
    void whatIsNoJsonObjectBreaksTheStream(String data) {
        assertThat(event(data)).isFalse();
    }

    @Test
    void nothingIsSaidAfterTheEnd() {
        begin();
        end("COMPLETE");
        text("more");
        end("COMPLETE");
        raw("data: [DONE]\n\n");

        assertThat(answer.text).isEmpty();
        assertThat(answer.ended).isTrue();
    }

    @Test
    void translatesAPieceOfTextWithLessThanAKibibyteOfHeap() {
        byte[] piece = bytes(
                "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\" language\"}}}}\n\n");
        ChatStreamEncoder encoder = new ChatStreamEncoder(new AnswerInfo("chat", "req_1", 1_700_000_000L, true, null));
        long written = translate(piece, encoder);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = threads.getCurrentThreadAllocatedBytes();
        written += translate(piece, encoder);
        long perEvent = (threads.getCurrentThreadAllocatedBytes() - before) / EVENTS;

        assertThat(written).isPositive();
        assertThat(perEvent).isLessThan(1024);
    }

    private long translate(byte[] piece, ChatStreamEncoder encoder) {
        long written = 0;
        for (int i = 0; i < EVENTS; i++) {
            boolean unused = decoder.event(piece, 0, piece.length, encoder);
            written += encoder.take().length;
        }
        return written;
    }

    // ------------------------------------------------------------------ making events

    private void begin() {
        raw(
                "event: message-start\ndata: {\"id\":\"a-1\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\","
                        + "\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n");
    }

    private void text(String escaped) {
        data("{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"" + escaped
                + "\"}}}}");
    }

    private void call(int index, String id, String name) {
        data("{\"type\":\"tool-call-start\",\"index\":" + index + ",\"delta\":{\"message\":{\"tool_calls\":{\"id\":\""
                + id + "\",\"type\":\"function\",\"function\":{\"name\":\"" + name + "\",\"arguments\":\"\"}}}}}");
    }

    private void arguments(int index, String escaped) {
        data("{\"type\":\"tool-call-delta\",\"index\":" + index
                + ",\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":\"" + escaped + "\"}}}}}");
    }

    private void citation(String members) {
        data("{\"type\":\"citation-start\",\"index\":0,\"delta\":{\"message\":{\"citations\":{" + members + "}}}}");
    }

    private void end(String word) {
        data(END.formatted(word));
    }

    private void data(String json) {
        assertThat(event(json)).isTrue();
    }

    private boolean event(String json) {
        byte[] bytes = bytes("data: " + json + "\n\n");
        return decoder.event(bytes, 0, bytes.length, answer);
    }

    private void raw(String event) {
        byte[] bytes = bytes(event);
        assertThat(decoder.event(bytes, 0, bytes.length, answer)).isTrue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
