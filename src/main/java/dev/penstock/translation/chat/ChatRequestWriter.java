// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/chat/completions} for an OpenAI-compatible provider. Where models of this schema differ in what they
 * take, their name decides, see {@link ModelTraits}. One answer is asked for, because one is translated; log probabilities are
 * not asked for, because no other schema can tell them.
 */
public final class ChatRequestWriter implements RequestWriter {

    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** Fields that mean the same whichever schema of the family they came from. */
    private static final Set<String> KNOWN_EXTRAS = Set.of(
            "prompt_cache_key",
            "prompt_cache_retention",
            "prompt_cache_options",
            "safety_identifier",
            "verbosity",
            "prediction",
            "web_search_options");

    private static final Set<String> SERVICE_TIERS = Set.of("auto", "default", "flex", "scale", "priority", "fast");
    private static final String DEFAULT_SCHEMA_NAME = "answer";
    private static final long LITTLE = 2_048;
    private static final long SOME = 8_192;

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        ModelTraits traits = ModelTraits.of(model);
        ObjectNode root = JSON.createObjectNode();
        root.put("model", model);
        root.set("messages", new MessagesWriter(JSON, traits, losses).write(conversation.messages()));
        tools(conversation, root, losses);
        sampling(conversation.sampling(), thinks(traits, conversation.reasoning()), traits, root, losses);
        format(conversation.format(), root);
        reasoning(conversation.reasoning(), traits, root, losses);
        if (conversation.user() != null) {
            root.put("user", conversation.user());
        }
        extras(conversation.extras(), root, losses);
        if (conversation.stream()) {
            root.put("stream", true);
            if (!traits.mistral()) {
                root.putObject("stream_options").put("include_usage", true);
            }
        }
        return JsonText.write(root);
    }

    // ------------------------------------------------------------------ tools

    private static void tools(Conversation conversation, ObjectNode root, Losses losses) {
        if (conversation.tools().isEmpty()) {
            return;
        }
        var tools = root.putArray("tools");
        for (Tool tool : conversation.tools()) {
            ObjectNode function = tools.addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            if (tool.parameters() != null) {
                function.set("parameters", tool.parameters());
            }
            if (tool.strict() != null) {
                function.put("strict", tool.strict());
            }
            if (tool.cache() != null) {
                losses.add("cache_control");
            }
        }
        choice(conversation.toolChoice(), root);
        if (conversation.parallelTools() != null) {
            root.put("parallel_tool_calls", conversation.parallelTools());
        }
    }

    private static void choice(ToolChoice choice, ObjectNode root) {
        switch (choice.kind()) {
            case UNSAID -> {}
            case NONE -> root.put("tool_choice", "none");
            case AUTO -> root.put("tool_choice", "auto");
            case REQUIRED -> root.put("tool_choice", "required");
            case NAMED ->
                root.putObject("tool_choice")
                        .put("type", "function")
                        .putObject("function")
                        .put("name", choice.name());
        }
    }

    // ------------------------------------------------------------------ sampling

    private static boolean thinks(ModelTraits traits, @Nullable Reasoning reasoning) {
        return traits.openAiReasoning() && (reasoning == null || !"none".equals(reasoning.effort()));
    }

    private static void sampling(
            Sampling sampling, boolean thinks, ModelTraits traits, ObjectNode root, Losses losses) {
        if (sampling.maxTokens() != null) {
            root.put(traits.openAiReasoning() ? "max_completion_tokens" : "max_tokens", sampling.maxTokens());
        }
        chance("temperature", sampling.temperature(), thinks, root, losses);
        chance("top_p", sampling.topP(), thinks, root, losses);
        chance("presence_penalty", sampling.presencePenalty(), thinks, root, losses);
        chance("frequency_penalty", sampling.frequencyPenalty(), thinks, root, losses);
        if (!sampling.stop().isEmpty()) {
            var stop = root.putArray("stop");
            sampling.stop().forEach(stop::add);
        }
        if (sampling.seed() != null) {
            root.put("seed", sampling.seed());
        }
        if (sampling.logitBias() != null) {
            if (thinks) {
                losses.add("logit_bias");
            } else {
                root.set("logit_bias", sampling.logitBias());
            }
        }
        lost(sampling, losses);
    }

    private static void lost(Sampling sampling, Losses losses) {
        if (sampling.topK() != null) {
            losses.add("top_k");
        }
        if (sampling.n() != null && sampling.n() > 1) {
            losses.add("n");
        }
        if (Boolean.TRUE.equals(sampling.logprobs())) {
            losses.add("logprobs");
        }
        if (sampling.topLogprobs() != null) {
            losses.add("top_logprobs");
        }
    }

    private static void chance(String name, @Nullable Double value, boolean thinks, ObjectNode root, Losses losses) {
        if (value == null) {
            return;
        }
        if (thinks) {
            losses.add(name);
        } else if (value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE) {
            root.put(name, value.intValue());
        } else {
            root.put(name, value);
        }
    }

    // ------------------------------------------------------------------ format, reasoning, extras

    private static void format(@Nullable OutputFormat format, ObjectNode root) {
        if (format == null) {
            return;
        }
        ObjectNode out = root.putObject("response_format");
        if (format.schema() == null) {
            out.put("type", "json_object");
            return;
        }
        ObjectNode schema = out.put("type", "json_schema").putObject("json_schema");
        schema.put("name", format.name() == null ? DEFAULT_SCHEMA_NAME : format.name());
        if (format.description() != null) {
            schema.put("description", format.description());
        }
        schema.set("schema", format.schema());
        if (format.strict() != null) {
            schema.put("strict", format.strict());
        }
    }

    private static void reasoning(@Nullable Reasoning reasoning, ModelTraits traits, ObjectNode root, Losses losses) {
        if (reasoning == null) {
            return;
        }
        String effort = reasoning.effort();
        if (effort == null && reasoning.budgetTokens() != null) {
            effort = effort(reasoning.budgetTokens());
        }
        if (effort != null && traits.openAiPlain()) {
            losses.add("reasoning_effort");
        } else if (effort != null) {
            root.put("reasoning_effort", effort);
        }
        if (reasoning.summary() != null && !reasoning.summary().equals("omitted")) {
            losses.add("reasoning.summary");
        }
    }

    /** A number of tokens has no field here: the nearest word. */
    private static String effort(long budget) {
        return budget <= 0 ? "none" : budget <= LITTLE ? "low" : budget <= SOME ? "medium" : "high";
    }

    private static void extras(Map<String, JsonNode> extras, ObjectNode root, Losses losses) {
        for (Map.Entry<String, JsonNode> extra : extras.entrySet()) {
            String name = extra.getKey();
            JsonNode value = extra.getValue();
            boolean known = KNOWN_EXTRAS.contains(name)
                    || (name.equals("service_tier") && SERVICE_TIERS.contains(value.asText()))
                    || (name.equals("metadata") && isText(value))
                    || (name.equals("store") && value.isBoolean());
            if (known) {
                root.set(name, value);
            } else {
                losses.add(name);
            }
        }
    }

    private static boolean isText(JsonNode metadata) {
        if (!metadata.isObject()) {
            return false;
        }
        for (JsonNode value : metadata) {
            if (!value.isTextual()) {
                return false;
            }
        }
        return true;
    }
}
