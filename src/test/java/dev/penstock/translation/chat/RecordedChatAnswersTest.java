// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Decodes every recorded chat answer when a folder is given ({@code -Dpenstock.recordings=<folder>}) and compares with what an
 * independent parser made of it.
 */
final class RecordedChatAnswersTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static Stream<Recording> recordings() {
        return Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(r -> r.protocol().equals("openai-chat") && r.status() < 400);
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedStreamTellsWhatTheReferenceFound() {
        return recordings()
                .filter(r -> r.contentType().startsWith("text/event-stream"))
                .map(r -> DynamicTest.dynamicTest(r.id(), () -> {
                    check(r, stream(r, Chunks.frame(r.bytes())));
                    check(r, stream(r, Chunks.frame(r.bytes(), r.splitPoints())));
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedWholeAnswerTellsWhatTheReferenceFound() {
        return recordings()
                .filter(r -> !r.contentType().startsWith("text/event-stream"))
                .map(r -> DynamicTest.dynamicTest(r.id(), () -> whole(r)));
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerIsTheSameAfterAStreamForAClient() {
        return recordings()
                .filter(r -> r.contentType().startsWith("text/event-stream"))
                .map(r -> DynamicTest.dynamicTest(r.id(), () -> {
                    CollectedAnswer direct = stream(r, Chunks.frame(r.bytes()));
                    if (!direct.ended) {
                        return;
                    }
                    byte[] again = ChatAnswers.encode(encoder -> streamInto(Chunks.frame(r.bytes()), encoder));
                    ChatAnswers.assertSame(ChatAnswers.decode(again), direct);
                }));
    }

    private static CollectedAnswer stream(Recording recording, Chunks.Framed framed) {
        CollectedAnswer answer = new CollectedAnswer();
        boolean terminal = streamInto(framed, answer);
        assertThat(terminal)
                .isEqualTo(recording.expected().path("terminal_seen").asBoolean());
        assertThat(answer.ended).isEqualTo(terminal && answer.error == null);
        return answer;
    }

    private static boolean streamInto(Chunks.Framed framed, AnswerSink sink) {
        ChatStreamDecoder decoder = new ChatStreamDecoder();
        List<byte[]> events = new ArrayList<>(framed.events());
        if (framed.insideEvent()) {
            // Two streams end right behind [DONE], without a line end.
            events.add(framed.tail());
        }
        for (byte[] event : events) {
            assertThat(decoder.event(event, 0, event.length, sink))
                    .as(() -> new String(event, StandardCharsets.UTF_8))
                    .isTrue();
        }
        if (decoder.terminal()) {
            decoder.finish(sink);
        }
        return decoder.terminal();
    }

    private static void whole(Recording recording) throws IOException {
        CollectedAnswer answer = new CollectedAnswer();
        if (choiceZero(recording.expected()).isMissingNode()
                && !recording.expected().path("error").isObject()) {
            GatewayError refused = null;
            try {
                new ChatAnswerDecoder().decode(recording.bytes(), answer);
            } catch (GatewayError e) {
                refused = e;
            }
            assertThat(refused != null || answer.error != null).isTrue();
            return;
        }
        new ChatAnswerDecoder().decode(recording.bytes(), answer);
        check(recording, answer);
    }

    private static void check(Recording recording, CollectedAnswer answer) throws IOException {
        JsonNode expected = recording.expected();
        assertThat(answer.error != null).isEqualTo(expected.path("error").isObject());
        JsonNode choice = choiceZero(expected);
        assertThat(answer.text.toString()).isEqualTo(choice.path("text").asText(""));
        String reasoning = choice.path("reasoning").asText("");
        String body = new String(recording.bytes(), StandardCharsets.UTF_8);
        // The reference does not look into reasoning_details.
        if (!reasoning.isEmpty() || !body.contains("reasoning_details")) {
            assertThat(answer.thought.toString()).isEqualTo(reasoning);
        }
        assertThat(answer.refusal.toString()).isEqualTo(choice.path("refusal").asText(""));
        checkCalls(answer, choice.path("tool_calls"));
        if (answer.finish != null) {
            assertThat(answer.finish.nativeWord())
                    .isEqualTo(choice.path("finish_reason").asText(""));
        }
        checkUsage(answer.tokens, expected.path("usage"));
    }

    private static void checkCalls(CollectedAnswer answer, JsonNode expected) throws IOException {
        List<JsonNode> named = new ArrayList<>();
        expected.forEach(call -> {
            // A call without a name cannot be made; Snowflake sends one with every answer.
            if (!call.path("name").asText("").isEmpty()) {
                named.add(call);
            }
        });
        assertThat(answer.calls).hasSize(named.size());
        for (int i = 0; i < named.size(); i++) {
            CollectedAnswer.Call call = answer.calls.get(i);
            String id = named.get(i).path("id").asText("");
            String arguments = named.get(i).path("arguments").asText("");
            assertThat(call.name).isEqualTo(named.get(i).path("name").asText());
            assertThat(call.id).isNotEmpty();
            if (!id.isEmpty() && !id.equals("null")) {
                assertThat(call.id).isEqualTo(id);
            }
            assertThat(JSON.readTree(call.json())).isEqualTo(JSON.readTree(arguments.isEmpty() ? "{}" : arguments));
        }
    }

    private static void checkUsage(Tokens tokens, JsonNode expected) {
        boolean counted = expected.path("output_total").asLong() > 0
                || expected.path("input_total").asLong() > 0;
        if (!counted) {
            return;
        }
        long input = expected.path("input_total").asLong();
        long output = expected.path("output_total").asLong();
        long reasoning = expected.path("reasoning").asLong();
        assertThat(tokens.input()).isEqualTo(input);
        assertThat(Math.max(0, tokens.cacheRead()))
                .isEqualTo(Math.min(expected.path("cached_read").asLong(), input));
        assertThat(Math.max(0, tokens.reasoning())).isEqualTo(reasoning);
        // The reference keeps xAI's completion as it is, without the reasoning outside of it.
        assertThat(tokens.output()).isEqualTo(reasoning > output ? output + reasoning : output);
    }

    private static JsonNode choiceZero(JsonNode expected) {
        for (JsonNode choice : expected.path("choices")) {
            if (choice.path("index").asInt() == 0) {
                return choice;
            }
        }
        return MissingNode.getInstance();
    }
}
