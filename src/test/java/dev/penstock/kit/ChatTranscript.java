// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a chat stream says, put together by a reader of its own: the second oracle. It knows the dialects of the
 * OpenAI-compatible servers and is slow and literal, building trees that the product must never build.
 *
 * @param choices by index
 * @param usage of the last event that had any
 * @param error the message of an error event
 * @param done whether the {@code [DONE]} marker came
 */
public record ChatTranscript(
        Map<Integer, Choice> choices, Optional<Usage> usage, Optional<String> error, boolean done) {

    /** One alternative answer. */
    public record Choice(String text, String reasoning, List<ToolCall> toolCalls, Optional<String> finishReason) {}

    /** A tool call with its arguments as the string that they are. */
    public record ToolCall(String id, String name, String arguments) {}

    /** Tokens as reported; a part that was not reported is -1. */
    public record Usage(long input, long output, long cached, long reasoning) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Reads a whole body. A last event that misses its blank line counts, as clients of sloppy servers let it count. */
    public static ChatTranscript of(byte[] body) {
        byte[] terminated = Arrays.copyOf(body, body.length + 2);
        terminated[body.length] = '\n';
        terminated[body.length + 1] = '\n';
        Reader reader = new Reader();
        SseEvents.parse(terminated).data().forEach(reader::event);
        return reader.finish();
    }

    /** True when every choice has a finish reason, nothing failed, and there was a choice at all. */
    public boolean complete() {
        return error.isEmpty()
                && !choices.isEmpty()
                && choices.values().stream().allMatch(c -> c.finishReason.isPresent());
    }

    /** The text of the first choice. */
    public String text() {
        Choice first = choices.get(0);
        return first == null ? "" : first.text;
    }

    private static final class Reader {
        private final Map<Integer, Building> choices = new TreeMap<>();
        private Optional<Usage> usage = Optional.empty();
        private Optional<String> error = Optional.empty();
        private boolean done;

        void event(String data) {
            if (data.strip().equals("[DONE]")) {
                done = true;
                return;
            }
            JsonNode event;
            try {
                event = JSON.readTree(data);
            } catch (JsonProcessingException e) {
                error = Optional.of("not JSON: " + data);
                return;
            }
            if (event.hasNonNull("error")) {
                JsonNode failure = event.path("error");
                error = Optional.of(
                        failure.isTextual()
                                ? failure.asText()
                                : failure.path("message").asText());
            } else if (event.path("object").asText().equals("error")) {
                error = Optional.of(event.path("message").asText());
            }
            event.path("choices").forEach(this::choice);
            usage(event.path("usage"));
            usage(event.path("x_groq").path("usage"));
        }

        private void choice(JsonNode choice) {
            Building building = choices.computeIfAbsent(choice.path("index").asInt(), i -> new Building());
            JsonNode delta = choice.path("delta");
            building.content(delta.path("content"));
            building.reasoning(delta);
            delta.path("tool_calls").forEach(building::tool);
            String finish = choice.path("finish_reason").asText("");
            if (choice.hasNonNull("finish_reason") && !finish.isEmpty()) {
                building.finish = Optional.of(finish);
            }
        }

        private void usage(JsonNode node) {
            if (node.isObject()) {
                usage = Optional.of(new Usage(
                        node.path("prompt_tokens").asLong(-1),
                        node.path("completion_tokens").asLong(-1),
                        // Together, Hugging Face: beside the totals instead of in the details
                        node.path("prompt_tokens_details")
                                .path("cached_tokens")
                                .asLong(node.path("cached_tokens").asLong(-1)),
                        node.path("completion_tokens_details")
                                .path("reasoning_tokens")
                                .asLong(-1)));
            }
        }

        ChatTranscript finish() {
            Map<Integer, Choice> all = new TreeMap<>();
            choices.forEach((index, building) -> all.put(index, building.build()));
            return new ChatTranscript(all, usage, error, done);
        }
    }

    private static final class Building {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thoughts = new StringBuilder();
        private final List<Call> calls = new ArrayList<>();
        private Optional<String> finish = Optional.empty();

        private static final class Call {
            private final int index;
            private String id = "";
            private final StringBuilder name = new StringBuilder();
            private final StringBuilder arguments = new StringBuilder();

            private Call(int index) {
                this.index = index;
            }
        }

        void content(JsonNode content) {
            if (content.isTextual()) {
                text.append(content.asText());
            }
            // Mistral: an array of typed parts
            for (JsonNode part : content) {
                text.append(part.path("text").asText(""));
                part.path("thinking")
                        .forEach(thought -> thoughts.append(thought.path("text").asText("")));
            }
        }

        void reasoning(JsonNode delta) {
            String field = delta.hasNonNull("reasoning_content") ? "reasoning_content" : "reasoning";
            if (delta.path(field).isTextual()) {
                thoughts.append(delta.path(field).asText());
            }
        }

        /** A new id is a new call; else the index decides; else it is the last one. */
        void tool(JsonNode fragment) {
            String id = fragment.path("id").asText("");
            int index = fragment.path("index").asInt(-1);
            Call call = null;
            for (Call known : calls) {
                boolean same = id.isEmpty() ? index < 0 || known.index == index : known.id.equals(id);
                call = same ? known : call;
            }
            if (call == null) {
                call = new Call(index);
                call.id = id;
                calls.add(call);
            }
            JsonNode function = fragment.path("function");
            if (call.name.isEmpty()) {
                call.name.append(function.path("name").asText(""));
            }
            call.arguments.append(function.path("arguments").asText(""));
        }

        Choice build() {
            List<ToolCall> done = calls.stream()
                    .map(call -> new ToolCall(call.id, call.name.toString(), call.arguments.toString()))
                    .toList();
            return new Choice(text.toString(), thoughts.toString(), done, finish);
        }
    }
}
