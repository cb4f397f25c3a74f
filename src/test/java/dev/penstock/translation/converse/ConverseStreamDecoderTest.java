// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Nobody;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.schema.bedrock.Frames;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConverseStreamDecoderTest {

    private static final byte[] START = Frames.event("messageStart", "{\"p\":\"abc\",\"role\":\"assistant\"}");
    private static final byte[] USAGE = Frames.event("metadata", """
            {"metrics":{"latencyMs":431},"p":"ab","usage":{"inputTokens":11,"outputTokens":7,"totalTokens":18}}""");

    private final ConverseStreamDecoder decoder = new ConverseStreamDecoder();
    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsTextFromTheStartToTheUsage() {
        take(
                START,
                delta(0, "{\"text\":\"Gr\\u00fc\\u00dfe \"}"),
                delta(0, "{\"text\":\"🙂\"}"),
                stop(0),
                end("end_turn"));
        assertThat(decoder.terminal()).isTrue();
        assertThat(answer.ended).as("usage is still to come").isFalse();
        take(USAGE);
        assertThat(answer.text).hasToString("Grüße 🙂");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "end_turn", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(11, -1, -1, -1, 7, -1));
        assertThat(answer.ended).isTrue();
        decoder.finish(answer);
        assertThat(decoder.error()).isNull();
    }

    @Test
    void endsWithTheBytesWhenNoUsageComes() {
        take(START, delta(0, "{\"text\":\"ok\"}"), stop(0), end("end_turn"));
        decoder.finish(answer);
        assertThat(answer.ended).isTrue();
        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void isNotCompleteBeforeTheStop() {
        take(START, delta(0, "{\"text\":\"ok\"}"), stop(0), USAGE);
        assertThat(decoder.terminal()).isFalse();
        decoder.finish(answer);
        assertThat(answer.ended).isFalse();
        take(end("end_turn"));
        assertThat(answer.ended).as("usage came before").isTrue();
    }

    @Test
    void countsWhatACacheHadToDoWithOnTop() {
        take(START, end("end_turn"), Frames.event("metadata", """
                {"usage":{"cacheDetails":[{"ttl":"1h","inputTokens":30},{"inputTokens":10,"ttl":"5m"}],\
                "cacheReadInputTokens":1000,"cacheWriteInputTokens":40,"cacheReadInputTokenCount":1000,\
                "inputTokens":12,"outputTokens":250,"serverToolUsage":{},"totalTokens":1302}}"""));
        assertThat(answer.tokens).isEqualTo(new Tokens(1052, 1000, 40, 30, 250, -1));
        assertThat(answer.tokens.uncachedInput()).isEqualTo(12);
    }

    @Test
    void takesUsageThatIsNotToldAsUnknown() {
        take(START, end("end_turn"), Frames.event("metadata", "{\"usage\":{\"inputTokens\":null,\"outputTokens\":3}}"));
        assertThat(answer.tokens).isEqualTo(new Tokens(-1, -1, -1, -1, 3, -1));
    }

    @Test
    void numbersCallsWhateverTheirBlocksAreNumbered() {
        take(
                START,
                delta(0, "{\"text\":\"Let me look.\"}"),
                stop(0),
                tool(1, "t_1", "weather"),
                delta(1, "{\"toolUse\":{\"input\":\"\"}}"),
                delta(1, "{\"toolUse\":{\"input\":\"{\\\"city\\\": \"}}"),
                delta(1, "{\"toolUse\":{\"input\":\"\\\"Köln\\\"}\"}}"),
                stop(1),
                tool(4, "t_2", "now"),
                stop(4),
                end("tool_use"),
                USAGE);
        assertThat(answer.calls).hasSize(2);
        assertThat(answer.calls.get(0).id).isEqualTo("t_1");
        assertThat(answer.calls.get(0).name).isEqualTo("weather");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"city\": \"Köln\"}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).ended).isTrue();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void keepsCallsApartThatInterleaveAndEndsThoseThatNobodyEnds() {
        take(
                START,
                tool(0, "a", "f"),
                tool(1, "b", "g"),
                delta(1, "{\"toolUse\":{\"input\":\"{\\\"y\\\":2}\"}}"),
                delta(0, "{\"toolUse\":{\"input\":\"{\\\"x\\\":1}\"}}"),
                stop(0),
                end("tool_use"));
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"x\":1}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"y\":2}");
        assertThat(answer.calls.get(1).ended).isTrue();
    }

    @Test
    void takesArgumentsOfACallThatNeverBeganForABrokenStream() {
        take(START);
        byte[] frame = delta(0, "{\"toolUse\":{\"input\":\"{}\"}}");
        assertThat(decoder.event(frame, 0, frame.length, answer)).isFalse();
    }

    @Test
    void saysNothingOfToolsThatTheProviderRunsItself() {
        take(
                START,
                Frames.event("contentBlockStart", """
                        {"contentBlockIndex":0,"start":{"toolUse":{"name":"nova_code_interpreter","toolUseId":"s",\
                        "type":"server_tool_use"}}}"""),
                delta(0, "{\"toolUse\":{\"input\":\"{\\\"snippet\\\":\\\"1\\\"}\"}}"),
                stop(0),
                Frames.event("contentBlockStart", """
                        {"contentBlockIndex":1,"start":{"toolResult":{"status":"success","toolUseId":"s"}}}"""),
                delta(1, "{\"toolResult\":[{\"json\":{\"stdOut\":\"1\"}}]}"),
                stop(1),
                delta(2, "{\"text\":\"One.\"}"),
                stop(2),
                end("tool_use"));
        assertThat(answer.calls).isEmpty();
        assertThat(answer.text).hasToString("One.");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "tool_use", null));
    }

    @Test
    void tellsTheArgumentsOfTheAnswerToolAsText() {
        take(
                START,
                tool(0, "t", ConverseTools.ANSWER),
                delta(0, "{\"toolUse\":{\"input\":\"{\\\"city\\\":\"}}"),
                delta(0, "{\"toolUse\":{\"input\":\"\\\"Paris\\\"}\"}}"),
                stop(0),
                end("tool_use"));
        assertThat(answer.text).hasToString("{\"city\":\"Paris\"}");
        assertThat(answer.calls).isEmpty();
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.STOP);
    }

    @Test
    void givesTheSignatureAfterItsThoughtAndBeforeTheText() {
        take(
                START,
                delta(0, "{\"reasoningContent\":{\"text\":\"Hmm \"}}"),
                delta(0, "{\"reasoningContent\":{\"text\":\"yes\"}}"),
                delta(0, "{\"reasoningContent\":{\"signature\":\"Er\"}}"),
                delta(0, "{\"reasoningContent\":{\"signature\":\"R1\"}}"),
                stop(0),
                delta(1, "{\"reasoningContent\":{\"redactedContent\":\"QUJD\"}}"),
                stop(1),
                delta(2, "{\"reasoningContent\":{\"signature\":\"alone\"}}"),
                delta(3, "{\"text\":\"Yes.\"}"),
                end("end_turn"));
        assertThat(answer.thought).hasToString("Hmm yes");
        assertThat(answer.carriers)
                .containsExactly(
                        carrier("signature", "ErR1"), carrier("redacted", "QUJD"), carrier("signature", "alone"));
        assertThat(answer.text).hasToString("Yes.");
    }

    @Test
    void tellsCitationsWithTheirSourceAndWords() {
        take(
                START,
                delta(0, "{\"text\":\"In 1993.\"}"),
                delta(0, """
                        {"citation":{"location":{"documentChar":{"documentIndex":0,"end":73,"start":0}},\
                        "sourceContent":[{"text":"Ruby was created "},{"text":"in 1993."}],"title":"facts"}}"""),
                delta(
                        0,
                        "{\"citation\":{\"location\":{\"web\":{\"url\":\"https://a.example/b\",\"domain\":\"a.example\"}}}}"),
                delta(0, "{\"citation\":{\"source\":\"https://c.example\",\"title\":\"C\"}}"),
                stop(0),
                end("end_turn"));
        assertThat(answer.citations)
                .containsExactly(
                        new Citation(null, "facts", "Ruby was created in 1993.", -1, -1),
                        new Citation("https://a.example/b", null, null, -1, -1),
                        new Citation("https://c.example", "C", null, -1, -1));
    }

    @ParameterizedTest
    @CsvSource({
        "end_turn, STOP",
        "stop_sequence, STOP_SEQUENCE",
        "max_tokens, LENGTH",
        "model_context_window_exceeded, LENGTH",
        "guardrail_intervened, CONTENT_FILTER",
        "content_filtered, CONTENT_FILTER",
        "something_new, STOP"
    })
    void knowsWhyTheModelStopped(String word, Finish.Reason reason) {
        take(START, end(word));
        assertThat(answer.finish).isEqualTo(new Finish(reason, word, null));
    }

    @Test
    void tellsTheTextAtWhichTheModelStopped() {
        take(START, Frames.event("messageStop", """
                {"additionalModelResponseFields":{"stop_sequence":"END"},"stopReason":"stop_sequence"}"""));
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP_SEQUENCE, "stop_sequence", "END"));
    }

    @Test
    void takesAMalformedAnswerForAnError() {
        take(START, delta(0, "{\"text\":\"{\"}"), end("malformed_tool_use"), USAGE);
        assertThat(answer.error.code()).isEqualTo("malformed_tool_use");
        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.finish).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "throttlingException, 429, OTHER_TARGET",
        "modelStreamErrorException, 502, OTHER_TARGET",
        "internalServerException, 500, OTHER_TARGET",
        "serviceUnavailableException, 503, OTHER_TARGET",
        "validationException, 400, NEVER",
        "modelTimeoutException, 504, OTHER_TARGET",
        "accessDeniedException, 502, ONLY_OTHER_TARGET",
        "somethingNewException, 502, OTHER_TARGET"
    })
    void failsWithAnException(String name, int status, GatewayError.Retry retry) {
        take(START, delta(0, "{\"text\":\"Hel\"}"), Frames.exception(name, "{\"message\":\"Sorry about this.\"}"));
        assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(answer.error.status()).isEqualTo(status);
        assertThat(answer.error.retry()).isEqualTo(retry);
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(decoder.terminal()).isFalse();
        take(delta(0, "{\"text\":\"more\"}"), end("end_turn"), USAGE);
        decoder.finish(answer);
        assertThat(answer.text).hasToString("Hel");
    }

    @Test
    void failsWithAnExceptionBeforeAnythingElse() {
        take(Frames.exception("throttlingException", "{\"message\":\"Too many requests.\"}"));
        assertThat(answer.error.getMessage()).isEqualTo("Too many requests.");
        assertThat(answer.error.code()).isEqualTo("ThrottlingException");
        assertThat(answer.id).isNull();
    }

    @Test
    void looksAtTheStatusOfTheModelsOwnServer() {
        take(START, Frames.exception("modelStreamErrorException", """
                {"message":"Try again.","originalMessage":"busy","originalStatusCode":529}"""));
        assertThat(answer.error.status()).isEqualTo(503);
    }

    @Test
    void failsWithAnErrorThatNoModelKnows() {
        take(START, Frames.error("InternalError", "An internal server error occurred"));
        assertThat(answer.error.status()).isEqualTo(500);
        assertThat(answer.error.getMessage()).isEqualTo("An internal server error occurred");
    }

    @Test
    void failsWithAnExceptionThatSaysNothing() {
        take(START, Frames.exception("internalServerException", ""));
        assertThat(answer.error.getMessage()).isNotBlank();
    }

    @Test
    void skipsEventsAndFieldsThatItDoesNotKnow() {
        take(
                START,
                Frames.event("contentBlockPonder", "not even JSON"),
                Frames.event("contentBlockPoses", "{}"),
                Frames.event("messageHalf", "{}"),
                Frames.frame(new byte[0], new byte[0]),
                delta(0, "{\"image\":{\"source\":{\"bytes\":\"AAAA\"}}}"),
                delta(0, "{\"text\":\"ok\",\"new\":[{\"a\":[1,2,{}]}]}"),
                delta(0, "{}"),
                Frames.event(
                        "contentBlockStart", "{\"contentBlockIndex\":3,\"start\":{\"image\":{\"format\":\"png\"}}}"),
                end("end_turn"),
                USAGE);
        assertThat(answer.text).hasToString("ok");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void readsMembersInAnyOrderAndStartsWithoutAStart() {
        take(Frames.event("contentBlockStart", """
                {"start":{"toolUse":{"type":"tool_use","toolUseId":"t","name":"f"}},"contentBlockIndex":2}"""));
        take(Frames.event("contentBlockDelta", "{\"delta\":{\"toolUse\":{\"input\":\"{}\"}},\"contentBlockIndex\":2}"));
        take(end("tool_use"));
        assertThat(answer.id).isEmpty();
        assertThat(answer.calls.get(0).json()).isEqualTo("{}");
    }

    @Test
    void hearsASecondStopOrUsageOnlyOnce() {
        take(START, end("end_turn"), end("max_tokens"), USAGE, USAGE, end("end_turn"), START);
        assertThat(answer.finish.nativeWord()).isEqualTo("end_turn");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void takesAPayloadThatIsNoJsonForABrokenStream() {
        for (String json :
                List.of("", "{", "[]", "{\"delta\":{\"text\":\"a\"}", "{\"delta\":{\"text\":\"a}}", "{} x")) {
            byte[] frame = Frames.event("contentBlockDelta", json);
            assertThat(decoder.event(frame, 0, frame.length, answer)).as(json).isFalse();
        }
        assertThat(answer.text).isEmpty();
    }

    @Test
    void tellsNothingOfAFrameInWhichAnyByteIsWrong() {
        take(START);
        byte[] good = delta(0, "{\"text\":\"secret\"}");
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x20;
            assertThat(decoder.event(bad, 0, bad.length, answer))
                    .as("byte %d", at)
                    .isFalse();
        }
        assertThat(answer.text).isEmpty();
    }

    @Test
    void tellsNothingBehindAWrongByteWhereverItIsInTheStream() {
        byte[] stop = end("end_turn");
        byte[] stream =
                Frames.join(START, delta(0, "{\"text\":\"one \"}"), delta(0, "{\"text\":\"two\"}"), stop, USAGE);
        int stopsAt = stream.length - USAGE.length;
        for (int at = 0; at < stream.length; at++) {
            byte[] bad = stream.clone();
            bad[at] ^= 0x01;
            ConverseStreamDecoder one = new ConverseStreamDecoder();
            CollectedAnswer heard = new CollectedAnswer();
            boolean broken = false;
            for (byte[] frame : Frames.cut(bad, at / 2, at)) {
                broken = !one.event(frame, 0, frame.length, heard);
                if (broken) {
                    break;
                }
            }
            assertThat(broken).as("byte %d", at).isTrue();
            assertThat("one two").startsWith(heard.text.toString());
            assertThat(one.terminal()).isEqualTo(at >= stopsAt);
            assertThat(heard.ended).isFalse();
        }
    }

    /** Nothing but the string for the sink. */
    @Test
    void allocatesLittleMoreThanTheTextOfAnEvent() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] frame = delta(0, "{\"text\":\" wor\"}");
        AnswerSink nobody = Nobody.LISTENS;
        for (int i = 0; i < 20_000; i++) {
            decoder.event(frame, 0, frame.length, nobody);
        }
        int events = 10_000;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < events; i++) {
            decoder.event(frame, 0, frame.length, nobody);
        }
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / events).isLessThan(256);
    }

    @Test
    void keepsItsPromisesToTheSinkWhateverSoundFramesCome() {
        Random random = new Random(42);
        byte[][] frames = {
            START,
            USAGE,
            end("end_turn"),
            end("tool_use"),
            stop(0),
            stop(1),
            tool(0, "a", "f"),
            tool(1, "b", "g"),
            delta(0, "{\"text\":\"x\"}"),
            delta(0, "{\"toolUse\":{\"input\":\"1\"}}"),
            delta(1, "{\"toolUse\":{\"input\":\"2\"}}"),
            delta(2, "{\"reasoningContent\":{\"text\":\"t\"}}"),
            delta(2, "{\"reasoningContent\":{\"signature\":\"s\"}}"),
            Frames.exception("throttlingException", "{}")
        };
        for (int round = 0; round < 3_000; round++) {
            ConverseStreamDecoder one = new ConverseStreamDecoder();
            CollectedAnswer heard = new CollectedAnswer();
            for (int i = 0; i < 12; i++) {
                byte[] frame = frames[random.nextInt(frames.length)];
                if (!one.event(frame, 0, frame.length, heard)) {
                    break;
                }
            }
            one.finish(heard);
            assertThat(heard.ended).isEqualTo(one.terminal());
        }
    }

    private void take(byte[]... frames) {
        for (byte[] frame : frames) {
            assertThat(decoder.event(frame, 0, frame.length, answer)).isTrue();
        }
    }

    private static byte[] delta(int index, String delta) {
        return Frames.event(
                "contentBlockDelta", "{\"contentBlockIndex\":" + index + ",\"delta\":" + delta + ",\"p\":\"abcd\"}");
    }

    private static byte[] tool(int index, String id, String name) {
        return Frames.event(
                "contentBlockStart",
                "{\"contentBlockIndex\":" + index + ",\"p\":\"ab\",\"start\":{\"toolUse\":{\"name\":\"" + name
                        + "\",\"toolUseId\":\"" + id + "\"}}}");
    }

    private static byte[] stop(int index) {
        return Frames.event("contentBlockStop", "{\"contentBlockIndex\":" + index + ",\"p\":\"abc\"}");
    }

    private static byte[] end(String word) {
        return Frames.event("messageStop", "{\"p\":\"abcdefg\",\"stopReason\":\"" + word + "\"}");
    }

    private static Carrier carrier(String kind, String value) {
        return new Carrier(ApiSchema.BEDROCK_CONVERSE, kind, value, null);
    }
}
