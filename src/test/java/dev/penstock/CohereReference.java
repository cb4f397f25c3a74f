// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.kit.Recordings.Recording;
import dev.penstock.kit.SseEvents;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What a recorded answer of Cohere's own chat says, in the form in which the corpus describes those of the other protocols: read as
 * trees, event by event, with nothing of what it judges.
 */
final class CohereReference {

    static final String PROTOCOL = "cohere-v2-chat";

    private static final ObjectMapper JSON = new ObjectMapper();

    private CohereReference() {}

    static JsonNode read(Recording recording) {
        try {
            return recording.stream() ? stream(recording.bytes()) : whole(JSON.readTree(recording.bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode whole(JsonNode answer) {
        ObjectNode expected = JSON.createObjectNode();
        if (answer.path("message").isTextual()) {
            expected.putObject("error").set("message", answer.path("message"));
            return expected;
        }
        StringBuilder text = new StringBuilder();
        answer.at("/message/content")
                .forEach(content -> text.append(content.path("text").asText("")));
        ArrayNode calls = JSON.createArrayNode();
        answer.at("/message/tool_calls").forEach(call -> calls.add(call.path("function")));
        return finished(expected, text, calls, answer.path("finish_reason"), answer.path("usage"));
    }

    private static JsonNode stream(byte[] bytes) throws IOException {
        ObjectNode expected = JSON.createObjectNode().put("terminal_seen", false);
        StringBuilder text = new StringBuilder();
        ArrayNode calls = JSON.createArrayNode();
        for (SseEvents.Event event : SseEvents.parse(bytes).events()) {
            if (event.data().equals("[DONE]")) {
                continue;
            }
            JsonNode data = JSON.readTree(event.data());
            JsonNode message = data.at("/delta/message");
            switch (event.type()) {
                case "content-start", "content-delta" ->
                    text.append(message.at("/content/text").asText(""));
                case "tool-call-start" -> calls.add(message.at("/tool_calls/function"));
                case "tool-call-delta" -> {
                    ObjectNode call = (ObjectNode) calls.get(data.path("index").asInt());
                    call.put(
                            "arguments",
                            call.path("arguments").asText()
                                    + message.at("/tool_calls/function/arguments")
                                            .asText());
                }
                case "message-end" -> {
                    expected.put("terminal_seen", true);
                    finished(expected, text, calls, data.at("/delta/finish_reason"), data.at("/delta/usage"));
                }
                default -> {}
            }
        }
        return expected;
    }

    private static JsonNode finished(
            ObjectNode expected, StringBuilder text, ArrayNode calls, JsonNode reason, JsonNode usage) {
        ObjectNode choice = expected.putArray("choices").addObject().put("text", text.toString());
        choice.set("tool_calls", calls);
        choice.set("finish_reason", reason);
        ObjectNode counted = expected.putObject("usage");
        counted.set("input_total", usage.at("/tokens/input_tokens"));
        counted.set("output_total", usage.at("/tokens/output_tokens"));
        return expected;
    }
}
