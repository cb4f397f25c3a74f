// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestReader;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's {@code POST /v1/messages}. What only Anthropic can do (its own tools and their traces in the messages, containers, betas) is
 * kept in the extras under its path, so that a writer can say what was lost. Thread-safe.
 */
public final class MessagesConversationReader implements RequestReader {

    private static final Set<String> KNOWN = Set.of(
            "model",
            "messages",
            "max_tokens",
            "system",
            "stream",
            "temperature",
            "top_p",
            "top_k",
            "stop_sequences",
            "metadata",
            "thinking",
            "output_config",
            "output_format",
            "tools",
            "tool_choice");
    private static final Set<String> KNOWN_OF_TOOL =
            Set.of("type", "name", "description", "input_schema", "strict", "cache_control");

    @Override
    public Conversation read(byte[] body) {
        JsonNode tree = Trees.read(body);
        if (tree == null || !tree.isObject()) {
            throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body is not a valid JSON object.");
        }
        Field root = new Field("", tree);
        Map<String, JsonNode> extras = new LinkedHashMap<>();
        String model = root.at("model").string();
        List<Message> messages = messages(root, extras);
        Long maxTokens = root.at("max_tokens").countOrNull();
        if (maxTokens == null) {
            throw root.at("max_tokens").missing();
        }
        List<Tool> tools = tools(root.at("tools"), extras);
        Field choice = root.at("tool_choice");
        Boolean oneCall = choice.absent()
                ? null
                : choice.object().at("disable_parallel_tool_use").flagOrNull();
        return new Conversation(
                model,
                Boolean.TRUE.equals(root.at("stream").flagOrNull()),
                messages,
                tools,
                toolChoice(choice),
                oneCall == null ? null : !oneCall,
                sampling(root, maxTokens),
                format(root),
                reasoning(root),
                user(root.at("metadata"), extras),
                extras(root, extras));
    }

    private static Map<String, JsonNode> extras(Field root, Map<String, JsonNode> extras) {
        root.value().properties().forEach(field -> {
            if (!KNOWN.contains(field.getKey()) && !field.getValue().isNull()) {
                extras.put(field.getKey(), field.getValue());
            }
        });
        Field config = root.at("output_config");
        config.value().properties().forEach(field -> {
            if (!Set.of("effort", "format").contains(field.getKey())) {
                extras.put(config.at(field.getKey()).path(), field.getValue());
            }
        });
        return extras;
    }

    private static @Nullable String user(Field metadata, Map<String, JsonNode> extras) {
        if (metadata.absent()) {
            return null;
        }
        metadata.object().value().properties().forEach(field -> {
            if (!field.getKey().equals("user_id")) {
                extras.put(metadata.at(field.getKey()).path(), field.getValue());
            }
        });
        return metadata.at("user_id").stringOrNull();
    }

    // ------------------------------------------------------------------ messages

    private static List<Message> messages(Field root, Map<String, JsonNode> extras) {
        List<Message> messages = new ArrayList<>();
        Field system = root.at("system");
        if (!system.absent()) {
            add(messages, Message.Role.SYSTEM, system, extras);
        }
        Field turns = root.at("messages").array();
        if (turns.size() == 0) {
            throw turns.error("The field 'messages' is empty.");
        }
        for (int i = 0; i < turns.size(); i++) {
            Field turn = turns.at(i).object();
            Field content = turn.at("content");
            if (content.absent()) {
                throw content.missing();
            }
            MessagesWords.MESSAGE.keepOthers(turn.value(), turn.path(), extras);
            add(messages, role(turn.at("role")), content, extras);
        }
        return messages;
    }

    /** A message of which nothing can be told to others is left out; what it held stands in the extras. */
    private static void add(List<Message> messages, Message.Role role, Field content, Map<String, JsonNode> extras) {
        Message.Draft said = new BlockReader(extras).read(content);
        if (!said.isEmpty()) {
            messages.add(said.by(role));
        }
    }

    private static Message.Role role(Field role) {
        return switch (role.string()) {
            case "user" -> Message.Role.USER;
            case "assistant" -> Message.Role.ASSISTANT;
            case "system" -> Message.Role.SYSTEM;
            default -> throw role.error("The field '" + role.path() + "' must be 'user', 'assistant' or 'system'.");
        };
    }

    // ------------------------------------------------------------------ tools

    private static List<Tool> tools(Field list, Map<String, JsonNode> extras) {
        if (list.absent()) {
            return List.of();
        }
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < list.array().size(); i++) {
            Field tool = list.at(i).object();
            String type = tool.at("type").stringOrNull();
            if (type == null || type.equals("custom")) {
                tools.add(tool(tool, extras));
            } else {
                // One of Anthropic's own, such as web_search_20250305.
                extras.put(tool.path(), tool.value());
            }
        }
        return tools;
    }

    private static Tool tool(Field tool, Map<String, JsonNode> extras) {
        tool.value().properties().forEach(field -> {
            if (!KNOWN_OF_TOOL.contains(field.getKey())) {
                extras.put(tool.at(field.getKey()).path(), field.getValue());
            }
        });
        Field schema = tool.at("input_schema");
        return new Tool(
                tool.at("name").string(),
                tool.at("description").stringOrNull(),
                schema.absent() ? null : schema.object().value(),
                tool.at("strict").flagOrNull(),
                cache(tool));
    }

    private static ToolChoice toolChoice(Field choice) {
        if (choice.absent()) {
            return ToolChoice.UNSAID;
        }
        Field type = choice.object().at("type");
        return switch (type.string()) {
            case "auto" -> ToolChoice.of(ToolChoice.Kind.AUTO);
            case "any" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
            case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
            case "tool" ->
                new ToolChoice(ToolChoice.Kind.NAMED, choice.at("name").string());
            default -> throw type.error("The field '" + type.path() + "' must be 'auto', 'any', 'tool' or 'none'.");
        };
    }

    static @Nullable CacheMark cache(Field holder) {
        Field mark = holder.at("cache_control");
        return mark.absent() ? null : new CacheMark(mark.object().at("ttl").stringOrNull());
    }

    // ------------------------------------------------------------------ settings

    private static Sampling sampling(Field root, Long maxTokens) {
        List<String> stop = new ArrayList<>();
        Field sequences = root.at("stop_sequences");
        if (!sequences.absent()) {
            for (int i = 0; i < sequences.array().size(); i++) {
                stop.add(sequences.at(i).string());
            }
        }
        return new Sampling(
                maxTokens,
                root.at("temperature").numberOrNull(),
                root.at("top_p").numberOrNull(),
                root.at("top_k").countOrNull(),
                stop,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** {@code output_config.format}, or {@code output_format} as the beta before it had it. */
    private static @Nullable OutputFormat format(Field root) {
        Field config = root.at("output_config");
        Field format = config.absent() ? config : config.object().at("format");
        Field chosen = format.absent() ? root.at("output_format") : format;
        if (chosen.absent()) {
            return null;
        }
        Field type = chosen.object().at("type");
        if (!type.string().equals("json_schema")) {
            throw type.error("The field '" + type.path() + "' must be 'json_schema'.");
        }
        return new OutputFormat(
                chosen.at("name").stringOrNull(), chosen.at("schema").object().value(), null, null);
    }

    private static @Nullable Reasoning reasoning(Field root) {
        Field config = root.at("output_config");
        String effort = config.absent() ? null : config.object().at("effort").stringOrNull();
        Field thinking = root.at("thinking");
        if (thinking.absent()) {
            return effort == null ? null : new Reasoning(effort, null, false, null);
        }
        String summary = summary(thinking.object().at("display").stringOrNull());
        Field type = thinking.at("type");
        return switch (type.string()) {
            case "disabled" -> new Reasoning("none", null, false, null);
            case "adaptive" -> new Reasoning(effort, null, true, summary);
            case "enabled" -> {
                Long budget = thinking.at("budget_tokens").countOrNull();
                if (budget == null) {
                    throw thinking.at("budget_tokens").missing();
                }
                yield new Reasoning(effort, budget, false, summary);
            }
            default -> throw type.error("The field '" + type.path() + "' must be 'enabled', 'adaptive' or 'disabled'.");
        };
    }

    private static @Nullable String summary(@Nullable String display) {
        return display == null ? null : display.equals("omitted") ? "omitted" : "auto";
    }
}
