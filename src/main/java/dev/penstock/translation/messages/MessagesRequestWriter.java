// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A provider's {@code POST /v1/messages}. What has no counterpart is named in the losses; what would be refused although another spelling
 * of it is not (empty texts, split results, odd ids of calls) is spelled otherwise. Thread-safe.
 */
public final class MessagesRequestWriter implements RequestWriter {

    /** Extras that mean the same to every server of this schema, and nothing to others. */
    private static final Set<String> OWN_EXTRAS =
            Set.of("container", "context_management", "mcp_servers", "inference_geo");

    private static final Set<String> SERVICE_TIERS = Set.of("auto", "standard_only");

    /** From here on the last message must be the user's. */
    private static final int WITHOUT_PREFILL = 406;

    private final long defaultMaxTokens;

    /**
     * Makes a writer.
     *
     * @param defaultMaxTokens for clients that set no limit: this schema demands one
     */
    public MessagesRequestWriter(long defaultMaxTokens) {
        this.defaultMaxTokens = defaultMaxTokens;
    }

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        Sampling sampling = conversation.sampling();
        if (sampling.n() != null && sampling.n() > 1) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            "The field 'n' must be 1: the provider of this model gives one answer.")
                    .param("n")
                    .build();
        }
        TurnWriter turns = new TurnWriter(losses);
        turns.write(conversation.messages());
        ThinkingPlan thinking = ThinkingPlan.of(conversation, model, defaultMaxTokens, turns.lacksThought(), losses);

        ObjectNode request = Trees.object();
        request.put("model", model);
        request.put("max_tokens", thinking.maxTokens());
        system(turns.system(), request);
        request.set("messages", turns.messages());
        if (conversation.stream()) {
            request.put("stream", true);
        }
        sampling(sampling, thinking, model, losses, request);
        thinking.write(request);
        format(conversation, losses, request);
        tools(conversation, request);
        if (conversation.user() != null) {
            request.putObject("metadata").put("user_id", conversation.user());
        }
        extras(conversation.extras(), losses, request);
        return Trees.bytes(request);
    }

    /** Anthropic's models up to 4.5 do; later ones refuse it with 400 ("What's new in Claude 4.6"), and other servers are not known. */
    @Override
    public Prefill prefill(String model) {
        int version = ThinkingPlan.version(model);
        return version > 0 && version < WITHOUT_PREFILL ? Prefill.CONTINUED : Prefill.UNKNOWN;
    }

    /** One plain text stays one. */
    private static void system(ArrayNode blocks, ObjectNode request) {
        if (blocks.isEmpty()) {
            return;
        }
        if (blocks.size() == 1 && blocks.get(0).size() == 2) {
            request.set("system", blocks.get(0).get("text"));
        } else {
            request.set("system", blocks);
        }
    }

    // ------------------------------------------------------------------ settings

    private static void sampling(
            Sampling sampling, ThinkingPlan thinking, String model, Losses losses, ObjectNode request) {
        Double temperature = sampling.temperature();
        boolean temperatureSaid = temperature != null;
        if (temperature != null && thinking.thinks() && temperature != 1.0) {
            // Anthropic, "Extended thinking": not compatible with temperature and top_k.
            losses.add("temperature");
            temperatureSaid = false;
        } else if (temperature != null) {
            if (temperature > 1.0) {
                losses.add("temperature");
            }
            request.put("temperature", Math.min(1.0, temperature));
        }
        if (sampling.topP() != null) {
            // Models since 4.1 refuse the two together; thinking leaves room from 0.95 on.
            boolean refused =
                    (temperatureSaid && !model.contains("claude-3")) || (thinking.thinks() && sampling.topP() < 0.95);
            if (refused) {
                losses.add("top_p");
            } else {
                request.put("top_p", sampling.topP());
            }
        }
        if (sampling.topK() != null) {
            if (thinking.thinks()) {
                losses.add("top_k");
            } else {
                request.put("top_k", sampling.topK());
            }
        }
        stop(sampling.stop(), losses, request);
        lost("seed", sampling.seed(), losses);
        lost("presence_penalty", sampling.presencePenalty(), losses);
        lost("frequency_penalty", sampling.frequencyPenalty(), losses);
        lost("logprobs", Boolean.TRUE.equals(sampling.logprobs()) ? sampling.logprobs() : null, losses);
        lost("top_logprobs", sampling.topLogprobs(), losses);
        lost("logit_bias", sampling.logitBias(), losses);
    }

    private static void lost(String field, @Nullable Object value, Losses losses) {
        if (value != null) {
            losses.add(field);
        }
    }

    /** Anthropic refuses stop sequences without anything to see. */
    private static void stop(List<String> sequences, Losses losses, ObjectNode request) {
        ArrayNode kept = request.arrayNode();
        for (String sequence : sequences) {
            if (sequence.isBlank()) {
                losses.add("stop");
            } else {
                kept.add(sequence);
            }
        }
        if (!kept.isEmpty()) {
            request.set("stop_sequences", kept);
        }
    }

    private static void format(Conversation conversation, Losses losses, ObjectNode request) {
        if (conversation.format() == null) {
            return;
        }
        JsonNode schema = conversation.format().schema();
        if (schema == null) {
            // "Any JSON" has no counterpart.
            losses.add("response_format");
            return;
        }
        request.withObject("/output_config")
                .putObject("format")
                .put("type", "json_schema")
                .set("schema", schema);
    }

    // ------------------------------------------------------------------ tools

    private static void tools(Conversation conversation, ObjectNode request) {
        ArrayNode tools = request.arrayNode();
        for (Tool tool : conversation.tools()) {
            tools.add(tool(tool));
        }
        conversation.extras().forEach((path, value) -> {
            if (isServerTool(path, value)) {
                tools.add(value);
            }
        });
        if (tools.isEmpty()) {
            return;
        }
        request.set("tools", tools);
        ObjectNode choice = choice(conversation.toolChoice());
        if (Boolean.FALSE.equals(conversation.parallelTools())
                && conversation.toolChoice().kind() != ToolChoice.Kind.NONE) {
            choice = choice == null ? Trees.object().put("type", "auto") : choice;
            choice.put("disable_parallel_tool_use", true);
        }
        if (choice != null) {
            request.set("tool_choice", choice);
        }
    }

    private static ObjectNode tool(Tool tool) {
        ObjectNode written = Trees.object();
        written.put("name", tool.name());
        if (tool.description() != null) {
            written.put("description", tool.description());
        }
        ObjectNode schema = Trees.object();
        if (tool.parameters() == null || !tool.parameters().has("type")) {
            // The schema of an input must say that it is an object.
            schema.put("type", "object");
        }
        if (tool.parameters() instanceof ObjectNode parameters) {
            schema.setAll(parameters);
        } else {
            schema.putObject("properties");
        }
        written.set("input_schema", schema);
        if (Boolean.TRUE.equals(tool.strict())) {
            written.put("strict", true);
        }
        TurnWriter.cache(tool.cache(), written);
        return written;
    }

    private static @Nullable ObjectNode choice(ToolChoice choice) {
        return switch (choice.kind()) {
            case UNSAID -> null;
            case NONE -> Trees.object().put("type", "none");
            case AUTO -> Trees.object().put("type", "auto");
            case REQUIRED -> Trees.object().put("type", "any");
            case NAMED -> Trees.object().put("type", "tool").put("name", choice.name());
        };
    }

    // ------------------------------------------------------------------ extras

    /** Anthropic's own tools have a type that ends in a date. */
    private static boolean isServerTool(String path, JsonNode value) {
        String type = value.path("type").asText("");
        int from = type.length() - 9;
        return path.startsWith("tools[")
                && path.endsWith("]")
                && from > 0
                && type.charAt(from) == '_'
                && type.chars().skip(from + 1L).allMatch(c -> c >= '0' && c <= '9');
    }

    private static void extras(Map<String, JsonNode> extras, Losses losses, ObjectNode request) {
        extras.forEach((path, value) -> {
            boolean tier = path.equals("service_tier") && SERVICE_TIERS.contains(value.asText(""));
            if (OWN_EXTRAS.contains(path) || tier) {
                request.set(path, value);
            } else if (!isServerTool(path, value)) {
                losses.add(path);
            }
        });
    }
}
