// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** OpenAI's Responses, without sessions. */
final class ResponsesProvider extends ProviderVoice {

    ResponsesProvider(String model) {
        super(ApiSchema.OPENAI_RESPONSES, model);
    }

    @Override
    Turn answer(Talk talk) {
        List<Piece> pieces = new ArrayList<>();
        List<Ask> asks = asks(talk, "call_", 3);
        if (talk.chance(70)) {
            pieces.add(thought(talk));
        }
        if (asks.isEmpty() || talk.chance(40)) {
            pieces.add(new Words(talk.words()));
        }
        for (Ask ask : asks) {
            if (talk.chance(30)) {
                pieces.add(thought(talk));
            }
            pieces.add(ask);
        }
        return new Turn(Who.MODEL, pieces);
    }

    private static Thought thought(Talk talk) {
        String words = talk.chance(30) ? "" : talk.chance(50) ? talk.words() : talk.words() + "\n\n" + talk.words();
        return new Thought(words, "gAAAAB" + talk.seal(), "rs_" + talk.token(12));
    }

    private static ArrayNode output(Turn answer) {
        ArrayNode output = Wire.array();
        for (Piece piece : answer.pieces()) {
            ObjectNode item = output.addObject();
            String id = "item_" + output.size();
            switch (piece) {
                case Thought thought -> {
                    item.put("id", thought.id()).put("type", "reasoning");
                    ArrayNode summary = item.putArray("summary");
                    for (String part : parts(thought.text())) {
                        summary.addObject().put("type", "summary_text").put("text", part);
                    }
                    item.put("encrypted_content", thought.seal());
                }
                case Words words -> {
                    item.put("id", id).put("type", "message").put("status", "completed");
                    ObjectNode part = item.putArray("content").addObject().put("type", "output_text");
                    part.putArray("annotations");
                    part.put("text", words.text());
                    item.put("role", "assistant");
                }
                case Ask ask ->
                    item.put("id", id)
                            .put("type", "function_call")
                            .put("status", "completed")
                            .put("arguments", ask.arguments().toString())
                            .put("call_id", ask.id())
                            .put("name", ask.name());
                default -> throw new AssertionError(piece);
            }
        }
        return output;
    }

    private static String[] parts(String text) {
        return text.isEmpty() ? new String[0] : text.split("\n\n");
    }

    private ObjectNode response(String status, ArrayNode output) {
        ObjectNode response = Wire.object().put("id", "resp_1").put("object", "response");
        response.put("status", status).put("model", model);
        response.set("output", output);
        return response;
    }

    private static void usage(ObjectNode response) {
        response.putObject("usage")
                .put("input_tokens", 12)
                .put("output_tokens", 7)
                .put("total_tokens", 19);
    }

    @Override
    byte[] whole(Turn answer) {
        ObjectNode response = response("completed", output(answer));
        usage(response);
        return Wire.bytes(response);
    }

    @Override
    byte[] stream(Turn answer, Random random) {
        boolean anywhere = random.nextBoolean();
        Sse sse = new Sse(anywhere, "\n");
        int[] sequence = new int[1];
        ObjectNode created = Wire.object();
        created.set("response", response("in_progress", Wire.array()));
        say(sse, sequence, "response.created", created);
        ArrayNode output = output(answer);
        for (int place = 0; place < output.size(); place++) {
            ObjectNode item = (ObjectNode) output.get(place);
            String id = item.path("id").asText();
            ObjectNode begun = item.deepCopy().put("status", "in_progress");
            begun.remove("encrypted_content");
            switch (item.path("type").asText()) {
                case "reasoning" -> {
                    begun.putArray("summary");
                    added(sse, sequence, place, begun);
                    for (int part = 0; part < item.path("summary").size(); part++) {
                        String text =
                                item.path("summary").path(part).path("text").asText();
                        for (String piece : Wire.pieces(text, random, anywhere)) {
                            ObjectNode delta = Wire.object().put("item_id", id).put("output_index", place);
                            delta.put("summary_index", part).put("delta", piece);
                            say(sse, sequence, "response.reasoning_summary_text.delta", delta);
                        }
                    }
                }
                case "message" -> {
                    begun.putArray("content");
                    added(sse, sequence, place, begun);
                    String text = item.at("/content/0/text").asText();
                    for (String piece : Wire.pieces(text, random, anywhere)) {
                        ObjectNode delta = Wire.object().put("item_id", id).put("output_index", place);
                        delta.put("content_index", 0).put("delta", piece).put("obfuscation", "x");
                        say(sse, sequence, "response.output_text.delta", delta);
                    }
                }
                default -> {
                    begun.put("arguments", "");
                    added(sse, sequence, place, begun);
                    for (String piece : Wire.pieces(item.path("arguments").asText(), random, anywhere)) {
                        ObjectNode delta = Wire.object().put("item_id", id).put("output_index", place);
                        delta.put("delta", piece);
                        say(sse, sequence, "response.function_call_arguments.delta", delta);
                    }
                }
            }
            ObjectNode done = Wire.object().put("output_index", place);
            done.set("item", item);
            say(sse, sequence, "response.output_item.done", done);
        }
        ObjectNode last = Wire.object();
        ObjectNode response = response("completed", output);
        usage(response);
        last.set("response", response);
        say(sse, sequence, "response.completed", last);
        return sse.bytes();
    }

    private static void added(Sse sse, int[] sequence, int place, ObjectNode item) {
        ObjectNode added = Wire.object().put("output_index", place);
        added.set("item", item);
        say(sse, sequence, "response.output_item.added", added);
    }

    private static void say(Sse sse, int[] sequence, String type, ObjectNode data) {
        ObjectNode event = Wire.object().put("type", type).put("sequence_number", sequence[0]++);
        event.setAll(data);
        sse.event(type, event);
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        if (request.has("instructions")) {
            turns.add(Who.SYSTEM, new Words(request.path("instructions").asText()));
        }
        for (JsonNode item : request.path("input")) {
            switch (item.path("type").asText("message")) {
                case "reasoning" -> {
                    StringBuilder words = new StringBuilder();
                    for (JsonNode part : item.path("summary")) {
                        words.append(words.isEmpty() ? "" : "\n\n")
                                .append(part.path("text").asText());
                    }
                    turns.add(
                            Who.MODEL,
                            new Thought(
                                    words.toString(),
                                    item.path("encrypted_content").asText(null),
                                    item.path("id").asText(null)));
                }
                case "function_call" ->
                    turns.add(
                            Who.MODEL,
                            new Ask(
                                    item.path("call_id").asText(),
                                    item.path("name").asText(),
                                    Wire.read(item.path("arguments").asText()),
                                    null));
                case "function_call_output" ->
                    turns.add(
                            Who.USER,
                            new Reply(
                                    item.path("call_id").asText(),
                                    item.path("output").asText(),
                                    false));
                default -> message(item, turns);
            }
        }
        return turns.all();
    }

    private static void message(JsonNode item, Turns turns) {
        Who who =
                switch (item.path("role").asText()) {
                    case "user" -> Who.USER;
                    case "assistant" -> Who.MODEL;
                    default -> Who.SYSTEM;
                };
        for (JsonNode part : item.path("content")) {
            turns.add(
                    who,
                    part.has("text")
                            ? new Words(part.path("text").asText())
                            : pictureOf(part.path("image_url").asText()));
        }
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/tools/" + index + "/parameters");
    }
}
