// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.ChatTranscript;
import dev.penstock.kit.ChatTranscript.Choice;
import dev.penstock.kit.ChatTranscript.ToolCall;
import dev.penstock.kit.GoldenStream;
import dev.penstock.kit.Recordings;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The golden streams say what their expected files say, and the reader agrees with an independent one on recorded traffic. */
final class ChatTranscriptTest {

    @TestFactory
    Stream<DynamicTest> readsEachGoldenStreamAsExpected() {
        return GoldenStream.all("openai-chat").stream()
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> {
                    ChatTranscript transcript = ChatTranscript.of(golden.bytes());
                    JsonNode expected = golden.expected();

                    assertThat(List.copyOf(transcript.choices().values())).isEqualTo(choices(expected.path("choices")));
                    assertThat(transcript.done())
                            .isEqualTo(expected.path("done").asBoolean());
                    assertThat(transcript.complete())
                            .isEqualTo(expected.path("complete").asBoolean());
                    assertThat(transcript.error().orElse(null)).isEqualTo(text(expected.path("error")));
                    assertThat(transcript.usage().orElse(null))
                            .isEqualTo(usage(expected.path("usage"), "input", "output", "cached"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceOnRecordedTraffic() {
        return Recordings.open().stream()
                .flatMap(recordings -> recordings.streams("openai-chat"))
                .filter(recording -> recording.expected().isObject())
                .filter(recording -> recording.expected().path("error").isNull())
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> {
                    ChatTranscript transcript = ChatTranscript.of(recording.bytes());
                    JsonNode expected = recording.expected();

                    if (!expected.path("choices").isEmpty()) {
                        assertThat(List.copyOf(transcript.choices().values()))
                                .isEqualTo(choices(expected.path("choices")));
                        assertThat(transcript.usage().orElse(null))
                                .isEqualTo(usage(expected.path("usage"), "input_total", "output_total", "cached_read"));
                    }
                    assertThat(transcript.done())
                            .isEqualTo(expected.path("done_sentinel").asBoolean());
                }));
    }

    private static List<Choice> choices(JsonNode nodes) {
        List<Choice> choices = new ArrayList<>();
        for (JsonNode node : nodes) {
            List<ToolCall> calls = new ArrayList<>();
            node.path("tool_calls")
                    .forEach(call -> calls.add(new ToolCall(
                            call.path("id").asText(),
                            call.path("name").asText(),
                            call.path("arguments").asText())));
            choices.add(new Choice(
                    node.path("text").asText(),
                    node.path("reasoning").asText(),
                    calls,
                    java.util.Optional.ofNullable(text(node.path("finish_reason")))));
        }
        return choices;
    }

    private static ChatTranscript.Usage usage(JsonNode node, String input, String output, String cached) {
        return node.isObject()
                ? new ChatTranscript.Usage(
                        node.path(input).asLong(-1),
                        node.path(output).asLong(-1),
                        node.path(cached).isNull() ? -1 : node.path(cached).asLong(-1),
                        node.path("reasoning").isNull()
                                ? -1
                                : node.path("reasoning").asLong(-1))
                : null;
    }

    private static String text(JsonNode node) {
        return node.isTextual() ? node.asText() : null;
    }
}
