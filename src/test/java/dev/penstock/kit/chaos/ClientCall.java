// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import io.vertx.core.json.JsonObject;

/**
 * One call as the client lived it: a line of the client's log. Times are milliseconds since the epoch, the same clock as in the
 * nodes' logs.
 *
 * @param id the {@code x-request-id} that was sent; no call is sent twice
 * @param stream whether a stream was asked for
 * @param startMillis when the connection was begun
 * @param endMillis when it was over
 * @param firstMillis when the first content came; 0 when none did
 * @param node whom the balancer gave the connection to; empty when nobody
 * @param status the HTTP status, 0 when no head came
 * @param outcome the {@code x-penstock-outcome} of the head; empty when it had none
 * @param ending how it ended
 * @param marker whether the end was said in the words of the schema: {@code [DONE]}, or a complete body
 * @param error whether the client was told that something went wrong, by the status or by an event in the stream
 * @param textHash CRC-32 of the text that came
 * @param expectedHash CRC-32 of the text that the prompt demands
 * @param chars of the text that came
 */
public record ClientCall(
        String id,
        boolean stream,
        long startMillis,
        long endMillis,
        long firstMillis,
        String node,
        int status,
        String outcome,
        Ending ending,
        boolean marker,
        boolean error,
        long textHash,
        long expectedHash,
        int chars) {

    /** How a call ended for the client. */
    public enum Ending {
        /** The framing of HTTP says that this was all. */
        COMPLETE,
        /** No connection. */
        REFUSED,
        /** FIN before the end. */
        TRUNCATED,
        /** RST. */
        RESET,
        /** The client gave up waiting. */
        TIMEOUT,
        /** The client left on purpose. */
        LEFT
    }

    /** Whether the client has every reason to take the answer for the whole answer. */
    public boolean looksComplete() {
        return status == 200 && ending == Ending.COMPLETE && marker && !error;
    }

    /** Whether the connection ended without a word. */
    public boolean broken() {
        return ending == Ending.REFUSED || ending == Ending.TRUNCATED || ending == Ending.RESET;
    }

    public long millis() {
        return endMillis - startMillis;
    }

    /** The line of the log. */
    public String toLine() {
        return new JsonObject()
                .put("id", id)
                .put("stream", stream)
                .put("start", startMillis)
                .put("end", endMillis)
                .put("first", firstMillis)
                .put("node", node)
                .put("status", status)
                .put("outcome", outcome)
                .put("ending", ending.name())
                .put("marker", marker)
                .put("error", error)
                .put("text", textHash)
                .put("expected", expectedHash)
                .put("chars", chars)
                .encode();
    }

    /** The call of a line. */
    public static ClientCall of(String line) {
        JsonObject call = new JsonObject(line);
        return new ClientCall(
                call.getString("id"),
                call.getBoolean("stream"),
                call.getLong("start"),
                call.getLong("end"),
                call.getLong("first"),
                call.getString("node"),
                call.getInteger("status"),
                call.getString("outcome"),
                Ending.valueOf(call.getString("ending")),
                call.getBoolean("marker"),
                call.getBoolean("error"),
                call.getLong("text"),
                call.getLong("expected"),
                call.getInteger("chars"));
    }
}
