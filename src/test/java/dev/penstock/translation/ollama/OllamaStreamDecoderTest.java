// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OllamaStreamDecoderTest {

    private static final String DONE =
            "{\"model\":\"qwen3:8b\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\","
                    + "\"total_duration\":1671921584,\"prompt_eval_count\":26,\"eval_count\":298}";

    private final OllamaStreamDecoder decoder = new OllamaStreamDecoder();
    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void tellsTextThinkingEndAndUsageInTheirOrder() {
        line("""
                {"model":"qwen3:8b","created_at":"2026-08-07T06:08:11.017589Z","message":{"role":"assistant","content":"","thinking":"Hm"},"done":false}""");
        line(said("Grüß "));
        line(said("\\u2764 \\\"dich\\\" 👋"));
        assertThat(decoder.terminal()).isFalse();

        line(DONE);

        assertThat(answer.model).isEqualTo("qwen3:8b");
        assertThat(answer.thought).hasToString("Hm");
        assertThat(answer.text).hasToString("Grüß ❤ \"dich\" 👋");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "stop", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(26, -1, -1, -1, 298, -1));
        assertThat(answer.ended).isTrue();
        assertThat(decoder.terminal()).isTrue();
    }

    @Test
    void theLastLineMaySayThingsBeforeItEnds() {
        line("""
                {"done":true,"done_reason":"stop","eval_count":2,"message":{"content":"Ho","thinking":"Hm"},"model":"m"}""");

        assertThat(answer.thought).hasToString("Hm");
        assertThat(answer.text).hasToString("Ho");
        assertThat(answer.model).isEqualTo("m");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void bytesThatEndWithoutTheLastLineAreNoAnswer() {
        line(said("Half an"));

        decoder.finish(answer);

        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.ended).isFalse();
    }

    @Test
    void callsComeWholeAndAreCountedThroughAllLines() {
        line("""
                {"created_at":"2026-08-07T06:08:11.017589123+02:00","message":{"role":"assistant","content":"","tool_calls":[\
                {"function":{"name":"weather","arguments":{"city":"a \\" } ß","n":[1,{"x":2}]}}},\
                {"id":"call_own","function":{"index":1,"name":"now","arguments":{}}}]},"done":false}""");
        line("""
                {"created_at":"2026-08-07T06:08:12Z","message":{"role":"assistant","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Rome"}}}]},"done":false}""");
        line(DONE);

        assertThat(answer.calls).hasSize(3);
        assertThat(answer.calls.get(0).id)
                .isEqualTo("call_202608070608110175891230_0")
                .hasSizeLessThanOrEqualTo(40);
        assertThat(answer.calls.get(0).name).isEqualTo("weather");
        assertThat(answer.calls.get(0).arguments).hasToString("{\"city\":\"a \\\" } ß\",\"n\":[1,{\"x\":2}]}");
        assertThat(answer.calls.get(1).id).isEqualTo("call_own");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.calls.get(2).id).isEqualTo("call_202608070608110175891230_2");
        assertThat(answer.calls.values())
                .allSatisfy(call -> assertThat(call.ended).isTrue());
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "stop", null));
    }

    @Test
    void theSameBytesGiveTheSameIdAndAnAnswerWithoutATimeStillHasSome() {
        line("""
                {"message":{"tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g"}}]}}""");

        assertThat(answer.calls.get(0).id).isNotEmpty().isNotEqualTo(answer.calls.get(1).id);
    }

    @Test
    void argumentsMayBeTextAndWhatIsNoCallIsSkipped() {
        line("""
                {"message":{"tool_calls":[7,{},{"function":null},{"function":{"arguments":{"a":1}}},{"id":"","function":{"name":"f","arguments":"{\\"a\\": 1}"}},{"function":{"name":"g","arguments":""}}]}}""");

        assertThat(answer.calls).hasSize(2);
        assertThat(answer.calls.get(0).arguments).hasToString("{\"a\": 1}");
        assertThat(answer.calls.get(0).id).isNotEmpty();
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
    }

    @Test
    void aTokenLimitInTheMidstOfCallsIsALimit() {
        line("""
                {"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"length"}""");

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.LENGTH, "length", null));
        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void aReasonThatNobodyKnowsYetOrNoneEndsAnAnswerAsAnyOther() {
        line(said("Hi"));
        line("{\"done\":true,\"done_reason\":\"shrugged\"}");
        CollectedAnswer old = new CollectedAnswer();
        read(new OllamaStreamDecoder(), "{\"message\":{\"content\":\"Hi\"},\"done\":true}", old);

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "shrugged", null));
        assertThat(old.finish).isEqualTo(new Finish(Finish.Reason.STOP, "", null));
        assertThat(old.ended).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"load", "unload"})
    void aModelThatWasOnlyLoadedOrUnloadedHasNotAnswered(String reason) {
        line("{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\""
                + reason + "\"}");

        assertThat(answer.ended).isFalse();
        assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(answer.error.code()).isEqualTo(reason);
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(decoder.terminal()).isFalse();
    }

    @Test
    void anErrorLineStandsInThePlaceOfTheRest() {
        line(said("Half an"));
        line("{\"error\":\"an error was encountered while running the model: CUDA error\"}");
        line(said(" apple"));
        line(DONE);

        assertThat(answer.text).hasToString("Half an");
        assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(answer.error.status()).isEqualTo(502);
        assertThat(answer.error.getMessage()).contains("CUDA error");
        assertThat(answer.ended).isFalse();
        assertThat(decoder.terminal()).isFalse();
    }

    @Test
    void anErrorMayBeAnObjectAndFalsyOnesAreNone() {
        line("{\"message\":{\"content\":\"a\"},\"error\":null}");
        line("{\"message\":{\"content\":\"b\"},\"error\":\"\"}");
        line("{\"message\":{\"content\":\"c\"},\"error\":false}");
        assertThat(answer.text).hasToString("abc");

        line("{\"error\":{\"message\":\"overloaded\",\"code\":503}}");

        assertThat(answer.error.status()).isEqualTo(503);
        assertThat(answer.error.getMessage()).isEqualTo("overloaded");
    }

    @Test
    void whatIsUnknownNullOrOfAnotherKindIsSkipped() {
        line("{\"status\":\"pulling manifest\"}");
        assertThat(answer.id).isNull();
        line("""
                {"new":[1,{"x":null}],"model":null,"created_at":7,"message":{"role":"assistant","content":null,"thinking":null,"tool_calls":null,"images":["aGk="],"new":{}},"done":null,"done_reason":null,"eval_count":null}""");
        line("{\"message\":\"text\",\"done\":\"no\"}");
        line("{\"message\":{\"content\":[\"a\"],\"thinking\":{},\"tool_calls\":{}}}");
        line(said("Hi"));
        line("{\"done\":true,\"done_reason\":3,\"prompt_eval_count\":\"7\",\"eval_count\":2.0}");

        assertThat(answer.text).hasToString("Hi");
        assertThat(answer.thought).isEmpty();
        assertThat(answer.tokens.output()).isEqualTo(2);
        assertThat(answer.ended).isTrue();
    }

    @Test
    void blankLinesAndLinesBehindTheEndSayNothing() {
        line("");
        line("\r");
        line(said("Hi") + "\r");
        line(DONE);

        line(said("more"));
        line(DONE);
        decoder.finish(answer);

        assertThat(answer.text).hasToString("Hi");
        assertThat(answer.ended).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html>502 Bad Gateway</html>",
                "data: {\"message\":{\"content\":\"x\"}}",
                "[]",
                "{\"message\":{\"content\":\"x\"}",
                "{\"message\":{\"content\":\"x}}",
                "{\"message\":{\"content\":\"x\"}} {}",
                "{\"message\":{\"content\":\"x\"},}"
            })
    void whatIsNoJsonObjectIsRefusedAndNothingOfItIsSaid(String line) {
        assertThat(read(decoder, line, answer)).isFalse();
        assertThat(answer.id).isNull();
        assertThat(answer.text).isEmpty();
    }

    private void line(String line) {
        assertThat(read(decoder, line, answer)).isTrue();
    }

    private static String said(String content) {
        return "{\"model\":\"qwen3:8b\",\"created_at\":\"2026-08-07T06:08:11.017589Z\",\"message\":{\"role\":\"assistant\",\"content\":\""
                + content + "\"},\"done\":false}";
    }

    /** In the midst of other bytes, as they lie in a buffer of the network. */
    private static boolean read(OllamaStreamDecoder decoder, String line, CollectedAnswer answer) {
        byte[] bytes = ("\"}\n" + line + "\n{\"x").getBytes(StandardCharsets.UTF_8);
        return decoder.event(bytes, 3, bytes.length - 3, answer);
    }
}
