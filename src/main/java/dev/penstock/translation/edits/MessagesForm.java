// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.translation.edits.Turn.Kind;
import java.util.List;
import java.util.Set;

/** Anthropic's messages. */
final class MessagesForm extends Form {

    private static final Set<String> TOOLS = Set.of("tools", "tool_choice", "mcp_servers", "container");
    private static final Set<String> THOUGHTS = Set.of("thinking", "redacted_thinking");
    /** What a result may hold beside words, and a message of the user as well. */
    private static final Set<String> FILES = Set.of("image", "document", "search_result");

    private final boolean limited;

    /**
     * With or without a limit.
     *
     * @param limited false for a request whose tokens are only counted: it knows no limit
     */
    MessagesForm(boolean limited) {
        this.limited = limited;
    }

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
            case "system" -> Kind.INSTRUCTION;
            case "assistant" -> Kind.ASSISTANT;
            default -> hasResult(turn.path("content")) ? Kind.RESULT : Kind.USER;
        };
    }

    private static boolean hasResult(JsonNode content) {
        for (JsonNode block : content) {
            if (type(block).equals("tool_result")) {
                return true;
            }
        }
        return false;
    }

    private static String type(JsonNode block) {
        return block.path("type").asText();
    }

    @Override
    void tell(List<Turn> turns, int index, ToolTalk talk, List<Turn> told) {
        Turn turn = turns.get(index);
        if (!hasToolTrace(turn.node().path("content"))) {
            told.add(turn);
            return;
        }
        ArrayNode content = Json.object().arrayNode();
        for (JsonNode block : turn.node().path("content")) {
            block(block, talk, content);
        }
        if (!content.isEmpty()) {
            ObjectNode rest = turn.node().deepCopy();
            rest.set("content", content);
            told.add(turn.with(rest));
        }
    }

    private void block(JsonNode block, ToolTalk talk, ArrayNode content) {
        String type = type(block);
        if (type.equals("tool_use")) {
            JsonNode input = block.path("input");
            talk.called(block.path("id").asText(), block.path("name").asText(), input.toString());
        } else if (type.equals("tool_result")) {
            result(block, talk, content);
        } else if (!isToolTrace(block) && !THOUGHTS.contains(type)) {
            // Thoughts lead to a call that is gone, and their seals to the turn as it was.
            content.add(withoutSources(block));
        }
    }

    private void result(JsonNode block, ToolTalk talk, ArrayNode content) {
        JsonNode said = block.path("content");
        boolean failed = block.path("is_error").asBoolean();
        ObjectNode text = textPart(talk.result(block.path("tool_use_id").asText(), null, failed, ToolTalk.words(said)));
        if (block.has("cache_control")) {
            text.set("cache_control", block.path("cache_control"));
        }
        content.add(text);
        ToolTalk.others(said).stream()
                .filter(other -> FILES.contains(type(other)))
                .forEach(content::add);
    }

    /** Citations of search results that are gone would be refused. */
    private static JsonNode withoutSources(JsonNode block) {
        if (!type(block).equals("text") || !block.hasNonNull("citations")) {
            return block;
        }
        ObjectNode rest = block.deepCopy();
        rest.remove("citations");
        return rest;
    }

    private static boolean hasToolTrace(JsonNode content) {
        for (JsonNode block : content) {
            if (isToolTrace(block)) {
                return true;
            }
        }
        return false;
    }

    /** Calls and results, those of Anthropic's own tools among them ({@code server_tool_use}, {@code web_search_tool_result}). */
    private static boolean isToolTrace(JsonNode block) {
        String type = type(block);
        return type.endsWith("tool_use") || type.endsWith("tool_result") || type.equals("container_upload");
    }

    @Override
    void dropStructuredOutput(Members members) {
        members.remove("output_format");
        JsonNode config = members.sent("output_config");
        if (config.has("format")) {
            ObjectNode rest = config.deepCopy();
            rest.remove("format");
            if (rest.isEmpty()) {
                members.remove("output_config");
            } else {
                members.set("output_config", rest);
            }
        }
    }

    /** A budget of thoughts must stay below the limit: without room for both there are no thoughts. */
    @Override
    void limit(Members members, int maxTokens) {
        if (!limited) {
            return;
        }
        JsonNode wish = members.sent("max_tokens");
        if (wish.isMissingNode() || isAbove(wish, maxTokens)) {
            members.set("max_tokens", IntNode.valueOf(maxTokens));
        }
        if (isAbove(members.sent("thinking").path("budget_tokens"), maxTokens - 1)) {
            members.remove("thinking");
        }
    }
}
