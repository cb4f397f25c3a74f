// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Answers that tests tell to encoders, and ways to look at what comes out. */
final class Said {

    static final ObjectMapper JSON = new ObjectMapper();
    static final Carrier SIGNATURE = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "signature", "EqQB+/=", null);
    static final Carrier REDACTED = new Carrier(ApiSchema.ANTHROPIC_MESSAGES, "redacted", "xyz.abc", null);
    static final Carrier OWN = new Carrier(ApiSchema.OPENAI_RESPONSES, "encrypted_content", "gAAAAAB=", "rs_own");
    static final Carrier OF_CALL =
            new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, "thought_signature", "CiQB", "part-3");

    private Said() {}

    static AnswerInfo info(Conversation request) {
        return new AnswerInfo("fast", "x1", 1_700_000_000L, false, request);
    }

    static AnswerInfo info() {
        return info(null);
    }

    /** Everything that an answer may hold. */
    static void everything(AnswerSink sink) {
        sink.start("prov-1", "claude");
        sink.thought("Let me ");
        sink.thought("see.");
        sink.thoughtCarrier(SIGNATURE);
        sink.thoughtCarrier(REDACTED);
        sink.thoughtCarrier(OWN);
        sink.text("The \"sky\"\n");
        sink.text("is blue \ud83c");
        sink.text("\udf0d.");
        sink.citation(new Citation("https://a.example/b", "A", null, 4, 9));
        sink.toolStart(0, "call_a", "weather");
        sink.toolCarrier(0, OF_CALL);
        sink.toolArguments(0, "{\"city\":");
        sink.toolStart(1, "call_b", "time");
        sink.toolArguments(0, "\"Bern\"}");
        sink.toolEnd(0);
        sink.toolEnd(1);
        sink.finish(new Finish(Finish.Reason.TOOL_CALLS, "tool_use", null));
        sink.usage(new Tokens(100, 40, 10, -1, 20, 5));
        sink.end();
    }

    static String stream(Consumer<AnswerSink> answer) {
        return stream(info(), answer);
    }

    static String stream(AnswerInfo info, Consumer<AnswerSink> answer) {
        ResponsesStreamEncoder encoder = new ResponsesStreamEncoder(info);
        answer.accept(encoder);
        return text(encoder.take());
    }

    static JsonNode whole(AnswerInfo info, Consumer<AnswerSink> answer) {
        ResponsesAnswerEncoder encoder = new ResponsesAnswerEncoder(info);
        answer.accept(encoder);
        return json(encoder.body());
    }

    /** The payloads of a stream. Each event's name is its type. */
    static List<JsonNode> events(String stream) {
        List<JsonNode> events = new ArrayList<>();
        for (String event : stream.split("\n\n")) {
            String[] lines = event.split("\n");
            JsonNode payload = json(bytes(lines[1].substring("data: ".length())));
            if (lines.length != 2
                    || !lines[0].equals("event: " + payload.path("type").asText())) {
                throw new AssertionError("no event of this schema: " + event);
            }
            events.add(payload);
        }
        return events;
    }

    static List<String> types(String stream) {
        return events(stream).stream().map(event -> event.path("type").asText()).toList();
    }

    static CollectedAnswer decoded(String stream) {
        CollectedAnswer answer = new CollectedAnswer();
        decode(bytes(stream), answer);
        return answer;
    }

    static ResponsesStreamDecoder decode(byte[] stream, AnswerSink sink, int... cuts) {
        ResponsesStreamDecoder decoder = new ResponsesStreamDecoder();
        for (byte[] event : Chunks.frame(stream, cuts).events()) {
            if (!decoder.event(event, 0, event.length, sink)) {
                throw new AssertionError("not in the schema: " + text(event));
            }
        }
        if (decoder.terminal()) {
            decoder.finish(sink);
        }
        return decoder;
    }

    static JsonNode json(byte[] bytes) {
        try {
            return JSON.readTree(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
