// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.translation.edits.Turn.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** OpenAI's chat, with what compatible servers added to it. */
final class ChatForm extends Form {

    private static final Set<String> TOOLS =
            Set.of("tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "web_search_options");
    /** OpenAI's own, and vLLM's. */
    private static final List<String> FORMATS = List.of(
            "response_format", "guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs");

    @Override
    String conversation() {
        return "messages";
    }

    @Override
    Set<String> tools() {
        return TOOLS;
    }

    @Override
    String textType() {
        return "text";
    }

    @Override
    Kind kind(JsonNode turn) {
        return switch (turn.path("role").asText()) {
            case "system", "developer" -> Kind.INSTRUCTION;
            case "assistant" -> Kind.ASSISTANT;
            case "tool", "function" -> Kind.RESULT;
            default -> Kind.USER;
        };
    }

    @Override
    void tell(List<Turn> turns, int index, ToolTalk talk, List<Turn> told) {
        Turn turn = turns.get(index);
        JsonNode message = turn.node();
        switch (turn.kind(this)) {
            case ASSISTANT -> assistant(turn, talk, told);
            case RESULT -> {
                // The form before tools has names in place of ids.
                String name = message.path("name").asText();
                String id = message.path("tool_call_id").asText(name);
                JsonNode content = message.path("content");
                String text = talk.result(id, name, false, ToolTalk.words(content));
                told.add(turn.with(user(text, ToolTalk.others(content))));
            }
            case INSTRUCTION, USER -> told.add(turn);
        }
    }

    private static void assistant(Turn turn, ToolTalk talk, List<Turn> told) {
        JsonNode message = turn.node();
        boolean called = message.hasNonNull("tool_calls") || message.hasNonNull("function_call");
        if (!called) {
            told.add(turn);
            return;
        }
        for (JsonNode call : message.path("tool_calls")) {
            // A custom tool's input is no JSON.
            JsonNode function = call.has("function") ? call.path("function") : call.path("custom");
            talk.called(call.path("id").asText(), function.path("name").asText(), arguments(function));
        }
        JsonNode older = message.path("function_call");
        if (older.isObject()) {
            String name = older.path("name").asText();
            talk.called(name, name, arguments(older));
        }
        ObjectNode rest = message.deepCopy();
        // Seals belong to the turn as it was.
        rest.remove(List.of("tool_calls", "function_call", "reasoning_details"));
        if (says(rest)) {
            told.add(turn.with(rest));
        }
    }

    private static String arguments(JsonNode function) {
        JsonNode arguments = function.has("arguments") ? function.path("arguments") : function.path("input");
        return arguments.isContainerNode() ? arguments.toString() : arguments.asText();
    }

    private static boolean says(JsonNode message) {
        JsonNode content = message.path("content");
        boolean words = content.isTextual() ? !content.textValue().isBlank() : content.isArray() && !content.isEmpty();
        return words || !message.path("refusal").asText().isEmpty() || message.hasNonNull("audio");
    }

    @Override
    void dropStructuredOutput(Members members) {
        FORMATS.forEach(members::remove);
    }

    /** A client that says nothing gets the limit under today's name; {@code max_tokens} is refused by OpenAI's newer models. */
    @Override
    void limit(Members members, int maxTokens) {
        Map<String, JsonNode> wishes = new HashMap<>();
        for (String name : List.of("max_tokens", "max_completion_tokens")) {
            JsonNode wish = members.sent(name);
            if (!wish.isMissingNode()) {
                wishes.put(name, wish);
            }
        }
        wishes.forEach((name, wish) -> {
            if (isAbove(wish, maxTokens)) {
                members.set(name, IntNode.valueOf(maxTokens));
            }
        });
        if (wishes.isEmpty()) {
            members.set("max_completion_tokens", IntNode.valueOf(maxTokens));
        }
        if (isAbove(members.sent("thinking").path("budget_tokens"), maxTokens - 1)) {
            members.remove("thinking");
        }
        JsonNode reasoning = members.sent("reasoning");
        if (isAbove(reasoning.path("max_tokens"), maxTokens - 1)) {
            ObjectNode rest = reasoning.deepCopy();
            rest.remove("max_tokens");
            members.set("reasoning", rest);
        }
    }
}
