// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static dev.penstock.translation.chat.ChatAnswers.encoded;
import static dev.penstock.translation.chat.ChatAnswers.payloads;
import static dev.penstock.translation.chat.ChatAnswers.tree;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class ChatStreamEncoderTest {

    private static final String HEAD =
            "data: {\"id\":\"chatcmpl-x1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"alias\",\"choices\":";

    private static void finish(AnswerSink sink, Finish.Reason reason, String word) {
        sink.finish(new Finish(reason, word, null));
        sink.end();
    }

    /** The delta of the chunk with that number. */
    private static String delta(String stream, int chunk) {
        return tree(payloads(stream).get(chunk))
                .path("choices")
                .path(0)
                .path("delta")
                .toString();
    }

    @Test
    void anAnswerOfTextIsWhatOpenAiSends() {
        String stream = encoded(sink -> {
            sink.start("msg_1", "claude");
            sink.text("Hello");
            sink.text(" \"you\"\n\u0001é\uD83D\uDE00");
            sink.usage(new Tokens(10, 4, 3, -1, 5, 2));
            finish(sink, Finish.Reason.STOP, "end_turn");
        });

        assertThat(stream)
                .isEqualTo(HEAD
                        + "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"finish_reason\":null}],\"usage\":null}\n\n"
                        + HEAD
                        + "[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}],\"usage\":null}\n\n"
                        + HEAD
                        + "[{\"index\":0,\"delta\":{\"content\":\" \\\"you\\\"\\n\\u0001é\uD83D\uDE00\"},\"finish_reason\":null}],\"usage\":null}\n\n"
                        + HEAD
                        + "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"native_finish_reason\":\"end_turn\"}],\"usage\":null}\n\n"
                        + HEAD
                        + "[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":4,\"cache_write_tokens\":3},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n"
                        + "data: [DONE]\n\n");
    }

    @Test
    void whoDidNotAskForUsageGetsNone() {
        ChatStreamEncoder encoder = new ChatStreamEncoder(new AnswerInfo("alias", "x1", 1, false, null));
        encoder.start("", "");
        encoder.usage(new Tokens(1, -1, -1, -1, 1, -1));
        finish(encoder, Finish.Reason.STOP, "stop");
        String stream = new String(encoder.take(), StandardCharsets.UTF_8);

        assertThat(stream).doesNotContain("usage").endsWith("data: [DONE]\n\n");
    }

    @Test
    void unknownUsageIsNotToldAsZero() {
        String stream = encoded(sink -> {
            sink.start("", "");
            finish(sink, Finish.Reason.STOP, "stop");
        });

        assertThat(stream).doesNotContain("prompt_tokens");
    }

    @Test
    void toolCallsBeginWithTheirNameAndAnEmptyOneIsAnEmptyObject() {
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.toolStart(0, "toolu_1", "get");
            sink.toolArguments(0, "{\"a\"");
            sink.toolArguments(0, ":1}");
            sink.toolEnd(0);
            sink.toolStart(1, "toolu_2", "now");
            sink.toolEnd(1);
            finish(sink, Finish.Reason.TOOL_CALLS, "tool_use");
        });

        assertThat(delta(stream, 1))
                .isEqualTo(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"toolu_1\",\"type\":\"function\",\"function\":{\"name\":\"get\",\"arguments\":\"\"}}]}");
        assertThat(delta(stream, 2))
                .isEqualTo("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\"\"}}]}");
        assertThat(delta(stream, 5)).isEqualTo("{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]}");
        assertThat(stream).contains("\"finish_reason\":\"tool_calls\"");
    }

    @Test
    void reasoningAndItsCarriersHaveTheirOwnFields() {
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.thought("hm");
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "S==", null));
            finish(sink, Finish.Reason.STOP, "stop");
        });

        assertThat(delta(stream, 1)).isEqualTo("{\"reasoning_content\":\"hm\"}");
        assertThat(delta(stream, 2))
                .isEqualTo(
                        "{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"S==\",\"format\":\"penstock/anthropic_messages/signature\",\"index\":0,\"from\":0,\"to\":2}]}");
    }

    @Test
    void carriersOfCallsAreExtraContent() {
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.toolStart(0, "c", "f");
            sink.toolCarrier(0, new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", "G", null));
            sink.toolEnd(0);
            finish(sink, Finish.Reason.TOOL_CALLS, "STOP");
        });

        assertThat(delta(stream, 2))
                .isEqualTo(
                        "{\"tool_calls\":[{\"index\":0,\"extra_content\":{\"google\":{\"thought_signature\":\"G\"}}}]}");
    }

    @Test
    void sourcesAreAnnotationsAndRefusalsAreRefusals() {
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.refusal("no");
            sink.citation(new Citation("https://a.example", null, null, 2, 5));
            sink.citation(new Citation(null, "a document", "words", -1, -1));
            finish(sink, Finish.Reason.CONTENT_FILTER, "refusal");
        });

        assertThat(delta(stream, 1)).isEqualTo("{\"refusal\":\"no\"}");
        assertThat(delta(stream, 2))
                .isEqualTo(
                        "{\"annotations\":[{\"type\":\"url_citation\",\"url_citation\":{\"url\":\"https://a.example\",\"title\":\"https://a.example\",\"start_index\":2,\"end_index\":5}}]}");
        assertThat(stream).contains("\"finish_reason\":\"content_filter\"");
    }

    @Test
    void everyReasonHasItsWord() {
        assertThat(word(Finish.Reason.STOP)).isEqualTo("stop");
        assertThat(word(Finish.Reason.STOP_SEQUENCE)).isEqualTo("stop");
        assertThat(word(Finish.Reason.PAUSE)).isEqualTo("stop");
        assertThat(word(Finish.Reason.LENGTH)).isEqualTo("length");
        assertThat(word(Finish.Reason.TOOL_CALLS)).isEqualTo("tool_calls");
        assertThat(word(Finish.Reason.CONTENT_FILTER)).isEqualTo("content_filter");
    }

    private static String word(Finish.Reason reason) {
        Consumer<AnswerSink> answer = sink -> {
            sink.start("", "");
            finish(sink, reason, "");
        };
        return tree(payloads(encoded(answer)).get(1))
                .path("choices")
                .path(0)
                .path("finish_reason")
                .asText();
    }

    @Test
    void halvesOfOneCharacterGoOutTogetherAndALoneOneIsEscaped() {
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.text("a\uD83D");
            sink.text("\uDE00b\uD83D");
            finish(sink, Finish.Reason.STOP, "stop");
        });

        assertThat(delta(stream, 1)).isEqualTo("{\"content\":\"a\"}");
        assertThat(stream).contains("\"\uD83D\uDE00b\"").contains("{\"content\":\"\\ud83d\"}");
    }

    @Test
    void longTextsKeepEveryCharacter() {
        String text = "\uD83D\uDE00é\n\"".repeat(3_000) + "\uD83D";
        String stream = encoded(sink -> {
            sink.start("", "");
            sink.text(text);
            finish(sink, Finish.Reason.STOP, "stop");
        });

        assertThat(ChatAnswers.joined(stream).path("content").asText()).isEqualTo(text);
    }

    @Test
    void takingGivesWhatCameSinceAndAnErrorIsOneEvent() {
        ChatStreamEncoder encoder = new ChatStreamEncoder(ChatAnswers.INFO);
        encoder.start("", "");
        assertThat(encoder.take()).isNotEmpty();
        assertThat(encoder.take()).isEmpty();

        GatewayError error = GatewayError.of(GatewayError.Kind.TRUNCATED, "The answer broke off.");
        encoder.failed(error);
        String event = new String(encoder.error(error, "req_1"), StandardCharsets.UTF_8);

        assertThat(encoder.take()).isEmpty();
        assertThat(event)
                .isEqualTo(
                        "data: {\"error\":{\"message\":\"The answer broke off.\",\"type\":\"api_error\",\"param\":null,\"code\":\"truncated\",\"request_id\":\"req_1\"}}\n\n");
    }
}
