// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a request to a provider that speaks Responses. Stateless: the provider stores nothing and gives the encrypted reasoning
 * that the next turn needs, except where the model does not reason, for OpenAI refuses to be asked for it then. Thread-safe.
 */
public final class ResponsesRequestWriter implements RequestWriter {

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();

    /** Fields of the two OpenAI schemas that go on under their own name. */
    private static final Set<String> KEPT = Set.of(
            "metadata",
            "prompt_cache_key",
            "prompt_cache_retention",
            "prompt_cache_options",
            "service_tier",
            "safety_identifier",
            "max_tool_calls",
            "truncation",
            "context_management",
            "moderation",
            // of a kind that only OpenAI's own tools have
            "tool_choice");

    private static final String INCLUDE = "include";
    private static final String REASONING_CONTENT = "reasoning.encrypted_content";

    /** Without state. */
    public ResponsesRequestWriter() {}

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        ObjectNode request = MAPPER.createObjectNode();
        request.put("model", model);
        if (conversation.stream()) {
            request.put("stream", true);
        }
        List<Message> messages = conversation.messages();
        String instructions = instructions(messages);
        if (instructions != null) {
            request.put("instructions", instructions);
            messages = messages.subList(1, messages.size());
        }
        request.set("input", new InputWriter(MAPPER.createArrayNode(), losses).write(messages));
        sampling(request, conversation.sampling(), losses);
        tools(request, conversation);
        text(request, conversation);
        reasoning(request, conversation.reasoning());
        user(request, conversation);
        extras(request, conversation.extras(), losses);
        request.put("store", false);
        include(request, conversation, model);
        return bytes(request);
    }

    private static byte[] bytes(JsonNode request) {
        try {
            return MAPPER.writeValueAsBytes(request);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that cannot be written", e);
        }
    }

    private static @Nullable String instructions(List<Message> messages) {
        if (messages.isEmpty() || messages.get(0).role() != Message.Role.SYSTEM) {
            return null;
        }
        List<Part> parts = messages.get(0).parts();
        return parts.size() == 1 && parts.get(0) instanceof Part.Text text ? text.text() : null;
    }

    // ------------------------------------------------------------------ parameters

    private static void sampling(ObjectNode request, Sampling sampling, Losses losses) {
        if (sampling.n() != null && sampling.n() > 1) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST, "The target of this model gives one answer per request.")
                    .param("n")
                    .code("unsupported_value")
                    .build();
        }
        if (sampling.maxTokens() != null) {
            request.put("max_output_tokens", sampling.maxTokens());
        }
        if (sampling.temperature() != null) {
            request.put("temperature", sampling.temperature());
        }
        if (sampling.topP() != null) {
            request.put("top_p", sampling.topP());
        }
        lost(losses, "top_k", sampling.topK() != null);
        lost(losses, "stop", !sampling.stop().isEmpty());
        lost(losses, "seed", sampling.seed() != null);
        lost(losses, "presence_penalty", sampling.presencePenalty() != null);
        lost(losses, "frequency_penalty", sampling.frequencyPenalty() != null);
        boolean logprobs = Boolean.TRUE.equals(sampling.logprobs());
        if (logprobs && sampling.topLogprobs() != null) {
            request.put("top_logprobs", sampling.topLogprobs());
        }
        // Alone it asks for nothing.
        lost(losses, "top_logprobs", !logprobs && sampling.topLogprobs() != null);
        lost(losses, "logit_bias", sampling.logitBias() != null);
    }

    private static void lost(Losses losses, String name, boolean said) {
        if (said) {
            losses.add(name);
        }
    }

    /** A function without {@code strict} would be made strict here, which no other schema does. */
    private static void tools(ObjectNode request, Conversation conversation) {
        ArrayNode tools = MAPPER.createArrayNode();
        for (Tool tool : conversation.tools()) {
            ObjectNode function = tools.addObject();
            function.put("type", "function");
            function.put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            JsonNode parameters = tool.parameters();
            function.set("parameters", parameters == null ? noParameters() : parameters);
            function.put("strict", tool.strict() != null && tool.strict());
        }
        conversation.extras().forEach((name, value) -> {
            if (isTool(name)) {
                tools.add(value);
            }
        });
        if (!tools.isEmpty()) {
            request.set("tools", tools);
        }
        toolChoice(request, conversation.toolChoice());
        if (conversation.parallelTools() != null) {
            request.put("parallel_tool_calls", conversation.parallelTools());
        }
    }

    private static ObjectNode noParameters() {
        ObjectNode none = MAPPER.createObjectNode();
        none.put("type", "object");
        none.set("properties", MAPPER.createObjectNode());
        return none;
    }

    private static boolean isTool(String name) {
        return name.startsWith("tools[") && name.endsWith("]");
    }

    private static void toolChoice(ObjectNode request, ToolChoice choice) {
        switch (choice.kind()) {
            case UNSAID -> {}
            case NONE, AUTO, REQUIRED ->
                request.put("tool_choice", choice.kind().name().toLowerCase(Locale.ROOT));
            case NAMED ->
                request.set(
                        "tool_choice",
                        MAPPER.createObjectNode().put("type", "function").put("name", choice.name()));
        }
    }

    private static void text(ObjectNode request, Conversation conversation) {
        ObjectNode text = MAPPER.createObjectNode();
        OutputFormat format = conversation.format();
        if (format != null && format.schema() == null) {
            text.putObject("format").put("type", "json_object");
        } else if (format != null) {
            ObjectNode schema = text.putObject("format");
            schema.put("type", "json_schema");
            schema.put("name", format.name() == null ? "answer" : format.name());
            if (format.description() != null) {
                schema.put("description", format.description());
            }
            schema.set("schema", format.schema());
            if (format.strict() != null) {
                schema.put("strict", format.strict());
            }
        }
        JsonNode verbosity = conversation.extras().get("verbosity");
        if (verbosity != null) {
            text.set("verbosity", verbosity);
        }
        if (!text.isEmpty()) {
            request.set("text", text);
        }
    }

    private static void reasoning(ObjectNode request, @Nullable Reasoning reasoning) {
        if (reasoning == null) {
            return;
        }
        ObjectNode told = MAPPER.createObjectNode();
        String effort = reasoning.effort();
        if (effort == null && !reasoning.adaptive()) {
            effort = effort(reasoning.budgetTokens());
        }
        if (effort != null) {
            told.put("effort", effort);
        }
        String summary = reasoning.summary();
        if (summary != null && !summary.equals("omitted")) {
            told.put("summary", summary);
        }
        if (!told.isEmpty()) {
            request.set("reasoning", told);
        }
    }

    /** There are no numbers here. The steps are those between which users of budgets choose. */
    private static @Nullable String effort(@Nullable Long budget) {
        if (budget == null) {
            return null;
        }
        if (budget <= 0) {
            return "none";
        }
        return budget <= 2_048 ? "low" : budget <= 8_192 ? "medium" : "high";
    }

    /** {@code user} is the old name; with both given, each keeps its own. */
    private static void user(ObjectNode request, Conversation conversation) {
        if (conversation.user() != null) {
            boolean both = conversation.extras().containsKey("safety_identifier");
            request.put(both ? "user" : "safety_identifier", conversation.user());
        }
    }

    private static void extras(ObjectNode request, Map<String, JsonNode> extras, Losses losses) {
        extras.forEach((name, value) -> {
            if (KEPT.contains(name)) {
                request.set(name, value);
            } else if (!isTakenElsewhere(name, value)) {
                losses.add(name);
            }
        });
    }

    /** Usage comes unasked; and what is not to be stored is what happens. */
    private static boolean isTakenElsewhere(String name, JsonNode value) {
        return isTool(name)
                || name.equals("verbosity")
                || name.equals(INCLUDE)
                || name.equals("stream_options")
                || (name.equals("store") && !value.asBoolean());
    }

    private static void include(ObjectNode request, Conversation conversation, String model) {
        ArrayNode include = MAPPER.createArrayNode();
        if (reasons(model)) {
            include.add(REASONING_CONTENT);
        }
        if (Boolean.TRUE.equals(conversation.sampling().logprobs())) {
            include.add(ResponsesConversationReader.LOGPROBS);
        }
        JsonNode asked = conversation.extras().get(INCLUDE);
        if (asked != null && asked.isArray()) {
            for (JsonNode one : asked) {
                String word = one.textValue();
                if (!REASONING_CONTENT.equals(word) && !ResponsesConversationReader.LOGPROBS.equals(word)) {
                    include.add(one);
                }
            }
        }
        if (!include.isEmpty()) {
            request.set(INCLUDE, include);
        }
    }

    /** OpenAI answers "Encrypted content is not supported with this model" for the families that never reason. */
    private static boolean reasons(String model) {
        String name = model.startsWith("ft:") ? model.substring(3) : model;
        return !name.startsWith("gpt-4") && !name.startsWith("gpt-3") && !name.startsWith("chatgpt-4");
    }
}
