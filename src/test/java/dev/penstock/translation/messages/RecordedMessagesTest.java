// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.kit.Recordings;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.schema.anthropic.MessagesEventReader;
import dev.penstock.schema.anthropic.MessagesRequestReader;
import dev.penstock.sse.Chunks;
import dev.penstock.sse.EventReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every recorded answer of Anthropic's, when a folder of recordings is given ({@code -Dpenstock.recordings}): what the decoders and the
 * event reader make of it is what an independent parser made of it, however the network cut it; and what the encoder makes of that
 * again means the same.
 */
final class RecordedMessagesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    /** Begins anew in the middle of a call; the reference keeps the second half only, a stream cannot unsay the first. */
    private static final String SPLICED = "anthropic/messages--spliced-message-start";
    /** Its last event is named {@code message_stop} but has no type; the reference does not look at the name. */
    private static final String NAMED_ONLY = "anthropic/messages--messages-streaming-with-cache";
    /** Cut off inside the arguments of a call. */
    private static final Set<String> CUT_CALLS = Set.of("anthropic/messages--incomplete-partial-json-response");

    @TestFactory
    Stream<DynamicTest> everyRecordedStreamMeansWhatTheReferenceSays() {
        return each(
                recording -> recording.status() < 400
                        && isStream(recording)
                        && !recording.id().equals(SPLICED),
                RecordedMessagesTest::checkStream);
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerMeansWhatTheReferenceSays() {
        return each(recording -> recording.status() < 400 && !isStream(recording), RecordedMessagesTest::checkAnswer);
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedErrorIsSafeToShow() {
        return each(recording -> recording.status() >= 400, RecordedMessagesTest::checkError);
    }

    @TestFactory
    Stream<DynamicTest> aStreamThatBeginsAnewInsideACallFails() {
        return each(recording -> recording.id().equals(SPLICED), recording -> {
            CollectedAnswer answer = new CollectedAnswer();
            decode(Chunks.frame(recording.bytes()), answer);
            assertThat(answer.error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
        });
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedRequestReadAndWrittenAgainMeansTheSame() {
        return each(recording -> Files.exists(request(recording)), recording -> {
            byte[] body = Files.readAllBytes(request(recording));
            JsonNode before = JSON.readTree(body);
            Conversation read = new MessagesConversationReader().read(body);
            Losses losses = new Losses();
            JsonNode after = JSON.readTree(new MessagesRequestWriter(1).write(read, read.model(), losses));

            assertThat(MessagesRequestReader.read(body).model()).isEqualTo(read.model());
            assertThat(after.path("max_tokens")).isEqualTo(before.path("max_tokens"));
            assertThat(after.path("stream").asBoolean())
                    .isEqualTo(before.path("stream").asBoolean());
            assertThat(after.path("tools")).hasSameSizeAs(before.path("tools"));
            assertThat(after.path("thinking").path("type").asText())
                    .isEqualTo(before.path("thinking").path("type").asText());
            if (losses.isEmpty()) {
                assertThat(plain(after.path("messages"))).isEqualTo(plain(before.path("messages")));
                assertThat(after.path("tools")).isEqualTo(before.path("tools"));
            } else {
                assertThat(losses.fields())
                        .allMatch(field -> field.matches("(messages|tools)\\[.*") || field.equals("top_p"));
            }
        });
    }

    private static Path request(Recording recording) {
        return Path.of(System.getProperty("penstock.recordings", ""), recording.id(), "request.json");
    }

    /** One spelling of what may be spelled in two ways: texts are blocks, blank ones are none, and no error needs no saying so. */
    private static JsonNode plain(JsonNode messages) {
        for (JsonNode message : messages) {
            blocks((ObjectNode) message);
            for (JsonNode block : message.path("content")) {
                if (block.has("content")) {
                    blocks((ObjectNode) block);
                }
                if (!block.path("is_error").asBoolean()) {
                    ((ObjectNode) block).remove("is_error");
                }
            }
        }
        return messages;
    }

    private static void blocks(ObjectNode holder) {
        JsonNode content = holder.path("content");
        ArrayNode blocks = holder.putArray("content");
        if (content.isTextual()) {
            blocks.addObject().put("type", "text").set("text", content);
        } else {
            content.forEach(block -> {
                if (!block.path("type").asText().equals("text")
                        || !block.path("text").asText().isBlank()) {
                    blocks.add(block);
                }
            });
        }
    }

    private interface Wanted {
        boolean test(Recording recording);
    }

    private interface Check {
        void run(Recording recording) throws Exception;
    }

    private static Stream<DynamicTest> each(Wanted wanted, Check check) {
        return Recordings.open().stream()
                .flatMap(Recordings::all)
                .filter(recording -> recording.protocol().equals("anthropic-messages") && wanted.test(recording))
                .map(recording -> DynamicTest.dynamicTest(recording.id(), () -> check.run(recording)));
    }

    private static boolean isStream(Recording recording) {
        return recording.contentType().startsWith("text/event-stream");
    }

    private static void checkStream(Recording recording) throws Exception {
        for (Chunks.Framed framed : plans(recording)) {
            CollectedAnswer answer = new CollectedAnswer();
            decode(framed, answer);
            check(recording, answer);
            checkEvents(recording, framed);
        }
        checkAgain(recording);
    }

    private static List<Chunks.Framed> plans(Recording recording) {
        List<Chunks.Framed> plans = new ArrayList<>();
        plans.add(Chunks.frame(recording.bytes()));
        plans.add(Chunks.frame(recording.bytes(), recording.splitPoints()));
        if (recording.bytes().length < 10_000) {
            plans.add(Chunks.byteByByte(recording.bytes()));
        }
        return plans;
    }

    private static MessagesStreamDecoder decode(Chunks.Framed framed, CollectedAnswer answer) {
        MessagesStreamDecoder decoder = new MessagesStreamDecoder();
        for (byte[] event : events(framed)) {
            assertThat(decoder.event(event, 0, event.length, answer)).isTrue();
        }
        decoder.finish(answer);
        assertThat(decoder.terminal()).isEqualTo(answer.ended);
        return decoder;
    }

    private static List<byte[]> events(Chunks.Framed framed) {
        List<byte[]> events = new ArrayList<>(framed.events());
        if (framed.tail().length > 0) {
            events.add(framed.tail());
        }
        return events;
    }

    private static void checkEvents(Recording recording, Chunks.Framed framed) {
        MessagesEventReader reader = new MessagesEventReader();
        int all = 0;
        for (byte[] event : events(framed)) {
            all |= reader.read(event, 0, event.length);
        }
        JsonNode expected = recording.expected();
        JsonNode choice = expected.path("choices").path(0);
        JsonNode usage = expected.path("usage");
        assertThat(all & (EventReader.MALFORMED | EventReader.ERROR)).isZero();
        assertThat(reader.complete())
                .isEqualTo(recording.id().equals(NAMED_ONLY)
                        || expected.path("terminal_seen").asBoolean());
        assertThat(reader.finishReason()).isEqualTo(choice.path("finish_reason").textValue());
        assertThat((all & EventReader.TOOL) != 0)
                .isEqualTo(!choice.path("tool_calls").isEmpty()
                        || expected.path("block_types").toString().contains("server_tool_use"));
        assertThat(reader.usage())
                .isEqualTo(new Usage(
                        usage.path("input_total").asLong(),
                        usage.path("cached_read").asLong(),
                        usage.path("output_total").asLong(),
                        usage.path("reasoning").asLong(),
                        false,
                        usage.path("cache_write").asLong()));
    }

    private static void checkAnswer(Recording recording) {
        CollectedAnswer answer = new CollectedAnswer();
        new MessagesAnswerDecoder().decode(recording.bytes(), answer);
        try {
            check(recording, answer);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void checkError(Recording recording) {
        GatewayError error =
                new MessagesErrorReader().read(recording.status(), name -> null, recording.bytes(), Instant.EPOCH);
        JsonNode expected = recording.expected().path("error");
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(recording.status());
        assertThat(error.code()).isEqualTo(expected.path("type").asText());
        assertThat(error.getMessage()).isEqualTo(expected.path("message").asText());
    }

    private static void check(Recording recording, CollectedAnswer answer) throws Exception {
        JsonNode expected = recording.expected();
        JsonNode choice = expected.path("choices").path(0);
        assertThat(answer.ended).isTrue();
        assertThat(answer.error).isNull();
        assertThat(answer.text).hasToString(choice.path("text").asText());
        assertThat(answer.thought).hasToString(choice.path("reasoning").asText());
        assertThat(answer.finish.nativeWord())
                .isEqualTo(choice.path("finish_reason").asText());
        JsonNode calls = choice.path("tool_calls");
        assertThat(answer.calls).hasSize(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            CollectedAnswer.Call call = answer.calls.get(i);
            String arguments = calls.get(i).path("arguments").asText();
            assertThat(call.id).isEqualTo(calls.get(i).path("id").asText());
            assertThat(call.name).isEqualTo(calls.get(i).path("name").asText());
            if (CUT_CALLS.contains(recording.id())) {
                assertThat(call.json()).isEqualTo(arguments);
            } else {
                assertThat(JSON.readTree(call.json())).isEqualTo(JSON.readTree(arguments));
            }
        }
        JsonNode usage = expected.path("usage");
        Tokens tokens = answer.tokens;
        assertThat(tokens.input()).isEqualTo(count(usage, "input_total"));
        assertThat(tokens.cacheRead()).isEqualTo(count(usage, "cached_read"));
        assertThat(tokens.cacheWrite()).isEqualTo(count(usage, "cache_write"));
        assertThat(tokens.output()).isEqualTo(count(usage, "output_total"));
        assertThat(tokens.reasoning()).isEqualTo(count(usage, "reasoning"));
        assertThat(tokens.uncachedInput()).isEqualTo(count(usage, "input_uncached"));
    }

    private static long count(JsonNode usage, String name) {
        return usage.path(name).asLong(-1);
    }

    /** Encoded for a client and decoded again, it is the same answer. */
    private static void checkAgain(Recording recording) {
        MessagesStreamEncoder encoder = new MessagesStreamEncoder(new AnswerInfo("alias", "ex", 0, true, null));
        MessagesStreamDecoder decoder = new MessagesStreamDecoder();
        for (byte[] event : events(Chunks.frame(recording.bytes()))) {
            decoder.event(event, 0, event.length, encoder);
        }
        CollectedAnswer first = new CollectedAnswer();
        decode(Chunks.frame(recording.bytes()), first);
        CollectedAnswer again = new CollectedAnswer();
        decode(Chunks.frame(encoder.take()), again);
        assertThat(again.text).hasToString(first.text.toString());
        assertThat(again.thought).hasToString(first.thought.toString());
        assertThat(again.carriers).isEqualTo(first.carriers);
        assertThat(again.citations).isEqualTo(first.citations);
        assertThat(again.finish).isEqualTo(first.finish);
        assertThat(again.tokens.input()).isEqualTo(first.tokens.input());
        assertThat(again.tokens.output()).isEqualTo(first.tokens.output());
        assertThat(again.calls.keySet()).isEqualTo(first.calls.keySet());
        first.calls.forEach((index, call) -> {
            assertThat(again.calls.get(index).id).isEqualTo(call.id);
            assertThat(again.calls.get(index).json()).isEqualTo(call.json());
        });
    }
}
