// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the content of one message: a string, or blocks. Blocks that only Anthropic understands go to the extras under their path. */
final class BlockReader {

    private final Map<String, JsonNode> extras;
    /** Carriers of tool calls, which stand in thinking blocks of their own. */
    private final Map<String, Carrier> ofCalls = new HashMap<>();

    BlockReader(Map<String, JsonNode> extras) {
        this.extras = extras;
    }

    List<Part> read(Field content) {
        if (content.value().isTextual()) {
            return List.of(new Part.Text(content.string()));
        }
        if (!content.value().isArray()) {
            throw content.wrong("a string or an array");
        }
        List<Part> parts = new ArrayList<>(content.size());
        for (int i = 0; i < content.size(); i++) {
            Part part = part(content.at(i).object());
            if (part != null) {
                parts.add(part);
            }
        }
        if (!ofCalls.isEmpty()) {
            parts.replaceAll(this::withCarrier);
        }
        return parts;
    }

    private Part withCarrier(Part part) {
        if (part instanceof Part.ToolCall call && ofCalls.containsKey(call.id())) {
            return new Part.ToolCall(call.id(), call.name(), call.arguments(), ofCalls.get(call.id()), call.cache());
        }
        return part;
    }

    private @Nullable Part part(Field block) {
        CacheMark cache = MessagesConversationReader.cache(block);
        return switch (block.at("type").string()) {
            case "text" -> new Part.Text(block.at("text").string(), cache);
            case "image" -> image(block.at("source").object(), cache);
            case "document" -> document(block, cache);
            case "search_result" ->
                new Part.Document(
                        block.at("title").stringOrNull(), "text/plain", null, null, words(block.at("content")), cache);
            case "tool_use" ->
                new Part.ToolCall(
                        ToolIds.own(block.at("id").string()),
                        block.at("name").string(),
                        Trees.text(block.at("input").object().value()),
                        null,
                        cache);
            case "tool_result" -> toolResult(block, cache);
            case "thinking" -> thought(block);
            case "redacted_thinking" ->
                new Part.Thought(
                        "",
                        new Carrier(
                                ApiSchema.ANTHROPIC_MESSAGES,
                                SignatureText.REDACTED,
                                block.at("data").string(),
                                null));
            default -> {
                extras.put(block.path(), block.value());
                yield null;
            }
        };
    }

    private @Nullable Part thought(Field block) {
        String words = block.at("thinking").string();
        String signature = block.at("signature").stringOrNull();
        if (signature == null || signature.isEmpty()) {
            return words.isEmpty() ? null : new Part.Thought(words, null);
        }
        SignatureText read = SignatureText.of(signature);
        if (read.callId() == null) {
            return new Part.Thought(words, read.carrier());
        }
        ofCalls.put(ToolIds.own(read.callId()), read.carrier());
        return words.isEmpty() ? null : new Part.Thought(words, null);
    }

    private Part toolResult(Field block, @Nullable CacheMark cache) {
        Field content = block.at("content");
        return new Part.ToolResult(
                ToolIds.own(block.at("tool_use_id").string()),
                null,
                content.absent() ? List.of() : new BlockReader(extras).read(content),
                Boolean.TRUE.equals(block.at("is_error").flagOrNull()),
                cache);
    }

    private static Part image(Field source, @Nullable CacheMark cache) {
        Field type = source.at("type");
        return switch (type.string()) {
            case "base64" ->
                new Part.Image(
                        source.at("media_type").string(), source.at("data").string(), null, null, cache);
            case "url" -> new Part.Image(null, null, source.at("url").string(), null, cache);
            case "file" -> throw file(source);
            default -> throw type.error("The field '" + type.path() + "' must be 'base64' or 'url'.");
        };
    }

    private Part document(Field block, @Nullable CacheMark cache) {
        keep(block.at("citations"));
        keep(block.at("context"));
        String name = block.at("title").stringOrNull();
        Field source = block.at("source").object();
        Field type = source.at("type");
        return switch (type.string()) {
            case "base64" ->
                new Part.Document(
                        name,
                        source.at("media_type").string(),
                        source.at("data").string(),
                        null,
                        null,
                        cache);
            case "url" -> new Part.Document(name, null, null, source.at("url").string(), null, cache);
            case "text" ->
                new Part.Document(
                        name, "text/plain", null, null, source.at("data").string(), cache);
            case "content" -> new Part.Document(name, "text/plain", null, null, words(source.at("content")), cache);
            case "file" -> throw file(source);
            default ->
                throw type.error("The field '" + type.path() + "' must be 'base64', 'url', 'text' or 'content'.");
        };
    }

    private void keep(Field field) {
        if (!field.absent()) {
            extras.put(field.path(), field.value());
        }
    }

    /** Left out, the question would be another one. */
    private static RuntimeException file(Field source) {
        Field id = source.at("file_id");
        return id.error(
                "The field '" + id.path()
                        + "' names a file at Anthropic, which the provider of this model cannot read; send it as 'base64' or 'url'.");
    }

    private static String words(Field content) {
        if (content.value().isTextual()) {
            return content.string();
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < content.array().size(); i++) {
            Field block = content.at(i).object();
            if (block.at("type").string().equals("text")) {
                all.append(all.isEmpty() ? "" : "\n").append(block.at("text").string());
            }
        }
        return all.toString();
    }
}
