// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.sse.SseFramer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hot. The events of {@code streamGenerateContent?alt=sse}: {@code data:} with one chunk of the answer, CRLF, no event names and no end
 * marker. The answer is complete after a finish reason or a blocked prompt; more chunks may follow it, so the end is said in
 * {@link #finish}. An error in mid-stream comes as bare JSON over several lines, without {@code data:}. One instance per stream; not
 * thread-safe.
 */
public final class GeminiStreamDecoder implements StreamDecoder {

    private static final int NONE = -1;

    private final ChunkReader chunks = new ChunkReader();
    /** The lines of an event with more than one, put together. */
    private byte[] joined = new byte[0];

    private boolean first = true;

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        int start = first ? afterByteOrderMark(bytes, from, to) : from;
        first = false;
        int at = start;
        int dataFrom = NONE;
        int dataTo = NONE;
        int joinedSize = NONE;
        while (at < to) {
            int end = SseFramer.lineEnd(bytes, at, to);
            int value = dataValue(bytes, at, end);
            if (value != NONE) {
                if (dataFrom == NONE) {
                    dataFrom = value;
                    dataTo = end;
                } else {
                    joinedSize = joinedSize == NONE ? join(bytes, dataFrom, dataTo, 0) : joinedSize;
                    joinedSize = join(bytes, value, end, joinedSize);
                }
            }
            at = end + 1;
        }
        if (dataFrom == NONE) {
            return looksBare(bytes, start, to) ? chunks.read(bytes, start, to, true, sink) : true;
        }
        if (joinedSize != NONE) {
            return chunks.read(joined, 0, joinedSize, true, sink);
        }
        return isIdle(bytes, dataFrom, dataTo) || chunks.read(bytes, dataFrom, dataTo, false, sink);
    }

    @Override
    public boolean terminal() {
        return chunks.terminal();
    }

    @Override
    public void finish(AnswerSink sink) {
        chunks.finish(sink);
    }

    @Override
    public @Nullable GatewayError error() {
        return chunks.error();
    }

    /** Where the value of a {@code data} line begins. */
    private static int dataValue(byte[] bytes, int from, int end) {
        if (end - from < 5
                || bytes[from] != 'd'
                || bytes[from + 1] != 'a'
                || bytes[from + 2] != 't'
                || bytes[from + 3] != 'a'
                || bytes[from + 4] != ':') {
            return NONE;
        }
        int value = from + 5;
        return (value < end && bytes[value] == ' ') ? value + 1 : value;
    }

    private int join(byte[] bytes, int from, int to, int size) {
        int needed = size + 1 + to - from;
        if (joined.length < needed) {
            joined = Arrays.copyOf(joined, Math.max(needed, joined.length * 2));
        }
        int at = size;
        if (at > 0) {
            joined[at++] = '\n';
        }
        System.arraycopy(bytes, from, joined, at, to - from);
        return at + to - from;
    }

    /** Nothing, or the {@code [DONE]} that some proxies add. */
    private static boolean isIdle(byte[] bytes, int from, int to) {
        return from == to || (to - from == 6 && bytes[from] == '[' && bytes[from + 1] == 'D');
    }

    private static boolean looksBare(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] <= ' ' && bytes[at] >= 0) {
            at++;
        }
        return at < to && (bytes[at] == '{' || bytes[at] == '[');
    }

    private static int afterByteOrderMark(byte[] bytes, int from, int to) {
        boolean mark = to - from >= 3
                && bytes[from] == (byte) 0xEF
                && bytes[from + 1] == (byte) 0xBB
                && bytes[from + 2] == (byte) 0xBF;
        return mark ? from + 3 : from;
    }
}
