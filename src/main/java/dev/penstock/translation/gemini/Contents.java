// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Losses;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Place;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns messages into {@code systemInstruction} and {@code contents}. Gemini knows two speakers, {@code user} and {@code model}, which take
 * turns; instructions stand outside of the turns, so those from the midst of a conversation move to the front. The results of the calls of
 * one turn are one turn, in the order of the calls and before anything else: as many as calls, matched by name and order and, from
 * Gemini 3 on, by id.
 *
 * <p>Thought signatures go back where they came from: on the call, or on the text behind the thought. A call by another model has none;
 * for it Google documents a word that switches the check off (Gemini API, "Thought signatures", FAQ). Thoughts of other models are
 * dropped: they mean nothing here.
 */
final class Contents {

    /** In the place of a signature, on a call that no Gemini made. */
    static final String FOREIGN_CALL = "skip_thought_signature_validator";

    private static final String SIGNATURE = "thoughtSignature";
    private static final String CALL = "functionCall";
    private static final String USER = "user";
    private static final String MODEL = "model";
    /** The place of what is no result: behind all results. */
    private static final int LAST = Integer.MAX_VALUE;

    /** A part, and where it belongs among the results of its turn. */
    private record Piece(int place, ObjectNode json) {}

    private record Turn(String role, List<Piece> pieces) {}

    /** A call as its result must name it. */
    private record Call(int place, String name) {}

    private final GeminiModel model;
    private final Losses losses;
    private final List<Turn> turns = new ArrayList<>();
    private final ArrayNode instructions = JsonNodeFactory.instance.arrayNode();
    private final Map<String, Call> calls = new HashMap<>();
    private int callCount;

    /** A signature that waits for the part behind its thought. */
    private @Nullable String waiting;
    /** Whether it came behind a text: then it signs that one, and no part behind may take it. */
    private boolean signsTextBefore;

    private List<Piece> pieces = new ArrayList<>();

    Contents(GeminiModel model, Losses losses) {
        this.model = model;
        this.losses = losses;
    }

    void add(List<Message> messages) {
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            pieces = new ArrayList<>();
            for (int k = 0; k < message.parts().size(); k++) {
                Place place = message.place(i, k);
                if (message.role() == Message.Role.SYSTEM) {
                    instruct(message.parts().get(k), place);
                } else {
                    say(message.parts().get(k), place);
                }
            }
            placeWaiting();
            append(message.role() == Message.Role.ASSISTANT ? MODEL : USER);
        }
    }

    /** The instruction, or null when there is none. */
    @Nullable
    JsonNode systemInstruction() {
        if (instructions.isEmpty()) {
            return null;
        }
        ObjectNode content = JsonNodeFactory.instance.objectNode();
        content.set("parts", instructions);
        return content;
    }

    ArrayNode contents() {
        ArrayNode contents = JsonNodeFactory.instance.arrayNode();
        for (Turn turn : turns) {
            if (turn.role().equals(USER)) {
                turn.pieces().sort(Comparator.comparingInt(Piece::place));
            } else if (model.demandsSignatures()) {
                sign(turn);
            }
            ArrayNode parts = contents.addObject().put("role", turn.role()).putArray("parts");
            turn.pieces().forEach(piece -> parts.add(piece.json()));
        }
        return contents;
    }

    /** The first call of a step must be signed; the others of it never are. */
    private static void sign(Turn turn) {
        for (Piece piece : turn.pieces()) {
            if (piece.json().has(CALL)) {
                if (!piece.json().has(SIGNATURE)) {
                    piece.json().put(SIGNATURE, FOREIGN_CALL);
                }
                return;
            }
        }
    }

    /** Neighbours of one role become one turn; a message of nothing is none. */
    private void append(String role) {
        if (pieces.isEmpty()) {
            return;
        }
        Turn last = turns.isEmpty() ? null : turns.get(turns.size() - 1);
        if (last != null && last.role().equals(role)) {
            last.pieces().addAll(pieces);
        } else {
            turns.add(new Turn(role, pieces));
        }
    }

    // ------------------------------------------------------------------ parts

    private void instruct(Part part, Place place) {
        if (!(part instanceof Part.Text words)) {
            losses.add(place.path());
        } else if (!words.text().isEmpty()) {
            instructions.add(text(words.text()));
        }
    }

    private void say(Part part, Place place) {
        switch (part) {
            case Part.Text words -> sayText(words.text());
            case Part.Refusal refusal -> sayText(refusal.text());
            case Part.Image image -> add(image(image, place));
            case Part.Document document -> add(document(document, place));
            case Part.Audio audio -> add(Media.inline("audio/" + audio.format(), audio.base64()));
            case Part.ToolCall call -> sayCall(call, place);
            case Part.ToolResult result -> sayResult(result, place);
            case Part.Thought thought -> sayThought(thought);
        }
    }

    private void add(ObjectNode part) {
        placeWaiting();
        pieces.add(new Piece(LAST, part));
    }

    private static ObjectNode text(String words) {
        return JsonNodeFactory.instance.objectNode().put("text", words);
    }

    private void sayText(String words) {
        if (words.isEmpty()) {
            return;
        }
        ObjectNode part = text(words);
        if (!signsTextBefore) {
            takeWaiting(part);
        }
        add(part);
    }

    /** A name is no more than a label here, and Gemini has no place for it. */
    private static ObjectNode document(Part.Document document, Place place) {
        String words = document.text();
        if (words != null) {
            return text(words);
        }
        return Media.part(document.mediaType(), document.base64(), document.url(), "application/pdf", place.document());
    }

    private ObjectNode image(Part.Image image, Place place) {
        if (image.detail() != null && !image.detail().equals("auto")) {
            losses.add(place.detail());
        }
        return Media.part(image.mediaType(), image.base64(), image.url(), "image/jpeg", place.image());
    }

    // ------------------------------------------------------------------ thoughts

    private void sayThought(Part.Thought thought) {
        String signature = signature(thought.carrier());
        if (signature == null) {
            return;
        }
        placeWaiting();
        if (!thought.text().isEmpty()) {
            add(text(thought.text()).put("thought", true));
        }
        waiting = signature;
        signsTextBefore = thought.text().isEmpty() && endsWithText();
    }

    private boolean endsWithText() {
        ObjectNode last =
                pieces.isEmpty() ? null : pieces.get(pieces.size() - 1).json();
        return last != null && last.has("text") && !last.has("thought");
    }

    private static @Nullable String signature(@Nullable Carrier carrier) {
        if (carrier == null
                || carrier.origin() != ApiSchema.GEMINI_GENERATE_CONTENT
                || !carrier.kind().equals(ChunkReader.SIGNATURE_KIND)) {
            return null;
        }
        return carrier.value();
    }

    private void takeWaiting(ObjectNode part) {
        String signature = waiting;
        if (signature != null) {
            part.put(SIGNATURE, signature);
            waiting = null;
            signsTextBefore = false;
        }
    }

    /** A signature that no part took stands alone, as Gemini sends it itself at the end of a stream. */
    private void placeWaiting() {
        if (waiting != null) {
            ObjectNode part = text("");
            takeWaiting(part);
            pieces.add(new Piece(LAST, part));
        }
    }

    // ------------------------------------------------------------------ calls and results

    private void sayCall(Part.ToolCall call, Place place) {
        ObjectNode arguments = WireJson.object(call.arguments());
        if (arguments == null) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            place.arguments() + ": expected the text of a JSON object, something else was found.")
                    .param(place.arguments())
                    .build();
        }
        calls.put(call.id(), new Call(callCount++, call.name()));
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        ObjectNode json = part.putObject(CALL);
        putId(json, call.id());
        json.put("name", call.name());
        json.set("args", arguments);
        String signature = signature(call.carrier());
        if (signature != null) {
            part.put(SIGNATURE, signature);
        } else if (!signsTextBefore) {
            takeWaiting(part);
        }
        add(part);
    }

    private void putId(ObjectNode json, String id) {
        if (model.knowsCallIds() && !id.isEmpty()) {
            json.put("id", id);
        }
    }

    private void sayResult(Part.ToolResult result, Place at) {
        Call call = calls.get(result.callId());
        String name = call != null ? call.name() : result.name();
        if (name == null) {
            throw GatewayError.builder(
                            GatewayError.Kind.INVALID_REQUEST,
                            at.callId() + ": expected the id of a call that was made before, none has it.")
                    .param(at.callId())
                    .build();
        }
        int place = call != null ? call.place() : callCount;
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        ObjectNode json = part.putObject("functionResponse");
        putId(json, result.callId());
        json.put("name", name);
        pieces.add(new Piece(place, part));

        StringBuilder words = new StringBuilder();
        ArrayNode media = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < result.content().size(); i++) {
            Place inner = at.inner(i);
            switch (result.content().get(i)) {
                case Part.Text said -> line(words, said.text());
                case Part.Refusal said -> line(words, said.text());
                case Part.Document document when document.text() != null -> line(words, words(document));
                case Part.Document document -> media.add(document(document, inner));
                case Part.Image image -> media.add(image(image, inner));
                case Part.Audio audio -> media.add(Media.inline("audio/" + audio.format(), audio.base64()));
                case Part.ToolCall ignored -> losses.add(inner.path());
                case Part.ToolResult ignored -> losses.add(inner.path());
                case Part.Thought ignored -> losses.add(inner.path());
            }
        }
        // The response must be an object, and these are the names that the API reference proposes for it.
        json.putObject("response").put(result.error() ? "error" : "result", words.toString());
        if (media.isEmpty()) {
            return;
        }
        if (model.takesMediaInResults()) {
            json.set("parts", media);
        } else {
            media.forEach(item -> pieces.add(new Piece(LAST, (ObjectNode) item)));
        }
    }

    private static String words(Part.Document document) {
        return document.text() == null ? "" : document.text();
    }

    private static void line(StringBuilder words, String text) {
        if (!words.isEmpty()) {
            words.append('\n');
        }
        words.append(text);
    }
}
