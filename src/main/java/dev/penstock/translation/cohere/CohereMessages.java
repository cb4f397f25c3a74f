// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Message.Role;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one request. Instructions stand first, in one message, because Cohere refuses them anywhere else. Every result of a
 * tool is a message of its own, directly behind the turn that called; it holds text and documents, so pictures of results follow in
 * a message of the user. One instance per request.
 */
final class CohereMessages {

    private final Losses losses;
    private final ArrayNode out = JsonTree.MAPPER.createArrayNode();

    /** A part and the place where it was, for errors and losses. */
    private record Placed(Part part, Place place) {

        String path() {
            return place.path();
        }
    }

    CohereMessages(Losses losses) {
        this.losses = losses;
    }

    ArrayNode write(List<Message> messages) {
        instructions(messages);
        int at = 0;
        while (at < messages.size()) {
            Message message = messages.get(at);
            switch (message.role()) {
                case SYSTEM -> at++;
                case ASSISTANT -> {
                    assistant(placed(message, at));
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
            parts.add(new Placed(message.parts().get(i), message.place(index, i)));
        }
        return parts;
    }

    private void instructions(List<Message> messages) {
        List<Placed> said = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).role() == Role.SYSTEM) {
                said.addAll(placed(messages.get(i), i));
            }
        }
        for (Placed placed : said) {
            if (words(placed.part()) == null) {
                throw invalid(placed.path(), "expected text: instructions can be nothing else at this target");
            }
        }
        if (!said.isEmpty()) {
            content("system", said);
        }
    }

    // ------------------------------------------------------------------ the user

    /** All messages of the user in a row: results first, then what the results showed, then what was said. */
    private int users(List<Message> messages, int first) {
        List<Placed> shown = new ArrayList<>();
        List<List<Placed>> said = new ArrayList<>();
        int at = first;
        while (at < messages.size() && messages.get(at).role() == Role.USER) {
            List<Placed> rest = new ArrayList<>();
            for (Placed placed : placed(messages.get(at), at)) {
                if (placed.part() instanceof Part.ToolResult result) {
                    toolResult(result, placed.place(), shown);
                } else {
                    rest.add(placed);
                }
            }
            if (!rest.isEmpty()) {
                said.add(rest);
            }
            at++;
        }
        if (!shown.isEmpty()) {
            content("user", shown);
        }
        said.forEach(parts -> content("user", parts));
        return at;
    }

    private void toolResult(Part.ToolResult result, Place place, List<Placed> shown) {
        cache(result.cache());
        ArrayNode content = JsonTree.MAPPER.createArrayNode();
        List<Placed> seen = new ArrayList<>();
        for (int i = 0; i < result.content().size(); i++) {
            Part part = result.content().get(i);
            String words = words(part);
            if (part instanceof Part.Document document && words != null) {
                document(document, words, content);
            } else if (words != null) {
                text(words, content);
            } else {
                seen.add(new Placed(part, place.inner(i)));
            }
        }
        ObjectNode message = out.addObject().put("role", "tool").put("tool_call_id", result.callId());
        if (!seen.isEmpty()) {
            shown.add(new Placed(new Part.Text("Shown by tool call " + result.callId() + ":"), place));
            shown.addAll(seen);
        }
        if (content.isEmpty()) {
            message.put("content", instead(!seen.isEmpty(), result.error()));
        } else {
            put(message, content);
        }
    }

    /** Of a result without words. */
    private static String instead(boolean shown, boolean error) {
        return shown ? "The result is shown in the next message of the user." : error ? "The tool failed." : "";
    }

    /** What the model can cite. */
    private static void document(Part.Document document, String text, ArrayNode content) {
        ObjectNode data = content.addObject()
                .put("type", "document")
                .putObject("document")
                .putObject("data");
        if (document.name() != null) {
            data.put("title", document.name());
        }
        data.put("text", text);
    }

    // ------------------------------------------------------------------ content

    private void content(String role, List<Placed> parts) {
        ArrayNode content = JsonTree.MAPPER.createArrayNode();
        for (Placed placed : parts) {
            part(placed, content);
        }
        if (!content.isEmpty()) {
            put(out.addObject().put("role", role), content);
        }
    }

    /** A single text needs no list. */
    private static void put(ObjectNode message, ArrayNode content) {
        if (content.size() == 1 && content.get(0).has("text")) {
            message.set("content", content.get(0).get("text"));
        } else {
            message.set("content", content);
        }
    }

    private void part(Placed placed, ArrayNode content) {
        switch (placed.part()) {
            case Part.Text text -> {
                cache(text.cache());
                text(text.text(), content);
            }
            case Part.Refusal refusal -> text(refusal.text(), content);
            case Part.Image image -> image(image, content);
            case Part.Document document -> {
                cache(document.cache());
                if (document.text() == null) {
                    throw invalid(placed.path(), "expected the text of the document: this target takes no files");
                }
                text(document.text(), content);
            }
            case Part.Audio audio -> throw invalid(placed.path(), "expected anything but sound at this target");
            case Part.Thought thought -> losses.add(placed.path());
            case Part.ToolCall call -> throw misplaced(placed.path());
            case Part.ToolResult result -> throw misplaced(placed.path());
        }
    }

    private static void text(String text, ArrayNode content) {
        content.addObject().put("type", "text").put("text", text);
    }

    private void image(Part.Image image, ArrayNode content) {
        cache(image.cache());
        ObjectNode url = content.addObject().put("type", "image_url").putObject("image_url");
        String type = image.mediaType() == null ? "image/png" : image.mediaType();
        url.put("url", image.base64() != null ? "data:" + type + ";base64," + image.base64() : image.url());
        if (image.detail() != null) {
            url.put("detail", image.detail());
        }
    }

    /** The text of a part that is nothing but text, else null. */
    private static @Nullable String words(Part part) {
        return switch (part) {
            case Part.Text text -> text.text();
            case Part.Refusal refusal -> refusal.text();
            case Part.Document document -> document.text();
            default -> null;
        };
    }

    /** Cohere caches by itself. */
    private void cache(@Nullable CacheMark mark) {
        if (mark != null) {
            losses.add("cache_control");
        }
    }

    // ------------------------------------------------------------------ the assistant

    /** A turn that says nothing is left out; one that calls may say nothing else. */
    private void assistant(List<Placed> parts) {
        StringBuilder text = new StringBuilder();
        ArrayNode calls = JsonTree.MAPPER.createArrayNode();
        List<Placed> thoughts = new ArrayList<>();
        for (Placed placed : parts) {
            switch (placed.part()) {
                case Part.Text part -> {
                    cache(part.cache());
                    text.append(part.text());
                }
                case Part.Refusal part -> text.append(part.text());
                case Part.Document part when part.text() != null -> text.append(part.text());
                case Part.ToolCall part -> call(part, calls);
                case Part.Thought part -> thoughts.add(placed);
                case Part.Image part -> losses.add(placed.path());
                case Part.Document part -> losses.add(placed.path());
                case Part.Audio part -> losses.add(placed.path());
                case Part.ToolResult part -> throw misplaced(placed.path());
            }
        }
        String plan = plan(thoughts, !calls.isEmpty());
        if (text.isEmpty() && calls.isEmpty()) {
            return;
        }
        ObjectNode turn = out.addObject().put("role", "assistant");
        if (!plan.isEmpty()) {
            turn.put("tool_plan", plan);
        }
        if (!text.isEmpty()) {
            turn.put("content", text.toString());
        }
        if (!calls.isEmpty()) {
            turn.set("tool_calls", calls);
        }
    }

    private void call(Part.ToolCall call, ArrayNode calls) {
        cache(call.cache());
        calls.addObject()
                .put("id", call.id())
                .put("type", "function")
                .putObject("function")
                .put("name", call.name())
                .put("arguments", call.arguments());
    }

    /** Thoughts that somebody signed are somebody else's; without calls there is nothing that they could be the plan of. */
    private String plan(List<Placed> thoughts, boolean calls) {
        StringBuilder plan = new StringBuilder();
        for (Placed placed : thoughts) {
            if (calls && placed.part() instanceof Part.Thought thought && thought.carrier() == null) {
                plan.append(thought.text());
            } else {
                losses.add(placed.path());
            }
        }
        return plan.toString();
    }

    private static GatewayError misplaced(String path) {
        return invalid(path, "expected something that this role can say");
    }

    /** What stands at the path is not shown: it is the client's prompt. */
    private static GatewayError invalid(String path, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, path + ": " + expected + ".")
                .param(path)
                .code("invalid_value")
                .build();
    }
}
