// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * Gemini. A signature on a text is told as a thought without words before it, one on a call as that call's. Before Gemini 3 calls have no
 * ids, and results are matched by their order.
 */
final class GeminiProvider extends ProviderVoice {

    private final boolean ids;
    private int answers;

    GeminiProvider(String model) {
        super(ApiSchema.GEMINI_GENERATE_CONTENT, model);
        this.ids = model.startsWith("gemini-3");
    }

    @Override
    boolean knowsIds() {
        return ids;
    }

    @Override
    Turn answer(Talk talk) {
        List<Piece> pieces = new ArrayList<>();
        List<Ask> asks = asks(talk, "fc.", 3);
        if (talk.chance(60)) {
            pieces.add(new Thought(talk.words(), null, null));
        }
        if (asks.isEmpty() || talk.chance(40)) {
            if (talk.chance(50)) {
                pieces.add(new Thought("", talk.seal(), null));
            }
            pieces.add(new Words(talk.words()));
        }
        for (int i = 0; i < asks.size(); i++) {
            Ask ask = asks.get(i);
            boolean sealed = i == 0 && (ids || talk.chance(50));
            pieces.add(new Ask(ask.id(), ask.name(), ask.arguments(), sealed ? talk.seal() : null));
        }
        return new Turn(Who.MODEL, pieces);
    }

    @Override
    byte[] whole(Turn answer) {
        ArrayNode parts = Wire.array();
        String seal = null;
        for (Piece piece : answer.pieces()) {
            if (piece instanceof Thought thought && thought.seal() != null) {
                seal = thought.seal();
                continue;
            }
            ObjectNode part = parts.addObject();
            write(piece, part);
            if (seal != null) {
                part.put("thoughtSignature", seal);
                seal = null;
            }
        }
        return Wire.bytes(chunk(parts, true));
    }

    private void write(Piece piece, ObjectNode part) {
        switch (piece) {
            case Thought thought -> part.put("text", thought.text()).put("thought", true);
            case Words words -> part.put("text", words.text());
            case Ask ask -> {
                ObjectNode call = part.putObject("functionCall");
                if (ids) {
                    call.put("id", ask.id());
                }
                call.put("name", ask.name());
                if (!ask.arguments().isEmpty()) {
                    call.set("args", ask.arguments());
                }
                if (ask.seal() != null) {
                    part.put("thoughtSignature", ask.seal());
                }
            }
            default -> throw new AssertionError(piece);
        }
    }

    private ObjectNode chunk(ArrayNode parts, boolean last) {
        ObjectNode chunk = Wire.object();
        ObjectNode candidate = chunk.putArray("candidates").addObject();
        candidate.putObject("content").put("role", "model").set("parts", parts);
        if (last) {
            candidate.put("finishReason", "STOP");
        }
        candidate.put("index", 0);
        chunk.putObject("usageMetadata")
                .put("promptTokenCount", 12)
                .put("candidatesTokenCount", 7)
                .put("totalTokenCount", 19);
        return chunk.put("modelVersion", model).put("responseId", "resp-" + answers);
    }

    /** Texts come in pieces; the signature of a text comes with the first of them, or behind the last with a text of nothing. */
    @Override
    byte[] stream(Turn answer, Random random) {
        answers++;
        boolean anywhere = random.nextBoolean();
        Sse sse = new Sse(anywhere, "\r\n");
        String seal = null;
        for (Piece piece : answer.pieces()) {
            if (piece instanceof Thought thought && thought.seal() != null) {
                seal = thought.seal();
                continue;
            }
            String text = piece instanceof Thought thought
                    ? thought.text()
                    : piece instanceof Words words ? words.text() : null;
            if (text == null) {
                ObjectNode part = Wire.object();
                write(piece, part);
                sse.event(null, chunk(Wire.array().add(part), false));
                continue;
            }
            boolean early = random.nextBoolean();
            for (String said : Wire.pieces(text, random, anywhere)) {
                ObjectNode part = Wire.object().put("text", said);
                if (piece instanceof Thought) {
                    part.put("thought", true);
                } else if (seal != null && early) {
                    part.put("thoughtSignature", seal);
                    seal = null;
                }
                sse.event(null, chunk(Wire.array().add(part), false));
            }
            if (seal != null && piece instanceof Words) {
                ObjectNode part = Wire.object().put("text", "").put("thoughtSignature", seal);
                sse.event(null, chunk(Wire.array().add(part), false));
                seal = null;
            }
        }
        return sse.event(null, chunk(Wire.array(), true)).bytes();
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        request.at("/systemInstruction/parts")
                .forEach(part ->
                        turns.add(Who.SYSTEM, new Words(part.path("text").asText())));
        Deque<String> asked = new ArrayDeque<>();
        int number = 0;
        for (JsonNode content : request.path("contents")) {
            Who who = content.path("role").asText().equals("user") ? Who.USER : Who.MODEL;
            for (JsonNode part : content.path("parts")) {
                String seal = part.path("thoughtSignature").asText(null);
                if (part.has("functionCall")) {
                    JsonNode call = part.path("functionCall");
                    String id = ids ? call.path("id").asText() : "unnamed" + number++;
                    asked.add(id);
                    turns.add(who, new Ask(id, call.path("name").asText(), call.path("args"), seal));
                } else if (part.has("functionResponse")) {
                    JsonNode response = part.at("/functionResponse/response");
                    String id = asked.remove();
                    if (ids && !id.equals(part.at("/functionResponse/id").asText())) {
                        throw new AssertionError("a result out of order: " + part);
                    }
                    turns.add(
                            who,
                            new Reply(
                                    id,
                                    response.path("result")
                                            .asText(response.path("error").asText()),
                                    response.has("error")));
                } else if (part.has("inlineData")) {
                    turns.add(
                            who,
                            new Picture(
                                    part.at("/inlineData/mimeType").asText(),
                                    part.at("/inlineData/data").asText()));
                } else {
                    if (seal != null) {
                        turns.add(who, new Thought("", seal, null));
                    }
                    String text = part.path("text").asText();
                    if (part.path("thought").asBoolean()) {
                        turns.add(who, new Thought(text, null, null));
                    } else if (!text.isEmpty()) {
                        turns.add(who, new Words(text));
                    }
                }
            }
        }
        return turns.all();
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/tools/0/functionDeclarations/" + index + "/parametersJsonSchema");
    }
}
