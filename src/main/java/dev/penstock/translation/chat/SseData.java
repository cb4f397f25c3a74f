// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.schema.Keys;
import dev.penstock.sse.SseFramer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Finds the data of one event. The usual event is a single {@code data:} line and is not copied; everything else is read line by
 * line as WHATWG HTML 9.2.6 says, with two additions for servers that leave the format when they fail: the field named
 * {@code error:} of GPUStack, and a JSON text without {@code data:}.
 */
final class SseData {

    /** What kind of event it was. */
    enum Kind {
        /** Comments, or nothing. */
        NONE,
        DATA,
        /** The sender says by the name of the event or of the field that the data is an error. */
        ERROR,
        /** A line of JSON outside of any field. */
        BARE
    }

    private static final byte[] DATA = Keys.bytes("data");
    private static final byte[] EVENT = Keys.bytes("event");

    private byte[] bytes = new byte[0];
    private int from;
    private int to;

    byte[] bytes() {
        return bytes;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    byte[] copy() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** Finds the data in {@code event[start, end)}; it is then in {@link #bytes} from {@link #from} to {@link #to}. */
    Kind find(byte[] event, int start, int end) {
        int at = skipLineEnds(event, start, end);
        if (isField(DATA, event, at, end)) {
            int lineEnd = SseFramer.lineEnd(event, at, end);
            if (skipLineEnds(event, lineEnd, end) == end) {
                return take(event, valueFrom(event, at + DATA.length, lineEnd), lineEnd, Kind.DATA);
            }
        }
        return lines(event, skipByteOrderMark(event, at, end), end);
    }

    private Kind take(byte[] source, int start, int end, Kind kind) {
        bytes = source;
        from = start;
        to = end;
        return start == end && kind == Kind.DATA ? Kind.NONE : kind;
    }

    private Kind lines(byte[] event, int start, int end) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(end - start);
        boolean any = false;
        boolean error = false;
        int bare = -1;
        int at = start;
        while (at < end) {
            int lineEnd = SseFramer.lineEnd(event, at, end);
            if (isField(DATA, event, at, lineEnd)) {
                if (any) {
                    data.write('\n');
                }
                any = true;
                int value = valueFrom(event, at + DATA.length, lineEnd);
                data.write(event, value, lineEnd - value);
            } else if (isField(EVENT, event, at, lineEnd)) {
                int value = valueFrom(event, at + EVENT.length, lineEnd);
                error = Arrays.equals(event, value, lineEnd, Keys.ERROR, 0, Keys.ERROR.length);
            } else if (isField(Keys.ERROR, event, at, lineEnd)) {
                return take(event, valueFrom(event, at + Keys.ERROR.length, lineEnd), end, Kind.ERROR);
            } else if (bare < 0 && at < lineEnd && (event[at] == '{' || event[at] == '[')) {
                bare = at;
            }
            at = lineEnd + 1;
        }
        if (any) {
            byte[] joined = data.toByteArray();
            return take(joined, 0, joined.length, error ? Kind.ERROR : Kind.DATA);
        }
        return bare < 0 ? Kind.NONE : take(event, bare, end, Kind.BARE);
    }

    private static boolean isField(byte[] name, byte[] bytes, int from, int to) {
        int colon = from + name.length;
        return colon < to && bytes[colon] == ':' && Arrays.equals(bytes, from, colon, name, 0, name.length);
    }

    /** The value after the colon at {@code colon}, without the one space that the format allows. */
    private static int valueFrom(byte[] bytes, int colon, int lineEnd) {
        int value = Math.min(colon + 1, lineEnd);
        return value < lineEnd && bytes[value] == ' ' ? value + 1 : value;
    }

    private static int skipLineEnds(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == '\n' || bytes[at] == '\r')) {
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
