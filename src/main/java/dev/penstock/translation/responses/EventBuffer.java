// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing array that takes bytes, numbers and the inside of JSON strings; used again for event after event. Half a surrogate
 * pair is written as an escape: providers cut text anywhere, and a client that joins the pieces gets the whole sign back.
 */
final class EventBuffer {

    private static final byte[] HEX = bytes("0123456789abcdef");
    private static final int LONGEST_NUMBER = 20;
    /** An escape. */
    private static final int LONGEST_CHAR = 6;

    private byte[] bytes;
    private int length;

    EventBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.UTF_8);
    }

    /** The inside of the JSON string. */
    static byte[] escaped(String text) {
        EventBuffer buffer = new EventBuffer(text.length() + 16);
        buffer.string(text);
        return buffer.take();
    }

    boolean isEmpty() {
        return length == 0;
    }

    void clear() {
        length = 0;
    }

    /** A copy of what has come since the last call. */
    byte[] take() {
        byte[] all = Arrays.copyOf(bytes, length);
        length = 0;
        return all;
    }

    EventBuffer raw(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    EventBuffer raw(EventBuffer other) {
        room(other.length);
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        return this;
    }

    EventBuffer number(long value) {
        if (value < 0) {
            return raw(bytes(Long.toString(value)));
        }
        room(LONGEST_NUMBER);
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /** The inside of a JSON string, without its quotes. */
    EventBuffer string(CharSequence text) {
        int chars = text.length();
        room(chars + LONGEST_CHAR);
        byte[] out = bytes;
        int at = length;
        for (int i = 0; i < chars; i++) {
            if (out.length - at < LONGEST_CHAR) {
                length = at;
                room(chars - i + LONGEST_CHAR);
                out = bytes;
            }
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
                out[at++] = (byte) c;
            } else if (c < 0x80) {
                at = escape(out, at, c);
            } else if (c < 0x800) {
                out[at++] = (byte) (0xC0 | (c >> 6));
                out[at++] = (byte) (0x80 | (c & 0x3F));
            } else if (!Character.isSurrogate(c)) {
                out[at++] = (byte) (0xE0 | (c >> 12));
                out[at++] = (byte) (0x80 | ((c >> 6) & 0x3F));
                out[at++] = (byte) (0x80 | (c & 0x3F));
            } else if (Character.isHighSurrogate(c) && i + 1 < chars && Character.isLowSurrogate(text.charAt(i + 1))) {
                at = pair(out, at, Character.toCodePoint(c, text.charAt(++i)));
            } else {
                at = unicode(out, at, c);
            }
        }
        length = at;
        return this;
    }

    private static int escape(byte[] out, int from, char c) {
        int at = from;
        byte letter =
                switch (c) {
                    case '"' -> '"';
                    case '\\' -> '\\';
                    case '\n' -> 'n';
                    case '\r' -> 'r';
                    case '\t' -> 't';
                    case '\b' -> 'b';
                    case '\f' -> 'f';
                    default -> 0;
                };
        if (letter == 0) {
            return unicode(out, at, c);
        }
        out[at++] = '\\';
        out[at++] = letter;
        return at;
    }

    private static int unicode(byte[] out, int at, char c) {
        out[at] = '\\';
        out[at + 1] = 'u';
        for (int i = 0; i < 4; i++) {
            out[at + 2 + i] = HEX[(c >> (12 - 4 * i)) & 0xF];
        }
        return at + 6;
    }

    private static int pair(byte[] out, int at, int codePoint) {
        out[at] = (byte) (0xF0 | (codePoint >> 18));
        out[at + 1] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
        out[at + 2] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
        out[at + 3] = (byte) (0x80 | (codePoint & 0x3F));
        return at + 4;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
        }
    }
}
