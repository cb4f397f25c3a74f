// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.RequestWriter;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Warm. The body of {@code generateContent} and {@code streamGenerateContent}. The model stands in the path, and so does whether to stream;
 * its name decides only which of two ways to say a thing the model understands. Thread-safe.
 *
 * <p>Marks of the prompt cache are not a loss: Gemini caches the beginning of a prompt by itself. More than one answer is one,
 * because no {@code AnswerSink} could tell them.
 */
public final class GeminiRequestWriter implements RequestWriter {

    private static final int MOST_STOPS = 5;

    @Override
    public byte[] write(Conversation conversation, String model, Losses losses) {
        GeminiModel family = GeminiModel.of(model);
        Contents said = new Contents(family, losses);
        said.add(conversation.messages());
        ArrayNode contents = said.contents();
        if (contents.isEmpty()) {
            throw refused("messages", "expected a message of the user, none was found");
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("contents", contents);
        putPresent(body, "systemInstruction", said.systemInstruction());
        putPresent(body, "tools", tools(conversation.tools(), family, losses));
        putPresent(body, "toolConfig", toolConfig(conversation));
        ObjectNode generation = sampling(conversation.sampling(), losses);
        putFormat(generation, conversation.format(), family, losses);
        putPresent(generation, "thinkingConfig", Thinking.config(conversation.reasoning(), family, losses));
        putPresent(body, "generationConfig", generation.isEmpty() ? null : generation);
        loseTheRest(conversation, losses);
        return WireJson.bytes(body);
    }

    private static void putPresent(ObjectNode object, String name, @Nullable JsonNode value) {
        if (value != null) {
            object.set(name, value);
        }
    }

    // ------------------------------------------------------------------ tools

    private static @Nullable JsonNode tools(List<Tool> tools, GeminiModel model, Losses losses) {
        if (tools.isEmpty()) {
            return null;
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        ArrayNode declarations = list.addObject().putArray("functionDeclarations");
        for (int i = 0; i < tools.size(); i++) {
            Tool tool = tools.get(i);
            String path = "tools[" + i + "].function";
            ObjectNode declaration = declarations.addObject().put("name", tool.name());
            if (tool.description() != null) {
                declaration.put("description", tool.description());
            }
            putParameters(declaration, tool.parameters(), model, path + ".parameters", losses);
            if (Boolean.TRUE.equals(tool.strict())) {
                losses.add(path + ".strict");
            }
        }
        return list;
    }

    private static void putParameters(
            ObjectNode declaration, @Nullable JsonNode schema, GeminiModel model, String path, Losses losses) {
        if (schema == null || takesNothing(schema)) {
            return;
        }
        if (model.takesJsonSchema()) {
            declaration.set("parametersJsonSchema", schema);
        } else {
            declaration.set("parameters", new RestrictedSchema(schema, path, losses).translated());
        }
    }

    /** An object without properties: Google refuses it as a schema and takes a function without one. */
    private static boolean takesNothing(JsonNode schema) {
        boolean open = schema.has("additionalProperties")
                && !schema.path("additionalProperties").equals(JsonNodeFactory.instance.booleanNode(false));
        return schema.path("properties").isEmpty()
                && !open
                && !schema.has("$ref")
                && !schema.has("anyOf")
                && !schema.has("oneOf")
                && !schema.has("allOf")
                && !schema.has("patternProperties");
    }

    private static @Nullable JsonNode toolConfig(Conversation conversation) {
        ToolChoice choice = conversation.toolChoice();
        String mode =
                switch (choice.kind()) {
                    case UNSAID -> null;
                    case NONE -> "NONE";
                    case AUTO -> "AUTO";
                    case REQUIRED, NAMED -> "ANY";
                };
        if (mode == null) {
            return null;
        }
        if (conversation.tools().isEmpty()) {
            if (mode.equals("ANY")) {
                throw refused("tool_choice", "a tool must be called, but there are no tools");
            }
            return null;
        }
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        ObjectNode calling = config.putObject("functionCallingConfig").put("mode", mode);
        if (choice.name() != null) {
            calling.putArray("allowedFunctionNames").add(choice.name());
        }
        return config;
    }

    // ------------------------------------------------------------------ generationConfig

    private static ObjectNode sampling(Sampling sampling, Losses losses) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        if (sampling.maxTokens() != null) {
            config.put("maxOutputTokens", sampling.maxTokens());
        }
        if (sampling.temperature() != null) {
            config.put("temperature", sampling.temperature());
        }
        if (sampling.topP() != null) {
            config.put("topP", sampling.topP());
        }
        if (sampling.topK() != null) {
            config.put("topK", sampling.topK());
        }
        putStops(config, sampling.stop());
        putSeed(config, sampling.seed(), losses);
        putPenalty(config, "presencePenalty", sampling.presencePenalty());
        putPenalty(config, "frequencyPenalty", sampling.frequencyPenalty());
        if (sampling.n() != null && sampling.n() > 1) {
            losses.add("n");
        }
        putLogprobs(config, sampling, losses);
        if (sampling.logitBias() != null && !sampling.logitBias().isEmpty()) {
            losses.add("logit_bias");
        }
        return config;
    }

    /** Without one of its stops an answer would run on: that is another answer. */
    private static void putStops(ObjectNode config, List<String> stops) {
        if (stops.size() > MOST_STOPS) {
            throw refused("stop", "expected at most " + MOST_STOPS + " sequences, " + stops.size() + " were found");
        }
        if (!stops.isEmpty()) {
            ArrayNode list = config.putArray("stopSequences");
            stops.forEach(list::add);
        }
    }

    private static void putSeed(ObjectNode config, @Nullable Long seed, Losses losses) {
        if (seed == null) {
            return;
        }
        if (seed < Integer.MIN_VALUE || seed > Integer.MAX_VALUE) {
            losses.add("seed");
        } else {
            config.put("seed", seed);
        }
    }

    private static void putLogprobs(ObjectNode config, Sampling sampling, Losses losses) {
        boolean others = sampling.topLogprobs() != null && sampling.topLogprobs() > 0;
        if (Boolean.TRUE.equals(sampling.logprobs())) {
            config.put("responseLogprobs", true);
            if (others) {
                config.put("logprobs", sampling.topLogprobs());
            }
        } else if (others) {
            // Alone it asks for nothing.
            losses.add("top_logprobs");
        }
    }

    /** Zero is the default, and some models refuse to hear even that. */
    private static void putPenalty(ObjectNode config, String name, @Nullable Double penalty) {
        if (penalty != null && penalty != 0) {
            config.put(name, penalty);
        }
    }

    private static void putFormat(ObjectNode config, @Nullable OutputFormat format, GeminiModel model, Losses losses) {
        if (format == null) {
            return;
        }
        config.put("responseMimeType", "application/json");
        JsonNode schema = format.schema();
        if (schema == null) {
            return;
        }
        if (model.takesJsonSchema()) {
            config.set("responseJsonSchema", schema);
        } else {
            config.set(
                    "responseSchema",
                    new RestrictedSchema(schema, "response_format.json_schema.schema", losses).translated());
        }
    }

    // ------------------------------------------------------------------ what has no counterpart

    private static void loseTheRest(Conversation conversation, Losses losses) {
        if (Boolean.FALSE.equals(conversation.parallelTools())
                && !conversation.tools().isEmpty()) {
            losses.add("parallel_tool_calls");
        }
        if (conversation.user() != null) {
            // Vertex has labels, but for billing, and AI Studio refuses them.
            losses.add("user");
        }
        if (conversation.hasCacheMarks()) {
            // Gemini caches by itself, and where it wants.
            losses.add("cache_control");
        }
        conversation.extras().forEach((name, value) -> {
            if (!value.isNull()) {
                losses.add(name);
            }
        });
    }

    private static GatewayError refused(String param, String what) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, param + ": " + what + ".")
                .param(param)
                .build();
    }
}
