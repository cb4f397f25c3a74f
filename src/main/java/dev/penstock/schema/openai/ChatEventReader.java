// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.schema.Keys;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.SseFramer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one complete SSE event of a chat completion stream without building objects: does it bring content, a finish reason,
 * usage, an error, the end? One instance per stream, reused; not thread-safe; an event of plain content allocates nothing.
 *
 * <p>The usual event is one {@code data:} line. It is read in one pass over the bytes, in which a line end inside the JSON text
 * is an error, so that what passes here is exactly what an event-stream parser would hand on. Everything else (several
 * {@code data:} lines, other fields, comments) goes through the general reading line by line, as WHATWG HTML 9.2.6 says, with
 * two additions for servers that leave the format when they fail: the field named {@code error:} of GPUStack, and a bare JSON
 * text without {@code data:}.
 */
public final class ChatEventReader implements EventReader {

    private static final byte[] DATA = Keys.bytes("data");
    private static final byte[] EVENT = Keys.bytes("event");
    private static final byte[] DONE_MARK = Keys.bytes("[DONE]");
    private static final byte[] NOTHING = new byte[0];

    private final ChatPayload payload = new ChatPayload();
    private byte[] errorText = NOTHING;

    /**
     * Looks at the event in {@code bytes[from, to)}. {@link #USAGE} is an object in {@code usage} or {@code x_groq.usage},
     * {@link #USAGE_ONLY} the extra chunk without a choice that {@code include_usage} brings, {@link #DONE} is {@code data: [DONE]},
     * {@link #ERROR} a top-level {@code error}, {@code event: error}, the field {@code error:} or {@code "object":"error"}.
     */
    @Override
    public int read(byte[] bytes, int from, int to) {
        int at = skipLineEnds(bytes, from, to);
        if (isField(DATA, bytes, at, to)) {
            int text = skipSpaces(bytes, at + DATA.length + 1, to);
            if (text < to && bytes[text] == '{') {
                int flags = payload.read(bytes, text, to, false);
                if (flags != MALFORMED) {
                    return noteError(flags, bytes, text, to);
                }
            }
        }
        return readLines(bytes, from, to);
    }

    @Override
    public @Nullable Usage usage() {
        return payload.usage();
    }

    /** The last finish reason of the choice with index 0, in the provider's word. */
    @Override
    public @Nullable String finishReason() {
        return payload.finishReason();
    }

    @Override
    public long contentBytes() {
        return payload.contentBytes();
    }

    /** Whether at least one choice was seen and every one that was seen has a finish reason. */
    @Override
    public boolean complete() {
        return payload.allChoicesFinished();
    }

    @Override
    public @Nullable GatewayError error() {
        return errorText.length == 0 ? null : ProviderErrorReader.inStream(errorText);
    }

    /** The choices that have begun and not ended, one bit for each; of those from 64 on nothing is said. */
    public long openChoices() {
        return payload.openChoices();
    }

    /** Forgets the stream, for the next one. */
    public void reset() {
        payload.reset();
        errorText = NOTHING;
    }

    // ------------------------------------------------------------------ line by line

    private int readLines(byte[] bytes, int from, int to) {
        int at = skipByteOrderMark(bytes, from, to);
        int dataFrom = -1;
        int dataTo = -1;
        int bareFrom = -1;
        ByteArrayOutputStream joined = null;
        boolean errorEvent = false;
        while (at < to) {
            int end = SseFramer.lineEnd(bytes, at, to);
            if (isField(DATA, bytes, at, end) || isWord(DATA, bytes, at, end)) {
                int value = valueFrom(bytes, at + DATA.length, end);
                if (dataFrom >= 0) {
                    joined = join(joined, bytes, dataFrom, dataTo, value, end);
                } else {
                    dataFrom = value;
                    dataTo = end;
                }
            } else if (isField(EVENT, bytes, at, end)) {
                int value = valueFrom(bytes, at + EVENT.length, end);
                errorEvent = isWord(Keys.ERROR, bytes, value, end);
            } else if (isField(Keys.ERROR, bytes, at, end)) {
                errorText = Arrays.copyOfRange(bytes, valueFrom(bytes, at + Keys.ERROR.length, end), to);
                return ERROR;
            } else if (bareFrom < 0 && at < end && bytes[at] == '{') {
                bareFrom = at;
            }
            at = end + 1;
        }
        if (joined != null) {
            byte[] data = joined.toByteArray();
            return readData(data, 0, data.length, errorEvent);
        }
        if (dataFrom >= 0) {
            return readData(bytes, dataFrom, dataTo, errorEvent);
        }
        return bareFrom < 0 ? COMMENT : readBare(bytes, bareFrom, to);
    }

    /** A client's parser drops such a line, so only an error in it has a meaning. */
    private int readBare(byte[] bytes, int from, int to) {
        int flags = noteError(new ChatPayload().read(bytes, from, to, true), bytes, from, to);
        return (flags & ERROR) != 0 ? ERROR : MALFORMED;
    }

    private int readData(byte[] bytes, int from, int to, boolean errorEvent) {
        if (errorEvent) {
            payload.read(bytes, from, to, true);
            return noteError(ERROR, bytes, from, to);
        }
        if (startsWith(DONE_MARK, bytes, from, to)) {
            // As the official clients have it: the data begins with the mark.
            return DONE;
        }
        return from == to ? COMMENT : noteError(payload.read(bytes, from, to, true), bytes, from, to);
    }

    private int noteError(int flags, byte[] bytes, int from, int to) {
        if ((flags & ERROR) != 0) {
            errorText = Arrays.copyOfRange(bytes, from, to);
        }
        return flags;
    }

    private static ByteArrayOutputStream join(
            @Nullable ByteArrayOutputStream joined, byte[] bytes, int firstFrom, int firstTo, int from, int to) {
        ByteArrayOutputStream all = joined;
        if (all == null) {
            all = new ByteArrayOutputStream(to - firstFrom);
            all.write(bytes, firstFrom, firstTo - firstFrom);
        }
        all.write('\n');
        all.write(bytes, from, to - from);
        return all;
    }

    // ------------------------------------------------------------------ bytes

    private static boolean isField(byte[] name, byte[] bytes, int from, int to) {
        int colon = from + name.length;
        return colon < to && bytes[colon] == ':' && startsWith(name, bytes, from, to);
    }

    private static boolean isWord(byte[] name, byte[] bytes, int from, int to) {
        return Arrays.equals(bytes, from, to, name, 0, name.length);
    }

    private static boolean startsWith(byte[] name, byte[] bytes, int from, int to) {
        return to - from >= name.length && Arrays.equals(bytes, from, from + name.length, name, 0, name.length);
    }

    /** The value after the colon at {@code colon}, without the one space that the format allows. */
    private static int valueFrom(byte[] bytes, int colon, int lineEnd) {
        int value = Math.min(colon + 1, lineEnd);
        return value < lineEnd && bytes[value] == ' ' ? value + 1 : value;
    }

    /** A slice may begin with the LF of the line end before it. */
    private static int skipLineEnds(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == '\n' || bytes[at] == '\r')) {
            at++;
        }
        return at;
    }

    private static int skipSpaces(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] == ' ') {
            at++;
        }
        return at;
    }

    private static int skipByteOrderMark(byte[] bytes, int from, int to) {
        boolean mark = to - from >= 3
                && bytes[from] == (byte) 0xEF
                && bytes[from + 1] == (byte) 0xBB
                && bytes[from + 2] == (byte) 0xBF;
        return mark ? from + 3 : from;
    }
}
