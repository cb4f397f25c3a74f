// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's responses, whose last event repeats the whole answer. So what begins and ends an item or a part is kept as a tree, a handful of
 * events; of the many events that bring a piece only the piece is, by {@link SaidSoFar}.
 */
public final class ResponsesEnding extends PassedEnding {

    private final SaidSoFar said;
    private final IntSupplier nextNumber;

    private @Nullable ObjectNode response;
    /** By {@code output_index}. */
    private final Map<Integer, ObjectNode> open = new TreeMap<>();

    private final Map<Integer, ObjectNode> done = new TreeMap<>();
    /** Finished parts of items that are open. */
    private final Map<Integer, List<ObjectNode>> parts = new TreeMap<>();

    /**
     * Of a stream that has not begun.
     *
     * @param said hears what {@code reader} reads
     * @param nextNumber number of the event that would come next
     */
    public ResponsesEnding(EventReader reader, SaidSoFar said, IntSupplier nextNumber) {
        super(reader, "max_output_tokens");
        this.said = said;
        this.nextNumber = nextNumber;
    }

    @Override
    public int read(byte[] bytes, int from, int to) {
        long before = said.pieces();
        int flags = super.read(bytes, from, to);
        if (said.pieces() == before && (flags & (COMMENT | MALFORMED | ERROR | DONE)) == 0) {
            keep(bytes, from, to);
        }
        return flags;
    }

    private void keep(byte[] bytes, int from, int to) {
        ObjectNode event = data(bytes, from, to);
        if (event == null) {
            return;
        }
        int place = event.path("output_index").asInt();
        switch (event.path("type").asText()) {
            case "response.created", "response.in_progress" -> {
                if (event.get("response") instanceof ObjectNode object) {
                    response = object;
                }
            }
            case "response.output_item.added" -> {
                said.forget();
                if (event.get("item") instanceof ObjectNode item) {
                    open.put(place, item);
                }
            }
            case "response.content_part.added", "response.reasoning_summary_part.added" -> said.forget();
            case "response.content_part.done", "response.reasoning_summary_part.done" -> {
                if (event.get("part") instanceof ObjectNode part) {
                    parts.computeIfAbsent(place, none -> new ArrayList<>(1)).add(part);
                }
            }
            case "response.output_item.done" -> {
                open.remove(place);
                parts.remove(place);
                if (event.get("item") instanceof ObjectNode item) {
                    done.put(place, item);
                }
            }
            default -> {
                // What happens inside of a part, or what nobody needs to end it.
            }
        }
    }

    // ------------------------------------------------------------------ the end

    @Override
    byte @Nullable [] after(ObjectNode last, Usage used) {
        ObjectNode object = response;
        if (object == null) {
            return null;
        }
        Numbered out = new Numbered(nextNumber.getAsInt());
        closePart(last, out);
        open.forEach((place, item) -> {
            closeItem(item, parts.getOrDefault(place, List.of()));
            done.put(place, item);
            ObjectNode event = last.objectNode().put("type", "response.output_item.done");
            event.put("output_index", place).set("item", item);
            out.add(event);
        });
        ObjectNode whole = object.deepCopy();
        whole.put("status", "incomplete");
        whole.putObject("incomplete_details").put("reason", word());
        ArrayNode output = whole.putArray("output");
        done.values().forEach(output::add);
        usage(whole.putObject("usage"), used);
        ObjectNode event = last.objectNode().put("type", "response.incomplete");
        event.set("response", whole);
        out.add(event);
        return out.bytes();
    }

    /** The part, or the arguments, that the last piece belongs to. */
    private void closePart(ObjectNode last, Numbered out) {
        String words = said.words();
        switch (last.path("type").asText()) {
            case "response.output_text.delta" -> {
                ObjectNode text = ends(last, "response.output_text.done").put("text", words);
                text.putArray("logprobs");
                out.add(text);
                ObjectNode part = last.objectNode().put("type", "output_text").put("text", words);
                part.putArray("annotations");
                part.putArray("logprobs");
                part(last, "response.content_part.done", part, out);
            }
            case "response.refusal.delta" -> {
                out.add(ends(last, "response.refusal.done").put("refusal", words));
                ObjectNode part = last.objectNode().put("type", "refusal").put("refusal", words);
                part(last, "response.content_part.done", part, out);
            }
            case "response.reasoning_text.delta" -> {
                out.add(ends(last, "response.reasoning_text.done").put("text", words));
                ObjectNode part =
                        last.objectNode().put("type", "reasoning_text").put("text", words);
                part(last, "response.content_part.done", part, out);
            }
            case "response.reasoning_summary_text.delta" -> {
                out.add(ends(last, "response.reasoning_summary_text.done").put("text", words));
                ObjectNode part = last.objectNode().put("type", "summary_text").put("text", words);
                part(last, "response.reasoning_summary_part.done", part, out);
            }
            case "response.function_call_arguments.delta" -> {
                ObjectNode item = open.getOrDefault(last.path("output_index").asInt(), last.objectNode());
                ObjectNode event = ends(last, "response.function_call_arguments.done");
                event.put("arguments", arguments(item)).set("name", item.path("name"));
                out.add(event);
            }
            case "response.custom_tool_call_input.delta" -> {
                ObjectNode item = open.getOrDefault(last.path("output_index").asInt(), last.objectNode());
                out.add(ends(last, "response.custom_tool_call_input.done").put("input", arguments(item)));
            }
            default -> {
                // Content that is whole in one event: nothing is open but the item.
            }
        }
    }

    /** An event at the place of the last piece. */
    private static ObjectNode ends(ObjectNode last, String type) {
        ObjectNode event = last.objectNode().put("type", type);
        for (String name : List.of("item_id", "output_index", "content_index", "summary_index")) {
            if (last.has(name)) {
                event.set(name, last.get(name));
            }
        }
        return event;
    }

    private void part(ObjectNode last, String type, ObjectNode part, Numbered out) {
        parts.computeIfAbsent(last.path("output_index").asInt(), none -> new ArrayList<>(1))
                .add(part);
        ObjectNode event = ends(last, type);
        event.set("part", part);
        out.add(event);
    }

    private String arguments(ObjectNode call) {
        return said.arguments(call.path("call_id").asText());
    }

    private void closeItem(ObjectNode item, List<ObjectNode> parts) {
        if (item.has("status")) {
            item.put("status", "incomplete");
        }
        switch (item.path("type").asText()) {
            case "function_call" -> item.put("arguments", arguments(item));
            case "custom_tool_call" -> item.put("input", arguments(item));
            default -> {
                // Its parts say what it has.
            }
        }
        for (ObjectNode part : parts) {
            String list = part.path("type").asText().equals("summary_text") ? "summary" : "content";
            item.withArray(list).add(part);
        }
    }

    private static void usage(ObjectNode usage, Usage used) {
        usage.put("input_tokens", used.inputTokens());
        usage.putObject("input_tokens_details").put("cached_tokens", used.cachedInputTokens());
        usage.put("output_tokens", used.outputTokens());
        usage.putObject("output_tokens_details").put("reasoning_tokens", used.reasoningTokens());
        usage.put("total_tokens", used.totalTokens());
    }

    /** Events with numbers that go on. */
    private static final class Numbered {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(2048);
        private int number;

        Numbered(int first) {
            number = first;
        }

        void add(ObjectNode event) {
            typedEvent(out, event.put("sequence_number", number++));
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
