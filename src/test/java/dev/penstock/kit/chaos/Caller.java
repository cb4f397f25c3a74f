// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.Header;
import dev.penstock.kit.PromptedAnswer;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.chaos.ClientCall.Ending;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.zip.CRC32;

/**
 * A client that makes one call on a connection of its own, never again whatever happens, and says what became of it. Blocks its
 * thread; a virtual one will do.
 *
 * @param port where the gateway or the balancer is
 * @param patience how long it waits for each of connection, first content and end
 * @param nodeOf tells which node a client's port was given to, for answers that do not say it themselves
 */
public record Caller(int port, Duration patience, IntFunction<String> nodeOf) {

    private static final String FIRST_CONTENT = "\"delta\":{\"content\":";

    /**
     * What is asked.
     *
     * @param id sent as {@code x-request-id}
     * @param model the name that the gateway routes by
     * @param prompt decides the answer
     * @param stream whether the answer shall stream
     * @param leaves whether the client goes away at the first content
     */
    public record Question(String id, String model, String prompt, boolean stream, boolean leaves) {

        byte[] bytes() {
            JsonObject body = new JsonObject()
                    .put("model", model)
                    .put("stream", stream)
                    .put(
                            "messages",
                            new JsonArray()
                                    .add(new JsonObject().put("role", "user").put("content", prompt)));
            return RawClient.request(
                    "POST",
                    "/v1/chat/completions",
                    body.encode(),
                    new Header("x-request-id", id),
                    new Header("connection", "close"));
        }
    }

    /** Makes the call and waits for its end. */
    public ClientCall ask(Question question) {
        long start = System.currentTimeMillis();
        try (RawClient client = RawClient.connect(port, patience)) {
            RawResponse response = client.send(question.bytes()).response();
            long first = 0;
            if (question.stream()) {
                response.readUntil(FIRST_CONTENT);
                first = response.end() == RawResponse.End.OPEN ? System.currentTimeMillis() : 0;
            }
            if (question.leaves() && response.end() == RawResponse.End.OPEN) {
                client.leave();
                return call(question, start, first, client.localPort(), response, Ending.LEFT);
            }
            response.readToEnd();
            return call(question, start, first, client.localPort(), response, ending(response));
        } catch (UncheckedIOException refused) {
            long now = System.currentTimeMillis();
            return new ClientCall(
                    question.id(),
                    question.stream(),
                    start,
                    now,
                    0,
                    "",
                    0,
                    "",
                    Ending.REFUSED,
                    false,
                    false,
                    0,
                    hash(PromptedAnswer.textFor(question.prompt())),
                    0);
        }
    }

    private ClientCall call(
            Question question, long start, long first, int localPort, RawResponse response, Ending ending) {
        Read read = question.stream() && response.status() == 200 ? readStream(response) : readWhole(response);
        return new ClientCall(
                question.id(),
                question.stream(),
                start,
                System.currentTimeMillis(),
                first,
                response.header(HaProxy.NODE).orElseGet(() -> nodeOf.apply(localPort)),
                response.status(),
                response.header("x-penstock-outcome").orElse(""),
                ending,
                read.marker,
                read.error,
                hash(read.text),
                hash(PromptedAnswer.textFor(question.prompt())),
                read.text.length());
    }

    private static Ending ending(RawResponse response) {
        return switch (response.end()) {
            case COMPLETE -> Ending.COMPLETE;
            case RESET -> Ending.RESET;
            case TIMEOUT, OPEN -> Ending.TIMEOUT;
            // Nothing that a gateway sends to an HTTP/1.1 client ends by closing, so a close is a cut.
            case TRUNCATED, COMPLETE_BY_CLOSE, MALFORMED -> Ending.TRUNCATED;
        };
    }

    private record Read(String text, boolean marker, boolean error) {}

    private static Read readStream(RawResponse response) {
        StringBuilder text = new StringBuilder();
        boolean marker = false;
        boolean error = false;
        for (String data : response.events().data()) {
            if (data.equals("[DONE]")) {
                marker = true;
                continue;
            }
            JsonObject event = json(data);
            error |= event.containsKey("error");
            text.append(content(event, "delta"));
        }
        return new Read(text.toString(), marker, error);
    }

    private static Read readWhole(RawResponse response) {
        JsonObject body = json(response.bodyText());
        boolean answered = response.complete() && body.containsKey("choices");
        return new Read(content(body, "message"), answered, response.status() >= 400 || body.containsKey("error"));
    }

    private static String content(JsonObject event, String holder) {
        JsonArray choices = event.getJsonArray("choices", new JsonArray());
        if (choices.isEmpty()) {
            return "";
        }
        JsonObject held = choices.getJsonObject(0).getJsonObject(holder, new JsonObject());
        return held.getValue("content") instanceof String piece ? piece : "";
    }

    private static JsonObject json(String text) {
        try {
            return text.isEmpty() ? new JsonObject() : new JsonObject(text);
        } catch (DecodeException broken) {
            return new JsonObject();
        }
    }

    static long hash(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
