// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Makes streams and answers of this schema for tests, and puts chunks together as a client does. */
final class ChatAnswers {

    static final ObjectMapper JSON = new ObjectMapper();
    static final AnswerInfo INFO = new AnswerInfo("alias", "x1", 1_700_000_000L, true, null);

    private ChatAnswers() {}

    static byte[] encode(Consumer<AnswerSink> answer) {
        ChatStreamEncoder encoder = new ChatStreamEncoder(INFO);
        answer.accept(encoder);
        return encoder.take();
    }

    static String encoded(Consumer<AnswerSink> answer) {
        return new String(encode(answer), StandardCharsets.UTF_8);
    }

    static String whole(Consumer<AnswerSink> answer) {
        ChatAnswerEncoder encoder = new ChatAnswerEncoder(INFO);
        answer.accept(encoder);
        return new String(encoder.body(), StandardCharsets.UTF_8);
    }

    static CollectedAnswer decode(byte[] stream) {
        CollectedAnswer answer = new CollectedAnswer();
        decodeInto(stream, answer);
        return answer;
    }

    static ChatStreamDecoder decodeInto(byte[] stream, AnswerSink sink) {
        ChatStreamDecoder decoder = new ChatStreamDecoder();
        for (byte[] event : Chunks.frame(stream).events()) {
            assertThat(decoder.event(event, 0, event.length, sink)).isTrue();
        }
        return decoder;
    }

    /** One chunk per argument, each the inside of choice 0; then the end. */
    static CollectedAnswer decodeChoices(String... choices) {
        StringBuilder stream = new StringBuilder();
        for (String choice : choices) {
            stream.append("data: {\"id\":\"r1\",\"model\":\"m\",\"choices\":[{\"index\":0,")
                    .append(choice)
                    .append("}]}\n\n");
        }
        return decode(stream.append("data: [DONE]\n\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    static List<String> payloads(String stream) {
        List<String> all = new ArrayList<>();
        for (String event : stream.split("\n\n")) {
            assertThat(event).startsWith("data: ");
            all.add(event.substring("data: ".length()));
        }
        return all;
    }

    /** The message that a client has when it has joined the deltas of choice 0, as the official ones do. */
    static ObjectNode joined(String stream) {
        ObjectNode message = JSON.createObjectNode();
        for (String payload : payloads(stream)) {
            if (payload.equals("[DONE]")) {
                continue;
            }
            for (JsonNode choice : tree(payload).path("choices")) {
                merge(message, (ObjectNode) choice.path("delta"));
            }
        }
        return message;
    }

    private static void merge(ObjectNode into, ObjectNode delta) {
        for (Map.Entry<String, JsonNode> member : delta.properties()) {
            JsonNode before = into.get(member.getKey());
            JsonNode value = member.getValue();
            if (before == null || before.isNull()) {
                into.set(member.getKey(), value);
            } else if (before.isTextual()
                    && value.isTextual()
                    && !member.getKey().equals("type")) {
                into.put(member.getKey(), before.textValue() + value.textValue());
            } else if (before.isObject() && value.isObject()) {
                merge((ObjectNode) before, (ObjectNode) value);
            } else if (before.isArray()) {
                value.forEach(item -> mergeItem((ArrayNode) before, item));
            }
        }
    }

    private static void mergeItem(ArrayNode list, JsonNode item) {
        for (JsonNode known : list) {
            if (item.has("index") && known.path("index").equals(item.path("index"))) {
                merge((ObjectNode) known, ((ObjectNode) item).without("index"));
                return;
            }
        }
        list.add(item);
    }

    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(json, e);
        }
    }

    static void assertSame(CollectedAnswer actual, CollectedAnswer expected) {
        assertThat(actual.text.toString()).isEqualTo(expected.text.toString());
        assertThat(actual.thought.toString()).isEqualTo(expected.thought.toString());
        assertThat(actual.refusal.toString()).isEqualTo(expected.refusal.toString());
        assertThat(actual.carriers).isEqualTo(expected.carriers);
        assertThat(actual.citations.size()).isEqualTo(expected.citations.size());
        assertThat(actual.calls).hasSameSizeAs(expected.calls);
        expected.calls.forEach((number, call) -> {
            assertThat(actual.calls.get(number).id).isEqualTo(call.id);
            assertThat(actual.calls.get(number).name).isEqualTo(call.name);
            assertThat(actual.calls.get(number).json()).isEqualTo(call.json());
        });
        assertThat(actual.finish.reason()).isEqualTo(expected.finish.reason());
        assertThat(actual.tokens.input()).isEqualTo(expected.tokens.input());
        assertThat(actual.tokens.output()).isEqualTo(expected.tokens.output());
        assertThat(actual.ended).isTrue();
    }
}
