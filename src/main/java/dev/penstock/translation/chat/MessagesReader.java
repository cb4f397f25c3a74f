// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one request. Results of tools that follow each other become one message of the user, as all other schemas have
 * it. The form before tools ({@code function_call}, role {@code function}) has no ids: they are made from the place of the call.
 */
final class MessagesReader {

    private final Map<String, JsonNode> extras;
    private final Map<String, String> namesById = new HashMap<>();
    private final Map<String, String> idsByFunction = new HashMap<>();

    /**
     * For one request.
     *
     * @param extras takes members of messages that have no place, by path
     */
    MessagesReader(Map<String, JsonNode> extras) {
        this.extras = extras;
    }

    List<Message> read(@Nullable JsonNode messages) {
        if (messages == null || messages.isEmpty()) {
            throw RequestJson.wrong(
                    "messages", "an array with at least one message", messages == null ? "nothing" : "an empty array");
        }
        List<Message> read = new ArrayList<>(messages.size());
        List<Part> results = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            String path = "messages[" + i + ']';
            JsonNode message = RequestJson.object(messages.get(i), path);
            String role = RequestJson.requiredText(message, "role", path);
            if (role.equals("tool") || role.equals("function")) {
                results.add(role.equals("tool") ? toolResult(message, path) : functionResult(message, path));
                continue;
            }
            flush(results, read);
            read.add(message(role, message, path, i));
        }
        flush(results, read);
        return read;
    }

    private static void flush(List<Part> results, List<Message> read) {
        if (!results.isEmpty()) {
            read.add(new Message(Role.USER, results));
            results.clear();
        }
    }

    private Message message(String role, JsonNode message, String path, int index) {
        return switch (role) {
            case "system", "developer" -> new Message(Role.SYSTEM, required(message, path));
            case "user" -> new Message(Role.USER, required(message, path));
            case "assistant" -> new Message(Role.ASSISTANT, assistant(message, path, index));
            default ->
                throw RequestJson.wrongWord(
                        path + ".role", "developer, system, user, assistant, tool or function", role);
        };
    }

    private List<Part> required(JsonNode message, String path) {
        note(message, path, "name");
        JsonNode content = RequestJson.member(message, "content");
        if (content == null) {
            throw RequestJson.wrong(path + ".content", "a string or an array of parts", "nothing");
        }
        return PartsReader.read(content, path + ".content", mark(message));
    }

    private static @Nullable CacheMark mark(JsonNode message) {
        return PartsReader.mark(RequestJson.member(message, "cache_control"));
    }

    /** What has no place in a conversation is kept under its path, so that whoever cannot send it can say so. */
    private void note(JsonNode message, String path, String name) {
        JsonNode value = RequestJson.member(message, name);
        if (value != null) {
            extras.put(path + '.' + name, value);
        }
    }

    private List<Part> assistant(JsonNode message, String path, int index) {
        note(message, path, "name");
        note(message, path, "audio");
        List<Part> parts = new ArrayList<>(ThoughtsReader.read(message, path));
        JsonNode content = RequestJson.member(message, "content");
        boolean empty =
                content != null && content.isTextual() && content.textValue().isEmpty();
        parts.addAll(PartsReader.read(empty ? null : content, path + ".content", mark(message)));
        String refusal = RequestJson.text(message, "refusal", path);
        if (refusal != null && !refusal.isEmpty()) {
            parts.add(new Part.Refusal(refusal));
        }
        JsonNode calls = RequestJson.array(message, "tool_calls", path);
        for (int i = 0; calls != null && i < calls.size(); i++) {
            parts.add(toolCall(calls.get(i), path + ".tool_calls[" + i + ']'));
        }
        JsonNode call = RequestJson.objectMember(message, "function_call", path);
        if (call != null) {
            parts.add(functionCall(call, path + ".function_call", index));
        }
        return parts;
    }

    private Part toolCall(JsonNode call, String path) {
        RequestJson.object(call, path);
        String type = RequestJson.text(call, "type", path);
        if (type != null && !type.equals("function")) {
            throw RequestJson.wrongWord(path + ".type", "function", type);
        }
        JsonNode function = RequestJson.requiredObject(call, "function", path);
        String id = RequestJson.requiredText(call, "id", path);
        String name = RequestJson.requiredText(function, "name", path + ".function");
        namesById.put(id, name);
        JsonNode extra = RequestJson.member(call, "extra_content");
        return new Part.ToolCall(
                id,
                name,
                arguments(function, path + ".function"),
                extra == null ? null : ThoughtsReader.extraContent(extra),
                PartsReader.mark(RequestJson.member(call, "cache_control")));
    }

    private Part functionCall(JsonNode call, String path, int index) {
        String name = RequestJson.requiredText(call, "name", path);
        String id = "call_function_" + index;
        namesById.put(id, name);
        idsByFunction.put(name, id);
        return new Part.ToolCall(id, name, arguments(call, path), null, null);
    }

    /** The text is the model's and may be broken; whoever needs an object has to cope. */
    private static String arguments(JsonNode function, String path) {
        JsonNode arguments = RequestJson.member(function, "arguments");
        if (arguments != null && arguments.isObject()) {
            return arguments.toString();
        }
        String text = RequestJson.text(function, "arguments", path);
        return text == null || text.isBlank() ? "{}" : text;
    }

    private Part toolResult(JsonNode message, String path) {
        String id = RequestJson.requiredText(message, "tool_call_id", path);
        String name = RequestJson.text(message, "name", path);
        return new Part.ToolResult(
                id,
                name != null ? name : namesById.get(id),
                PartsReader.read(RequestJson.member(message, "content"), path + ".content", null),
                false,
                mark(message));
    }

    private Part functionResult(JsonNode message, String path) {
        String name = RequestJson.requiredText(message, "name", path);
        String id = idsByFunction.get(name);
        if (id == null) {
            throw RequestJson.wrong(path + ".name", "the name of a function called before", "another name");
        }
        return new Part.ToolResult(
                id,
                name,
                PartsReader.read(RequestJson.member(message, "content"), path + ".content", null),
                false,
                mark(message));
    }
}
