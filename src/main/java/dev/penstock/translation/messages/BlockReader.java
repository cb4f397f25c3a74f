// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.conversation.Vocabulary;
import dev.penstock.exchange.ApiSchema;
import java.util.HashMap;
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

    Message.Draft read(Field content) {
        Message.Draft parts = new Message.Draft();
        if (content.value().isTextual()) {
            parts.add(new Part.Text(content.string()), place(content));
            return parts;
        }
        if (!content.value().isArray()) {
            throw content.wrong("a string or an array");
        }
        for (int i = 0; i < content.size(); i++) {
            add(content.at(i).object(), parts);
        }
        if (!ofCalls.isEmpty()) {
            for (int i = 0; i < parts.size(); i++) {
                parts.set(i, withCarrier(parts.get(i)));
            }
        }
        return parts;
    }

    private void add(Field block, Message.Draft parts) {
        CacheMark cache = MessagesConversationReader.cache(block);
        if (block.at("type").string().equals("tool_result")) {
            toolResult(block, cache, parts);
            return;
        }
        Part part = part(block, cache);
        if (part != null) {
            parts.add(part, place(block));
        }
    }

    private static Place place(Field block) {
        return new Place(block.path(), MessagesWords.PLACE);
    }

    private Part withCarrier(Part part) {
        if (part instanceof Part.ToolCall call && ofCalls.containsKey(call.id())) {
            return new Part.ToolCall(call.id(), call.name(), call.arguments(), ofCalls.get(call.id()), call.cache());
        }
        return part;
    }

    private @Nullable Part part(Field block, @Nullable CacheMark cache) {
        return switch (block.at("type").string()) {
            case "text" -> {
                keepOthers(MessagesWords.TEXT, block);
                yield new Part.Text(block.at("text").string(), cache);
            }
            case "image" -> {
                keepOthers(MessagesWords.IMAGE, block);
                yield image(block.at("source").object(), cache);
            }
            case "document" -> document(block, cache);
            case "search_result" -> {
                keepCitations(MessagesWords.SEARCH_RESULT, block);
                yield new Part.Document(
                        block.at("title").stringOrNull(), "text/plain", null, null, words(block.at("content")), cache);
            }
            case "tool_use" -> {
                keepOthers(MessagesWords.CALL, block);
                yield new Part.ToolCall(
                        ToolIds.own(block.at("id").string()),
                        block.at("name").string(),
                        Trees.text(block.at("input").object().value()),
                        null,
                        cache);
            }
            case "thinking" -> thought(block);
            case "redacted_thinking" -> {
                keepOthers(MessagesWords.REDACTED, block);
                yield new Part.Thought(
                        "",
                        new Carrier(
                                ApiSchema.ANTHROPIC_MESSAGES,
                                SignatureText.REDACTED,
                                block.at("data").string(),
                                null));
            }
            default -> {
                extras.put(block.path(), block.value());
                yield null;
            }
        };
    }

    private void keepOthers(Vocabulary known, Field object) {
        known.keepOthers(object.value(), object.path(), extras);
    }

    private @Nullable Part thought(Field block) {
        keepOthers(MessagesWords.THINKING, block);
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

    private void toolResult(Field block, @Nullable CacheMark cache, Message.Draft parts) {
        keepOthers(MessagesWords.RESULT, block);
        Field content = block.at("content");
        Message.Draft said = content.absent() ? new Message.Draft() : new BlockReader(extras).read(content);
        Part result = new Part.ToolResult(
                ToolIds.own(block.at("tool_use_id").string()),
                null,
                said.parts(),
                Boolean.TRUE.equals(block.at("is_error").flagOrNull()),
                cache);
        parts.add(result, new Place(block.path(), MessagesWords.PLACE, said.places()));
    }

    private Part image(Field source, @Nullable CacheMark cache) {
        keepOthers(MessagesWords.SOURCE, source);
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
        keepCitations(MessagesWords.DOCUMENT, block);
        String name = block.at("title").stringOrNull();
        Field source = block.at("source").object();
        keepOthers(MessagesWords.SOURCE, source);
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

    /** Citations that are switched off are what every other provider does. */
    private void keepCitations(Vocabulary known, Field block) {
        keepOthers(known, block);
        Field citations = block.at("citations");
        if (citations.value().isObject() && !citations.value().path("enabled").asBoolean()) {
            extras.remove(citations.path());
        }
    }

    /** Left out, the question would be another one. */
    private static RuntimeException file(Field source) {
        Field id = source.at("file_id");
        return id.error(
                "The field '" + id.path()
                        + "' names a file at Anthropic, which the provider of this model cannot read; send it as 'base64' or 'url'.");
    }

    /** Of a list of blocks; what is no text stands in the extras. */
    private String words(Field content) {
        if (content.value().isTextual()) {
            return content.string();
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < content.array().size(); i++) {
            Field block = content.at(i).object();
            if (!block.at("type").string().equals("text")) {
                extras.put(block.path(), block.value());
            } else {
                keepOthers(MessagesWords.TEXT, block);
                all.append(all.isEmpty() ? "" : "\n").append(block.at("text").string());
            }
        }
        return all.toString();
    }
}
