// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.RequestReader;
import dev.penstock.conversation.Sampling;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/chat/completions}. Fields that the conversation has no place for go into its extras under their
 * name; members of a message that have none, under their path. {@code stream_options} is not among them: it is about the answer
 * to this client and not about the conversation.
 */
public final class ChatConversationReader implements RequestReader {

    /** As the OpenAI reference has it, and what compatible servers added ({@code top_k}, {@code reasoning}, {@code thinking}). */
    private static final Set<String> READ = Set.of(
            "model",
            "messages",
            "stream",
            "stream_options",
            "tools",
            "functions",
            "tool_choice",
            "function_call",
            "parallel_tool_calls",
            "max_tokens",
            "max_completion_tokens",
            "temperature",
            "top_p",
            "top_k",
            "stop",
            "n",
            "seed",
            "presence_penalty",
            "frequency_penalty",
            "logprobs",
            "top_logprobs",
            "logit_bias",
            "response_format",
            "reasoning_effort",
            "reasoning",
            "thinking",
            "user");

    private static final int LONGEST_STRING = 256 * 1024 * 1024;
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(LONGEST_STRING)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Numbers of a schema go on as they came.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    @Override
    public Conversation read(byte[] body) {
        JsonNode root = parse(body);
        Map<String, JsonNode> extras = extras(root);
        String model = RequestJson.requiredText(root, "model", "");
        if (model.isEmpty()) {
            throw RequestJson.wrong("model", "the name of a model", "an empty string");
        }
        MessagesReader messages = new MessagesReader(extras);
        ToolsReader tools = ToolsReader.read(root, extras);
        return new Conversation(
                model,
                Boolean.TRUE.equals(RequestJson.flag(root, "stream", "")),
                messages.read(RequestJson.array(root, "messages", "")),
                tools.tools(),
                tools.choice(),
                RequestJson.flag(root, "parallel_tool_calls", ""),
                sampling(root),
                format(root),
                reasoning(root),
                RequestJson.text(root, "user", ""),
                extras);
    }

    private static JsonNode parse(byte[] body) {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (IOException e) {
            throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body is not valid JSON.");
        }
        if (root == null || !root.isObject()) {
            throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body must be a JSON object.");
        }
        return root;
    }

    private static Map<String, JsonNode> extras(JsonNode root) {
        Map<String, JsonNode> extras = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> member : root.properties()) {
            if (!READ.contains(member.getKey()) && !member.getValue().isNull()) {
                extras.put(member.getKey(), member.getValue());
            }
        }
        return extras;
    }

    private static Sampling sampling(JsonNode root) {
        Long completion = RequestJson.whole(root, "max_completion_tokens", "");
        Long older = RequestJson.whole(root, "max_tokens", "");
        JsonNode stop = RequestJson.member(root, "stop");
        return new Sampling(
                completion != null ? completion : older,
                RequestJson.number(root, "temperature"),
                RequestJson.number(root, "top_p"),
                RequestJson.whole(root, "top_k", ""),
                stop == null ? List.of() : RequestJson.texts(stop, "stop"),
                RequestJson.small(root, "n"),
                RequestJson.whole(root, "seed", ""),
                RequestJson.number(root, "presence_penalty"),
                RequestJson.number(root, "frequency_penalty"),
                RequestJson.flag(root, "logprobs", ""),
                RequestJson.small(root, "top_logprobs"),
                RequestJson.objectMember(root, "logit_bias", ""));
    }

    private static @Nullable OutputFormat format(JsonNode root) {
        JsonNode format = RequestJson.objectMember(root, "response_format", "");
        if (format == null) {
            return null;
        }
        String type = RequestJson.text(format, "type", "response_format");
        return switch (type == null ? "" : type) {
            case "text" -> null;
            case "json_object" -> new OutputFormat(null, null, null, null);
            case "json_schema" -> schema(RequestJson.requiredObject(format, "json_schema", "response_format"));
            default -> throw RequestJson.wrongWord("response_format.type", "text, json_object or json_schema", type);
        };
    }

    private static OutputFormat schema(JsonNode schema) {
        String path = "response_format.json_schema";
        return new OutputFormat(
                RequestJson.text(schema, "name", path),
                RequestJson.objectMember(schema, "schema", path),
                RequestJson.flag(schema, "strict", path),
                RequestJson.text(schema, "description", path));
    }

    /**
     * OpenAI's {@code reasoning_effort}, OpenRouter's {@code reasoning} with {@code effort} or {@code max_tokens}, and the
     * {@code thinking} that DeepSeek, Z.ai and proxies of Anthropic take.
     */
    private static @Nullable Reasoning reasoning(JsonNode root) {
        String effort = RequestJson.text(root, "reasoning_effort", "");
        JsonNode reasoning = RequestJson.objectMember(root, "reasoning", "");
        JsonNode thinking = RequestJson.objectMember(root, "thinking", "");
        Long budget = null;
        String summary = null;
        boolean adaptive = false;
        if (reasoning != null) {
            String word = RequestJson.text(reasoning, "effort", "reasoning");
            boolean off = Boolean.FALSE.equals(RequestJson.flag(reasoning, "enabled", "reasoning"));
            effort = effort != null ? effort : off ? "none" : word;
            budget = RequestJson.whole(reasoning, "max_tokens", "reasoning");
            summary = RequestJson.text(reasoning, "summary", "reasoning");
            adaptive = Boolean.TRUE.equals(RequestJson.flag(reasoning, "enabled", "reasoning"));
        }
        if (thinking != null) {
            String type = RequestJson.text(thinking, "type", "thinking");
            boolean off = "disabled".equals(type);
            effort = effort != null ? effort : off ? "none" : null;
            budget = budget != null ? budget : RequestJson.whole(thinking, "budget_tokens", "thinking");
            adaptive |= !off;
        }
        if (effort == null && budget == null && summary == null && !adaptive) {
            return null;
        }
        return new Reasoning(effort, budget, adaptive && effort == null && budget == null, summary);
    }
}
