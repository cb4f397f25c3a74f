// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.sse.LineFramer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reads every recorded answer of Ollama's own API when a folder is given ({@code -Dpenstock.recordings=<folder>}). */
final class RecordedOllamaTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerSaysWhatItsTreeHolds() {
        return Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.protocol().equals("ollama-native"))
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> check(recording)));
    }

    private static void check(Recording recording) throws IOException {
        if (recording.status() >= 400) {
            GatewayError error =
                    new OllamaErrorReader().read(recording.status(), name -> null, recording.bytes(), Instant.EPOCH);
            assertThat(error.status()).isEqualTo(recording.status());
            assertThat(error.getMessage())
                    .isEqualTo(JSON.readTree(recording.bytes()).path("error").asText());
        } else if (recording.stream()) {
            checkStream(recording.bytes());
        } else {
            checkAnswer(recording.bytes());
        }
    }

    /**
     * The recorded stream is of {@code /api/generate}, which says {@code response} where {@code /api/chat} has {@code message.content},
     * and all else in the same words.
     */
    private static void checkStream(byte[] recorded) throws IOException {
        String text = new String(recorded, StandardCharsets.UTF_8);
        StringBuilder chat = new StringBuilder();
        StringBuilder expected = new StringBuilder();
        for (String line : text.split("\n")) {
            String piece = JSON.readTree(line).path("response").asText();
            expected.append(piece);
            String words = JSON.writeValueAsString(piece);
            chat.append("{\"message\":{\"role\":\"assistant\",\"content\":")
                    .append(words)
                    .append("},")
                    .append(line.substring(1))
                    .append('\n');
        }
        byte[] stream = chat.toString().getBytes(StandardCharsets.UTF_8);
        CollectedAnswer answer = new CollectedAnswer();
        OllamaStreamDecoder decoder = new OllamaStreamDecoder();
        for (byte[] line : lines(stream)) {
            assertThat(decoder.event(line, 0, line.length, answer)).isTrue();
        }
        JsonNode last = JSON.readTree(text.substring(text.stripTrailing().lastIndexOf('\n') + 1));
        assertThat(answer.ended).isTrue();
        assertThat(answer.text).hasToString(expected.toString());
        compareEnd(answer, last);
    }

    private static List<byte[]> lines(byte[] stream) {
        LineFramer framer = new LineFramer();
        List<byte[]> lines = new ArrayList<>();
        int from = 0;
        int end;
        while ((end = framer.nextEventEnd(stream, from, stream.length)) >= 0) {
            lines.add(java.util.Arrays.copyOfRange(stream, from, end));
            from = end;
        }
        assertThat(from).isEqualTo(stream.length);
        return lines;
    }

    private static void checkAnswer(byte[] body) throws IOException {
        CollectedAnswer answer = new CollectedAnswer();
        new OllamaAnswerDecoder().decode(body, answer);

        JsonNode tree = JSON.readTree(body);
        JsonNode message = tree.path("message");
        assertThat(answer.model).isEqualTo(tree.path("model").asText());
        assertThat(answer.text).hasToString(message.path("content").asText());
        assertThat(answer.thought).hasToString(message.path("thinking").asText());
        assertThat(answer.calls).hasSize(message.path("tool_calls").size());
        for (int i = 0; i < answer.calls.size(); i++) {
            JsonNode call = message.path("tool_calls").path(i);
            assertThat(answer.calls.get(i).name)
                    .isEqualTo(call.at("/function/name").asText());
            assertThat(JSON.readTree(answer.calls.get(i).json())).isEqualTo(call.at("/function/arguments"));
            assertThat(answer.calls.get(i).id).isEqualTo(call.path("id").asText(answer.calls.get(i).id));
        }
        compareEnd(answer, tree);
    }

    private static void compareEnd(CollectedAnswer answer, JsonNode last) {
        assertThat(answer.finish.nativeWord())
                .isEqualTo(last.path("done_reason").asText());
        assertThat(answer.tokens.input())
                .isEqualTo(last.path("prompt_eval_count").asLong());
        assertThat(answer.tokens.output()).isEqualTo(last.path("eval_count").asLong());
    }
}
