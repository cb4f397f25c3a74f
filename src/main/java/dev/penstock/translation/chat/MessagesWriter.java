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
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.ChatDialect.Quirk;
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
    private record Placed(Part part, Place place) {

        String path() {
            return place.path();
        }
    }

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
                    assistant(message, at, at > 0 && tellsResults(messages.get(at - 1)));
                    at++;
                }
                case USER -> at = users(messages, at);
            }
        }
        return out;
    }

    private static boolean tellsResults(Message message) {
        return message.parts().stream().anyMatch(Part.ToolResult.class::isInstance);
    }

    private static List<Placed> placed(Message message, int index) {
        List<Placed> parts = new ArrayList<>(message.parts().size());
        for (int i = 0; i < message.parts().size(); i++) {
            parts.add(new Placed(message.parts().get(i), message.place(index, i)));
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
                    toolResult(result, part.place(), shown);
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

    private void toolResult(Part.ToolResult result, Place place, List<Placed> shown) {
        cache(result.cache());
        StringBuilder text = new StringBuilder();
        List<Placed> seen = new ArrayList<>();
        for (int i = 0; i < result.content().size(); i++) {
            Part part = result.content().get(i);
            String words = words(part);
            if (words != null) {
                text.append(text.isEmpty() || words.isEmpty() ? "" : "\n").append(words);
            } else {
                seen.add(new Placed(part, place.inner(i)));
            }
        }
        String id = ToolIds.fit(result.callId(), traits);
        if (!seen.isEmpty()) {
            shown.add(new Placed(new Part.Text("Shown by tool call " + id + ":"), place));
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
            case Part.Thought thought -> losses.add(placed.path());
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

    /**
     * One turn of the model.
     *
     * @param goesOn whether it follows results of tools, and so belongs to the turn that called them
     */
    private void assistant(Message message, int index, boolean goesOn) {
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
        if (traits.has(Quirk.THINKING_PARTS) && !thought.isEmpty()) {
            thinkingParts(turn.putArray("content"), thought.toString(), text.toString());
        } else if (!text.isEmpty() || (calls.isEmpty() && refusal.isEmpty())) {
            turn.put("content", text.toString());
        } else {
            turn.putNull("content");
        }
        if (!refusal.isEmpty()) {
            turn.put("refusal", refusal.toString());
        }
        reasoning(turn, thought.toString(), !calls.isEmpty() || goesOn);
        if (!details.isEmpty()) {
            turn.set("reasoning_details", details);
        }
        if (!calls.isEmpty()) {
            turn.set("tool_calls", calls);
        }
    }

    private static void thinkingParts(ArrayNode content, String thought, String text) {
        content.addObject()
                .put("type", "thinking")
                .putArray("thinking")
                .addObject()
                .put("type", "text")
                .put("text", thought);
        if (!text.isEmpty()) {
            content.addObject().put("type", "text").put("text", text);
        }
    }

    /** DeepSeek wants the field in turns with calls even when the model had no thoughts. */
    private void reasoning(ObjectNode turn, String thought, boolean withCalls) {
        boolean wanted = traits.has(Quirk.REASONING_WITH_CALLS) ? withCalls : traits.deepSeek() && !thought.isEmpty();
        if (wanted) {
            turn.put("reasoning_content", thought);
        } else if (traits.has(Quirk.REASONING_BACK) && !thought.isEmpty()) {
            turn.put("reasoning", thought);
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

    /** Google's endpoint of this schema is among the servers that have not been described. */
    private boolean isSignature(Carrier carrier) {
        return traits.dialect() == ChatDialect.UNKNOWN
                && carrier.origin() == ApiSchema.OPENAI_CHAT
                && carrier.kind().equals(CarrierForm.THOUGHT_SIGNATURE);
    }

    private static void google(ObjectNode holder, Carrier carrier) {
        holder.putObject("extra_content").putObject("google").put(CarrierForm.THOUGHT_SIGNATURE, carrier.value());
    }

    /** Thoughts go back only to whoever issued them, or to a model that refuses a turn without its words. */
    private void thought(Part.Thought thought, String path, ObjectNode turn, StringBuilder words, ArrayNode details) {
        Carrier carrier = thought.carrier();
        boolean needed = traits.deepSeek() || traits.has(Quirk.REASONING_WITH_CALLS);
        boolean taken = needed || traits.has(Quirk.REASONING_BACK) || traits.has(Quirk.THINKING_PARTS);
        if (needed || (taken && carrier == null)) {
            words.append(thought.text());
        }
        if (carrier != null && isSignature(carrier)) {
            google(turn, carrier);
            return;
        }
        boolean back = carrier == null ? taken : detail(carrier, details);
        if (!back) {
            losses.add(path);
        }
    }

    private boolean detail(Carrier carrier, ArrayNode details) {
        if (!CarrierForm.isOwnDetail(carrier) || !traits.has(Quirk.REASONING_DETAILS)) {
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
