// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing piece of compact JSON in UTF-8, reused for event after event. Half of a surrogate pair has no UTF-8 form and is
 * written as an escape, so that no text of any model can make it fail.
 */
final class JsonBytes {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int BLOCK = 512;
    private static final int WIDEST = 6;

    private byte[] bytes = new byte[1024];
    private int length;

    boolean isEmpty() {
        return length == 0;
    }

    /** What was written since the last call. */
    byte[] take() {
        byte[] taken = Arrays.copyOf(bytes, length);
        length = 0;
        return taken;
    }

    JsonBytes raw(byte[] utf8) {
        ensure(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
        return this;
    }

    /** JSON as it stands; the caller answers for it. */
    JsonBytes raw(String json) {
        int at = 0;
        while (at < json.length()) {
            int to = Math.min(json.length(), at + BLOCK);
            ensure((to - at + 1) * WIDEST);
            while (at < to) {
                char c = json.charAt(at);
                if (c < 0x80) {
                    bytes[length++] = (byte) c;
                    at++;
                } else {
                    at += wide(json, at, c);
                }
            }
        }
        return this;
    }

    JsonBytes number(long value) {
        return raw(Long.toString(value));
    }

    /** A string with its quotes. */
    JsonBytes string(String value) {
        ensure(1);
        bytes[length++] = '"';
        escaped(value);
        ensure(1);
        bytes[length++] = '"';
        return this;
    }

    /** The inside of a string. */
    JsonBytes escaped(String value) {
        int at = 0;
        while (at < value.length()) {
            int to = Math.min(value.length(), at + BLOCK);
            ensure((to - at + 1) * WIDEST);
            while (at < to) {
                char c = value.charAt(at);
                if (c >= 0x80) {
                    at += wide(value, at, c);
                    continue;
                }
                if (c >= ' ' && c != '"' && c != '\\') {
                    bytes[length++] = (byte) c;
                } else {
                    escape(c);
                }
                at++;
            }
        }
        return this;
    }

    /** Writes what is not ASCII; returns how many characters it took. */
    private int wide(String text, int at, char c) {
        if (c < 0x800) {
            bytes[length++] = (byte) (0xC0 | (c >> 6));
            bytes[length++] = (byte) (0x80 | (c & 0x3F));
            return 1;
        }
        if (!Character.isSurrogate(c)) {
            bytes[length++] = (byte) (0xE0 | (c >> 12));
            bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3F));
            bytes[length++] = (byte) (0x80 | (c & 0x3F));
            return 1;
        }
        if (Character.isHighSurrogate(c) && at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))) {
            int point = Character.toCodePoint(c, text.charAt(at + 1));
            bytes[length++] = (byte) (0xF0 | (point >> 18));
            bytes[length++] = (byte) (0x80 | ((point >> 12) & 0x3F));
            bytes[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
            bytes[length++] = (byte) (0x80 | (point & 0x3F));
            return 2;
        }
        unicode(c);
        return 1;
    }

    private void escape(char c) {
        int letter =
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
            unicode(c);
            return;
        }
        bytes[length++] = '\\';
        bytes[length++] = (byte) letter;
    }

    private void unicode(char c) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        bytes[length++] = HEX[(c >> 12) & 0xF];
        bytes[length++] = HEX[(c >> 8) & 0xF];
        bytes[length++] = HEX[(c >> 4) & 0xF];
        bytes[length++] = HEX[c & 0xF];
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
