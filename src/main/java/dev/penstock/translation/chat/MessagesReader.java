// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
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
        Message.Draft results = new Message.Draft();
        for (int i = 0; i < messages.size(); i++) {
            String path = "messages[" + i + ']';
            JsonNode message = RequestJson.object(messages.get(i), path);
            String role = RequestJson.requiredText(message, "role", path);
            if (role.equals("tool") || role.equals("function")) {
                result(role, message, path, results);
                continue;
            }
            results = flush(results, read);
            read.add(message(role, message, path, i));
        }
        flush(results, read);
        return read;
    }

    private static Message.Draft flush(Message.Draft results, List<Message> read) {
        if (results.isEmpty()) {
            return results;
        }
        read.add(results.by(Role.USER));
        return new Message.Draft();
    }

    private Message message(String role, JsonNode message, String path, int index) {
        return switch (role) {
            case "system", "developer" -> required(message, path).by(Role.SYSTEM);
            case "user" -> required(message, path).by(Role.USER);
            case "assistant" -> assistant(message, path, index).by(Role.ASSISTANT);
            default ->
                throw RequestJson.wrongWord(
                        path + ".role", "developer, system, user, assistant, tool or function", role);
        };
    }

    private Message.Draft required(JsonNode message, String path) {
        ChatWords.SAID.keepOthers(message, path, extras);
        JsonNode content = RequestJson.member(message, "content");
        if (content == null) {
            throw RequestJson.wrong(path + ".content", "a string or an array of parts", "nothing");
        }
        return PartsReader.read(content, path + ".content", mark(message), extras);
    }

    private static @Nullable CacheMark mark(JsonNode message) {
        return PartsReader.mark(RequestJson.member(message, "cache_control"));
    }

    private Message.Draft assistant(JsonNode message, String path, int index) {
        ChatWords.ANSWER.keepOthers(message, path, extras);
        Message.Draft parts = ThoughtsReader.read(message, path);
        JsonNode content = RequestJson.member(message, "content");
        boolean empty =
                content != null && content.isTextual() && content.textValue().isEmpty();
        parts.addAll(PartsReader.read(empty ? null : content, path + ".content", mark(message), extras));
        String refusal = RequestJson.text(message, "refusal", path);
        if (refusal != null && !refusal.isEmpty()) {
            parts.add(new Part.Refusal(refusal), new Place(path + ".refusal", ChatWords.PLACE));
        }
        JsonNode calls = RequestJson.array(message, "tool_calls", path);
        for (int i = 0; calls != null && i < calls.size(); i++) {
            String at = path + ".tool_calls[" + i + ']';
            parts.add(toolCall(calls.get(i), at), new Place(at, ChatWords.PLACE));
        }
        JsonNode call = RequestJson.objectMember(message, "function_call", path);
        if (call != null) {
            String at = path + ".function_call";
            parts.add(functionCall(call, at, index), new Place(at, ChatWords.FUNCTION_CALL));
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
        ChatWords.CALL.keepOthers(call, path, extras);
        ChatWords.FUNCTION.keepOthers(function, path + ".function", extras);
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
        ChatWords.FUNCTION.keepOthers(call, path, extras);
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

    private void result(String role, JsonNode message, String path, Message.Draft results) {
        ChatWords.RESULT.keepOthers(message, path, extras);
        Message.Draft content =
                PartsReader.read(RequestJson.member(message, "content"), path + ".content", null, extras);
        results.add(
                role.equals("tool")
                        ? toolResult(message, path, content.parts())
                        : functionResult(message, path, content.parts()),
                new Place(path, ChatWords.PLACE, content.places()));
    }

    private Part toolResult(JsonNode message, String path, List<Part> content) {
        String id = RequestJson.requiredText(message, "tool_call_id", path);
        String name = RequestJson.text(message, "name", path);
        return new Part.ToolResult(id, name != null ? name : namesById.get(id), content, false, mark(message));
    }

    private Part functionResult(JsonNode message, String path, List<Part> content) {
        String name = RequestJson.requiredText(message, "name", path);
        String id = idsByFunction.get(name);
        if (id == null) {
            throw RequestJson.wrong(path + ".name", "the name of a function called before", "another name");
        }
        return new Part.ToolResult(id, name, content, false, mark(message));
    }
}
