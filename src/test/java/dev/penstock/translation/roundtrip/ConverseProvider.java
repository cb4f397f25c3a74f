// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.ConverseAnswers;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Claude on Amazon Bedrock, by Converse. */
final class ConverseProvider extends ProviderVoice {

    ConverseProvider(String model) {
        super(ApiSchema.BEDROCK_CONVERSE, model);
    }

    @Override
    Turn answer(Talk talk) {
        List<Piece> pieces = new ArrayList<>();
        List<Ask> asks = asks(talk, "tooluse_", 3);
        boolean thinks = talk.chance(70);
        if (thinks) {
            pieces.add(MessagesProvider.thought(talk));
        }
        if (asks.isEmpty() || talk.chance(40)) {
            pieces.add(new Words(talk.words()));
        }
        for (Ask ask : asks) {
            if (thinks && talk.chance(25)) {
                pieces.add(MessagesProvider.thought(talk));
            }
            pieces.add(ask);
        }
        return new Turn(Who.MODEL, pieces);
    }

    private static ObjectNode block(Piece piece) {
        ObjectNode block = Wire.object();
        switch (piece) {
            case Thought thought
            when thought.seal().startsWith(REDACTED) ->
                block.putObject("reasoningContent")
                        .put("redactedContent", thought.seal().substring(REDACTED.length()));
            case Thought thought ->
                block.putObject("reasoningContent")
                        .putObject("reasoningText")
                        .put("text", thought.text())
                        .put("signature", thought.seal());
            case Words words -> block.put("text", words.text());
            case Ask ask ->
                block.putObject("toolUse")
                        .put("toolUseId", ask.id())
                        .put("name", ask.name())
                        .set("input", ask.arguments());
            default -> throw new AssertionError(piece);
        }
        return block;
    }

    private static String stop(Turn answer) {
        return answer.all(Ask.class).isEmpty() ? "end_turn" : "tool_use";
    }

    @Override
    byte[] whole(Turn answer) {
        ObjectNode body = Wire.object();
        ObjectNode message = body.putObject("output").putObject("message").put("role", "assistant");
        ArrayNode content = message.putArray("content");
        answer.pieces().forEach(piece -> content.add(block(piece)));
        body.put("stopReason", stop(answer));
        body.putObject("usage").put("inputTokens", 12).put("outputTokens", 7).put("totalTokens", 19);
        return Wire.bytes(body);
    }

    @Override
    byte[] stream(Turn answer, Random random) {
        boolean anywhere = random.nextBoolean();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ConverseAnswers.event("messageStart", "{\"role\":\"assistant\",\"p\":\"abc\"}"));
        for (int index = 0; index < answer.pieces().size(); index++) {
            switch (answer.pieces().get(index)) {
                case Words words -> {
                    for (String piece : Wire.pieces(words.text(), random, anywhere)) {
                        delta(out, index, Wire.object().put("text", piece), anywhere);
                    }
                }
                case Thought thought -> thought(out, index, thought, random, anywhere);
                case Ask ask -> {
                    ObjectNode start = Wire.object().put("contentBlockIndex", index);
                    start.putObject("start")
                            .putObject("toolUse")
                            .put("toolUseId", ask.id())
                            .put("name", ask.name());
                    out.writeBytes(ConverseAnswers.event("contentBlockStart", Wire.text(start, anywhere)));
                    String input = ask.arguments().isEmpty() && random.nextBoolean()
                            ? ""
                            : ask.arguments().toString();
                    for (String piece : Wire.pieces(input, random, anywhere)) {
                        ObjectNode delta = Wire.object();
                        delta.putObject("toolUse").put("input", piece);
                        delta(out, index, delta, anywhere);
                    }
                }
                default -> throw new AssertionError(answer);
            }
            out.writeBytes(ConverseAnswers.blockStop(index));
        }
        out.writeBytes(ConverseAnswers.messageStop(stop(answer)));
        out.writeBytes(ConverseAnswers.metadata());
        return out.toByteArray();
    }

    private static void thought(
            ByteArrayOutputStream out, int index, Thought thought, Random random, boolean anywhere) {
        if (thought.seal().startsWith(REDACTED)) {
            ObjectNode delta = Wire.object();
            delta.putObject("reasoningContent")
                    .put("redactedContent", thought.seal().substring(REDACTED.length()));
            delta(out, index, delta, anywhere);
            return;
        }
        for (String piece : Wire.pieces(thought.text(), random, anywhere)) {
            ObjectNode delta = Wire.object();
            delta.putObject("reasoningContent").put("text", piece);
            delta(out, index, delta, anywhere);
        }
        ObjectNode delta = Wire.object();
        delta.putObject("reasoningContent").put("signature", thought.seal());
        delta(out, index, delta, anywhere);
    }

    private static void delta(ByteArrayOutputStream out, int index, ObjectNode delta, boolean escaped) {
        out.writeBytes(ConverseAnswers.delta(index, Wire.text(delta, escaped)));
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        request.path("system")
                .forEach(block ->
                        turns.add(Who.SYSTEM, new Words(block.path("text").asText())));
        for (JsonNode message : request.path("messages")) {
            Who who = message.path("role").asText().equals("user") ? Who.USER : Who.MODEL;
            message.path("content").forEach(block -> turns.add(who, piece(block)));
        }
        return turns.all();
    }

    private static Piece piece(JsonNode block) {
        if (block.has("text")) {
            return new Words(block.path("text").asText());
        }
        if (block.has("image")) {
            return new Picture(
                    "image/" + block.at("/image/format").asText(),
                    block.at("/image/source/bytes").asText());
        }
        if (block.has("toolUse")) {
            JsonNode use = block.path("toolUse");
            return new Ask(use.path("toolUseId").asText(), use.path("name").asText(), use.path("input"), null);
        }
        if (block.has("toolResult")) {
            JsonNode result = block.path("toolResult");
            return new Reply(
                    result.path("toolUseId").asText(),
                    result.at("/content/0/text").asText(),
                    result.path("status").asText().equals("error"));
        }
        JsonNode reasoning = block.path("reasoningContent");
        if (reasoning.has("redactedContent")) {
            return new Thought("", REDACTED + reasoning.path("redactedContent").asText(), null);
        }
        return new Thought(
                reasoning.at("/reasoningText/text").asText(),
                reasoning.at("/reasoningText/signature").asText(),
                null);
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/toolConfig/tools/" + index + "/toolSpec/inputSchema/json");
    }
}
