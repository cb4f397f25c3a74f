// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
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

/** OpenAI's Chat, DeepSeek's and OpenRouter's. */
final class ChatProvider extends ProviderVoice {

    /** How it shows its reasoning. */
    enum Thinks {
        NEVER,
        /** In {@code reasoning_content}, which it wants back. */
        ALOUD,
        /** In {@code reasoning_details}, whose sealed items it wants back. */
        IN_DETAILS
    }

    private final Thinks thinks;
    private int answers;

    ChatProvider(String model, Thinks thinks) {
        super(ApiSchema.OPENAI_CHAT, model);
        this.thinks = thinks;
    }

    @Override
    Turn answer(Talk talk) {
        List<Piece> pieces = new ArrayList<>();
        if (thinks == Thinks.ALOUD && talk.chance(80)) {
            pieces.add(new Thought(talk.words(), null, null));
        }
        if (thinks == Thinks.IN_DETAILS && talk.chance(80)) {
            String words = talk.words();
            ObjectNode item = Wire.object().put("type", "reasoning.text").put("text", words);
            item.put("signature", talk.seal())
                    .put("format", "anthropic-claude-v1")
                    .put("index", 0);
            pieces.add(new Thought(words, item.toString(), null));
            if (talk.chance(40)) {
                ObjectNode sealed =
                        Wire.object().put("type", "reasoning.encrypted").put("data", talk.seal());
                sealed.put("id", "rs_" + talk.token(5))
                        .put("format", "openai-responses-v1")
                        .put("index", 1);
                pieces.add(new Thought("", sealed.toString(), null));
            }
        }
        List<Ask> asks = new ArrayList<>();
        for (Ask ask : asks(talk, "call_", 3)) {
            String id = model.startsWith("kimi")
                    ? "functions." + ask.name() + ":" + asks.size()
                    : model.startsWith("mistral") ? talk.token(9) : ask.id();
            asks.add(new Ask(id, ask.name(), ask.arguments(), null));
        }
        if (asks.isEmpty() || talk.chance(50)) {
            pieces.add(new Words(talk.words()));
        }
        pieces.addAll(asks);
        return new Turn(Who.MODEL, pieces);
    }

    @Override
    byte[] whole(Turn answer) {
        ObjectNode message = Wire.object().put("role", "assistant");
        message.put("content", answer.words().isEmpty() ? null : answer.words());
        StringBuilder thoughts = new StringBuilder();
        for (Thought thought : answer.all(Thought.class)) {
            thoughts.append(thought.text());
            if (thought.seal() != null) {
                message.withArray("/reasoning_details").add(Wire.read(thought.seal()));
            }
        }
        if (!thoughts.isEmpty()) {
            message.put(thinks == Thinks.ALOUD ? "reasoning_content" : "reasoning", thoughts.toString());
        }
        for (Ask ask : answer.all(Ask.class)) {
            // Empty text stands for no arguments at some.
            String arguments = ask.arguments().isEmpty() ? "" : ask.arguments().toString();
            message.withArray("/tool_calls")
                    .addObject()
                    .put("id", ask.id())
                    .put("type", "function")
                    .putObject("function")
                    .put("name", ask.name())
                    .put("arguments", arguments);
        }
        ObjectNode body = Wire.object().put("id", "chatcmpl-" + answers++).put("object", "chat.completion");
        body.put("created", 1).put("model", model);
        ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
        choice.set("message", message);
        choice.put("finish_reason", finish(answer));
        usage(body);
        return Wire.bytes(body);
    }

    private static String finish(Turn answer) {
        return answer.all(Ask.class).isEmpty() ? "stop" : "tool_calls";
    }

    private static void usage(ObjectNode body) {
        body.putObject("usage")
                .put("prompt_tokens", 12)
                .put("completion_tokens", 7)
                .put("total_tokens", 19);
    }

    @Override
    byte[] stream(Turn answer, Random random) {
        boolean anywhere = random.nextBoolean();
        Sse sse = new Sse(anywhere, "\n");
        String id = "chatcmpl-" + answers++;
        delta(sse, id, Wire.object().put("role", "assistant").put("content", ""), null);
        for (Thought thought : answer.all(Thought.class)) {
            thought(sse, id, thought, Wire.pieces(thought.text(), random, anywhere));
        }
        for (String piece : Wire.pieces(answer.words(), random, anywhere)) {
            delta(sse, id, Wire.object().put("content", piece), null);
        }
        List<Ask> asks = answer.all(Ask.class);
        for (int i = 0; i < asks.size(); i++) {
            Ask ask = asks.get(i);
            ObjectNode first = Wire.object();
            first.putArray("tool_calls")
                    .addObject()
                    .put("index", i)
                    .put("id", ask.id())
                    .put("type", "function")
                    .putObject("function")
                    .put("name", ask.name())
                    .put("arguments", "");
            delta(sse, id, first, null);
            String arguments = ask.arguments().isEmpty() && random.nextBoolean()
                    ? ""
                    : ask.arguments().toString();
            for (String piece : Wire.pieces(arguments, random, anywhere)) {
                ObjectNode next = Wire.object();
                next.putArray("tool_calls")
                        .addObject()
                        .put("index", i)
                        .putObject("function")
                        .put("arguments", piece);
                delta(sse, id, next, null);
            }
        }
        delta(sse, id, Wire.object(), finish(answer));
        ObjectNode last = chunk(id);
        last.putArray("choices");
        usage(last);
        return sse.event(null, last).done().bytes();
    }

    private void thought(Sse sse, String id, Thought thought, List<String> pieces) {
        if (thinks == Thinks.ALOUD) {
            pieces.forEach(piece -> delta(sse, id, Wire.object().put("reasoning_content", piece), null));
            return;
        }
        ObjectNode item = (ObjectNode) Wire.read(thought.seal());
        JsonNode signature = item.remove("signature");
        for (String piece : pieces) {
            ObjectNode delta = Wire.object().put("reasoning", piece);
            delta.putArray("reasoning_details").add(item.deepCopy().put("text", piece));
            delta(sse, id, delta, null);
        }
        ObjectNode delta = Wire.object();
        item.remove("text");
        if (signature != null) {
            item.set("signature", signature);
        }
        delta.putArray("reasoning_details").add(item);
        delta(sse, id, delta, null);
    }

    private void delta(Sse sse, String id, ObjectNode delta, String finish) {
        ObjectNode chunk = chunk(id);
        ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
        choice.set("delta", delta);
        choice.put("finish_reason", finish);
        sse.event(null, chunk);
    }

    private ObjectNode chunk(String id) {
        return Wire.object()
                .put("id", id)
                .put("object", "chat.completion.chunk")
                .put("created", 1)
                .put("model", model);
    }

    @Override
    List<Turn> read(JsonNode request) {
        Turns turns = new Turns();
        for (JsonNode message : request.path("messages")) {
            String role = message.path("role").asText();
            switch (role) {
                case "system", "developer" -> content(message.path("content"), Who.SYSTEM, turns);
                case "user" -> content(message.path("content"), Who.USER, turns);
                case "tool" ->
                    turns.add(
                            Who.USER,
                            new Reply(
                                    message.path("tool_call_id").asText(),
                                    message.path("content").asText(),
                                    false));
                default -> assistant(message, turns);
            }
        }
        return turns.all();
    }

    private static void content(JsonNode content, Who who, Turns turns) {
        if (content.isTextual()) {
            turns.add(who, new Words(content.asText()));
        }
        for (JsonNode part : content) {
            turns.add(
                    who,
                    part.has("text")
                            ? new Words(part.path("text").asText())
                            : pictureOf(part.at("/image_url/url").asText()));
        }
    }

    private void assistant(JsonNode message, Turns turns) {
        if (message.hasNonNull("reasoning_content")) {
            turns.add(Who.MODEL, new Thought(message.path("reasoning_content").asText(), null, null));
        }
        for (JsonNode item : message.path("reasoning_details")) {
            turns.add(Who.MODEL, new Thought(item.path("text").asText(""), item.toString(), null));
        }
        if (message.hasNonNull("content")) {
            turns.add(Who.MODEL, new Words(message.path("content").asText()));
        }
        for (JsonNode call : message.path("tool_calls")) {
            turns.add(
                    Who.MODEL,
                    new Ask(
                            call.path("id").asText(),
                            call.at("/function/name").asText(),
                            Wire.read(call.at("/function/arguments").asText()),
                            null));
        }
    }

    @Override
    JsonNode schemaOfTool(JsonNode request, int index) {
        return request.at("/tools/" + index + "/function/parameters");
    }
}
