// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tools of a request and the choice among them, in today's form and in the one before it ({@code functions},
 * {@code function_call}). A list of allowed tools becomes a shorter list of tools, which means the same to the model.
 */
record ToolsReader(List<Tool> tools, ToolChoice choice) {

    private static final Set<String> KNOWN_OF_TOOL = Set.of("type", "function", "cache_control");
    private static final Set<String> KNOWN_OF_FUNCTION =
            Set.of("name", "description", "parameters", "strict", "cache_control");

    /**
     * Reads them.
     *
     * @param extras takes members of tools that have no place, by path
     */
    static ToolsReader read(JsonNode root, Map<String, JsonNode> extras) {
        List<Tool> tools = new ArrayList<>();
        JsonNode listed = RequestJson.array(root, "tools", "");
        for (int i = 0; listed != null && i < listed.size(); i++) {
            tools.add(tool(listed.get(i), "tools[" + i + ']', extras));
        }
        JsonNode functions = RequestJson.array(root, "functions", "");
        for (int i = 0; functions != null && i < functions.size(); i++) {
            String path = "functions[" + i + ']';
            tools.add(function(RequestJson.object(functions.get(i), path), functions.get(i), path, extras));
        }
        JsonNode choice = RequestJson.member(root, "tool_choice");
        JsonNode call = RequestJson.member(root, "function_call");
        if (choice == null) {
            return new ToolsReader(tools, call == null ? ToolChoice.UNSAID : functionCall(call));
        }
        if (choice.isObject() && "allowed_tools".equals(RequestJson.text(choice, "type", "tool_choice"))) {
            return allowed(tools, choice);
        }
        return new ToolsReader(tools, choice(choice));
    }

    private static Tool tool(JsonNode tool, String path, Map<String, JsonNode> extras) {
        RequestJson.object(tool, path);
        String type = RequestJson.text(tool, "type", path);
        if (type != null && !type.equals("function")) {
            throw RequestJson.wrongWord(path + ".type", "function", type);
        }
        note(tool, path, KNOWN_OF_TOOL, extras);
        return function(RequestJson.requiredObject(tool, "function", path), tool, path + ".function", extras);
    }

    private static Tool function(JsonNode function, JsonNode holder, String path, Map<String, JsonNode> extras) {
        note(function, path, KNOWN_OF_FUNCTION, extras);
        JsonNode mark = RequestJson.member(holder, "cache_control");
        return new Tool(
                RequestJson.requiredText(function, "name", path),
                RequestJson.text(function, "description", path),
                RequestJson.objectMember(function, "parameters", path),
                RequestJson.flag(function, "strict", path),
                PartsReader.mark(mark != null ? mark : RequestJson.member(function, "cache_control")));
    }

    /** What has no place in a tool is kept under its path, so that whoever cannot send it can say so. */
    private static void note(JsonNode holder, String path, Set<String> known, Map<String, JsonNode> extras) {
        for (Map.Entry<String, JsonNode> member : holder.properties()) {
            if (!known.contains(member.getKey()) && !member.getValue().isNull()) {
                extras.put(path + '.' + member.getKey(), member.getValue());
            }
        }
    }

    private static ToolChoice choice(JsonNode choice) {
        if (choice.isTextual()) {
            return switch (choice.textValue()) {
                case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
                case "auto" -> ToolChoice.of(ToolChoice.Kind.AUTO);
                // "any" is what Mistral calls it.
                case "required", "any" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
                default ->
                    throw RequestJson.wrongWord("tool_choice", "none, auto, required or an object", choice.textValue());
            };
        }
        RequestJson.object(choice, "tool_choice");
        String type = RequestJson.text(choice, "type", "tool_choice");
        if (type != null && !type.equals("function")) {
            throw RequestJson.wrongWord("tool_choice.type", "function or allowed_tools", type);
        }
        JsonNode function = RequestJson.requiredObject(choice, "function", "tool_choice");
        return named(RequestJson.requiredText(function, "name", "tool_choice.function"));
    }

    private static ToolChoice functionCall(JsonNode call) {
        if (call.isTextual()) {
            return switch (call.textValue()) {
                case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
                case "auto" -> ToolChoice.of(ToolChoice.Kind.AUTO);
                default -> throw RequestJson.wrongWord("function_call", "none, auto or an object", call.textValue());
            };
        }
        return named(RequestJson.requiredText(RequestJson.object(call, "function_call"), "name", "function_call"));
    }

    private static ToolChoice named(String name) {
        return new ToolChoice(ToolChoice.Kind.NAMED, name);
    }

    private static ToolsReader allowed(List<Tool> tools, JsonNode choice) {
        JsonNode inner = RequestJson.objectMember(choice, "allowed_tools", "tool_choice");
        JsonNode allowed = inner == null ? choice : inner;
        String path = inner == null ? "tool_choice" : "tool_choice.allowed_tools";
        String mode = RequestJson.text(allowed, "mode", path);
        ToolChoice.Kind kind =
                switch (mode == null ? "auto" : mode) {
                    case "auto" -> ToolChoice.Kind.AUTO;
                    case "required" -> ToolChoice.Kind.REQUIRED;
                    default -> throw RequestJson.wrongWord(path + ".mode", "auto or required", mode);
                };
        Set<String> names = names(RequestJson.array(allowed, "tools", path), path + ".tools");
        return new ToolsReader(
                tools.stream().filter(tool -> names.contains(tool.name())).toList(), ToolChoice.of(kind));
    }

    private static Set<String> names(@Nullable JsonNode tools, String path) {
        if (tools == null || tools.isEmpty()) {
            throw RequestJson.wrong(path, "an array with at least one tool", "nothing");
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tools.size(); i++) {
            String at = path + '[' + i + ']';
            JsonNode tool = RequestJson.object(tools.get(i), at);
            JsonNode function = RequestJson.objectMember(tool, "function", at);
            names.add(
                    function == null
                            ? RequestJson.requiredText(tool, "name", at)
                            : RequestJson.requiredText(function, "name", at + ".function"));
        }
        return names;
    }
}
