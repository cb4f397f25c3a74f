// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.translation.edits.Turn.Kind;
import java.util.List;
import java.util.Set;

/** OpenAI's responses: what one answer said is several items. */
final class ResponsesForm extends Form {

    private static final Set<String> TOOLS = Set.of("tools", "tool_choice", "parallel_tool_calls", "max_tool_calls");
    private static final String REASONING = "reasoning";

    @Override
    String conversation() {
        return "input";
    }

    @Override
    Set<String> tools() {
        return TOOLS;
    }

    @Override
    String textType() {
        return "input_text";
    }

    @Override
    boolean isOneMessage() {
        return true;
    }

    @Override
    Kind kind(JsonNode item) {
        String type = item.path("type").asText("message");
        if (!type.equals("message")) {
            return isResult(type) ? Kind.RESULT : Kind.ASSISTANT;
        }
        return switch (item.path("role").asText()) {
            case "system", "developer" -> Kind.INSTRUCTION;
            case "assistant" -> Kind.ASSISTANT;
            default -> Kind.USER;
        };
    }

    private static boolean isResult(String type) {
        return type.endsWith("_call_output")
                || type.equals("tool_search_output")
                || type.equals("mcp_approval_response");
    }

    /** A call of any tool, OpenAI's own among them, or what stands around it. */
    private static boolean isCall(JsonNode item) {
        String type = item.path("type").asText();
        return type.endsWith("_call") || (type.startsWith("mcp_") && !isResult(type));
    }

    @Override
    void tell(List<Turn> turns, int index, ToolTalk talk, List<Turn> told) {
        Turn turn = turns.get(index);
        JsonNode item = turn.node();
        String type = item.path("type").asText();
        if (isResult(type)) {
            result(turn, talk, told);
        } else if (isCall(item)) {
            call(turn, talk, told);
        } else if (!type.equals(REASONING) || !leadsToCall(turns, index)) {
            told.add(turn);
        }
    }

    private void call(Turn turn, ToolTalk talk, List<Turn> told) {
        JsonNode item = turn.node();
        if (!item.path("name").isTextual()) {
            return;
        }
        String id = item.path("call_id").asText(item.path("id").asText());
        JsonNode arguments = item.has("arguments") ? item.path("arguments") : item.path("input");
        talk.called(id, item.path("name").asText(), arguments.asText());
        if (item.path("output").isTextual()) {
            // What an MCP server said stands in the call.
            told.add(turn.with(
                    user(talk.result(id, null, false, item.path("output").textValue()), List.of())));
        }
    }

    private void result(Turn turn, ToolTalk talk, List<Turn> told) {
        JsonNode item = turn.node();
        JsonNode output = item.path("output");
        if (output.isTextual() || output.isArray()) {
            String text = talk.result(item.path("call_id").asText(), null, false, ToolTalk.words(output));
            List<JsonNode> files = ToolTalk.others(output).stream()
                    .filter(part -> part.path("type").asText().startsWith("input_"))
                    .toList();
            told.add(turn.with(user(text, files)));
        }
    }

    /** Thoughts are refused without the item that they led to. */
    private static boolean leadsToCall(List<Turn> turns, int index) {
        int next = index + 1;
        while (next < turns.size()
                && turns.get(next).node().path("type").asText().equals(REASONING)) {
            next++;
        }
        return next < turns.size() && isCall(turns.get(next).node());
    }

    /** {@code include} may ask for what tools found. */
    @Override
    void dropToolTraces(Members members) {
        JsonNode include = members.sent("include");
        if (!include.isArray()) {
            return;
        }
        ArrayNode rest = Json.object().arrayNode();
        include.forEach(wanted -> {
            if (!wanted.asText().contains("_call")) {
                rest.add(wanted);
            }
        });
        if (rest.isEmpty()) {
            members.remove("include");
        } else if (rest.size() < include.size()) {
            members.set("include", rest);
        }
    }

    @Override
    void dropStructuredOutput(Members members) {
        JsonNode text = members.sent("text");
        if (text.has("format")) {
            ObjectNode rest = text.deepCopy();
            rest.remove("format");
            if (rest.isEmpty()) {
                members.remove("text");
            } else {
                members.set("text", rest);
            }
        }
    }

    @Override
    void limit(Members members, int maxTokens) {
        JsonNode wish = members.sent("max_output_tokens");
        if (wish.isMissingNode() || isAbove(wish, maxTokens)) {
            members.set("max_output_tokens", IntNode.valueOf(maxTokens));
        }
    }
}
