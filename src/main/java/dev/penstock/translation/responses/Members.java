// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where in the bytes the known members of one JSON object stand. Members come in any order (three orders have been recorded), so an
 * event is looked at whole before anything is made of it, and only what is asked for becomes a string. Used again for object
 * after object.
 */
final class Members {

    private static final int EMPTY_ARRAY = 2;

    private final byte[][] names;
    private final int[] from;
    private final int[] to;
    private final JsonCursor json = new JsonCursor();
    private final long[] count = new long[1];
    private byte[] bytes = new byte[0];

    Members(String... names) {
        this.names = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            this.names[i] = Keys.bytes(names[i]);
        }
        this.from = new int[names.length];
        this.to = new int[names.length];
    }

    /** Takes the array or object of another one; every member is then absent when it is no object. */
    boolean scan(Members holder, int slot) {
        if (holder.has(slot)) {
            return scan(holder.bytes, holder.from[slot], holder.to[slot]);
        }
        Arrays.fill(from, -1);
        return false;
    }

    /** False when it is not one JSON object, with nothing but space around it. */
    boolean scan(byte[] text, int begin, int end) {
        bytes = text;
        Arrays.fill(from, -1);
        json.on(text, begin, end, true);
        if (json.peek() != '{') {
            return false;
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int slot = slot();
            int at = json.at();
            if (!json.skipValue()) {
                return false;
            }
            if (slot >= 0) {
                from[slot] = at;
                to[slot] = json.at();
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END && json.onlySpaceFollows();
    }

    private int slot() {
        for (int i = 0; i < names.length; i++) {
            if (json.keyIs(names[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Whether it is there and not null. */
    boolean has(int slot) {
        return from[slot] >= 0 && bytes[from[slot]] != 'n';
    }

    /** Whether it is a string of these bytes. */
    boolean is(int slot, byte[] value) {
        return readable(slot) && json.stringIs(value);
    }

    /** Which of the strings it is, or -1. */
    int oneOf(int slot, byte[][] values) {
        if (!readable(slot)) {
            return -1;
        }
        for (int i = 0; i < values.length; i++) {
            if (json.stringIs(values[i])) {
                return i;
            }
        }
        return -1;
    }

    @Nullable
    String string(int slot) {
        return readable(slot) ? json.stringValue() : null;
    }

    /** Absent, null and of another type are all empty: providers differ in which they send. */
    String text(int slot) {
        return readable(slot) ? json.stringValue() : "";
    }

    private boolean readable(int slot) {
        if (from[slot] < 0 || bytes[from[slot]] != '"') {
            return false;
        }
        json.on(bytes, from[slot], to[slot], true);
        return json.string();
    }

    /** A count, or {@code otherwise} when it is not there. */
    long number(int slot, long otherwise) {
        if (!has(slot)) {
            return otherwise;
        }
        // One byte more than the number, so that its end can be seen.
        json.on(bytes, from[slot], Math.min(bytes.length, to[slot] + 1), true);
        return json.count(count, 0) ? count[0] : otherwise;
    }

    /** The bytes of the value, as JSON. */
    byte[] json(int slot) {
        return Arrays.copyOfRange(bytes, from[slot], to[slot]);
    }

    /** The array as JSON without white space between its tokens, or null when it is empty or not there. */
    @Nullable
    String array(int slot) {
        if (from[slot] < 0 || bytes[from[slot]] != '[' || to[slot] - from[slot] == EMPTY_ARRAY) {
            return null;
        }
        json.on(bytes, from[slot], to[slot], true);
        String array = json.skipValue() ? json.textSince(from[slot]) : "";
        return array.length() <= EMPTY_ARRAY ? null : array;
    }

    /** Walks over an array; without one there is nothing to walk over. */
    Elements elements(int slot) {
        return has(slot) && bytes[from[slot]] == '['
                ? new Elements(bytes, from[slot], to[slot])
                : new Elements(bytes, 0, 0);
    }

    /** The elements of one array. */
    static final class Elements {
        private final JsonCursor json = new JsonCursor();
        private final byte[] bytes;
        private int state;
        private boolean first = true;

        private Elements(byte[] bytes, int from, int to) {
            this.bytes = bytes;
            json.on(bytes, from, to, true);
            state = from < to ? JsonCursor.MORE : JsonCursor.END;
        }

        /** Goes to the next one and shows it to {@code members}; false at the end. */
        boolean next(Members members) {
            if (state != JsonCursor.MORE) {
                return false;
            }
            if (first) {
                json.enter();
                state = json.firstElement();
                first = false;
            } else {
                state = json.nextElement();
            }
            if (state != JsonCursor.MORE) {
                return false;
            }
            int from = json.at();
            if (!json.skipValue()) {
                state = JsonCursor.BROKEN;
                return false;
            }
            boolean unused = members.scan(bytes, from, json.at());
            return true;
        }
    }
}
