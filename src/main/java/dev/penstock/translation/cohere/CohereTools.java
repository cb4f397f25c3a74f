// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.List;

/**
 * The tools of one request. Cohere can be told to call some tool or none, but not which: where the client names one, that one alone is
 * offered. Strictness is of all tools or of none, so it is asked for only when every tool wants it.
 */
final class CohereTools {

    private final Conversation conversation;
    private final Losses losses;

    CohereTools(Conversation conversation, Losses losses) {
        this.conversation = conversation;
        this.losses = losses;
    }

    void write(ObjectNode body) {
        List<Tool> all = conversation.tools();
        if (all.isEmpty()) {
            return;
        }
        ToolChoice choice = conversation.toolChoice();
        boolean named = choice.kind() == ToolChoice.Kind.NAMED;
        boolean strict = all.stream().allMatch(tool -> Boolean.TRUE.equals(tool.strict()));
        ArrayNode tools = body.putArray("tools");
        for (int i = 0; i < all.size(); i++) {
            Tool tool = all.get(i);
            if (!named || tool.name().equals(choice.name())) {
                tool(tools, tool);
                lose(tool, "tools[" + i + "]", strict);
            }
        }
        if (tools.isEmpty()) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST, "tool_choice: expected the name of one of the tools.")
                    .param("tool_choice")
                    .code("invalid_value")
                    .build();
        }
        if (strict) {
            body.put("strict_tools", true);
        }
        switch (choice.kind()) {
            case UNSAID, AUTO -> {}
            case NONE -> body.put("tool_choice", "NONE");
            case REQUIRED, NAMED -> body.put("tool_choice", "REQUIRED");
        }
        if (Boolean.FALSE.equals(conversation.parallelTools())) {
            losses.add("parallel_tool_calls");
        }
    }

    private static void tool(ArrayNode tools, Tool tool) {
        ObjectNode function =
                tools.addObject().put("type", "function").putObject("function").put("name", tool.name());
        if (tool.description() != null) {
            function.put("description", tool.description());
        }
        if (tool.parameters() != null) {
            function.set("parameters", tool.parameters());
        } else {
            // The field is required.
            function.putObject("parameters").put("type", "object").putObject("properties");
        }
    }

    private void lose(Tool tool, String path, boolean strict) {
        if (Boolean.TRUE.equals(tool.strict()) && !strict) {
            losses.add(path + ".strict");
        }
        if (tool.cache() != null) {
            losses.add("cache_control");
        }
    }
}
