// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.CacheMark;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.JsonTree;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has been said, as Converse takes it: instructions apart from the rest, user and assistant in turns, the user first, no turn and
 * no text without a word in it, the results of tools at the beginning of their turn. One instance per request.
 */
final class ConverseMessages {

    private static final Map<String, String> IMAGE_FORMATS = Map.of(
            "image/png", "png", "image/jpeg", "jpeg", "image/jpg", "jpeg", "image/gif", "gif", "image/webp", "webp");
    private static final Map<String, String> DOCUMENT_FORMATS = Map.ofEntries(
            Map.entry("application/pdf", "pdf"),
            Map.entry("text/csv", "csv"),
            Map.entry("application/msword", "doc"),
            Map.entry("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
            Map.entry("application/vnd.ms-excel", "xls"),
            Map.entry("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
            Map.entry("text/html", "html"),
            Map.entry("text/plain", "txt"),
            Map.entry("text/markdown", "md"));
    private static final Set<String> AUDIO_FORMATS = Set.of(
            "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "m4a", "mpeg", "mpga", "pcm", "webm");

    private final ConverseModel model;
    private final Losses losses;
    private final ToolIds ids = new ToolIds();
    private final DocumentNames documents = new DocumentNames();
    private final List<Block> system = new ArrayList<>();
    private final List<Turn> turns = new ArrayList<>();
    private final Set<String> calledTools = new LinkedHashSet<>();
    private boolean holdsTools;

    /** A piece of content, and the mark behind it. */
    private static final class Block {
        final ObjectNode node;
        final boolean result;

        @Nullable
        ObjectNode mark;

        Block(ObjectNode node, boolean result) {
            this.node = node;
            this.result = result;
        }
    }

    private record Turn(Message.Role role, List<Block> blocks) {}

    ConverseMessages(ConverseModel model, Losses losses) {
        this.model = model;
        this.losses = losses;
    }

    void add(List<Message> messages) {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            for (int j = 0; j < message.parts().size(); j++) {
                part(message.role(), message.parts().get(j), message.place(i, j));
            }
        }
        if (turns.isEmpty() || turns.getFirst().role != Message.Role.USER) {
            throw invalid("messages", "expected a message of the user before any of the assistant");
        }
    }

    ArrayNode system() {
        return written(system);
    }

    ArrayNode turns() {
        ArrayNode all = JsonTree.MAPPER.createArrayNode();
        for (Turn turn : turns) {
            List<Block> sorted = new ArrayList<>(turn.blocks.size());
            turn.blocks.stream().filter(block -> block.result).forEach(sorted::add);
            turn.blocks.stream().filter(block -> !block.result).forEach(sorted::add);
            ObjectNode message = all.addObject();
            message.put("role", turn.role.name().toLowerCase(Locale.ROOT));
            message.set("content", written(sorted));
        }
        return all;
    }

    private static ArrayNode written(List<Block> blocks) {
        ArrayNode content = JsonTree.MAPPER.createArrayNode();
        for (Block block : blocks) {
            content.add(block.node);
            if (block.mark != null) {
                content.add(block.mark);
            }
        }
        return content;
    }

    /** Whether calls or results stand in the conversation: then Converse demands to be told of tools. */
    boolean holdsTools() {
        return holdsTools;
    }

    /** The names of the tools that have been called, as they are written. */
    Set<String> calledTools() {
        return calledTools;
    }

    // ------------------------------------------------------------------ parts

    private void part(Message.Role role, Part part, Place place) {
        if (role == Message.Role.SYSTEM && !(part instanceof Part.Text) && !(part instanceof Part.Refusal)) {
            throw invalid(place.path(), "expected text: instructions can be nothing else at this target");
        }
        switch (part) {
            case Part.Text text -> text(role, text.text(), text.cache());
            case Part.Refusal refusal -> text(role, refusal.text(), null);
            case Part.Image image -> add(role, image(image, place), image.cache());
            case Part.Document document -> add(role, document(document, place), document.cache());
            case Part.Audio audio -> add(role, audio(audio, place), null);
            case Part.ToolCall call -> add(role, call(call, place), call.cache());
            case Part.ToolResult result -> result(role, result, place);
            case Part.Thought thought -> thought(role, thought, place);
        }
    }

    private void add(Message.Role role, ObjectNode node, @Nullable CacheMark cache) {
        append(role, new Block(node, false));
        mark(role, cache);
    }

    /** A turn begins with its first block, so none stays empty, and neighbours of one role become one. */
    private void append(Message.Role role, Block block) {
        if (role == Message.Role.SYSTEM) {
            system.add(block);
            return;
        }
        if (turns.isEmpty() || turns.getLast().role != role) {
            turns.add(new Turn(role, new ArrayList<>()));
        }
        turns.getLast().blocks.add(block);
    }

    /** The mark ends a prefix; behind a text that was left out it belongs to what stands before that. */
    private void mark(Message.Role role, @Nullable CacheMark cache) {
        if (cache == null) {
            return;
        }
        if (!model.takesCachePoints()) {
            losses.add("cache_control");
            return;
        }
        List<Block> blocks = role == Message.Role.SYSTEM
                ? system
                : turns.isEmpty() || turns.getLast().role != role ? List.of() : turns.getLast().blocks;
        if (!blocks.isEmpty()) {
            blocks.getLast().mark = cachePoint(cache);
        }
    }

    /** Five minutes are the default, and the only time that older models know. */
    static ObjectNode cachePoint(CacheMark cache) {
        ObjectNode node = JsonTree.object();
        ObjectNode point = node.putObject("cachePoint").put("type", "default");
        if ("1h".equals(cache.ttl())) {
            point.put("ttl", "1h");
        }
        return node;
    }

    /** A text without a word is refused; it says nothing, so it is left out. */
    private void text(Message.Role role, String text, @Nullable CacheMark cache) {
        if (text.isBlank()) {
            mark(role, cache);
        } else {
            add(role, JsonTree.object().put("text", text), cache);
        }
    }

    private ObjectNode image(Part.Image image, Place place) {
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
        String type = image.mediaType();
        String format = IMAGE_FORMATS.get(type == null ? "" : type.toLowerCase(Locale.ROOT));
        if (format == null) {
            throw invalid(place.path(), "expected image/png, image/jpeg, image/gif or image/webp");
        }
        if (image.detail() != null && !image.detail().equals("auto")) {
            losses.add(place.detail());
        }
        return withBytes("image", format, null, bytes);
    }

    private ObjectNode document(Part.Document document, Place place) {
        String type = document.mediaType() == null ? "" : document.mediaType().toLowerCase(Locale.ROOT);
        String format = DOCUMENT_FORMATS.get(type);
        if (format == null) {
            format = formatOf(document.name());
        }
        String text = document.text();
        if (text != null) {
            ObjectNode node = JsonTree.object();
            ObjectNode inner = node.putObject("document");
            inner.put("format", format == null ? "txt" : format);
            inner.put("name", documents.next(document.name()));
            inner.putObject("source").put("text", text);
            return node;
        }
        String bytes = document.base64();
        if (bytes == null) {
            throw invalid(
                    place.path(), "expected the bytes or the text of the document: this target fetches no addresses");
        }
        if (format == null) {
            throw invalid(place.path(), "expected a document of type pdf, csv, doc, docx, xls, xlsx, html, txt or md");
        }
        return withBytes("document", format, documents.next(document.name()), bytes);
    }

    /** By the ending of its name. */
    private static @Nullable String formatOf(@Nullable String fileName) {
        String ending = fileName == null
                ? ""
                : fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return DOCUMENT_FORMATS.containsValue(ending) ? ending : null;
    }

    private static ObjectNode audio(Part.Audio audio, Place place) {
        String format = audio.format().toLowerCase(Locale.ROOT);
        if (!AUDIO_FORMATS.contains(format)) {
            throw invalid(place.path(), "expected sound as wav, mp3 or another format that this target knows");
        }
        return withBytes("audio", format, null, audio.base64());
    }

    private static ObjectNode withBytes(String kind, String format, @Nullable String name, String base64) {
        ObjectNode node = JsonTree.object();
        ObjectNode inner = node.putObject(kind);
        inner.put("format", format);
        if (name != null) {
            inner.put("name", name);
        }
        inner.putObject("source").put("bytes", base64);
        return node;
    }

    /** Reasoning without its signature is refused by those who sign it, and another provider's is no use to them. */
    private void thought(Message.Role role, Part.Thought thought, Place place) {
        Carrier carrier = thought.carrier();
        if (carrier == null || carrier.origin() != ApiSchema.BEDROCK_CONVERSE) {
            losses.add(place.path());
            return;
        }
        ObjectNode node = JsonTree.object();
        ObjectNode content = node.putObject("reasoningContent");
        if (carrier.kind().equals("redacted")) {
            content.put("redactedContent", carrier.value());
        } else {
            content.putObject("reasoningText").put("text", thought.text()).put("signature", carrier.value());
        }
        append(role, new Block(node, false));
    }

    // ------------------------------------------------------------------ tools

    private ObjectNode call(Part.ToolCall call, Place place) {
        holdsTools = true;
        ObjectNode input = JsonTree.objectOf(call.arguments());
        if (input == null) {
            throw invalid(place.path(), "expected the arguments of the call to be a JSON object");
        }
        String name = ToolIds.nameOf(call.name());
        calledTools.add(name);
        ObjectNode node = JsonTree.object();
        ObjectNode use = node.putObject("toolUse");
        use.put("toolUseId", ids.called(call.id()));
        use.put("name", name);
        use.set("input", input);
        return node;
    }

    private void result(Message.Role role, Part.ToolResult result, Place place) {
        holdsTools = true;
        ObjectNode node = JsonTree.object();
        ObjectNode inner = node.putObject("toolResult");
        inner.put("toolUseId", ids.answered(result.callId()));
        ArrayNode content = inner.putArray("content");
        for (int k = 0; k < result.content().size(); k++) {
            resultPart(content, result.content().get(k), place.inner(k));
        }
        if (content.isEmpty()) {
            // Something must stand here, and a text without a word may not.
            content.addObject().putObject("json");
        }
        if (result.error()) {
            // Not all models know of a status; success needs none.
            inner.put("status", "error");
        }
        append(role, new Block(node, true));
        mark(role, result.cache());
    }

    private void resultPart(ArrayNode content, Part part, Place place) {
        switch (part) {
            case Part.Text text -> {
                if (!text.text().isBlank()) {
                    content.addObject().put("text", text.text());
                }
            }
            case Part.Image image -> content.add(image(image, place));
            case Part.Document document -> content.add(document(document, place));
            default -> throw invalid(place.path(), "expected text, an image or a document in the result of a tool");
        }
    }

    /** What stands at the path is not shown: it is the client's prompt. */
    static GatewayError invalid(String path, String expected) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, path + ": " + expected + ".")
                .param(path)
                .code("invalid_value")
                .build();
    }
}
