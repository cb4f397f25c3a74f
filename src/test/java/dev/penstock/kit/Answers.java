// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Good answers of an OpenAI-compatible provider, ready to use: each is a stream or a single body, with usage or without,
 * as the request asks.
 */
public final class Answers {

    private static final List<String> WORDS =
            List.of("The", " gate", " lets", " the", " water", " in", ",", " and", " holds", " it", " back", ".");

    private Answers() {}

    /** An answer of that many tokens, sent as fast as it goes. */
    public static Answer chat(int tokens) {
        return chat(tokens, Duration.ZERO);
    }

    /** An answer of that many tokens with a gap after each. */
    public static Answer chat(int tokens, Duration gap) {
        return request -> {
            ChatEvents events = ChatEvents.of(request);
            if (!request.stream()) {
                return Script.json(200, events.unary(text(tokens), tokens, true));
            }
            byte[][] cycle =
                    WORDS.stream().map(events::content).map(ChatEvents::utf8).toArray(byte[][]::new);
            Script.Builder script = head(request).send(events.role()).repeat(tokens, i -> cycle[i % cycle.length], gap);
            return end(script, events, tokens).build();
        };
    }

    /** The text that {@link #chat} sends. */
    public static String text(int tokens) {
        return IntStream.range(0, tokens)
                .mapToObj(i -> WORDS.get(i % WORDS.size()))
                .collect(Collectors.joining());
    }

    /** An answer of these deltas, or of their concatenation. */
    public static Answer text(String... deltas) {
        return request -> {
            ChatEvents events = ChatEvents.of(request);
            if (!request.stream()) {
                return Script.json(200, events.unary(String.join("", deltas), deltas.length, true));
            }
            Script.Builder script = head(request).send(events.role());
            for (String delta : deltas) {
                script.send(events.content(delta));
            }
            return end(script, events, deltas.length).build();
        };
    }

    /** Each token waits at the gate before it goes out; the first needs a step, too. */
    public static Answer steppedText(Gate gate, String... deltas) {
        return request -> {
            ChatEvents events = ChatEvents.of(request);
            Script.Builder script = head(request).head();
            script.waitFor(gate).send(events.role());
            for (String delta : deltas) {
                script.waitFor(gate).send(events.content(delta));
            }
            script.waitFor(gate);
            return end(script, events, deltas.length).build();
        };
    }

    /** One call of {@code get_weather} whose arguments come in five fragments. */
    public static Answer toolCall() {
        return request -> {
            ChatEvents events = ChatEvents.of(request);
            if (!request.stream()) {
                return Script.json(200, unaryToolCall(events));
            }
            Script.Builder script = head(request)
                    .send(events.role())
                    .send(events.toolStart(0, "call_9f2KxTq1", "get_weather"))
                    .send(events.toolArguments(0, "{\""))
                    .send(events.toolArguments(0, "city"))
                    .send(events.toolArguments(0, "\":\""))
                    .send(events.toolArguments(0, "Zürich"))
                    .send(events.toolArguments(0, "\"}"))
                    .send(events.finish("tool_calls"));
            if (events.usage()) {
                script.send(events.usageOf(7));
            }
            return script.send(events.done()).build();
        };
    }

    /** Several choices, interleaved as OpenAI interleaves them. */
    public static Answer choices(int n, int tokens) {
        return request -> {
            ChatEvents events = ChatEvents.of(request);
            Script.Builder script = head(request);
            for (int choice = 0; choice < n; choice++) {
                script.send(events.role(choice));
            }
            for (int i = 0; i < tokens; i++) {
                for (int choice = 0; choice < n; choice++) {
                    script.send(events.content(choice, WORDS.get((i + choice) % WORDS.size())));
                }
            }
            for (int choice = 0; choice < n; choice++) {
                script.send(events.finish(choice, "stop"));
            }
            if (events.usage()) {
                script.send(events.usageOf(n * tokens));
            }
            return script.send(events.done()).build();
        };
    }

    /** An error in OpenAI's envelope. A code of null stays null. */
    public static Script error(int status, String type, String message, String code) {
        return errorBuilder(status, type, message, code).build();
    }

    static Script.Builder errorBuilder(int status, String type, String message, String code) {
        String body = "{\n  \"error\": {\n    \"message\": " + ChatEvents.quote(message) + ",\n    \"type\": "
                + ChatEvents.quote(type) + ",\n    \"param\": null,\n    \"code\": "
                + (code == null ? "null" : ChatEvents.quote(code)) + "\n  }\n}";
        return Script.whole(status, "application/json", body).header("x-request-id", "req_9d1c4f0a7b");
    }

    static Script models(Collection<String> names) {
        String data = names.stream()
                .sorted()
                .map(name -> "{\"id\":" + ChatEvents.quote(name)
                        + ",\"object\":\"model\",\"created\":1763700000,\"owned_by\":\"simulator\"}")
                .collect(Collectors.joining(","));
        return Script.json(200, "{\"object\":\"list\",\"data\":[" + data + "]}");
    }

    /** The head of a stream, with the fields that OpenAI sends and a gateway must not pass on as its own. */
    public static Script.Builder head(SeenRequest request) {
        return Script.stream()
                .header("x-request-id", "req_9d1c4f0a7b")
                .header("openai-processing-ms", "42")
                .header("openai-version", "2020-10-01")
                .header("openai-organization", "org-simulator");
    }

    private static Script.Builder end(Script.Builder script, ChatEvents events, int tokens) {
        script.send(events.finish("stop"));
        if (events.usage()) {
            script.send(events.usageOf(tokens));
        }
        return script.send(events.done());
    }

    private static String unaryToolCall(ChatEvents events) {
        return events.unary("", 7, true)
                .replace(
                        "\"content\":\"\"",
                        "\"content\":null,\"tool_calls\":[{\"id\":\"call_9f2KxTq1\",\"type\":\"function\",\"function\":"
                                + "{\"name\":\"get_weather\",\"arguments\":\"{\\\"city\\\":\\\"Zürich\\\"}\"}}]")
                .replace("\"finish_reason\":\"stop\"", "\"finish_reason\":\"tool_calls\"");
    }
}
