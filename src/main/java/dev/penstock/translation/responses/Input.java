// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.conversation.Vocabulary;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code input} of a request as messages. Items of the model that follow one another (reasoning, text, calls) are one message of
 * the assistant, and results of tools that follow one another are one message of the user. Carriers that were wrapped for a
 * call go back to it.
 */
final class Input {

    private static final String DATA = "data:";

    private final Map<String, JsonNode> extras;
    private final List<Message> messages = new ArrayList<>();
    private Message.Draft open = new Message.Draft();
    private Message.Role openRole = Message.Role.USER;
    /** Carriers whose call has not come yet. */
    private final Map<String, Carrier> early = new HashMap<>();

    Input(Map<String, JsonNode> extras) {
        this.extras = extras;
    }

    /** A message that is no more than the text of one field. */
    static Message words(Message.Role role, String text, String path) {
        return words(text, path).by(role);
    }

    private static Message.Draft words(String text, String path) {
        Message.Draft said = new Message.Draft();
        said.add(new Part.Text(text), new Place(path, ResponsesWords.PLACE));
        return said;
    }

    List<Message> read(Fields request) {
        JsonNode input = request.get("input");
        if (input == null) {
            throw GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, "The field 'input' is missing.")
                    .param("input")
                    .code("missing_required_parameter")
                    .build();
        }
        if (input.isTextual()) {
            return List.of(words(Message.Role.USER, input.textValue(), "input"));
        }
        if (!input.isArray()) {
            throw Fields.wrong("input", "a string or an array of items", input);
        }
        for (int i = 0; i < input.size(); i++) {
            item(request.element("input", i));
        }
        close();
        return messages;
    }

    private void item(Fields item) {
        String type = item.string("type");
        if (type == null) {
            type = item.has("role") ? "message" : item.required("type");
        }
        switch (type) {
            case "message" -> message(item);
            case "function_call" -> {
                keepOthers(ResponsesWords.CALL, item);
                call(item, item.required("arguments"));
            }
            case "custom_tool_call" -> {
                keepOthers(ResponsesWords.CUSTOM_CALL, item);
                call(item, customArguments(item.required("input")));
            }
            case "function_call_output", "custom_tool_call_output" -> result(item);
            case "reasoning" -> reasoning(item);
            case "item_reference" ->
                throw Fields.unsupported(
                        item.path(),
                        "The field '" + item.path()
                                + "' refers to an item that is stored at OpenAI. This gateway does not keep"
                                + " conversations yet. Send the item itself, as clients do that are told 'store': false.");
            case "compaction" ->
                throw Fields.unsupported(
                        item.path(),
                        "The field '" + item.path()
                                + "' holds a part of the conversation that only OpenAI can read. Send the"
                                + " items that it stands for.");
            // What OpenAI's own tools did: a record for the client, not for another model.
            default -> extras.put(item.path(), item.node());
        }
    }

    private void keepOthers(Vocabulary known, Fields object) {
        known.keepOthers(object.node(), object.path(), extras);
    }

    private static Place place(Fields object) {
        return new Place(object.path(), ResponsesWords.PLACE);
    }

    // ------------------------------------------------------------------ messages

    private void message(Fields item) {
        keepOthers(ResponsesWords.MESSAGE, item);
        Message.Role role = role(item);
        JsonNode content = item.get("content");
        if (content == null) {
            throw Fields.invalid(item.path("content"), "The field '" + item.path("content") + "' is missing.");
        }
        Message.Draft parts =
                content.isTextual() ? words(content.textValue(), item.path("content")) : parts(item, "content");
        if (role == Message.Role.ASSISTANT) {
            begin(role);
            open.addAll(parts);
        } else {
            close();
            messages.add(parts.by(role));
        }
    }

    private static Message.Role role(Fields item) {
        return switch (item.required("role")) {
            case "user" -> Message.Role.USER;
            case "assistant" -> Message.Role.ASSISTANT;
            case "system", "developer" -> Message.Role.SYSTEM;
            default ->
                throw Fields.invalid(
                        item.path("role"),
                        "The field '" + item.path("role") + "' must be 'user', 'assistant', 'system' or 'developer'.");
        };
    }

    private Message.Draft parts(Fields holder, String name) {
        Message.Draft parts = new Message.Draft();
        for (int i = 0; i < holder.array(name).size(); i++) {
            Fields part = holder.element(name, i);
            parts.add(part(part), place(part));
        }
        return parts;
    }

    private Part part(Fields part) {
        return switch (part.required("type")) {
            case "input_text", "output_text", "text", "summary_text" -> {
                keepOthers(ResponsesWords.TEXT, part);
                yield new Part.Text(part.required("text"));
            }
            case "refusal" -> {
                keepOthers(ResponsesWords.REFUSAL, part);
                yield new Part.Refusal(part.required("refusal"));
            }
            case "input_image" -> image(part);
            case "input_file" -> file(part);
            case "input_audio" -> {
                keepOthers(ResponsesWords.AUDIO, part);
                Fields audio = part.object("input_audio");
                Fields holder = audio == null ? part : audio;
                yield new Part.Audio(holder.required("format"), holder.required("data"));
            }
            default ->
                throw Fields.invalid(
                        part.path("type"),
                        "The field '" + part.path("type")
                                + "' must be 'input_text', 'input_image', 'input_file', 'input_audio',"
                                + " 'output_text' or 'refusal'.");
        };
    }

    private Part image(Fields part) {
        keepOthers(ResponsesWords.IMAGE, part);
        refuseStoredFile(part, "image_url");
        String url = part.required("image_url");
        String detail = part.string("detail");
        Data data = Data.of(url, part.path("image_url"));
        return data == null
                ? new Part.Image(null, null, url, detail, null)
                : new Part.Image(data.mediaType, data.base64, null, detail, null);
    }

    private Part file(Fields part) {
        keepOthers(ResponsesWords.FILE, part);
        refuseStoredFile(part, "file_data' or 'file_url");
        String name = part.string("filename");
        String url = part.string("file_url");
        if (url != null) {
            return new Part.Document(name, null, null, url, null, null);
        }
        String content = part.required("file_data");
        Data data = Data.of(content, part.path("file_data"));
        return data == null
                ? new Part.Document(name, null, content, null, null, null)
                : new Part.Document(name, data.mediaType, data.base64, null, null, null);
    }

    private static void refuseStoredFile(Fields part, String instead) {
        if (part.has("file_id")) {
            throw Fields.unsupported(
                    part.path("file_id"),
                    "The field '" + part.path("file_id") + "' refers to a file that is stored at OpenAI. Send '"
                            + instead + "'.");
        }
    }

    /** The content of a {@code data:} address. */
    private record Data(String mediaType, String base64) {

        /** Null for any other address. */
        static @Nullable Data of(String url, String path) {
            if (!url.regionMatches(true, 0, DATA, 0, DATA.length())) {
                return null;
            }
            int comma = url.indexOf(',');
            String head = comma < 0 ? "" : url.substring(DATA.length(), comma);
            int parameters = head.indexOf(';');
            if (parameters < 1 || !head.endsWith(";base64")) {
                throw Fields.invalid(
                        path, "The field '" + path + "' must have the form 'data:<media type>;base64,<content>'.");
            }
            return new Data(head.substring(0, parameters), url.substring(comma + 1));
        }
    }

    // ------------------------------------------------------------------ calls and their results

    private void call(Fields item, String arguments) {
        begin(Message.Role.ASSISTANT);
        String id = item.required("call_id");
        open.add(
                new Part.ToolCall(
                        id, item.required("name"), arguments.isBlank() ? "{}" : arguments, early.remove(id), null),
                place(item));
    }

    /** What a custom tool takes is not JSON; as a function it takes one object with one text. */
    private static String customArguments(String input) {
        return JsonNodeFactory.instance.objectNode().put("input", input).toString();
    }

    private void result(Fields item) {
        keepOthers(ResponsesWords.RESULT, item);
        String id = item.required("call_id");
        JsonNode output = item.get("output");
        if (output == null) {
            throw Fields.invalid(item.path("output"), "The field '" + item.path("output") + "' is missing.");
        }
        Message.Draft content =
                output.isTextual() ? words(output.textValue(), item.path("output")) : parts(item, "output");
        begin(Message.Role.USER);
        open.add(
                new Part.ToolResult(id, null, content.parts(), false, null),
                new Place(item.path(), ResponsesWords.PLACE, content.places()));
    }

    // ------------------------------------------------------------------ reasoning

    private void reasoning(Fields item) {
        keepOthers(ResponsesWords.REASONING, item);
        StringBuilder words = new StringBuilder();
        thoughts(item, "summary", words);
        thoughts(item, "content", words);
        String content = item.string("encrypted_content");
        if (content == null || content.isEmpty()) {
            if (!words.isEmpty()) {
                begin(Message.Role.ASSISTANT);
                open.add(new Part.Thought(words.toString(), null), place(item));
            }
            return;
        }
        CarrierText.Placed placed = CarrierText.read(content, item.string("id"));
        if (placed == null) {
            String path = item.path("encrypted_content");
            throw Fields.invalid(path, "The field '" + path + "' was changed since the gateway wrote it.");
        }
        begin(Message.Role.ASSISTANT);
        String call = placed.call();
        if (call == null) {
            thought(words.toString(), placed.carrier(), place(item));
        } else {
            callCarrier(call, placed.carrier());
        }
    }

    private static void thoughts(Fields item, String name, StringBuilder words) {
        for (int i = 0; i < item.array(name).size(); i++) {
            String text = item.element(name, i).required("text");
            words.append(words.isEmpty() || text.isEmpty() ? "" : "\n\n").append(text);
        }
    }

    /** A carrier without words belongs to the thought before it, when that has none. */
    private void thought(String words, Carrier carrier, Place place) {
        int last = open.size() - 1;
        if (words.isEmpty() && last >= 0 && open.get(last) instanceof Part.Thought before && before.carrier() == null) {
            open.set(last, new Part.Thought(before.text(), carrier));
        } else {
            open.add(new Part.Thought(words, carrier), place);
        }
    }

    private void callCarrier(String id, Carrier carrier) {
        for (int i = open.size() - 1; i >= 0; i--) {
            if (open.get(i) instanceof Part.ToolCall call && call.id().equals(id) && call.carrier() == null) {
                open.set(i, new Part.ToolCall(id, call.name(), call.arguments(), carrier, call.cache()));
                return;
            }
        }
        early.put(id, carrier);
    }

    // ------------------------------------------------------------------ messages of several items

    private void begin(Message.Role role) {
        if (openRole != role) {
            close();
            openRole = role;
        }
    }

    private void close() {
        if (!open.isEmpty()) {
            messages.add(open.by(openRole));
            open = new Message.Draft();
        }
    }
}
