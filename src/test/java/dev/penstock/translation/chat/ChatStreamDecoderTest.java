// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static dev.penstock.translation.chat.ChatAnswers.decode;
import static dev.penstock.translation.chat.ChatAnswers.decodeChoices;
import static dev.penstock.translation.chat.ChatAnswers.decodeInto;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.CollectedAnswer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ChatStreamDecoderTest {

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aPlainStreamIsToldInOrder() {
        CollectedAnswer answer = decode(utf8("""
                data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

                data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"usage":null}

                data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"lo \\"you\\"\\n"},"finish_reason":null}],"usage":null}

                data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

                data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}}

                data: [DONE]

                """));

        assertThat(answer.id).isEqualTo("chatcmpl-1");
        assertThat(answer.model).isEqualTo("gpt-4o");
        assertThat(answer.text.toString()).isEqualTo("Hello \"you\"\n");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP, "stop", null));
        assertThat(answer.tokens).isEqualTo(new Tokens(10, 4, 2, -1, 7, 3));
        assertThat(answer.ended).isTrue();
    }

    @Test
    void membersMayStandInAnyOrder() {
        CollectedAnswer answer = decode(utf8("""
                data: {"choices":[{"finish_reason":"stop","delta":{"content":"b"},"index":1},{"finish_reason":"length","delta":{"content":"a"},"index":0}],"model":"m","id":"r9"}

                data: [DONE]

                """));

        assertThat(answer.id).isEqualTo("r9");
        assertThat(answer.text.toString()).isEqualTo("a");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.LENGTH);
    }

    @Test
    void contentBehindTheFinishReasonAndASecondReasonAreTakenInTheirPlace() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"",
                "\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"");

        assertThat(answer.text.toString()).isEqualTo("ab");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void theSameReasoningUnderTwoNamesCountsOnce() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":\"\",\"reasoning_content\":\"hm\",\"reasoning\":\"hm\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"hm\"}]}",
                "\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"");

        assertThat(answer.thought.toString()).isEqualTo("hm");
        assertThat(answer.text.toString()).isEqualTo("x");
    }

    @Test
    void wordsThatComeAgainWithTheirSignatureCountOnce() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"reasoning_content\":\"hm\"}",
                "\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"hm\",\"signature\":\"S\"}]},\"finish_reason\":\"stop\"");

        assertThat(answer.thought.toString()).isEqualTo("hm");
        assertThat(answer.carriers)
                .extracting(Carrier::value)
                .containsExactly("{\"type\":\"reasoning.text\",\"text\":\"hm\",\"signature\":\"S\"}");
    }

    @Test
    void contentMayBeAListOfTypedParts() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}",
                "\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"so\"},{\"type\":\"reference\",\"reference_ids\":[1]}]},\"finish_reason\":\"stop\"");

        assertThat(answer.thought.toString()).isEqualTo("hm");
        assertThat(answer.text.toString()).isEqualTo("so");
    }

    @Test
    void aSignedDetailIsPutTogetherAndAnEncryptedOneKeptWhole() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"a\",\"format\":\"anthropic-claude-v1\",\"index\":0}]}",
                "\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"b\",\"index\":0}]}",
                "\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"signature\":\"S\",\"format\":\"anthropic-claude-v1\",\"index\":0}]}",
                "\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"E\",\"id\":\"rs_1\",\"index\":1}]},\"finish_reason\":\"stop\"");

        assertThat(answer.thought.toString()).isEqualTo("ab");
        assertThat(answer.carriers)
                .containsExactly(
                        new Carrier(
                                ApiSchema.OPENAI_CHAT,
                                "reasoning_details",
                                "{\"type\":\"reasoning.text\",\"text\":\"ab\",\"signature\":\"S\",\"format\":\"anthropic-claude-v1\",\"index\":0}",
                                null),
                        new Carrier(
                                ApiSchema.OPENAI_CHAT,
                                "reasoning_details",
                                "{\"type\":\"reasoning.encrypted\",\"data\":\"E\",\"id\":\"rs_1\",\"index\":1}",
                                "rs_1"));
    }

    @Test
    void fragmentsOfParallelCallsAreJoinedByIndex() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\"\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}},{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]}",
                "\"delta\":{},\"finish_reason\":\"tool_calls\"");

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"x\":1}");
        assertThat(answer.calls.get(1).json()).isEqualTo("{}");
        assertThat(answer.calls.get(1).id).isEqualTo("b");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void newIdsWithNamesAreNewCallsWhateverTheIndexSays() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"index\":0,\"function\":{\"name\":\"read\",\"arguments\":\"{\\\"p\\\":1}\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"id\":\"b\",\"index\":0,\"function\":{\"name\":\"read\",\"arguments\":\"{\\\"p\\\":2}\"}}]}",
                "\"delta\":{\"content\":\"\"},\"finish_reason\":\"tool_calls\"");

        assertThat(answer.calls).hasSize(2);
        assertThat(answer.calls.get(1).json()).isEqualTo("{\"p\":2}");
    }

    @Test
    void aNewIdWithoutANameGoesOnWithTheCallOfItsIndex() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"tool_calls\":[{\"id\":\"a\",\"index\":0,\"function\":{\"name\":\"f\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"id\":\"z9\",\"index\":0,\"function\":{\"arguments\":\"{}\"}}]},\"finish_reason\":\"stop\"");

        assertThat(answer.calls).hasSize(1);
        assertThat(answer.calls.get(0).id).isEqualTo("a");
        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.TOOL_CALLS, "stop", null));
    }

    @Test
    void callsWithoutIdAndIndexGetIdsAndRepeatedNamesAreNoNewCalls() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"tool_calls\":[{\"id\":null,\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"id\":\"\",\"function\":{\"name\":\"f\",\"arguments\":\":1}\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":2}\"}}]},\"finish_reason\":\"tool_calls\"");

        assertThat(answer.calls).hasSize(2);
        assertThat(answer.calls.get(0).id).isEqualTo("call_0_r1");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"a\":1}");
        assertThat(answer.calls.get(1).id).isEqualTo("call_1_r1");
    }

    @Test
    void mintedIdsAreNeverTheSameInTwoAnswersAndFitEverySchema() {
        String stream = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]}}]}\n\n";

        String one = decode(utf8(stream)).calls.get(0).id;
        String other = decode(utf8(stream)).calls.get(0).id;
        String named = decode(
                        utf8(stream.replace("{\"choices\"", "{\"id\":\"gen:" + "9".repeat(60) + "\",\"choices\"")))
                .calls
                .get(0)
                .id;

        assertThat(one).isNotEqualTo(other).matches("[A-Za-z0-9_-]{1,40}");
        assertThat(named).matches("[A-Za-z0-9_-]{1,40}").startsWith("call_0_9");
    }

    @Test
    void anEmptyObjectBeforeTheArgumentsIsNotAPartOfThem() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}",
                "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\":\\\"P}\\\"}\"}}]},\"finish_reason\":\"tool_calls\"");

        assertThat(answer.calls.get(0).json()).isEqualTo("{\"city\":\"P}\"}");
    }

    @Test
    void aSignatureOfGoogleBelongsToItsCall() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"tool_calls\":[{\"extra_content\":{\"google\":{\"thought_signature\":\"SIG\"}},\"function\":{\"arguments\":\"{}\",\"name\":\"f\"},\"id\":\"\",\"type\":\"function\"}]},\"finish_reason\":\"tool_calls\"");

        assertThat(answer.calls.get(0).carriers)
                .containsExactly(new Carrier(ApiSchema.OPENAI_CHAT, "thought_signature", "SIG", null));
    }

    @Test
    void theFormBeforeToolsIsACall() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}}",
                "\"delta\":{\"function_call\":{\"arguments\":\"{\\\"a\\\":1}\"}},\"finish_reason\":\"function_call\"");

        assertThat(answer.calls.get(0).name).isEqualTo("f");
        assertThat(answer.calls.get(0).json()).isEqualTo("{\"a\":1}");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.TOOL_CALLS);
    }

    @Test
    void emptyStringsMeanAbsent() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":\"x\",\"refusal\":\"\",\"function_call\":{\"name\":\"\",\"arguments\":\"\"},\"tool_calls\":null,\"audio\":{\"data\":\"\"}},\"finish_reason\":\"\"",
                "\"delta\":{},\"finish_reason\":\"stop\"");

        assertThat(answer.calls).isEmpty();
        assertThat(answer.refusal).isEmpty();
        assertThat(answer.text.toString()).isEqualTo("x");
    }

    @Test
    void halvesOfOneCharacterAreJoined() {
        CollectedAnswer answer = decodeChoices(
                "\"delta\":{\"content\":\"a\\ud83d\"}",
                "\"delta\":{\"content\":\"\\ude00b\"},\"finish_reason\":\"stop\"");

        assertThat(answer.text.toString()).isEqualTo("a\uD83D\uDE00b");
    }

    @Test
    void anErrorInTheStreamEndsIt() {
        CollectedAnswer answer = new CollectedAnswer();
        ChatStreamDecoder decoder = decodeInto(utf8("""
                        data: {"id":"r1","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":"length"}]}

                        data: {"error":{"message":"Overloaded","type":"server_error","code":503}}

                        data: [DONE]

                        """), answer);

        assertThat(answer.text.toString()).isEqualTo("Hel");
        assertThat(answer.error.status()).isEqualTo(503);
        assertThat(decoder.error()).isSameAs(answer.error);
        assertThat(answer.ended).isFalse();
    }

    @Test
    void errorsComeInManyForms() {
        for (String event : new String[] {
            "data: {\"object\":\"error\",\"message\":\"m\",\"code\":500}\n\n",
            "event: error\ndata: {\"message\":\"m\"}\n\n",
            "error: {\"message\":\"m\"}\n\n",
            "{\"error\":{\"message\":\"m\"}}\n\n",
            "[{\"error\":{\"message\":\"m\"}}]\n\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\",\"error\":{\"message\":\"m\"}}]}\n\n",
            "data: {\"x_groq\":{\"error\":\"over capacity\"},\"choices\":[]}\n\n"
        }) {
            CollectedAnswer answer = decode(utf8(event));

            assertThat(answer.error).as(event).isNotNull();
        }
    }

    @Test
    void whatIsNoJsonBreaksTheStreamAndCommentsDoNot() {
        ChatStreamDecoder decoder = new ChatStreamDecoder();
        CollectedAnswer answer = new CollectedAnswer();
        byte[] comment = utf8(": ping\n\n");
        byte[] unknown = utf8("event: news\ndata: {\"type\":\"news\"}\n\n");
        byte[] broken = utf8("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\n\n");
        byte[] page = utf8("<html>\n\n");

        assertThat(decoder.event(comment, 0, comment.length, answer)).isTrue();
        assertThat(decoder.event(unknown, 0, unknown.length, answer)).isTrue();
        assertThat(decoder.event(broken, 0, broken.length, answer)).isFalse();
        assertThat(decoder.event(page, 0, page.length, answer)).isTrue();
        assertThat(answer.id).isNull();
    }

    @Test
    void aStreamWithoutTheMarkEndsWithItsBytesAndOneWithoutAReasonDoesNot() {
        CollectedAnswer without = new CollectedAnswer();
        ChatStreamDecoder decoder = decodeInto(
                utf8("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r\n"),
                without);
        assertThat(decoder.terminal()).isTrue();
        assertThat(without.ended).isFalse();
        decoder.finish(without);
        decoder.finish(without);
        assertThat(without.ended).isTrue();

        CollectedAnswer cut = new CollectedAnswer();
        ChatStreamDecoder open =
                decodeInto(utf8("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n"), cut);
        open.finish(cut);
        assertThat(open.terminal()).isFalse();
        assertThat(cut.ended).isFalse();
    }

    @Test
    void dataOverSeveralLinesIsOneText() {
        CollectedAnswer answer = decode(
                utf8(
                        "event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"},\ndata: \"finish_reason\":\"stop\"}]}\n\ndata:[DONE]\n\n"));

        assertThat(answer.text.toString()).isEqualTo("a");
        assertThat(answer.ended).isTrue();
    }

    @Test
    void chunksThatOnlyFilterChangeNothing() {
        CollectedAnswer answer = decode(utf8("""
                data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}

                data: {"id":"x","model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}

                data: {"id":"x","model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

                data: {"id":"","choices":[{"finish_reason":null,"index":0,"content_filter_offsets":{"check_offset":1}}],"model":""}

                data: [DONE]

                """));

        assertThat(answer.id).isEqualTo("x");
        assertThat(answer.finish.reason()).isEqualTo(Finish.Reason.STOP);
    }

    @Test
    void sourcesComeFromAnnotationsAndOnceFromTheEnvelope() {
        CollectedAnswer answer = decode(utf8("""
                data: {"citations":["https://a.example","https://b.example"],"search_results":[{"title":"A","url":"https://a.example"}],"choices":[{"index":0,"delta":{"content":"x"},"message":{"content":"x"}}]}

                data: {"citations":["https://a.example","https://b.example"],"search_results":[{"title":"A","url":"https://a.example"}],"choices":[{"index":0,"message":{"content":"xy"},"delta":{"content":"y","annotations":[{"type":"url_citation","url_citation":{"url":"https://c.example","title":"C","start_index":0,"end_index":1}}]},"finish_reason":"stop"}]}

                data: [DONE]

                """));

        assertThat(answer.text.toString()).isEqualTo("xy");
        assertThat(answer.citations)
                .containsExactly(
                        new Citation("https://c.example", "C", null, 0, 1),
                        new Citation("https://a.example", "A", null, -1, -1),
                        new Citation("https://b.example", null, null, -1, -1));
    }

    @Test
    void usageIsBroughtIntoItsNormalForm() {
        assertThat(
                        usage(
                                "{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":22,\"completion_tokens_details\":{\"reasoning_tokens\":7}}"))
                .isEqualTo(new Tokens(10, -1, -1, -1, 12, 7));
        assertThat(
                        usage(
                                "{\"prompt_tokens\":7,\"completion_tokens\":5,\"total_tokens\":12,\"prompt_tokens_details\":{\"cached_tokens\":163}}"))
                .isEqualTo(new Tokens(7, 7, -1, -1, 5, -1));
        assertThat(usage("{\"prompt_tokens\":9,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":4}"))
                .isEqualTo(new Tokens(9, 4, -1, -1, 1, -1));
        assertThat(usage("{\"prompt_tokens\":0,\"completion_tokens\":0}")).isEqualTo(Tokens.UNKNOWN);
    }

    private static Tokens usage(String usage) {
        return decode(utf8("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":" + usage
                        + "}\n\ndata: [DONE]\n\n"))
                .tokens;
    }

    @Test
    void aStopTextThatTheServerTellsIsTheReason() {
        CollectedAnswer answer =
                decodeChoices("\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\",\"stop_reason\":\"END\"");

        assertThat(answer.finish).isEqualTo(new Finish(Finish.Reason.STOP_SEQUENCE, "stop", "END"));
    }
}
