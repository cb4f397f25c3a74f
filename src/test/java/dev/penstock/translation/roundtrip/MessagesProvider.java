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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Anthropic's Messages, with thoughts between calls. */
final class MessagesProvider extends ProviderVoice {

    MessagesProvider(String model) {
        super(ApiSchema.ANTHROPIC_MESSAGES, model);
    }

    @Override
    Turn answer(Talk talk) {
        List<Piece> pieces = new ArrayList<>();
        List<Ask> asks = asks(talk, "toolu_01", 3);
        boolean thinks = talk.chance(70);
        if (thinks) {
            pieces.add(thought(talk));
            if (talk.chance(30)) {
                pieces.add(thought(talk));
            }
        }
        if (asks.isEmpty() || talk.chance(40)) {
            pieces.add(new Words(talk.words()));
        }
        for (Ask ask : asks) {
            if (thinks && talk.chance(25)) {
                pieces.add(thought(talk));
            }
            pieces.add(ask);
        }
        return new Turn(Who.MODEL, pieces);
    }

    static Thought thought(Talk talk) {
        if (talk.chance(25)) {
            return new Thought("", REDACTED + talk.seal(), null);
        }
        // Where the display is omitted, there is a signature and no word.
        return new Thought(talk.chance(20) ? "" : talk.words(), talk.seal(), null);
    }

    private static ObjectNode block(Piece piece) {
        ObjectNode block = Wire.object();
        switch (piece) {
            case Thought thought
            when thought.seal().startsWith(REDACTED) ->
                block.put("type", "redacted_thinking")
                        .put("data", thought.seal().substring(REDACTED.length()));
            case Thought thought ->
                block.put("type", "thinking").put("thinking", thought.text()).put("signature", thought.seal());
            case Words words -> block.put("type", "text").put("text", words.text());
            case Ask ask ->
                block.put("type", "tool_use")
                        .put("id", ask.id())
                        .put("name", ask.name())
                        .set("input", ask.arguments());
            default -> throw new AssertionError(piece);
        }
        return block;
    }

    private ObjectNode message() {
        return Wire.object()
                .put("id", "msg_01")
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model);
    }

    private static String stop(Turn answer) {
        return answer.all(Ask.class).isEmpty() ? "end_turn" : "tool_use";
    }

    @Override
    byte[] whole(Turn answer) {
        ObjectNode message = message();
        ArrayNode content = message.putArray("content");
        answer.pieces().forEach(piece -> content.add(block(piece)));
        message.put("stop_reason", stop(answer)).putNull("stop_sequence");
        message.putObject("usage").put("input_tokens", 12).put("output_tokens", 7);
        return Wire.bytes(message);
    }

    @Override
    byte[] stream(Turn answer, Random random) {
        boolean anywhere = random.nextBoolean();
        Sse sse = new Sse(anywhere, "\n");
        ObjectNode start = Wire.object().put("type", "message_start");
        ObjectNode message = message();
        message.putArray("content");
        message.putNull("stop_reason")
                .putObject("usage")
                .put("input_tokens", 12)
                .put("output_tokens", 1);
        start.set("message", message);
        sse.event("message_start", start);
        sse.event("ping", Wire.object().put("type", "ping"));
        for (int index = 0; index < answer.pieces().size(); index++) {
            block(sse, index, answer.pieces().get(index), random, anywhere);
        }
        ObjectNode delta = Wire.object().put("type", "message_delta");
        delta.putObject("delta").put("stop_reason", stop(answer)).putNull("stop_sequence");
        delta.putObject("usage").put("output_tokens", 7);
        sse.event("message_delta", delta);
        return sse.event("message_stop", Wire.object().put("type", "message_stop"))
                .bytes();
    }

    private static void block(Sse sse, int index, Piece piece, Random random, boolean anywhere) {
        ObjectNode whole = block(piece);
        ObjectNode begun = whole.deepCopy();
        List<ObjectNode> deltas = new ArrayList<>();
        switch (whole.path("type").asText()) {
            case "text" -> {
                begun.put("text", "");
                for (String part : Wire.pieces(whole.path("text").asText(), random, anywhere)) {
                    deltas.add(Wire.object().put("type", "text_delta").put("text", part));
                }
            }
            case "thinking" -> {
                begun.put("thinking", "").put("signature", "");
                for (String part : Wire.pieces(whole.path("thinking").asText(), random, anywhere)) {
                    deltas.add(Wire.object().put("type", "thinking_delta").put("thinking", part));
                }
                deltas.add(Wire.object()
                        .put("type", "signature_delta")
                        .put("signature", whole.path("signature").asText()));
            }
            case "tool_use" -> {
                begun.putObject("input");
                if (random.nextBoolean()) {
                    deltas.add(Wire.object().put("type", "input_json_delta").put("partial_json", ""));
                }
                String input =
                        whole.path("input").isEmpty() ? "" : whole.path("input").toString();
                for (String part : Wire.pieces(input, random, anywhere)) {
                    deltas.add(Wire.object().put("type", "input_json_delta").put("partial_json", part));
                }
            }
            default -> {}
        }
        ObjectNode start = Wire.object().put("type", "content_block_start").put("index", index);
        start.set("content_block", begun);
        sse.event("content_block_start", start);
        for (ObjectNode delta : deltas) {
            ObjectNode event = Wire.object().put("type", "content_block_delta").put("index", index);
            event.set("delta", delta);
            sse.event("content_block_delta", event);
        }
        sse.event(
                "content_block_stop",
                Wire.object().put("type", "content_block_stop").put("index", index));
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        blocks(request.path("system"), Who.SYSTEM, turns);
        for (JsonNode message : request.path("messages")) {
            blocks(message.path("content"), message.path("role").asText().equals("user") ? Who.USER : Who.MODEL, turns);
        }
        return turns.all();
    }

    private static void blocks(JsonNode content, Who who, Turns turns) {
        if (content.isTextual()) {
            turns.add(who, new Words(content.asText()));
        }
        for (JsonNode block : content) {
            turns.add(who, piece(block));
        }
    }

    private static Piece piece(JsonNode block) {
        return switch (block.path("type").asText()) {
            case "text" -> new Words(block.path("text").asText());
            case "image" ->
                new Picture(
                        block.at("/source/media_type").asText(),
                        block.at("/source/data").asText());
            case "tool_use" ->
                new Ask(block.path("id").asText(), block.path("name").asText(), block.path("input"), null);
            case "tool_result" ->
                new Reply(
                        block.path("tool_use_id").asText(),
                        block.path("content").isTextual()
                                ? block.path("content").asText()
                                : block.at("/content/0/text").asText(),
                        block.path("is_error").asBoolean());
            case "thinking" ->
                new Thought(
                        block.path("thinking").asText(), block.path("signature").asText(), null);
            case "redacted_thinking" ->
                new Thought("", REDACTED + block.path("data").asText(), null);
            default -> throw new AssertionError("a block that Anthropic does not know: " + block);
        };
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/tools/" + index + "/input_schema");
    }
}
