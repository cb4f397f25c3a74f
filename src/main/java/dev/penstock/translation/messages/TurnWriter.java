// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages as turns: instructions hoisted from anywhere, roles alternating, all results of one turn's calls in the turn behind
 * it and first there, thoughts first in theirs. Thoughts that Anthropic did not sign are left out; it refuses them.
 */
final class TurnWriter {

    private static final String USER = "user";
    private static final String ASSISTANT = "assistant";

    private final Losses losses;
    private final ArrayNode system = Trees.object().arrayNode();
    private final ArrayNode messages = Trees.object().arrayNode();

    // The turn that is being written.
    private String role = "";
    private ArrayNode first = system.arrayNode();
    private ArrayNode rest = system.arrayNode();
    private boolean beganWithThought;

    TurnWriter(Losses losses) {
        this.losses = losses;
    }

    /** Text blocks. */
    ArrayNode system() {
        return system;
    }

    ArrayNode messages() {
        return messages;
    }

    void write(List<Message> conversation) {
        for (int i = 0; i < conversation.size(); i++) {
            Message message = conversation.get(i);
            switch (message.role()) {
                case SYSTEM -> hoist(message, i);
                case USER -> turn(USER, message, i);
                case ASSISTANT -> turn(ASSISTANT, message, i);
            }
        }
        endTurn();
        stripPrefill();
        if (messages.isEmpty() && !system.isEmpty()) {
            // There must be a turn: instructions alone are what the user says.
            messages.addObject().put("role", USER).set("content", system.deepCopy());
            system.removeAll();
        }
    }

    /** Whether results are waiting for an answer whose turn began with a call and no thought. */
    boolean lacksThought() {
        int last = messages.size() - 1;
        return last > 0
                && has("tool_result", messages.get(last).path("content"))
                && !isThought(messages.get(last - 1).path("content").path(0));
    }

    private static boolean has(String type, JsonNode blocks) {
        for (JsonNode block : blocks) {
            if (block.path("type").asText("").equals(type)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isThought(JsonNode block) {
        String type = block.path("type").asText("");
        return type.equals("thinking") || type.equals("redacted_thinking");
    }

    // ------------------------------------------------------------------ turns

    private void hoist(Message message, int index) {
        for (int j = 0; j < message.parts().size(); j++) {
            if (message.parts().get(j) instanceof Part.Text text) {
                if (!text.text().isBlank()) {
                    system.add(text(text.text(), text.cache()));
                }
            } else {
                losses.add(message.place(index, j).path());
            }
        }
    }

    private void turn(String who, Message message, int index) {
        List<Part> parts = message.parts();
        for (int j = 0; j < parts.size(); j++) {
            ObjectNode block = block(parts.get(j), who, message.place(index, j));
            if (block == null) {
                continue;
            }
            if (!role.equals(who)) {
                endTurn();
                role = who;
            }
            boolean thought = parts.get(j) instanceof Part.Thought;
            beganWithThought |= thought && rest.isEmpty();
            // A turn that began with a thought may think again later: those stay where they were.
            boolean ahead =
                    parts.get(j) instanceof Part.ToolResult || (thought && (rest.isEmpty() || !beganWithThought));
            (ahead ? first : rest).add(block);
        }
    }

    private void endTurn() {
        if (!first.isEmpty() || !rest.isEmpty()) {
            ArrayNode content = first.deepCopy();
            content.addAll(rest);
            messages.addObject().put("role", role).set("content", content);
        }
        first = system.arrayNode();
        rest = system.arrayNode();
        beganWithThought = false;
    }

    /** A last turn of the assistant is the beginning of the answer, and must not end in white space. */
    private void stripPrefill() {
        int last = messages.size() - 1;
        if (last < 0 || !messages.get(last).path("role").asText("").equals(ASSISTANT)) {
            return;
        }
        ArrayNode content = (ArrayNode) messages.get(last).path("content");
        if (content.get(content.size() - 1) instanceof ObjectNode block
                && block.path("type").asText("").equals("text")) {
            block.put("text", block.path("text").asText("").stripTrailing());
        }
    }

    // ------------------------------------------------------------------ blocks

    private @Nullable ObjectNode block(Part part, String who, Place place) {
        return switch (part) {
            case Part.Text text -> text.text().isBlank() ? null : text(text.text(), text.cache());
            case Part.Refusal refusal -> refusal.text().isBlank() ? null : text(refusal.text(), null);
            case Part.Image image -> who.equals(USER) ? image(image, place) : lost(place);
            case Part.Document document -> who.equals(USER) ? document(document, place) : lost(place);
            case Part.Audio unused -> lost(place);
            case Part.ToolCall call -> who.equals(ASSISTANT) ? call(call) : lost(place);
            case Part.ToolResult result -> who.equals(USER) ? result(result, place) : lost(place);
            case Part.Thought thought -> who.equals(ASSISTANT) ? thought(thought) : lost(place);
        };
    }

    private @Nullable ObjectNode lost(Place place) {
        losses.add(place.path());
        return null;
    }

    private static ObjectNode text(String text, @Nullable CacheMark cache) {
        return cache(cache, Trees.object().put("type", "text").put("text", text));
    }

    /** What another provider's model thought is its own: without a signature of Anthropic's there is nothing to give back. */
    private static @Nullable ObjectNode thought(Part.Thought thought) {
        if (thought.carrier() == null || thought.carrier().origin() != ApiSchema.ANTHROPIC_MESSAGES) {
            return null;
        }
        if (SignatureText.isRedacted(thought.carrier())) {
            return Trees.object()
                    .put("type", "redacted_thinking")
                    .put("data", thought.carrier().value());
        }
        return Trees.object()
                .put("type", "thinking")
                .put("thinking", thought.text())
                .put("signature", thought.carrier().value());
    }

    private static ObjectNode call(Part.ToolCall call) {
        ObjectNode block = Trees.object()
                .put("type", "tool_use")
                .put("id", ToolIds.fit(call.id()))
                .put("name", call.name());
        block.set("input", Trees.arguments(call.arguments()));
        return cache(call.cache(), block);
    }

    private ObjectNode result(Part.ToolResult result, Place place) {
        ObjectNode block = Trees.object().put("type", "tool_result").put("tool_use_id", ToolIds.fit(result.callId()));
        ArrayNode content = block.arrayNode();
        for (int k = 0; k < result.content().size(); k++) {
            Place inner = place.inner(k);
            ObjectNode written =
                    switch (result.content().get(k)) {
                        case Part.Text text -> text.text().isBlank() ? null : text(text.text(), text.cache());
                        case Part.Image image -> image(image, inner);
                        case Part.Document document -> document(document, inner);
                        case Part.Audio unused -> lost(inner);
                        case Part.Refusal unused -> lost(inner);
                        case Part.ToolCall unused -> lost(inner);
                        case Part.ToolResult unused -> lost(inner);
                        case Part.Thought unused -> lost(inner);
                    };
            if (written != null) {
                content.add(written);
            }
        }
        if (content.size() == 1 && content.get(0).size() == 2 && content.get(0).has("text")) {
            block.set("content", content.get(0).get("text"));
        } else if (!content.isEmpty()) {
            block.set("content", content);
        }
        if (result.error()) {
            block.put("is_error", true);
        }
        return cache(result.cache(), block);
    }

    private ObjectNode image(Part.Image image, Place place) {
        if (image.detail() != null && !image.detail().equals("auto")) {
            losses.add(place.detail());
        }
        ObjectNode block = Trees.object().put("type", "image");
        ObjectNode source = block.putObject("source");
        if (image.base64() != null) {
            String type = image.mediaType() == null ? sniffed(image.base64()) : image.mediaType();
            source.put("type", "base64").put("media_type", type).put("data", image.base64());
        } else {
            source.put("type", "url").put("url", image.url());
        }
        return cache(image.cache(), block);
    }

    /** The first bytes of the four formats that the schema takes, in base64. */
    private static String sniffed(String base64) {
        if (base64.startsWith("/9j/")) {
            return "image/jpeg";
        }
        if (base64.startsWith("R0lGOD")) {
            return "image/gif";
        }
        return base64.startsWith("UklGR") ? "image/webp" : "image/png";
    }

    private @Nullable ObjectNode document(Part.Document document, Place place) {
        ObjectNode source = source(document);
        if (source == null) {
            return lost(place);
        }
        ObjectNode block = Trees.object().put("type", "document");
        block.set("source", source);
        if (document.name() != null && !document.name().isBlank()) {
            block.put("title", document.name());
        }
        return cache(document.cache(), block);
    }

    /** PDF or plain text; null for anything else. */
    private static @Nullable ObjectNode source(Part.Document document) {
        if (document.text() != null) {
            return plain(document.text());
        }
        if (document.url() != null) {
            return Trees.object().put("type", "url").put("url", document.url());
        }
        String type = document.mediaType() == null
                ? "application/pdf"
                : document.mediaType().toLowerCase(Locale.ROOT);
        if (document.base64() == null) {
            return null;
        }
        if (type.startsWith("text/")) {
            try {
                return plain(new String(Base64.getMimeDecoder().decode(document.base64()), StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        return type.equals("application/pdf")
                ? Trees.object().put("type", "base64").put("media_type", type).put("data", document.base64())
                : null;
    }

    private static @Nullable ObjectNode plain(String text) {
        return text.isBlank()
                ? null
                : Trees.object()
                        .put("type", "text")
                        .put("media_type", "text/plain")
                        .put("data", text);
    }

    static ObjectNode cache(@Nullable CacheMark mark, ObjectNode block) {
        if (mark != null) {
            ObjectNode control = block.putObject("cache_control").put("type", "ephemeral");
            if (mark.ttl() != null) {
                control.put("ttl", mark.ttl());
            }
        }
        return block;
    }
}
