// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.penstock.schema.openai.ChatRequestHead.Span;
import dev.penstock.schema.openai.ChatRequestHead.StreamOptions;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Rewrites {@code model}, and asks for usage where the client did not, by replacing and inserting a few bytes: the rest of the
 * body survives byte for byte, with its unknown fields, number spellings, key order and white space. Large bodies are not
 * copied: the pieces are views of the body. Small ones are put together, because one write is cheaper than three.
 */
public final class ChatRequestSplicer {

    /** Up to here copying is cheaper than two more buffers on their way to the socket. */
    static final int COPY_UP_TO = 16 * 1024;

    private static final byte[] INCLUDE_USAGE = ascii("\"include_usage\":true");
    private static final byte[] USAGE_OPTIONS = ascii("{\"include_usage\":true}");
    private static final byte[] TRUE = ascii("true");

    /** Bytes {@code [from, to)} of the body give way to {@code with}. */
    private static final class Edit {
        private final int from;
        private final int to;
        private final byte[] with;

        Edit(int from, int to, byte[] with) {
            this.from = from;
            this.to = to;
            this.with = with;
        }
    }

    private ChatRequestSplicer() {}

    /**
     * Rewrites the body.
     *
     * @param body the client's body, unchanged since {@code head} was read from it
     * @param askForUsage whether the provider shall report usage at the end of the stream
     * @return the pieces to send, in order
     */
    public static List<Buffer> splice(byte[] body, ChatRequestHead head, String upstreamModel, boolean askForUsage) {
        List<Edit> edits = new ArrayList<>(2);
        if (!head.model().equals(upstreamModel)) {
            edits.add(new Edit(head.modelValue().from(), head.modelValue().to(), quoted(upstreamModel)));
        }
        if (askForUsage) {
            addUsage(head, edits);
        }
        edits.sort(Comparator.comparingInt(edit -> edit.from));
        return body.length <= COPY_UP_TO ? List.of(joined(body, edits)) : pieces(body, edits);
    }

    private static void addUsage(ChatRequestHead head, List<Edit> edits) {
        StreamOptions options = head.streamOptions();
        if (options == null) {
            int afterModel = head.modelValue().to();
            edits.add(new Edit(afterModel, afterModel, join(ascii(",\"stream_options\":"), USAGE_OPTIONS)));
        } else if (!options.object()) {
            edits.add(new Edit(options.value().from(), options.value().to(), USAGE_OPTIONS));
        } else if (options.includeUsageValues().isEmpty()) {
            int inside = options.value().from() + 1;
            edits.add(new Edit(inside, inside, options.empty() ? INCLUDE_USAGE : join(INCLUDE_USAGE, ascii(","))));
        } else {
            for (Span value : options.includeUsageValues()) {
                edits.add(new Edit(value.from(), value.to(), TRUE));
            }
        }
    }

    private static Buffer joined(byte[] body, List<Edit> edits) {
        int length = body.length;
        for (Edit edit : edits) {
            length += edit.with.length - (edit.to - edit.from);
        }
        byte[] out = new byte[length];
        int read = 0;
        int written = 0;
        for (Edit edit : edits) {
            System.arraycopy(body, read, out, written, edit.from - read);
            written += edit.from - read;
            System.arraycopy(edit.with, 0, out, written, edit.with.length);
            written += edit.with.length;
            read = edit.to;
        }
        System.arraycopy(body, read, out, written, body.length - read);
        return view(out, 0, out.length);
    }

    private static List<Buffer> pieces(byte[] body, List<Edit> edits) {
        List<Buffer> pieces = new ArrayList<>(2 * edits.size() + 1);
        int read = 0;
        for (Edit edit : edits) {
            if (edit.from > read) {
                pieces.add(view(body, read, edit.from));
            }
            pieces.add(view(edit.with, 0, edit.with.length));
            read = edit.to;
        }
        pieces.add(view(body, read, body.length));
        return pieces;
    }

    /** {@code Buffer.buffer(byte[])} copies; wrapping needs the internal door of the same library. */
    private static Buffer view(byte[] bytes, int from, int to) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, from, to - from));
    }

    private static byte[] quoted(String value) {
        byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(value);
        byte[] out = new byte[escaped.length + 2];
        out[0] = '"';
        System.arraycopy(escaped, 0, out, 1, escaped.length);
        out[out.length - 1] = '"';
        return out;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] out = new byte[first.length + second.length];
        System.arraycopy(first, 0, out, 0, first.length);
        System.arraycopy(second, 0, out, first.length, second.length);
        return out;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
