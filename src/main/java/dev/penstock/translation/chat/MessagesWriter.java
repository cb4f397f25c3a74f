// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one request. Every result of a tool is a message of its own and stands directly behind the turn that called,
 * before anything else that the user says; it can hold only text, so pictures and documents of results follow in a message of
 * the user.
 */
final class MessagesWriter {

    private final ObjectMapper json;
    private final ModelTraits traits;
    private final Losses losses;
    private final ArrayNode out;

    /** A part and the place where it was, for errors and losses. */
    private record Placed(Part part, String path) {}

    MessagesWriter(ObjectMapper json, ModelTraits traits, Losses losses) {
        this.json = json;
        this.traits = traits;
        this.losses = losses;
        this.out = json.createArrayNode();
    }

    ArrayNode write(List<Message> messages) {
        int at = 0;
        while (at < messages.size()) {
            Message message = messages.get(at);
            switch (message.role()) {
                case SYSTEM -> {
                    content(out.addObject().put("role", "system"), placed(message, at));
                    at++;
                }
                case ASSISTANT -> {
                    assistant(message, at);
                    at++;
                }
                case USER -> at = users(messages, at);
            }
        }
        return out;
    }

    private static List<Placed> placed(Message message, int index) {
        List<Placed> parts = new ArrayList<>(message.parts().size());
        for (int i = 0; i < message.parts().size(); i++) {
            parts.add(new Placed(message.parts().get(i), "messages[" + index + "].content[" + i + ']'));
        }
        return parts;
    }

    // ------------------------------------------------------------------ the user

    /** All messages of the user in a row: results first, then what the results showed, then what was said. */
    private int users(List<Message> messages, int first) {
        List<Placed> shown = new ArrayList<>();
        List<List<Placed>> said = new ArrayList<>();
        int at = first;
        while (at < messages.size() && messages.get(at).role() == Role.USER) {
            List<Placed> rest = new ArrayList<>();
            for (Placed part : placed(messages.get(at), at)) {
                if (part.part() instanceof Part.ToolResult result) {
                    toolResult(result, part.path(), shown);
                } else {
                    rest.add(part);
                }
            }
            if (!rest.isEmpty() || messages.get(at).parts().isEmpty()) {
                said.add(rest);
            }
            at++;
        }
        if (!shown.isEmpty()) {
            content(out.addObject().put("role", "user"), shown);
        }
        for (List<Placed> parts : said) {
            content(out.addObject().put("role", "user"), parts);
        }
        return at;
    }

    private void toolResult(Part.ToolResult result, String path, List<Placed> shown) {
        cache(result.cache());
        StringBuilder text = new StringBuilder();
        List<Placed> seen = new ArrayList<>();
        for (int i = 0; i < result.content().size(); i++) {
            Part part = result.content().get(i);
            String place = path + ".content[" + i + ']';
            String words = words(part);
            if (words != null) {
                text.append(text.isEmpty() || words.isEmpty() ? "" : "\n").append(words);
            } else {
                seen.add(new Placed(part, place));
            }
        }
        String id = ToolIds.fit(result.callId(), traits);
        if (!seen.isEmpty()) {
            shown.add(new Placed(new Part.Text("Shown by tool call " + id + ":"), path));
            shown.addAll(seen);
        }
        if (text.isEmpty() && !seen.isEmpty()) {
            text.append("The result is shown in the next message of the user.");
        } else if (text.isEmpty() && result.error()) {
            text.append("The tool failed.");
        }
        out.addObject().put("role", "tool").put("tool_call_id", id).put("content", text.toString());
    }

    /** The text of a part that is nothing but text, else null. */
    private static @Nullable String words(Part part) {
        return switch (part) {
            case Part.Text text -> text.text();
            case Part.Document document when document.text() != null -> document.text();
            default -> null;
        };
    }

    // ------------------------------------------------------------------ content

    private void content(ObjectNode message, List<Placed> parts) {
        if (parts.isEmpty()) {
            message.put("content", "");
            return;
        }
        if (parts.size() == 1 && parts.get(0).part() instanceof Part.Text text) {
            cache(text.cache());
            message.put("content", text.text());
            return;
        }
        ArrayNode content = message.putArray("content");
        for (Placed part : parts) {
            part(part, content);
        }
    }

    private void part(Placed placed, ArrayNode content) {
        switch (placed.part()) {
            case Part.Text text -> {
                cache(text.cache());
                content.addObject().put("type", "text").put("text", text.text());
            }
            case Part.Image image -> image(image, content);
            case Part.Document document -> document(document, placed.path(), content);
            case Part.Audio audio ->
                content.addObject()
                        .put("type", "input_audio")
                        .putObject("input_audio")
                        .put("data", audio.base64())
                        .put("format", audio.format());
            case Part.Refusal refusal -> content.addObject().put("type", "text").put("text", refusal.text());
            case Part.Thought thought -> losses.add(placed.path() + ".thinking");
            case Part.ToolCall call -> throw misplaced(placed.path(), "a tool call");
            case Part.ToolResult result -> throw misplaced(placed.path(), "a tool result");
        }
    }

    private static GatewayError misplaced(String path, String what) {
        return RequestJson.wrong(path, "something that this role can say", what);
    }

    private void image(Part.Image image, ArrayNode content) {
        cache(image.cache());
        ObjectNode url = content.addObject().put("type", "image_url").putObject("image_url");
        url.put("url", image.base64() != null ? DataUrl.of(image.mediaType(), image.base64()) : image.url());
        if (image.detail() != null) {
            url.put("detail", image.detail());
        }
    }

    private void document(Part.Document document, String path, ArrayNode content) {
        cache(document.cache());
        if (document.text() != null) {
            content.addObject().put("type", "text").put("text", document.text());
            return;
        }
        if (document.base64() == null) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            "The field '" + path
                                    + "' is a document at an address; this provider takes documents only as bytes.")
                    .param(path)
                    .build();
        }
        content.addObject()
                .put("type", "file")
                .putObject("file")
                .put("filename", document.name() == null ? "document" + ending(document) : document.name())
                .put("file_data", DataUrl.of(document.mediaType(), document.base64()));
    }

    private static String ending(Part.Document document) {
        return document.mediaType() == null || document.mediaType().equals("application/pdf") ? ".pdf" : "";
    }

    private void cache(@Nullable CacheMark mark) {
        if (mark != null) {
            losses.add("cache_control");
        }
    }

    // ------------------------------------------------------------------ the assistant

    private void assistant(Message message, int index) {
        ObjectNode turn = out.addObject().put("role", "assistant");
        StringBuilder text = new StringBuilder();
        StringBuilder refusal = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        ArrayNode calls = json.createArrayNode();
        ArrayNode details = json.createArrayNode();
        for (Placed placed : placed(message, index)) {
            switch (placed.part()) {
                case Part.Text part -> {
                    cache(part.cache());
                    text.append(part.text());
                }
                case Part.Refusal part -> refusal.append(part.text());
                case Part.ToolCall part -> calls.add(toolCall(part));
                case Part.Thought part -> thought(part, placed.path(), turn, thought, details);
                case Part.Document part when part.text() != null -> text.append(part.text());
                case Part.Image part -> losses.add(placed.path());
                case Part.Audio part -> losses.add(placed.path());
                case Part.Document part -> losses.add(placed.path());
                case Part.ToolResult part -> throw misplaced(placed.path(), "a tool result");
            }
        }
        if (!text.isEmpty() || (calls.isEmpty() && refusal.isEmpty())) {
            turn.put("content", text.toString());
        } else {
            turn.putNull("content");
        }
        if (!refusal.isEmpty()) {
            turn.put("refusal", refusal.toString());
        }
        if (!thought.isEmpty()) {
            turn.put("reasoning_content", thought.toString());
        }
        if (!details.isEmpty()) {
            turn.set("reasoning_details", details);
        }
        if (!calls.isEmpty()) {
            turn.set("tool_calls", calls);
        }
    }

    private ObjectNode toolCall(Part.ToolCall call) {
        cache(call.cache());
        ObjectNode written = json.createObjectNode()
                .put("id", ToolIds.fit(call.id(), traits))
                .put("type", "function");
        written.putObject("function").put("name", call.name()).put("arguments", call.arguments());
        Carrier carrier = call.carrier();
        if (carrier != null && isSignature(carrier)) {
            google(written, carrier);
        }
        return written;
    }

    private static boolean isSignature(Carrier carrier) {
        return carrier.origin() == ApiSchema.OPENAI_CHAT && carrier.kind().equals(CarrierForm.THOUGHT_SIGNATURE);
    }

    private static void google(ObjectNode holder, Carrier carrier) {
        holder.putObject("extra_content").putObject("google").put(CarrierForm.THOUGHT_SIGNATURE, carrier.value());
    }

    /** Thoughts go back only to whoever issued them, or to a model that refuses a turn without its words. */
    private void thought(Part.Thought thought, String path, ObjectNode turn, StringBuilder words, ArrayNode details) {
        Carrier carrier = thought.carrier();
        if (traits.wantsThoughtsBack()) {
            words.append(thought.text());
        }
        if (carrier != null && isSignature(carrier)) {
            google(turn, carrier);
            return;
        }
        boolean back = carrier == null ? traits.wantsThoughtsBack() : detail(carrier, details);
        if (!back) {
            losses.add(path + ".thinking");
        }
    }

    private boolean detail(Carrier carrier, ArrayNode details) {
        if (!CarrierForm.isOwnDetail(carrier)) {
            return false;
        }
        try {
            JsonNode item = json.readTree(carrier.value());
            if (item == null || !item.isObject()) {
                return false;
            }
            details.add(item);
            return true;
        } catch (JsonProcessingException e) {
            return false;
        }
    }
}
