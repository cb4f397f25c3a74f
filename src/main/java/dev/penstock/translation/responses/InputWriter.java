// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages as the {@code input} of a request. Reasoning goes back only with the carrier that OpenAI gave for it: it takes no thoughts
 * of others, and none of its own without their encrypted form.
 */
final class InputWriter {

    private final Losses losses;
    private final ArrayNode input;
    /** The content of the message item that is being filled. */
    private @Nullable ArrayNode content;

    InputWriter(ArrayNode input, Losses losses) {
        this.losses = losses;
        this.input = input;
    }

    ArrayNode write(List<Message> messages) {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            content = null;
            for (int j = 0; j < message.parts().size(); j++) {
                part(message.role(), message.parts().get(j), message.place(i, j));
            }
        }
        dropLooseThoughts();
        return input;
    }

    /** OpenAI answers 400 to reasoning without the item that came of it, as a turn that was cut off leaves it behind. */
    private void dropLooseThoughts() {
        boolean followed = false;
        for (int i = input.size() - 1; i >= 0; i--) {
            JsonNode item = input.get(i);
            switch (item.path("type").asText()) {
                case "reasoning" -> {
                    if (!followed) {
                        input.remove(i);
                    }
                }
                case "function_call" -> followed = true;
                default -> followed = "assistant".equals(item.path("role").asText());
            }
        }
    }

    private void part(Message.Role role, Part part, Place place) {
        switch (part) {
            case Part.ToolCall call -> call(call);
            case Part.ToolResult result -> result(result, place);
            case Part.Thought thought -> thought(thought);
            case Part.Text text -> text(role, text.text());
            case Part.Refusal refusal -> {
                if (role == Message.Role.ASSISTANT) {
                    open(role).addObject().put("type", "refusal").put("refusal", refusal.text());
                } else {
                    text(role, refusal.text());
                }
            }
            case Part.Image image -> media(role, image, place);
            case Part.Document document -> media(role, document, place);
            case Part.Audio audio -> media(role, audio, place);
        }
    }

    private void text(Message.Role role, String text) {
        boolean assistant = role == Message.Role.ASSISTANT;
        if (!text.isEmpty() || !assistant) {
            open(role)
                    .addObject()
                    .put("type", assistant ? "output_text" : "input_text")
                    .put("text", text);
        }
    }

    private ArrayNode open(Message.Role role) {
        ArrayNode open = content;
        if (open == null) {
            ObjectNode item = input.addObject();
            item.put("type", "message");
            item.put(
                    "role",
                    switch (role) {
                        case SYSTEM -> "system";
                        case USER -> "user";
                        case ASSISTANT -> "assistant";
                    });
            open = item.putArray("content");
            content = open;
        }
        return open;
    }

    // ------------------------------------------------------------------ pictures and documents

    private void media(Message.Role role, Part part, Place place) {
        if (role == Message.Role.ASSISTANT) {
            losses.add(place.path());
        } else {
            media(open(role), part, place);
        }
    }

    private void media(ArrayNode to, Part part, Place place) {
        switch (part) {
            case Part.Image image -> {
                ObjectNode item = to.addObject().put("type", "input_image");
                item.put("image_url", image.url() != null ? image.url() : data(image.mediaType(), image.base64()));
                if (image.detail() != null) {
                    item.put("detail", image.detail());
                }
            }
            case Part.Document document -> document(to, document);
            case Part.Audio audio ->
                to.addObject()
                        .put("type", "input_audio")
                        .putObject("input_audio")
                        .put("data", audio.base64())
                        .put("format", audio.format());
            case Part.Text text -> to.addObject().put("type", "input_text").put("text", text.text());
            case Part.Refusal refusal ->
                to.addObject().put("type", "input_text").put("text", refusal.text());
            case Part.ToolCall call -> losses.add(place.path());
            case Part.ToolResult inner -> losses.add(place.path());
            case Part.Thought thought -> losses.add(place.path());
        }
    }

    /** A name is required beside bytes. */
    private static void document(ArrayNode to, Part.Document document) {
        ObjectNode item = to.addObject().put("type", "input_file");
        if (document.url() != null) {
            item.put("file_url", document.url());
            return;
        }
        String text = document.text();
        item.put(
                "filename",
                document.name() == null ? (text == null ? "document.pdf" : "document.txt") : document.name());
        item.put(
                "file_data",
                text == null
                        ? data(
                                document.mediaType() == null ? "application/pdf" : document.mediaType(),
                                document.base64())
                        : data(
                                "text/plain",
                                Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static String data(@Nullable String mediaType, @Nullable String base64) {
        return "data:" + (mediaType == null ? "image/png" : mediaType) + ";base64," + (base64 == null ? "" : base64);
    }

    // ------------------------------------------------------------------ calls and thoughts

    private void call(Part.ToolCall call) {
        content = null;
        Carrier carrier = call.carrier();
        if (carrier != null) {
            thought(new Part.Thought("", carrier));
        }
        input.addObject()
                .put("type", "function_call")
                .put("call_id", call.id())
                .put("name", call.name())
                .put("arguments", call.arguments());
    }

    private void result(Part.ToolResult result, Place place) {
        content = null;
        if (result.error()) {
            losses.add("is_error");
        }
        ObjectNode item = input.addObject().put("type", "function_call_output").put("call_id", result.callId());
        List<Part> parts = result.content();
        if (parts.isEmpty()) {
            item.put("output", "");
        } else if (parts.size() == 1 && parts.get(0) instanceof Part.Text text) {
            item.put("output", text.text());
        } else {
            ArrayNode output = item.putArray("output");
            for (int k = 0; k < parts.size(); k++) {
                media(output, parts.get(k), place.inner(k));
            }
        }
    }

    private void thought(Part.Thought thought) {
        Carrier carrier = thought.carrier();
        boolean own = carrier != null
                && carrier.origin() == ApiSchema.OPENAI_RESPONSES
                && carrier.kind().equals(CarrierText.KIND);
        if (carrier == null || !own) {
            return;
        }
        content = null;
        ObjectNode item = input.addObject().put("type", "reasoning");
        if (carrier.id() != null) {
            item.put("id", carrier.id());
        }
        ArrayNode summary = item.putArray("summary");
        if (!thought.text().isEmpty()) {
            summary.addObject().put("type", "summary_text").put("text", thought.text());
        }
        item.put("encrypted_content", carrier.value());
    }
}
