// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class GeminiStreamDecoderTest {

    private final GeminiStreamDecoder decoder = new GeminiStreamDecoder();
    private final CollectedAnswer answer = new CollectedAnswer();

    @Test
    void idAndModelAreKnownAtTheStartAlthoughTheyStandBehindTheFirstText() {
        data("""
                {"candidates":[{"content":{"parts":[{"text":"Hel"}],"role":"model"}}],"modelVersion":"gemini-2.5-flash","responseId":"r-1"}""");

        assertThat(answer.id).isEqualTo("r-1");
        assertThat(answer.model).isEqualTo("gemini-2.5-flash");
        assertThat(answer.text).hasToString("Hel");
    }

    @Test
    void finishAndUsageAreSaidWhenTheBytesHaveEnded() {
        data(text("Hi", ",\"finishReason\":\"STOP\""));

        assertThat(decoder.terminal()).isTrue();
        assertThat(answer.finish).isNull();

        decoder.finish(answer);

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "STOP", null));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void aSecondFinishSaysNothing() {
        data(text("Hi", ",\"finishReason\":\"STOP\""));
        decoder.finish(answer);

        decoder.finish(answer);

        assertThat(answer.ended).isTrue();
    }

    @Test
    void theLastOfSeveralFinishReasonsHolds() {
        data(text("a", ",\"finishReason\":\"STOP\""));
        data(text("b", ",\"finishReason\":\"STOP\""));
        data("{\"candidates\":[{\"finishReason\":\"RECITATION\"}]}");

        decoder.finish(answer);

        assertThat(answer.text).hasToString("ab");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.CONTENT_FILTER, "RECITATION", null));
    }

    @Test
    void aStreamWithoutFinishReasonIsNotComplete() {
        data(text("Hi", ""));
        data(text("", ",\"finishReason\":\"FINISH_REASON_UNSPECIFIED\""));

        assertThat(decoder.terminal()).isFalse();
    }

    @Test
    void enumsMayComeAsNumbersAndUnknownWordsEndAnAnswer() {
        data(text("Hi", ",\"finishReason\":2"));
        decoder.finish(answer);

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.LENGTH, "2", null));
        assertThat(FinishWord.reason("FAKE_ENUM", false)).isEqualTo(Finish.Reason.STOP);
        assertThat(FinishWord.reason("IMAGE_SAFETY", true)).isEqualTo(Finish.Reason.CONTENT_FILTER);
    }

    @Test
    void thoughtsAreToldApartFromTextAlthoughTheFlagComesBehind() {
        data("""
                {"candidates":[{"content":{"parts":[{"text":"Hmm.","thought":true},{"text":"Yes"}]}}]}""");

        assertThat(answer.thought).hasToString("Hmm.");
        assertThat(answer.text).hasToString("Yes");
    }

    @Test
    void parallelCallsInOneChunkAndInSeveralAreCountedThrough() {
        data("""
                {"candidates":[{"content":{"parts":[{"functionCall":{"name":"weather","args":{"city": "San Francisco", "n": [1, 2]}},"thoughtSignature":"c2ln"},{"functionCall":{"name":"weather","args":{"city":"a \\" b"}}}]}}],"responseId":"9zN1acDXGvaFz7IPxOOaiAU"}""");
        data("""
                {"candidates":[{"content":{"parts":[{"functionCall":{"id":"own","name":"now","args":{}}}]},"finishReason":"STOP"}]}""");
        decoder.finish(answer);

        assertThat(answer.calls).hasSize(3);
        assertThat(answer.calls.get(0).id).isEqualTo("call_9zN1acDXGvaFz7IPxOOaiAU_0");
        assertThat(answer.calls.get(0).arguments).hasToString("{\"city\":\"San Francisco\",\"n\":[1,2]}");
        assertThat(answer.calls.get(0).carriers).containsExactly(signature("c2ln"));
        assertThat(answer.calls.get(1).id).isEqualTo("call_9zN1acDXGvaFz7IPxOOaiAU_1");
        assertThat(answer.calls.get(1).arguments).hasToString("{\"city\":\"a \\\" b\"}");
        assertThat(answer.calls.get(1).carriers).isEmpty();
        assertThat(answer.calls.get(2).id).isEqualTo("own");
        assertThat(answer.calls.get(2).json()).isEqualTo("{}");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "STOP", null));
    }

    @Test
    void aMintedIdFitsOpenAiHoweverLongTheAnswersIdIs() {
        data("""
                {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}],"responseId":"%s"}""".formatted("x/y".repeat(40)));

        assertThat(answer.calls.get(0).id).hasSizeLessThanOrEqualTo(40).matches("[A-Za-z0-9_-]+");
    }

    @Test
    void aCallCutOffByTheLengthLimitStillEndsByLength() {
        data("""
                {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]},"finishReason":"MAX_TOKENS"}]}""");
        decoder.finish(answer);

        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.LENGTH);
    }

    @Test
    void argumentsThatComeInPiecesAreTheirWhole() {
        call("{\"name\":\"plan\",\"willContinue\":true}");
        call(
                "{\"partialArgs\":[{\"jsonPath\":\"$.city\",\"stringValue\":\"Bos\",\"willContinue\":true}],\"willContinue\":true}");
        call("{\"partialArgs\":[{\"jsonPath\":\"$.city\",\"stringValue\":\"ton\"}],\"willContinue\":true}");
        call(
                "{\"partialArgs\":[{\"jsonPath\":\"$.stops[0].days\",\"numberValue\":2},{\"jsonPath\":\"$.stops[1]\",\"boolValue\":true},{\"jsonPath\":\"$['a b']\",\"nullValue\":null}],\"willContinue\":true}");
        call("{}");

        assertThat(answer.calls.get(0).arguments)
                .hasToString("{\"city\":\"Boston\",\"stops\":[{\"days\":2},true],\"a b\":null}");
        assertThat(answer.calls.get(0).ended).isTrue();
    }

    @Test
    void aCallThatWasNeverEndedEndsWithTheAnswer() {
        call("{\"name\":\"plan\",\"willContinue\":true}");
        data("{\"candidates\":[{\"finishReason\":\"STOP\"}]}");

        decoder.finish(answer);

        assertThat(answer.calls.get(0).ended).isTrue();
        assertThat(answer.ended).isTrue();
    }

    @Test
    void theSignatureOfTextIsAThoughtsCarrier() {
        data(text("Hi", ""));
        data("""
                {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}]},"finishReason":"STOP"}]}""");

        assertThat(answer.carriers).containsExactly(signature("c2ln"));
    }

    @Test
    void theSignatureOfABuiltInToolGoesWithIt() {
        data("""
                {"candidates":[{"content":{"parts":[{"toolCall":{"toolType":"GOOGLE_SEARCH_WEB"},"thoughtSignature":"c2ln"}]}}]}""");

        assertThat(answer.carriers).isEmpty();
    }

    @Test
    void usageCountsThoughtsToTheOutputAndToolsToTheInput() {
        data("""
                {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"toolUsePromptTokenCount":7,"candidatesTokenCount":10,"thoughtsTokenCount":5,"totalTokenCount":122}}""");
        decoder.finish(answer);

        assertThat(answer.tokens).isEqualTo(new Tokens(107, 40, -1, -1, 15, 5));
    }

    @Test
    void laterCountsReplaceEarlierOnesAndMissingOnesStay() {
        data("""
                {"candidates":[],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":21,"thoughtsTokenCount":35}}""");
        data("""
                {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":87,"thoughtsTokenCount":78,"totalTokenCount":165}}""");
        decoder.finish(answer);

        assertThat(answer.tokens).isEqualTo(new Tokens(87, -1, -1, -1, 99, 78));
    }

    @Test
    void usageThatNamesOnlyTheTrafficIsUnknown() {
        data("{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"trafficType\":\"ON_DEMAND\"}}");
        decoder.finish(answer);

        assertThat(answer.tokens).isEqualTo(Tokens.UNKNOWN);
    }

    @Test
    void aBlockedPromptIsFilteredContentWithGooglesWords() {
        data("""
                {"promptFeedback":{"blockReason":"SAFETY","blockReasonMessage":"Not this."}}""");
        decoder.finish(answer);

        assertThat(answer.refusal).hasToString("Not this.");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.CONTENT_FILTER, "SAFETY", null));
    }

    @Test
    void aCallThatTheProviderCouldNotReadIsAnErrorWithItsUsage() {
        data("""
                {"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}],"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5}}""");

        assertThat(decoder.terminal()).isFalse();
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(answer.error.code()).isEqualTo("malformed_function_call");
        assertThat(answer.tokens.input()).isEqualTo(5);
        assertThat(answer.tokens.output()).isZero();
    }

    @Test
    void anErrorInTheStreamEndsItWhateverFollows() {
        data(text("Hi", ""));
        data("""
                {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}""");
        data(text("more", ",\"finishReason\":\"STOP\""));

        assertThat(decoder.terminal()).isFalse();
        assertThat(answer.error.status()).isEqualTo(503);
        assertThat(answer.text).hasToString("Hi");
    }

    @Test
    void anErrorMayComeAsBareJsonOverSeveralLines() {
        boolean read = event("""
                [{
                  "error": {
                    "code": 429,
                    "message": "Slow down.",
                    "status": "RESOURCE_EXHAUSTED",
                    "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s"}]
                  }
                }]
                """);

        assertThat(read).isTrue();
        assertThat(answer.id).isNull();
        assertThat(answer.error.retryAfter()).isEqualTo(Duration.ofMillis(34_070));
    }

    @Test
    void citationsComeOnceAndWithPlacesWhileTheTextIsAscii() {
        String grounding = """
                ,"groundingMetadata":{"groundingSupports":[{"segment":{"endIndex":2,"text":"Hi"},"groundingChunkIndices":[0,9]}],"groundingChunks":[{"web":{"uri":"https://a","title":"A"}}]}""";
        data(text("Hi", grounding));
        data(text("", grounding));

        assertThat(answer.citations).containsExactly(new Citation("https://a", "A", "Hi", 0, 2));
    }

    @Test
    void placesInTextThatIsNotAsciiAreLeftUnsaid() {
        data(text(
                "Grüße",
                ",\"citationMetadata\":{\"citations\":[{\"startIndex\":2,\"endIndex\":4,\"uri\":\"https://a\"}]}"));

        assertThat(answer.citations).containsExactly(new Citation("https://a", null, null, -1, -1));
    }

    @Test
    void framingOfOtherKindsIsRead() {
        assertThat(event(": comment\r\n\r\n")).isTrue();
        assertThat(event("\r\n")).isTrue();
        assertThat(event("event: x\ndata:{\"candidates\":[{\"content\":\ndata: {\"parts\":[{\"text\":\"a\"}]}}]}\n\n"))
                .isTrue();
        assertThat(event("data: [DONE]\n\n")).isTrue();

        assertThat(answer.text).hasToString("a");
    }

    @Test
    void aSliceOfALargerArrayIsReadWithinItsBounds() {
        String event = "data: " + text("a", "") + "\r\n\r\n";
        byte[] bytes = ("\uFEFF" + event + event + event).getBytes(StandardCharsets.UTF_8);
        int length = event.length();

        assertThat(decoder.event(bytes, 0, 3 + length, answer)).isTrue();
        assertThat(decoder.event(bytes, 3 + length, 3 + 2 * length, answer)).isTrue();

        assertThat(answer.text).hasToString("aa");
    }

    @Test
    void whatIsNoJsonBreaksTheStream() {
        assertThat(event("data: {\"candidates\":[\r\n\r\n")).isFalse();
        assertThat(event("data: <html>\r\n\r\n")).isFalse();
        assertThat(event("data: {} x\r\n\r\n")).isFalse();
    }

    @Test
    void whatNobodyKnowsYetIsSkipped() {
        boolean read = event(
                "data: {\"new\":{\"a\":[1,{}]},\"candidates\":[{\"content\":{\"parts\":[{\"hologram\":{}},null,{\"text\":null},{\"text\":\"a\"}],\"x\":1},\"finishReason\":null},{\"content\":{\"parts\":[{\"text\":\"second\"}]}}],\"usageMetadata\":null,\"error\":null}\r\n\r\n");

        assertThat(read).isTrue();
        assertThat(answer.text).hasToString("a");
        assertThat(decoder.error()).isNull();
    }

    @Test
    void theErrorOfAStreamKeepsItsClass() {
        data("{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"project my-project\"}}");

        assertThat(answer.error.code()).isEqualTo("provider_auth");
        assertThat(answer.error.retry()).isEqualTo(GatewayError.Retry.ONLY_OTHER_TARGET);
    }

    private void call(String call) {
        data("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":" + call + "}]}}]}");
    }

    private static String text(String text, String more) {
        return "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" + text + "\"}]}" + more + "}]}";
    }

    private static Carrier signature(String value) {
        return new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", value, null);
    }

    private void data(String json) {
        assertThat(event("data: " + json + "\r\n\r\n")).isTrue();
    }

    private boolean event(String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        return decoder.event(bytes, 0, bytes.length, answer);
    }
}
