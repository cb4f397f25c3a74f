// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ending;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.conversation.JsonTree;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EndingReader;
import dev.penstock.sse.EventReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads events that pass through, for an answer that may have to end early. One per stream. */
public abstract class PassedEnding implements EndingReader {

    private static final byte[] DATA = ascii("data:");

    private final EventReader reader;
    private final String word;
    private boolean ended;

    /**
     * Of a stream that has not begun.
     *
     * @param word the schema's reason for the end of an answer that is as long as it may be
     */
    PassedEnding(EventReader reader, String word) {
        this.reader = reader;
        this.word = word;
    }

    @Override
    public int read(byte[] bytes, int from, int to) {
        return reader.read(bytes, from, to);
    }

    @Override
    public final @Nullable Usage usage() {
        return reader.usage();
    }

    @Override
    public final @Nullable String finishReason() {
        return ended ? word : reader.finishReason();
    }

    @Override
    public final long contentBytes() {
        return reader.contentBytes();
    }

    @Override
    public final boolean complete() {
        return reader.complete();
    }

    @Override
    public final @Nullable GatewayError error() {
        return reader.error();
    }

    @Override
    public final byte @Nullable [] errorEvent(GatewayError error, String requestId) {
        return reader.errorEvent(error, requestId);
    }

    @Override
    public final byte @Nullable [] limited(byte[] bytes, int from, int to, Usage used) {
        ObjectNode last = data(bytes, from, to);
        byte[] events = last == null ? null : after(last, used);
        ended = events != null;
        return events;
    }

    final String word() {
        return word;
    }

    /** The events behind that one; null where it is not what this schema has. */
    abstract byte @Nullable [] after(ObjectNode last, Usage used);

    // ------------------------------------------------------------------ events

    /** What the lines of an event say; null when that is no object. */
    static @Nullable ObjectNode data(byte[] bytes, int from, int to) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(to - from);
        int at = from;
        while (at < to) {
            int end = at;
            while (end < to && bytes[end] != '\n' && bytes[end] != '\r') {
                end++;
            }
            if (end - at > DATA.length && Arrays.equals(bytes, at, at + DATA.length, DATA, 0, DATA.length)) {
                data.write(bytes, at + DATA.length, end - at - DATA.length);
            }
            at = end + 1;
        }
        return JsonTree.objectIn(data.toByteArray());
    }

    /** Adds an event without a name. */
    static void event(ByteArrayOutputStream out, ObjectNode data) {
        out.writeBytes(DATA);
        out.write(' ');
        out.writeBytes(JsonTree.bytes(data));
        out.writeBytes(ascii("\n\n"));
    }

    /** Adds an event that is named as its {@code type} says. */
    static void typedEvent(ByteArrayOutputStream out, ObjectNode data) {
        out.writeBytes(ascii("event: " + data.path("type").asText() + "\n"));
        event(out, data);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
