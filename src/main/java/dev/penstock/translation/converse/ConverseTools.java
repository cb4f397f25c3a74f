// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code toolConfig}: the tools of a request and the choice among them. Three things of Converse stand behind it. It has no choice
 * "none", so tools that may not be called are not shown. It demands to be told of tools as soon as the conversation holds a call or
 * a result, so then they are shown all the same. And models without structured output give it as the arguments of a tool that
 * they are made to call; that tool is named {@link #ANSWER}, by which the readers of answers know it again.
 */
final class ConverseTools {

    /** Its arguments are the answer. No client's tool may have this name. */
    static final String ANSWER = "penstock_structured_answer";

    private final Conversation conversation;
    private final ConverseModel model;
    private final Losses losses;
    private final @Nullable OutputFormat answer;
    private final ToolChoice.Kind choice;

    /**
     * For one request.
     *
     * @param answer the structure that a tool must stand in for, or null
     */
    ConverseTools(Conversation conversation, ConverseModel model, Losses losses, @Nullable OutputFormat answer) {
        this.conversation = conversation;
        this.model = model;
        this.losses = losses;
        this.answer = answer;
        this.choice = conversation.toolChoice().kind();
    }

    /** Whether the model is made to call a tool. */
    boolean forced() {
        return answer != null || choice == ToolChoice.Kind.REQUIRED || choice == ToolChoice.Kind.NAMED;
    }

    /**
     * The section, or null when there is nothing to say.
     *
     * @param additional takes what Claude is told in its own words
     */
    @Nullable
    ObjectNode config(ConverseMessages messages, ObjectNode additional) {
        boolean hidden = choice == ToolChoice.Kind.NONE && !messages.holdsTools();
        List<Tool> shown = hidden ? List.of() : conversation.tools();
        ArrayNode tools = JsonTree.MAPPER.createArrayNode();
        for (int i = 0; i < shown.size(); i++) {
            tool(tools, shown.get(i), "tools[" + i + "]");
        }
        if (tools.isEmpty() && messages.holdsTools()) {
            remembered(tools, messages);
        }
        if (choice == ToolChoice.Kind.NONE && !tools.isEmpty() && answer == null) {
            losses.add("tool_choice");
        }
        boolean others = !tools.isEmpty()
                && choice != ToolChoice.Kind.NONE
                && !conversation.tools().isEmpty();
        if (answer != null) {
            answerTool(tools, answer);
        }
        if (tools.isEmpty()) {
            return null;
        }
        ObjectNode config = JsonTree.object();
        config.set("tools", tools);
        choose(config, others, additional);
        return config;
    }

    private void tool(ArrayNode tools, Tool tool, String path) {
        if (!ToolIds.isName(tool.name()) || tool.name().equals(ANSWER)) {
            throw ConverseMessages.invalid(
                    path + ".name", "expected 1 to 64 letters, digits, underscores and hyphens, and no reserved name");
        }
        ObjectNode spec = tools.addObject().putObject("toolSpec");
        spec.put("name", tool.name());
        if (tool.description() != null && !tool.description().isBlank()) {
            spec.put("description", tool.description());
        }
        if (tool.parameters() != null && tool.parameters().isObject()) {
            spec.putObject("inputSchema").set("json", tool.parameters());
        } else {
            anyObject(spec);
        }
        if (Boolean.TRUE.equals(tool.strict())) {
            if (model.takesOutputConfig()) {
                spec.put("strict", true);
            } else {
                losses.add(path + ".strict");
            }
        }
        if (tool.cache() != null && model.takesCachePoints()) {
            tools.add(ConverseMessages.cachePoint(tool.cache()));
        } else if (tool.cache() != null) {
            losses.add(path + ".cache_control");
        }
    }

    /** The client offers none any more; what it says of them is read off the calls that stand there. */
    private static void remembered(ArrayNode tools, ConverseMessages messages) {
        for (String name : messages.calledTools()) {
            anyObject(tools.addObject().putObject("toolSpec").put("name", name));
        }
        if (tools.isEmpty()) {
            anyObject(tools.addObject().putObject("toolSpec").put("name", "tool"));
        }
    }

    private static void anyObject(ObjectNode spec) {
        ObjectNode schema = spec.putObject("inputSchema").putObject("json");
        schema.put("type", "object");
        schema.putObject("properties");
    }

    private static void answerTool(ArrayNode tools, OutputFormat format) {
        ObjectNode spec = tools.addObject().putObject("toolSpec");
        spec.put("name", ANSWER);
        boolean described =
                format.description() != null && !format.description().isBlank();
        spec.put("description", described ? format.description() : "Gives the final answer. Call it exactly once.");
        spec.putObject("inputSchema").set("json", format.schema());
    }

    private void choose(ObjectNode config, boolean others, ObjectNode additional) {
        if (answer != null) {
            ObjectNode choose = config.putObject("toolChoice");
            if (others) {
                choose.putObject("any");
            } else {
                choose.putObject("tool").put("name", ANSWER);
            }
            return;
        }
        if (Boolean.FALSE.equals(conversation.parallelTools()) && oneAtATime(additional)) {
            return;
        }
        switch (choice) {
            case UNSAID, NONE -> {}
            case AUTO -> config.putObject("toolChoice").putObject("auto");
            case REQUIRED -> config.putObject("toolChoice").putObject("any");
            case NAMED -> config.putObject("toolChoice").putObject("tool").put("name", named());
        }
    }

    /** Converse has no word for it; Claude has, and takes the whole choice with it. False when the model has none. */
    private boolean oneAtATime(ObjectNode additional) {
        if (!model.isClaude()) {
            losses.add("parallel_tool_calls");
            return false;
        }
        ObjectNode choose = additional.putObject("tool_choice");
        switch (choice) {
            case UNSAID, NONE, AUTO -> choose.put("type", "auto");
            case REQUIRED -> choose.put("type", "any");
            case NAMED -> choose.put("type", "tool").put("name", named());
        }
        choose.put("disable_parallel_tool_use", true);
        return true;
    }

    private String named() {
        return Objects.requireNonNull(conversation.toolChoice().name(), "a named choice has a name");
    }
}
