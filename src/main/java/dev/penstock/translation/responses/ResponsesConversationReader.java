// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestReader;
import dev.penstock.conversation.Sampling;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's {@code POST /v1/responses}. Sessions do not exist here, so the request must hold the whole conversation. Tools that
 * OpenAI runs itself are kept as extras under their path ({@code tools[1]}), so that a target without them reports exactly
 * these. Fields that ask for what is done anyway ({@code store: false}, {@code truncation: "disabled"}) are not kept: they
 * would be reported as lost, and nothing is. Thread-safe.
 */
public final class ResponsesConversationReader implements RequestReader {

    private static final String NO_SESSIONS =
            " This gateway does not keep conversations yet. Send the whole conversation in 'input'.";

    /** The gateway bounds bodies; a picture in one string may fill them. Numbers of schemas stay as they were written. */
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNestingDepth(200)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** Fields that have a place in the conversation, or are refused. */
    private static final Set<String> KNOWN = Set.of(
            "model",
            "input",
            "instructions",
            "stream",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "max_output_tokens",
            "temperature",
            "top_p",
            "top_logprobs",
            "text",
            "reasoning",
            "user",
            "safety_identifier",
            "stream_options",
            "background",
            "previous_response_id",
            "conversation",
            "prompt");

    /** What {@code include} calls the probabilities of tokens. */
    static final String LOGPROBS = "message.output_text.logprobs";

    private static final Set<String> KNOWN_OF_FUNCTION = Set.of("type", "name", "description", "parameters", "strict");

    /** Without state. */
    public ResponsesConversationReader() {}

    /** Where a tool that is no function stands among the extras. */
    static String toolPath(int index) {
        return "tools[" + index + "]";
    }

    @Override
    public Conversation read(byte[] body) {
        Fields request = new Fields(tree(body), "");
        refuseSessions(request);
        String model = request.required("model");
        Map<String, JsonNode> extras = extras(request);
        List<Message> messages = new ArrayList<>();
        String instructions = request.string("instructions");
        if (instructions != null && !instructions.isEmpty()) {
            messages.add(Input.words(Message.Role.SYSTEM, instructions, "instructions"));
        }
        messages.addAll(new Input(extras).read(request));
        List<Tool> tools = tools(request, extras);
        ToolChoice choice = toolChoice(request, extras);
        OutputFormat format = format(request, extras);
        String user = request.string("user");
        String safety = request.string("safety_identifier");
        if (user != null && safety != null) {
            keep(extras, request, "safety_identifier");
        }
        Boolean stream = request.flag("stream");
        return new Conversation(
                model,
                stream != null && stream,
                messages,
                tools,
                choice,
                request.flag("parallel_tool_calls"),
                sampling(request),
                format,
                reasoning(request),
                user == null ? safety : user,
                extras);
    }

    private static JsonNode tree(byte[] body) {
        try {
            JsonNode tree = MAPPER.readTree(body);
            if (tree != null && tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException e) {
            throw GatewayError.of(
                    GatewayError.Kind.INVALID_REQUEST,
                    "The request body is not valid JSON (byte "
                            + e.getLocation().getByteOffset() + ").");
        } catch (IOException e) {
            throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body is not valid JSON.");
        }
        throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body must be a JSON object.");
    }

    private static void refuseSessions(Fields request) {
        for (String name : List.of("previous_response_id", "conversation", "prompt")) {
            if (request.has(name)) {
                throw Fields.unsupported(
                        name, "The field '" + name + "' refers to what is stored at OpenAI." + NO_SESSIONS);
            }
        }
        Boolean background = request.flag("background");
        if (background != null && background) {
            throw Fields.unsupported(
                    "background", "Answers in the background would have to be stored to be fetched." + NO_SESSIONS);
        }
    }

    // ------------------------------------------------------------------ extras

    private static Map<String, JsonNode> extras(Fields request) {
        Map<String, JsonNode> extras = new LinkedHashMap<>();
        request.node().fieldNames().forEachRemaining(name -> {
            JsonNode value = request.get(name);
            if (value != null && !KNOWN.contains(name) && !isDoneAnyway(name, value)) {
                extras.put(name, value);
            }
        });
        return extras;
    }

    private static boolean isDoneAnyway(String name, JsonNode value) {
        return switch (name) {
            case "store" -> value.isBoolean() && !value.booleanValue();
            case "truncation" -> "disabled".equals(value.textValue());
            case "service_tier" -> "auto".equals(value.textValue());
            case "include" -> includesNothing(value);
            case "metadata" -> value.isObject() && value.isEmpty();
            default -> false;
        };
    }

    /** Carriers come back unasked: without them the next turn could not be told to the provider. Probabilities have a place. */
    private static boolean includesNothing(JsonNode include) {
        if (!include.isArray()) {
            return false;
        }
        for (JsonNode wanted : include) {
            if (!"reasoning.encrypted_content".equals(wanted.textValue()) && !LOGPROBS.equals(wanted.textValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean includesLogprobs(Fields request) {
        JsonNode include = request.get("include");
        if (include != null && include.isArray()) {
            for (JsonNode wanted : include) {
                if (LOGPROBS.equals(wanted.textValue())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static void keep(Map<String, JsonNode> extras, Fields holder, String name) {
        JsonNode value = holder.get(name);
        if (value != null) {
            extras.put(name, value);
        }
    }

    // ------------------------------------------------------------------ tools

    private static List<Tool> tools(Fields request, Map<String, JsonNode> extras) {
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < request.array("tools").size(); i++) {
            Fields tool = request.element("tools", i);
            if (!tool.required("type").equals("function")) {
                extras.put(toolPath(i), tool.node());
                continue;
            }
            noteUnknown(tool, extras);
            Fields parameters = tool.object("parameters");
            tools.add(new Tool(
                    tool.required("name"),
                    tool.string("description"),
                    parameters == null ? null : parameters.node(),
                    tool.flag("strict"),
                    null));
        }
        return tools;
    }

    private static void noteUnknown(Fields tool, Map<String, JsonNode> extras) {
        for (Map.Entry<String, JsonNode> member : tool.node().properties()) {
            if (!KNOWN_OF_FUNCTION.contains(member.getKey())
                    && !member.getValue().isNull()) {
                extras.put(tool.path(member.getKey()), member.getValue());
            }
        }
    }

    private static ToolChoice toolChoice(Fields request, Map<String, JsonNode> extras) {
        JsonNode choice = request.get("tool_choice");
        if (choice == null) {
            return ToolChoice.UNSAID;
        }
        if (choice.isTextual()) {
            return switch (choice.textValue()) {
                case "none" -> ToolChoice.of(ToolChoice.Kind.NONE);
                case "auto" -> ToolChoice.of(ToolChoice.Kind.AUTO);
                case "required" -> ToolChoice.of(ToolChoice.Kind.REQUIRED);
                default ->
                    throw Fields.invalid(
                            "tool_choice", "The field 'tool_choice' must be 'none', 'auto', 'required' or an object.");
            };
        }
        Fields named = new Fields(choice, "tool_choice");
        if (named.required("type").equals("function")) {
            return new ToolChoice(ToolChoice.Kind.NAMED, named.required("name"));
        }
        extras.put("tool_choice", choice);
        return ToolChoice.UNSAID;
    }

    // ------------------------------------------------------------------ the rest

    private static Sampling sampling(Fields request) {
        Long top = request.count("top_logprobs", 0);
        return new Sampling(
                request.count("max_output_tokens", 1),
                request.number("temperature"),
                request.number("top_p"),
                null,
                List.of(),
                null,
                null,
                null,
                null,
                includesLogprobs(request) ? Boolean.TRUE : null,
                top == null || top == 0 ? null : Integer.valueOf((int) Math.min(top, Integer.MAX_VALUE)),
                null);
    }

    /** The name of {@code verbosity} is the one that it has in chat, for chat has a place for it too. */
    private static @Nullable OutputFormat format(Fields request, Map<String, JsonNode> extras) {
        Fields text = request.object("text");
        if (text == null) {
            return null;
        }
        if (text.string("verbosity") != null) {
            keep(extras, text, "verbosity");
        }
        Fields format = text.object("format");
        if (format == null) {
            return null;
        }
        return switch (format.required("type")) {
            case "text" -> null;
            case "json_object" -> new OutputFormat(null, null, null, null);
            case "json_schema" -> {
                Fields schema = format.object("schema");
                if (schema == null) {
                    throw Fields.invalid("text.format.schema", "The field 'text.format.schema' is missing.");
                }
                yield new OutputFormat(
                        format.required("name"), schema.node(), format.flag("strict"), format.string("description"));
            }
            default ->
                throw Fields.invalid(
                        "text.format.type",
                        "The field 'text.format.type' must be 'text', 'json_object' or 'json_schema'.");
        };
    }

    private static @Nullable Reasoning reasoning(Fields request) {
        Fields reasoning = request.object("reasoning");
        if (reasoning == null) {
            return null;
        }
        String effort = reasoning.string("effort");
        String summary = reasoning.string("summary");
        if (summary == null) {
            // The name of the same field before May 2025.
            summary = reasoning.string("generate_summary");
        }
        return effort == null && summary == null ? null : new Reasoning(effort, null, false, summary);
    }
}
