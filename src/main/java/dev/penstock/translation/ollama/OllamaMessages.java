// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.GatewayError;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What has been said, as Ollama takes it: content is one text, pictures stand beside it, each result of a tool is a message of its own
 * in front of what else the user says, and instructions may stand anywhere. A result names its tool, because most versions know no
 * ids; those that do, and the models of the cloud behind them, match by id, so both are said. One instance per request.
 */
final class OllamaMessages {

    private final Losses losses;
    private final ArrayNode out = JsonTree.MAPPER.createArrayNode();
    /** By the id of a call, the tool that was called. */
    private final Map<String, String> tools = new HashMap<>();

    /** One message while it is gathered. */
    private static final class Draft {
        private final Message.Role role;
        private final StringBuilder content = new StringBuilder();
        private final StringBuilder thinking = new StringBuilder();
        private final ArrayNode images = JsonTree.MAPPER.createArrayNode();
        private final ArrayNode calls = JsonTree.MAPPER.createArrayNode();

        Draft(Message.Role role) {
            this.role = role;
        }

        /** Parts of what a person or a program gave are lines of their own; those of an answer are pieces of one text. */
        void text(String words) {
            if (role != Message.Role.ASSISTANT && !content.isEmpty() && !words.isEmpty()) {
                content.append('\n');
            }
            content.append(words);
        }

        boolean says() {
            return !content.isEmpty() || !thinking.isEmpty() || !images.isEmpty() || !calls.isEmpty();
        }

        ObjectNode json(String name) {
            ObjectNode message = JsonTree.object().put("role", name).put("content", content.toString());
            if (!thinking.isEmpty()) {
                message.put("thinking", thinking.toString());
            }
            if (!images.isEmpty()) {
                message.set("images", images);
            }
            if (!calls.isEmpty()) {
                message.set("tool_calls", calls);
            }
            return message;
        }
    }

    OllamaMessages(Losses losses) {
        this.losses = losses;
    }

    /**
     * All messages, in order; one that says nothing is left out.
     *
     * @throws GatewayError of kind INVALID_REQUEST when something cannot be said here, or nothing is left: Ollama would load the model
     *     and answer with nothing
     */
    ArrayNode written(List<Message> messages) {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            add(message, i, part -> part instanceof Part.ToolResult);
            add(message, i, part -> !(part instanceof Part.ToolResult));
        }
        if (out.isEmpty()) {
            throw invalid("messages", "expected a message with something in it");
        }
        return out;
    }

    private void add(Message message, int index, Predicate<Part> wanted) {
        Draft draft = new Draft(message.role());
        for (int i = 0; i < message.parts().size(); i++) {
            Part part = message.parts().get(i);
            if (wanted.test(part)) {
                part(draft, part, message.place(index, i));
            }
        }
        if (draft.says()) {
            out.add(draft.json(message.role().name().toLowerCase(Locale.ROOT)));
        }
    }

    private void part(Draft draft, Part part, Place place) {
        if (draft.role == Message.Role.SYSTEM && !(part instanceof Part.Text) && !(part instanceof Part.Refusal)) {
            throw invalid(place.path(), "expected text: instructions can be nothing else at this target");
        }
        switch (part) {
            case Part.Text text -> draft.text(text.text());
            case Part.Refusal refusal -> draft.text(refusal.text());
            case Part.Image image -> draft.images.add(bytes(image, place));
            case Part.Document document -> draft.text(text(document, place));
            case Part.Audio unused ->
                throw invalid(place.path(), "expected text or an image: this target takes no sound");
            case Part.Thought thought -> thought(draft, thought, place);
            case Part.ToolCall call -> draft.calls.add(call(call, place));
            case Part.ToolResult result -> result(result, place);
        }
    }

    /** The kind of picture is told by the bytes themselves. */
    private String bytes(Part.Image image, Place place) {
        String bytes = image.base64();
        if (bytes == null) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            place.path() + ": expected the bytes of the image: this target fetches no addresses.")
                    .param(place.path())
                    .code("invalid_value")
                    .hint("Send the bytes, or let fetch.hosts name the host, so that Penstock fetches it.")
                    .build();
        }
        if (image.detail() != null && !image.detail().equals("auto")) {
            losses.add(place.detail());
        }
        return bytes;
    }

    private static String text(Part.Document document, Place place) {
        String text = document.text();
        if (text == null) {
            throw invalid(place.path(), "expected the text of the document: this target takes no files but images");
        }
        return text;
    }

    /** Thinking is plain text here, so whoever thought it can be quoted. What only its issuer can read cannot. */
    private void thought(Draft draft, Part.Thought thought, Place place) {
        if (thought.text().isBlank()) {
            losses.add(place.path());
        } else {
            draft.thinking.append(thought.text());
        }
    }

    private ObjectNode call(Part.ToolCall call, Place place) {
        ObjectNode arguments = JsonTree.objectOf(call.arguments());
        if (arguments == null) {
            throw invalid(place.path(), "expected the arguments of the call to be a JSON object");
        }
        tools.put(call.id(), call.name());
        ObjectNode written = JsonTree.object().put("id", call.id());
        ObjectNode function = written.putObject("function").put("name", call.name());
        function.set("arguments", arguments);
        return written;
    }

    private void result(Part.ToolResult result, Place outer) {
        Draft draft = new Draft(Message.Role.USER);
        for (int i = 0; i < result.content().size(); i++) {
            Part part = result.content().get(i);
            Place place = outer.inner(i);
            switch (part) {
                case Part.Text text -> draft.text(text.text());
                case Part.Refusal refusal -> draft.text(refusal.text());
                case Part.Document document -> draft.text(text(document, place));
                case Part.Image image -> draft.images.add(bytes(image, place));
                case Part.Audio unused -> throw onlyTextAndImages(place.path());
                case Part.Thought unused -> throw onlyTextAndImages(place.path());
                case Part.ToolCall unused -> throw onlyTextAndImages(place.path());
                case Part.ToolResult unused -> throw onlyTextAndImages(place.path());
            }
        }
        if (result.error() && draft.content.isEmpty()) {
            draft.text("The tool failed.");
        }
        ObjectNode message = draft.json("tool");
        String name = tools.getOrDefault(result.callId(), result.name() == null ? "" : result.name());
        if (!name.isEmpty()) {
            message.put("tool_name", name);
        }
        out.add(message.put("tool_call_id", result.callId()));
    }

    private static GatewayError onlyTextAndImages(String path) {
        return invalid(path, "expected text or an image in the result of a tool");
    }

    /** What stands at the path is not shown: it is the client's prompt. */
    static GatewayError invalid(String path, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, path + ": " + expected + ".")
                .param(path)
                .code("invalid_value")
                .build();
    }
}
