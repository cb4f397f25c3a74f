// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.kit.SseEvents;
import dev.penstock.translation.roundtrip.Turn.Ask;
import dev.penstock.translation.roundtrip.Turn.Picture;
import dev.penstock.translation.roundtrip.Turn.Piece;
import dev.penstock.translation.roundtrip.Turn.Reply;
import dev.penstock.translation.roundtrip.Turn.Thought;
import dev.penstock.translation.roundtrip.Turn.Who;
import dev.penstock.translation.roundtrip.Turn.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client of one schema, as its vendor's SDK and an agent on top of it behave: it writes turns, joins the events of a stream, and puts an
 * answer back as the assistant's turn without looking into what it does not know.
 */
abstract sealed class ClientVoice {

    /** What the client has said and heard so far, on its wire. */
    final ArrayNode wire = Wire.array();

    static ClientVoice of(ApiSchema schema) {
        return switch (schema) {
            case OPENAI_CHAT -> new Chat();
            case ANTHROPIC_MESSAGES -> new Messages();
            case OPENAI_RESPONSES -> new Responses();
            default -> throw new IllegalArgumentException("no client speaks " + schema);
        };
    }

    /** Says a turn that did not come from an answer. */
    abstract void say(Turn turn);

    /** The whole request, with a limit of 777 tokens and fields that nobody knows, one of them ({@code x_tool}) in each tool. */
    abstract ObjectNode request(boolean stream);

    /** The fields of {@link #request} that only some schemas have a place for. */
    abstract List<String> rareFields();

    /** Takes an answer in, and puts it back on the wire. */
    Turn hear(byte[] answer, boolean stream) {
        return stream ? heard(SseEvents.parse(answer)) : heard(Wire.read(answer));
    }

    abstract Turn heard(JsonNode answer);

    abstract Turn heard(SseEvents events);

    private static Ask ask(String id, String name, String arguments) {
        return new Ask(id, name, Wire.read(arguments), null);
    }

    // ------------------------------------------------------------------ OpenAI Chat

    /** Chat, by a client that keeps the members of a message that brokers of models have added. */
    private static final class Chat extends ClientVoice {

        @Override
        void say(Turn turn) {
            for (Reply reply : turn.all(Reply.class)) {
                wire.addObject()
                        .put("role", "tool")
                        .put("tool_call_id", reply.id())
                        .put("content", reply.text());
            }
            List<Piece> rest = turn.pieces().stream()
                    .filter(piece -> !(piece instanceof Reply))
                    .toList();
            if (rest.isEmpty()) {
                return;
            }
            ObjectNode message = wire.addObject()
                    .put(
                            "role",
                            switch (turn.who()) {
                                case SYSTEM -> "system";
                                case USER -> "user";
                                case MODEL -> "assistant";
                            });
            if (turn.who() == Who.MODEL) {
                message.put("content", turn.words().isEmpty() ? null : turn.words());
                for (Ask ask : turn.all(Ask.class)) {
                    message.withArray("/tool_calls")
                            .addObject()
                            .put("id", ask.id())
                            .put("type", "function")
                            .putObject("function")
                            .put("name", ask.name())
                            .put("arguments", ask.arguments().toString());
                }
                return;
            }
            if (rest.size() == 1 && rest.get(0) instanceof Words words) {
                message.put("content", words.text());
                return;
            }
            ArrayNode content = message.putArray("content");
            for (Piece piece : rest) {
                if (piece instanceof Words words) {
                    content.addObject().put("type", "text").put("text", words.text());
                } else if (piece instanceof Picture picture) {
                    content.addObject()
                            .put("type", "image_url")
                            .putObject("image_url")
                            .put("url", "data:" + picture.mediaType() + ";base64," + picture.base64());
                }
            }
        }

        @Override
        ObjectNode request(boolean stream) {
            ObjectNode request = Wire.object().put("model", "alias");
            request.set("messages", wire);
            request.put("stream", stream).put("max_completion_tokens", 777);
            for (ObjectNode tool : Talk.tools()) {
                ObjectNode function = request.withArray("/tools")
                        .addObject()
                        .put("type", "function")
                        .putObject("function");
                function.put("name", tool.path("name").asText()).put("x_tool", 1);
                function.put("description", tool.path("description").asText());
                function.set("parameters", tool.path("schema"));
            }
            request.put("prompt_cache_key", "schlüssel");
            request.putObject("x_unknown").putArray("deep").add(1);
            return request;
        }

        @Override
        List<String> rareFields() {
            return List.of("prompt_cache_key", "x_unknown");
        }

        @Override
        Turn heard(JsonNode answer) {
            return putBack((ObjectNode) answer.at("/choices/0/message"));
        }

        @Override
        Turn heard(SseEvents events) {
            ObjectNode message = Wire.object().put("role", "assistant").putNull("content");
            Map<Integer, ObjectNode> calls = new TreeMap<>();
            for (String data : events.data()) {
                if (!data.equals("[DONE]")) {
                    JsonNode delta = Wire.read(data).at("/choices/0/delta");
                    for (String name : List.of("content", "reasoning_content", "refusal")) {
                        if (delta.path(name).isTextual()) {
                            message.put(
                                    name,
                                    message.path(name).asText("")
                                            + delta.path(name).asText());
                        }
                    }
                    delta.path("reasoning_details").forEach(item -> message.withArray("/reasoning_details")
                            .add(item));
                    delta.path("tool_calls")
                            .forEach(piece -> join(
                                    calls.computeIfAbsent(piece.path("index").asInt(), index -> Wire.object()), piece));
                }
            }
            calls.values().forEach(call -> message.withArray("/tool_calls").add(call));
            return putBack(message);
        }

        private static void join(ObjectNode call, JsonNode piece) {
            piece.properties().forEach(member -> {
                if (member.getKey().equals("function")) {
                    ObjectNode function = call.withObject("/function");
                    member.getValue()
                            .properties()
                            .forEach(part -> function.put(
                                    part.getKey(),
                                    function.path(part.getKey()).asText("")
                                            + part.getValue().asText()));
                } else if (!member.getKey().equals("index")) {
                    call.set(member.getKey(), member.getValue());
                }
            });
        }

        private Turn putBack(ObjectNode message) {
            wire.add(message);
            List<Piece> pieces = new ArrayList<>();
            if (message.hasNonNull("reasoning_content")) {
                pieces.add(new Thought(message.path("reasoning_content").asText(), null, null));
            }
            if (!message.path("content").asText("").isEmpty()) {
                pieces.add(new Words(message.path("content").asText()));
            }
            for (JsonNode call : message.path("tool_calls")) {
                pieces.add(ask(
                        call.path("id").asText(),
                        call.at("/function/name").asText(),
                        call.at("/function/arguments").asText()));
            }
            return new Turn(Who.MODEL, pieces);
        }
    }

    // ------------------------------------------------------------------ Anthropic Messages

    private static final class Messages extends ClientVoice {
        private String system;

        @Override
        void say(Turn turn) {
            if (turn.who() == Who.SYSTEM) {
                system = turn.words();
                return;
            }
            ObjectNode message = wire.addObject().put("role", turn.who() == Who.USER ? "user" : "assistant");
            if (turn.pieces().size() == 1 && turn.pieces().get(0) instanceof Words words) {
                message.put("content", words.text());
                return;
            }
            ArrayNode content = message.putArray("content");
            turn.pieces().forEach(piece -> block(piece, content.addObject()));
        }

        private static void block(Piece piece, ObjectNode block) {
            switch (piece) {
                case Words words -> block.put("type", "text").put("text", words.text());
                case Picture picture ->
                    block.put("type", "image")
                            .putObject("source")
                            .put("type", "base64")
                            .put("media_type", picture.mediaType())
                            .put("data", picture.base64());
                case Ask ask ->
                    block.put("type", "tool_use")
                            .put("id", ask.id())
                            .put("name", ask.name())
                            .set("input", ask.arguments());
                case Reply reply -> {
                    block.put("type", "tool_result")
                            .put("tool_use_id", reply.id())
                            .put("content", reply.text());
                    if (reply.failed()) {
                        block.put("is_error", true);
                    }
                }
                case Thought thought -> throw new AssertionError("no client makes thoughts");
            }
        }

        @Override
        ObjectNode request(boolean stream) {
            ObjectNode request = Wire.object().put("model", "alias").put("max_tokens", 777);
            if (system != null) {
                request.put("system", system);
            }
            request.set("messages", wire);
            request.put("stream", stream);
            for (ObjectNode tool : Talk.tools()) {
                request.withArray("/tools")
                        .addObject()
                        .put("name", tool.path("name").asText())
                        .put("description", tool.path("description").asText())
                        .put("x_tool", 1)
                        .set("input_schema", tool.path("schema"));
            }
            request.put("inference_geo", "eu");
            request.putObject("x_unknown").putArray("deep").add(1);
            return request;
        }

        @Override
        List<String> rareFields() {
            return List.of("inference_geo", "x_unknown");
        }

        @Override
        Turn heard(JsonNode answer) {
            return putBack((ArrayNode) answer.path("content"));
        }

        @Override
        Turn heard(SseEvents events) {
            Map<Integer, ObjectNode> blocks = new TreeMap<>();
            Map<Integer, StringBuilder> inputs = new TreeMap<>();
            for (SseEvents.Event event : events.events()) {
                JsonNode data = Wire.read(event.data());
                int index = data.path("index").asInt();
                switch (event.type()) {
                    case "content_block_start" -> blocks.put(index, (ObjectNode) data.path("content_block"));
                    case "content_block_delta" ->
                        delta(
                                blocks.get(index),
                                data.path("delta"),
                                inputs.computeIfAbsent(index, i -> new StringBuilder()));
                    default -> {}
                }
            }
            ArrayNode content = Wire.array();
            blocks.forEach((index, block) -> {
                String input = inputs.getOrDefault(index, new StringBuilder()).toString();
                if (block.path("type").asText().equals("tool_use")) {
                    block.set("input", Wire.read(input.isEmpty() ? "{}" : input));
                }
                content.add(block);
            });
            return putBack(content);
        }

        private static void delta(ObjectNode block, JsonNode delta, StringBuilder input) {
            switch (delta.path("type").asText()) {
                case "text_delta" ->
                    block.put(
                            "text",
                            block.path("text").asText() + delta.path("text").asText());
                case "thinking_delta" ->
                    block.put(
                            "thinking",
                            block.path("thinking").asText()
                                    + delta.path("thinking").asText());
                case "signature_delta" ->
                    block.put("signature", delta.path("signature").asText());
                case "input_json_delta" ->
                    input.append(delta.path("partial_json").asText());
                default -> {}
            }
        }

        private Turn putBack(ArrayNode content) {
            wire.addObject().put("role", "assistant").set("content", content);
            List<Piece> pieces = new ArrayList<>();
            for (JsonNode block : content) {
                switch (block.path("type").asText()) {
                    case "text" -> pieces.add(new Words(block.path("text").asText()));
                    case "thinking" ->
                        pieces.add(new Thought(block.path("thinking").asText(), null, null));
                    case "tool_use" ->
                        pieces.add(new Ask(
                                block.path("id").asText(), block.path("name").asText(), block.path("input"), null));
                    default -> {}
                }
            }
            return new Turn(Who.MODEL, pieces);
        }
    }

    // ------------------------------------------------------------------ OpenAI Responses

    /** Without sessions: everything that came out goes in again. */
    private static final class Responses extends ClientVoice {
        private String instructions;

        @Override
        void say(Turn turn) {
            if (turn.who() == Who.SYSTEM) {
                instructions = turn.words();
                return;
            }
            for (Reply reply : turn.all(Reply.class)) {
                wire.addObject()
                        .put("type", "function_call_output")
                        .put("call_id", reply.id())
                        .put("output", reply.text());
            }
            boolean user = turn.who() == Who.USER;
            ArrayNode content = Wire.array();
            for (Piece piece : turn.pieces()) {
                if (piece instanceof Words words) {
                    content.addObject()
                            .put("type", user ? "input_text" : "output_text")
                            .put("text", words.text());
                } else if (piece instanceof Picture picture) {
                    content.addObject()
                            .put("type", "input_image")
                            .put("detail", "auto")
                            .put("image_url", "data:" + picture.mediaType() + ";base64," + picture.base64());
                }
            }
            if (!content.isEmpty()) {
                wire.addObject()
                        .put("type", "message")
                        .put("role", user ? "user" : "assistant")
                        .set("content", content);
            }
            for (Ask ask : turn.all(Ask.class)) {
                wire.addObject()
                        .put("type", "function_call")
                        .put("call_id", ask.id())
                        .put("name", ask.name())
                        .put("arguments", ask.arguments().toString());
            }
        }

        @Override
        ObjectNode request(boolean stream) {
            ObjectNode request = Wire.object().put("model", "alias").put("max_output_tokens", 777);
            if (instructions != null) {
                request.put("instructions", instructions);
            }
            request.set("input", wire);
            request.put("stream", stream).put("store", false);
            for (ObjectNode tool : Talk.tools()) {
                request.withArray("/tools")
                        .addObject()
                        .put("type", "function")
                        .put("name", tool.path("name").asText())
                        .put("description", tool.path("description").asText())
                        .put("x_tool", 1)
                        .set("parameters", tool.path("schema"));
            }
            request.put("prompt_cache_key", "schlüssel");
            request.putObject("x_unknown").putArray("deep").add(1);
            return request;
        }

        @Override
        List<String> rareFields() {
            return List.of("prompt_cache_key", "x_unknown");
        }

        @Override
        Turn heard(JsonNode answer) {
            return putBack((ArrayNode) answer.path("output"));
        }

        /** Joined from the items as they are done; the last event repeats them, and must repeat the same. */
        @Override
        Turn heard(SseEvents events) {
            ArrayNode output = Wire.array();
            int number = 0;
            for (SseEvents.Event event : events.events()) {
                JsonNode data = Wire.read(event.data());
                if (data.path("sequence_number").asInt(-1) != number++) {
                    throw new AssertionError("sequence number of " + event.data());
                }
                if (event.type().equals("response.output_item.done")) {
                    output.add(data.path("item"));
                } else if (event.type().equals("response.completed")) {
                    JsonNode repeated = data.at("/response/output");
                    if (output.size() != repeated.size()) {
                        throw new AssertionError("the last event has other items: " + repeated + ", not " + output);
                    }
                    output = (ArrayNode) repeated;
                }
            }
            return putBack(output);
        }

        private Turn putBack(ArrayNode output) {
            wire.addAll(output);
            List<Piece> pieces = new ArrayList<>();
            for (JsonNode item : output) {
                switch (item.path("type").asText()) {
                    case "message" ->
                        item.path("content")
                                .forEach(part ->
                                        pieces.add(new Words(part.path("text").asText())));
                    case "reasoning" ->
                        item.path("summary")
                                .forEach(part ->
                                        pieces.add(new Thought(part.path("text").asText(), null, null)));
                    case "function_call" ->
                        pieces.add(ask(
                                item.path("call_id").asText(),
                                item.path("name").asText(),
                                item.path("arguments").asText()));
                    default -> {}
                }
            }
            return new Turn(Who.MODEL, pieces);
        }
    }
}
