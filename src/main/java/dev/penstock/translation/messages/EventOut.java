// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer for events: pieces of JSON that never change as bytes, and strings escaped on the way in. */
final class EventOut {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = new byte[0];
    /** A character becomes six bytes at most. */
    private static final int WORST = 6;

    private byte[] bytes = new byte[512];
    private int length;

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    byte[] take() {
        if (length == 0) {
            return NOTHING;
        }
        byte[] taken = Arrays.copyOf(bytes, length);
        length = 0;
        return taken;
    }

    EventOut raw(byte[] piece) {
        room(piece.length);
        System.arraycopy(piece, 0, bytes, length, piece.length);
        length += piece.length;
        return this;
    }

    EventOut number(long value) {
        if (value >= 0 && value < 10) {
            room(1);
            bytes[length++] = (byte) ('0' + value);
            return this;
        }
        return raw(ascii(Long.toString(value)));
    }

    /** A JSON text that is one already. */
    EventOut json(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    /** With its quotes. */
    EventOut quoted(String text) {
        room(1);
        bytes[length++] = '"';
        escaped(text);
        room(1);
        bytes[length++] = '"';
        return this;
    }

    /** Without quotes. Half a surrogate pair is escaped: the other half may come with the next piece, and the client joins them. */
    EventOut escaped(String text) {
        int count = text.length();
        for (int i = 0; i < count; i++) {
            if (bytes.length - length < WORST) {
                // As if all that is left were plain; what is not comes here again.
                room(Math.max(WORST, count - i));
            }
            char c = text.charAt(i);
            if (c < 0x80) {
                plain(c);
            } else if (c < 0x800) {
                bytes[length++] = (byte) (0xC0 | (c >> 6));
                bytes[length++] = (byte) (0x80 | (c & 0x3F));
            } else if (!Character.isSurrogate(c)) {
                bytes[length++] = (byte) (0xE0 | (c >> 12));
                bytes[length++] = (byte) (0x80 | ((c >> 6) & 0x3F));
                bytes[length++] = (byte) (0x80 | (c & 0x3F));
            } else if (Character.isHighSurrogate(c) && i + 1 < count && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                bytes[length++] = (byte) (0xF0 | (point >> 18));
                bytes[length++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                bytes[length++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                bytes[length++] = (byte) (0x80 | (point & 0x3F));
            } else {
                unicode(c);
            }
        }
        return this;
    }

    private void plain(char c) {
        if (c >= ' ' && c != '"' && c != '\\') {
            bytes[length++] = (byte) c;
            return;
        }
        switch (c) {
            case '"', '\\' -> escape(c);
            case '\n' -> escape('n');
            case '\r' -> escape('r');
            case '\t' -> escape('t');
            default -> unicode(c);
        }
    }

    private void escape(char kind) {
        bytes[length++] = '\\';
        bytes[length++] = (byte) kind;
    }

    private void unicode(char c) {
        escape('u');
        bytes[length++] = HEX[(c >> 12) & 0xF];
        bytes[length++] = HEX[(c >> 8) & 0xF];
        bytes[length++] = HEX[(c >> 4) & 0xF];
        bytes[length++] = HEX[c & 0xF];
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
