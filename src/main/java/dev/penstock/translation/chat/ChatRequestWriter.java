// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Prefill;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.ChatDialect.Quirk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/chat/completions} for an OpenAI-compatible provider. Where servers of this schema differ in what they
 * take, their {@link ChatDialect} decides, and where nothing is known of them the model's name, see {@link ModelTraits}. What the server
 * does not take is left out and told. One answer is asked for, because one is translated.
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
    private static final String TOOL_CHOICE = "tool_choice";
    private static final String LOGPROBS = "logprobs";
    private static final String TOP_LOGPROBS = "top_logprobs";
    private static final long LITTLE = 2_048;
    private static final long SOME = 8_192;

    private final ChatDialect dialect;
    private final boolean usageInStream;

    /** For a server that nothing is known of. */
    public ChatRequestWriter() {
        this(ChatDialect.UNKNOWN, true);
    }

    /**
     * For a server.
     *
     * @param usageInStream whether it may be asked for usage in a stream; one that may not tells it unasked
     */
    public ChatRequestWriter(ChatDialect dialect, boolean usageInStream) {
        this.dialect = dialect;
        this.usageInStream = usageInStream;
    }

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        ModelTraits traits = ModelTraits.of(dialect, model);
        ObjectNode root = JSON.createObjectNode();
        root.put("model", model);
        root.set("messages", new MessagesWriter(JSON, traits, losses).write(conversation.messages()));
        if (tellsTools(conversation)) {
            tools(conversation, root, losses);
        }
        sampling(conversation.sampling(), thinks(traits, conversation.reasoning()), traits, root, losses);
        format(conversation.format(), root, losses);
        reasoning(conversation.reasoning(), traits, root, losses);
        if (conversation.user() != null) {
            root.put("user", conversation.user());
        }
        extras(conversation.extras(), root, losses);
        leaveOut(root, losses);
        prefilled(root);
        if (conversation.stream()) {
            root.put("stream", true);
            if (usageInStream && !traits.mistral()) {
                root.putObject("stream_options").put("include_usage", true);
            }
        }
        return JsonText.write(root);
    }

    /** OpenAI and most who copied it take a last message of the assistant for one that is complete. */
    @Override
    public Prefill prefill(String model) {
        if (dialect.has(Quirk.PREFIX)) {
            return Prefill.REPEATED;
        }
        boolean continues = dialect.has(Quirk.CONTINUE_FINAL_MESSAGE) || dialect.has(Quirk.CONTINUES_LAST_MESSAGE);
        return continues ? Prefill.CONTINUED : Prefill.UNKNOWN;
    }

    /** A last message of the assistant is the beginning of the answer; two dialects want that said, and refuse it or begin anew otherwise. */
    private void prefilled(ObjectNode root) {
        JsonNode messages = root.path("messages");
        JsonNode last = messages.path(messages.size() - 1);
        if (!last.path("role").asText("").equals("assistant") || last.has("tool_calls")) {
            return;
        }
        if (dialect.has(Quirk.PREFIX)) {
            ((ObjectNode) last).put("prefix", true);
        } else if (dialect.has(Quirk.CONTINUE_FINAL_MESSAGE)) {
            root.put("add_generation_prompt", false).put("continue_final_message", true);
        }
    }

    /** What the server does not take. */
    private void leaveOut(ObjectNode root, Losses losses) {
        List<String> written = new ArrayList<>(root.size());
        root.fieldNames().forEachRemaining(written::add);
        for (String field : written) {
            if (!dialect.takes(field)) {
                root.remove(field);
                losses.add(field);
            }
        }
    }

    // ------------------------------------------------------------------ tools

    /** Tools that must not be called are best not told to a server that cannot be told so. */
    private boolean tellsTools(Conversation conversation) {
        boolean forbidden = conversation.toolChoice().kind() == ToolChoice.Kind.NONE && !dialect.takes(TOOL_CHOICE);
        return !conversation.tools().isEmpty() && !forbidden;
    }

    private void tools(Conversation conversation, ObjectNode root, Losses losses) {
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

    private void choice(ToolChoice choice, ObjectNode root) {
        switch (choice.kind()) {
            case UNSAID -> {}
            case NONE -> root.put(TOOL_CHOICE, "none");
            case AUTO -> {
                // What happens anyway is no loss.
                if (dialect.takes(TOOL_CHOICE)) {
                    root.put(TOOL_CHOICE, "auto");
                }
            }
            case REQUIRED -> root.put(TOOL_CHOICE, dialect.has(Quirk.ANY_FOR_REQUIRED) ? "any" : "required");
            case NAMED ->
                root.putObject(TOOL_CHOICE)
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
            root.put(traits.has(Quirk.RANDOM_SEED) ? "random_seed" : "seed", sampling.seed());
        }
        if (sampling.logitBias() != null) {
            if (thinks) {
                losses.add("logit_bias");
            } else {
                root.set("logit_bias", sampling.logitBias());
            }
        }
        if (sampling.topK() != null && traits.has(Quirk.TOP_K)) {
            root.put("top_k", sampling.topK());
        } else if (sampling.topK() != null) {
            losses.add("top_k");
        }
        if (sampling.n() != null && sampling.n() > 1) {
            losses.add("n");
        }
        logprobs(sampling, thinks, root, losses);
    }

    /** OpenAI refuses both to models that think, and the number without the wish. */
    private static void logprobs(Sampling sampling, boolean thinks, ObjectNode root, Losses losses) {
        boolean wanted = Boolean.TRUE.equals(sampling.logprobs());
        if (wanted && !thinks) {
            root.put(LOGPROBS, true);
        } else if (wanted) {
            losses.add(LOGPROBS);
        }
        if (sampling.topLogprobs() == null) {
            return;
        }
        if (wanted && !thinks) {
            root.put(TOP_LOGPROBS, sampling.topLogprobs());
        } else {
            losses.add(TOP_LOGPROBS);
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

    private void format(@Nullable OutputFormat format, ObjectNode root, Losses losses) {
        if (format == null) {
            return;
        }
        ObjectNode out = root.putObject("response_format");
        boolean schemaLost = format.schema() != null && dialect.has(Quirk.NO_JSON_SCHEMA);
        if (schemaLost) {
            losses.add("response_format.json_schema");
        }
        if (format.schema() == null || schemaLost) {
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
        if (traits.has(Quirk.REASONING_OBJECT)) {
            reasoningObject(reasoning, root);
            return;
        }
        String effort = reasoning.effort();
        if (effort == null && reasoning.budgetTokens() != null) {
            effort = effort(reasoning.budgetTokens());
        }
        if (effort != null && traits.has(Quirk.EFFORT_NONE_OR_HIGH)) {
            effort = effort.equals("none") || effort.equals("minimal") ? "none" : "high";
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

    /** As OpenRouter has it: a word or a number, and for neither that there shall be some. */
    private static void reasoningObject(Reasoning reasoning, ObjectNode root) {
        ObjectNode told = JSON.createObjectNode();
        Long budget = reasoning.budgetTokens();
        if (reasoning.effort() != null) {
            told.put("effort", reasoning.effort());
        } else if (budget != null && budget > 0) {
            told.put("max_tokens", budget);
        } else if (budget != null) {
            told.put("effort", "none");
        } else if (reasoning.adaptive()) {
            told.put("enabled", true);
        }
        String summary = reasoning.summary();
        if (summary != null && !summary.equals("omitted")) {
            told.put("summary", summary);
        }
        if (!told.isEmpty()) {
            root.set("reasoning", told);
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
