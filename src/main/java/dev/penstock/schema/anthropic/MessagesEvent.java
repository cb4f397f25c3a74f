// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.sse.SseFramer;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Takes one event of a messages stream apart as far as all events are alike: its type, and where in the bytes the object stands that
 * the type is about. The {@code type} of the payload counts; the {@code event:} line only where the payload has none. Keys may stand in
 * any order. Reused for event after event; allocates nothing for an event with one {@code data:} line. Not thread-safe.
 */
public final class MessagesEvent {

    /** What an event is. */
    public enum Type {
        MESSAGE_START,
        BLOCK_START,
        BLOCK_DELTA,
        BLOCK_STOP,
        MESSAGE_DELTA,
        MESSAGE_STOP,
        PING,
        ERROR,
        /** A comment, or a type that only later servers know. */
        OTHER,
        /** Not in the schema at all. */
        BROKEN
    }

    private static final byte[] EVENT = Keys.bytes("event");
    private static final byte[] CONTENT_BLOCK = Keys.bytes("content_block");
    private static final byte[][] NAMES = {
        Keys.bytes("content_block_delta"),
        Keys.bytes("content_block_start"),
        Keys.bytes("content_block_stop"),
        Keys.bytes("message_start"),
        Keys.bytes("message_delta"),
        Keys.bytes("message_stop"),
        Keys.bytes("ping"),
        Keys.ERROR
    };
    private static final Type[] TYPES = {
        Type.BLOCK_DELTA,
        Type.BLOCK_START,
        Type.BLOCK_STOP,
        Type.MESSAGE_START,
        Type.MESSAGE_DELTA,
        Type.MESSAGE_STOP,
        Type.PING,
        Type.ERROR
    };

    private final JsonCursor json = new JsonCursor();
    private final long[] index = new long[1];

    private byte[] bytes = new byte[0];
    private int from;
    private int to;
    private int innerAt;
    private int usageAt;
    private boolean empty;

    /** Takes the event in {@code slice[sliceFrom, sliceTo)} apart, as a framer of server-sent events cut it. */
    public Type read(byte[] slice, int sliceFrom, int sliceTo) {
        int at = skipByteOrderMark(slice, sliceFrom, sliceTo);
        Type named = Type.OTHER;
        int dataFrom = -1;
        int dataTo = -1;
        int bareFrom = -1;
        ByteArrayOutputStream joined = null;
        while (at < sliceTo) {
            int end = SseFramer.lineEnd(slice, at, sliceTo);
            if (isField(Keys.DATA, slice, at, end)) {
                int value = valueFrom(slice, at + Keys.DATA.length, end);
                if (dataFrom >= 0) {
                    joined = join(joined, slice, dataFrom, dataTo, value, end);
                } else {
                    dataFrom = value;
                    dataTo = end;
                }
            } else if (isField(EVENT, slice, at, end)) {
                named = named(slice, valueFrom(slice, at + EVENT.length, end), end);
            } else if (bareFrom < 0 && at < end && slice[at] == '{') {
                bareFrom = at;
            }
            at = end + 1;
        }
        if (joined != null) {
            byte[] data = joined.toByteArray();
            return data(data, 0, data.length, named);
        }
        if (dataFrom >= 0) {
            return data(slice, dataFrom, dataTo, named);
        }
        empty = true;
        return bareFrom < 0 ? Type.OTHER : bare(slice, bareFrom, sliceTo);
    }

    /** After {@link #read}: the bytes in which the offsets lie. */
    public byte[] bytes() {
        return bytes;
    }

    /** The first byte of the payload. */
    public int from() {
        return from;
    }

    /** Behind the last byte of the payload. */
    public int to() {
        return to;
    }

    /** Where the object {@code message}, {@code content_block} or {@code delta} begins, or -1. */
    public int innerAt() {
        return innerAt;
    }

    /** Where the object {@code usage} of the event itself begins, or -1. */
    public int usageAt() {
        return usageAt;
    }

    /** The {@code index} of the block, or 0. */
    public long index() {
        return index[0];
    }

    /** Whether the event had no data at all: a comment. */
    boolean empty() {
        return empty;
    }

    /** A copy of the payload. */
    public byte[] payload() {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** A client's parser drops a line without a field, so only an error in it has a meaning. */
    private Type bare(byte[] slice, int sliceFrom, int sliceTo) {
        return data(slice, sliceFrom, sliceTo, Type.OTHER) == Type.ERROR ? Type.ERROR : Type.BROKEN;
    }

    private Type data(byte[] text, int textFrom, int textTo, Type named) {
        bytes = text;
        from = textFrom;
        to = textTo;
        innerAt = -1;
        usageAt = -1;
        index[0] = 0;
        empty = textFrom == textTo;
        if (empty) {
            return Type.OTHER;
        }
        json.on(text, textFrom, textTo, true);
        return json.peek() == '{' ? members(named) : Type.BROKEN;
    }

    private Type members(Type named) {
        Type typed = null;
        boolean error = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            boolean isType = first == '"' && json.keyIs(Keys.TYPE);
            boolean isIndex = first >= '0' && first <= '9' && json.keyIs(Keys.INDEX);
            if (first == '{') {
                error |= json.keyIs(Keys.ERROR);
                place(json.at());
            }
            if (!(isIndex ? json.count(index, 0) : json.skipValue())) {
                return Type.BROKEN;
            }
            typed = isType ? ofString() : typed;
            state = json.nextMember();
        }
        if (state != JsonCursor.END || !json.onlySpaceFollows()) {
            return Type.BROKEN;
        }
        Type type = typed != null ? typed : named;
        return error && type == Type.OTHER ? Type.ERROR : type;
    }

    private void place(int at) {
        if (json.keyIs(Keys.USAGE)) {
            usageAt = at;
        } else if (json.keyIs(Keys.DELTA) || json.keyIs(CONTENT_BLOCK) || json.keyIs(Keys.MESSAGE)) {
            innerAt = at;
        }
    }

    private Type ofString() {
        for (int i = 0; i < NAMES.length; i++) {
            if (json.stringIs(NAMES[i])) {
                return TYPES[i];
            }
        }
        return Type.OTHER;
    }

    private static Type named(byte[] slice, int wordFrom, int wordTo) {
        for (int i = 0; i < NAMES.length; i++) {
            if (Arrays.equals(slice, wordFrom, wordTo, NAMES[i], 0, NAMES[i].length)) {
                return TYPES[i];
            }
        }
        return Type.OTHER;
    }

    // ------------------------------------------------------------------ lines

    private static ByteArrayOutputStream join(
            @Nullable ByteArrayOutputStream joined,
            byte[] slice,
            int firstFrom,
            int firstTo,
            int nextFrom,
            int nextTo) {
        ByteArrayOutputStream all = joined;
        if (all == null) {
            all = new ByteArrayOutputStream(nextTo - firstFrom);
            all.write(slice, firstFrom, firstTo - firstFrom);
        }
        all.write('\n');
        all.write(slice, nextFrom, nextTo - nextFrom);
        return all;
    }

    private static boolean isField(byte[] name, byte[] slice, int lineFrom, int lineTo) {
        int colon = lineFrom + name.length;
        return colon < lineTo && slice[colon] == ':' && Arrays.equals(slice, lineFrom, colon, name, 0, name.length);
    }

    /** The value after the colon at {@code colon}, without the one space that the format allows. */
    private static int valueFrom(byte[] slice, int colon, int lineTo) {
        int value = colon + 1;
        return value < lineTo && slice[value] == ' ' ? value + 1 : value;
    }

    private static int skipByteOrderMark(byte[] slice, int sliceFrom, int sliceTo) {
        boolean mark = sliceTo - sliceFrom >= 3
                && slice[sliceFrom] == (byte) 0xEF
                && slice[sliceFrom + 1] == (byte) 0xBB
                && slice[sliceFrom + 2] == (byte) 0xBF;
        return mark ? sliceFrom + 3 : sliceFrom;
    }
}
