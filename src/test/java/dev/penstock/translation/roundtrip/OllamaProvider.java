// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Ollama's own protocol, as most versions speak it: lines of JSON, thinking in plain words, calls without ids. */
final class OllamaProvider extends ProviderVoice {

    private int answers;

    OllamaProvider(String model) {
        super(ApiSchema.OLLAMA_CHAT, model);
    }

    @Override
    boolean knowsIds() {
        return false;
    }

    @Override
    Turn answer(Talk talk) {
        answers++;
        List<Piece> pieces = new ArrayList<>();
        List<Ask> asks = asks(talk, "none", 3);
        if (talk.chance(60)) {
            pieces.add(new Thought(talk.words(), null, null));
        }
        if (asks.isEmpty() || talk.chance(40)) {
            pieces.add(new Words(talk.words()));
        }
        pieces.addAll(asks);
        return new Turn(Who.MODEL, pieces);
    }

    private ObjectNode line(ObjectNode message, boolean last) {
        ObjectNode line = Wire.object().put("model", model);
        line.put("created_at", String.format("2026-11-21T20:00:00.%09dZ", answers));
        line.set("message", message);
        line.put("done", last);
        if (last) {
            line.put("done_reason", "stop").put("prompt_eval_count", 12).put("eval_count", 7);
        }
        return line;
    }

    private static ObjectNode message() {
        return Wire.object().put("role", "assistant").put("content", "");
    }

    private static void call(Ask ask, ObjectNode message) {
        message.withArray("/tool_calls")
                .addObject()
                .putObject("function")
                .put("name", ask.name())
                .set("arguments", ask.arguments());
    }

    @Override
    byte[] whole(Turn answer) {
        ObjectNode message = message().put("content", answer.words());
        answer.all(Thought.class).forEach(thought -> message.put("thinking", thought.text()));
        answer.all(Ask.class).forEach(ask -> call(ask, message));
        return Wire.bytes(line(message, true));
    }

    @Override
    byte[] stream(Turn answer, Random random) {
        boolean anywhere = random.nextBoolean();
        StringBuilder lines = new StringBuilder();
        for (Thought thought : answer.all(Thought.class)) {
            for (String piece : Wire.pieces(thought.text(), random, anywhere)) {
                add(line(message().put("thinking", piece), false), anywhere, lines);
            }
        }
        for (String piece : Wire.pieces(answer.words(), random, anywhere)) {
            add(line(message().put("content", piece), false), anywhere, lines);
        }
        boolean together = random.nextBoolean();
        ObjectNode all = message();
        for (Ask ask : answer.all(Ask.class)) {
            ObjectNode one = together ? all : message();
            call(ask, one);
            if (!together) {
                add(line(one, false), anywhere, lines);
            }
        }
        if (all.has("tool_calls")) {
            add(line(all, false), anywhere, lines);
        }
        add(line(message(), true), anywhere, lines);
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void add(ObjectNode line, boolean escaped, StringBuilder lines) {
        lines.append(Wire.text(line, escaped)).append('\n');
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        for (JsonNode message : request.path("messages")) {
            String content = message.path("content").asText();
            switch (message.path("role").asText()) {
                case "system" -> turns.add(Who.SYSTEM, new Words(content));
                case "tool" ->
                    turns.add(Who.USER, new Reply(message.path("tool_call_id").asText(), content, false));
                case "user" -> {
                    turns.add(Who.USER, new Words(content));
                    message.path("images").forEach(image -> turns.add(Who.USER, new Picture("", image.asText())));
                }
                default -> assistant(message, content, turns);
            }
        }
        return turns.all();
    }

    private static void assistant(JsonNode message, String content, Turns turns) {
        if (message.has("thinking")) {
            turns.add(Who.MODEL, new Thought(message.path("thinking").asText(), null, null));
        }
        if (!content.isEmpty()) {
            turns.add(Who.MODEL, new Words(content));
        }
        for (JsonNode call : message.path("tool_calls")) {
            turns.add(
                    Who.MODEL,
                    new Ask(
                            call.path("id").asText(),
                            call.at("/function/name").asText(),
                            call.at("/function/arguments"),
                            null));
        }
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/tools/" + index + "/function/parameters");
    }
}
