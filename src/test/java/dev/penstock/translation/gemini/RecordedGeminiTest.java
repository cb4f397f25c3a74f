// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reads every recorded answer of Gemini's when a folder is given ({@code -Dpenstock.recordings=<folder>}). */
final class RecordedGeminiTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerSaysWhatAnIndependentParserFound() {
        return Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.protocol().equals("gemini"))
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> check(recording)));
    }

    private static void check(Recording recording) throws IOException {
        if (recording.status() >= 400) {
            GatewayError error =
                    new GeminiErrorReader().read(recording.status(), name -> null, recording.bytes(), Instant.EPOCH);
            assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
            assertThat(error.getMessage()).doesNotContain("key1234", "://");
        } else if (recording.contentType().startsWith("text/event-stream")) {
            checkStream(Chunks.frame(recording.bytes()), recording.expected());
            checkStream(Chunks.frame(recording.bytes(), recording.splitPoints()), recording.expected());
        } else {
            checkAnswer(recording);
        }
    }

    private static void checkStream(Chunks.Framed framed, JsonNode expected) throws IOException {
        GeminiStreamDecoder decoder = new GeminiStreamDecoder();
        CollectedAnswer answer = new CollectedAnswer();
        for (byte[] event : framed.events()) {
            assertThat(decoder.event(event, 0, event.length, answer)).isTrue();
        }
        if (framed.insideEvent()) {
            // One recording ends without its blank line, and one has none at all: many data lines that are no JSON
            // together.
            byte[] tail = framed.tail();
            if (!decoder.event(tail, 0, tail.length, answer)) {
                assertThat(expected.path("terminal_seen").asBoolean()).isFalse();
                return;
            }
        }
        assertThat(decoder.terminal()).isEqualTo(expected.path("terminal_seen").asBoolean());
        if (decoder.terminal()) {
            decoder.finish(answer);
            assertThat(answer.ended).isTrue();
            compare(answer, expected);
        }
        assertThat(answer.text.toString())
                .isEqualTo(expected.path("choices").path(0).path("text").asText());
    }

    private static void checkAnswer(Recording recording) throws IOException {
        CollectedAnswer answer = new CollectedAnswer();
        JsonNode expected = recording.expected();
        boolean ends = expected.path("choices").path(0).hasNonNull("finish_reason")
                || expected.hasNonNull("prompt_block_reason")
                || expected.hasNonNull("error");
        if (!ends) {
            assertThatThrownBy(() -> new GeminiAnswerDecoder().decode(recording.bytes(), answer))
                    .isInstanceOf(GatewayError.class);
            return;
        }
        new GeminiAnswerDecoder().decode(recording.bytes(), answer);
        if (expected.hasNonNull("error")) {
            assertThat(answer.error).isNotNull();
            return;
        }
        assertThat(answer.ended).isTrue();
        compare(answer, expected);
    }

    private static void compare(CollectedAnswer answer, JsonNode expected) throws IOException {
        JsonNode choice = expected.path("choices").path(0);
        assertThat(answer.text.toString()).isEqualTo(choice.path("text").asText());
        assertThat(answer.thought.toString()).isEqualTo(choice.path("reasoning").asText());
        String word = expected.hasNonNull("prompt_block_reason")
                ? expected.path("prompt_block_reason").asText()
                : choice.path("finish_reason").asText();
        assertThat(answer.finish.nativeWord()).isEqualTo(word);
        compareCalls(answer, choice.path("tool_calls"));
        compareUsage(answer.tokens, expected.path("usage"));
    }

    /** The reference lists the pieces of a call that comes in several and does not put them together. */
    private static void compareCalls(CollectedAnswer answer, JsonNode expected) throws IOException {
        List<JsonNode> calls = new ArrayList<>();
        expected.forEach(call -> {
            if (call.hasNonNull("name")) {
                calls.add(call);
            }
        });
        assertThat(answer.calls).hasSameSizeAs(calls);
        for (int i = 0; i < calls.size(); i++) {
            CollectedAnswer.Call call = answer.calls.get(i);
            assertThat(call.name).isEqualTo(calls.get(i).path("name").asText());
            assertThat(call.id).isNotEmpty().hasSizeLessThanOrEqualTo(40);
            if (calls.get(i).hasNonNull("id")) {
                assertThat(call.id).isEqualTo(calls.get(i).path("id").asText());
            }
            JsonNode arguments = JSON.readTree(call.json());
            if (calls.get(i).hasNonNull("arguments")) {
                assertThat(arguments)
                        .isEqualTo(JSON.readTree(calls.get(i).path("arguments").asText()));
            } else {
                boolean inPieces = calls.get(i).path("partial").asBoolean();
                assertThat(arguments.isEmpty()).isEqualTo(!inPieces);
            }
        }
    }

    private static void compareUsage(Tokens tokens, JsonNode expected) {
        if (!expected.isObject()) {
            assertThat(tokens).isEqualTo(Tokens.UNKNOWN);
            return;
        }
        long prompt = expected.path("input_total").asLong(-1);
        assertThat(tokens.input())
                .isEqualTo(
                        prompt < 0
                                ? -1
                                : prompt + expected.path("tool_use_prompt").asLong());
        assertThat(tokens.output()).isEqualTo(expected.path("output_total").asLong());
        assertThat(Math.max(0, tokens.cacheRead()))
                .isEqualTo(expected.path("cached_read").asLong());
        assertThat(Math.max(0, tokens.reasoning()))
                .isEqualTo(expected.path("reasoning").asLong());
    }
}
