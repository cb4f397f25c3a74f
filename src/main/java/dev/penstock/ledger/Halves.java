// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Texts with half of a surrogate pair in them, which JSON of a caller may have and UTF-8 has no bytes for. Such a half is written as the
 * three bytes that UTF-8 would have for it if it were a character (WTF-8), so that the text comes back as it was.
 */
final class Halves {

    /** What a decoder makes of bytes that are no UTF-8. */
    static final char UNREADABLE = '\uFFFD';

    private Halves() {}

    static boolean isIn(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
                if (!pair) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    static byte[] encode(String text) {
        byte[] bytes = new byte[text.length() * 3];
        int length = 0;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
                i++;
                continue;
            }
            length = put(text.substring(start, i), bytes, length);
            bytes[length++] = (byte) (0xe0 | c >>> 12);
            bytes[length++] = (byte) (0x80 | (c >>> 6 & 0x3f));
            bytes[length++] = (byte) (0x80 | (c & 0x3f));
            start = i + 1;
        }
        return Arrays.copyOf(bytes, put(text.substring(start), bytes, length));
    }

    private static int put(String whole, byte[] bytes, int at) {
        byte[] utf8 = whole.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(utf8, 0, bytes, at, utf8.length);
        return at + utf8.length;
    }

    static String decode(byte[] bytes, int from, int length) {
        StringBuilder text = new StringBuilder(length);
        int start = from;
        int end = from + length;
        for (int i = from; i + 2 < end; i++) {
            if ((bytes[i] & 0xff) == 0xed && (bytes[i + 1] & 0xe0) == 0xa0 && (bytes[i + 2] & 0xc0) == 0x80) {
                text.append(new String(bytes, start, i - start, StandardCharsets.UTF_8));
                text.append((char) (0xd000 | (bytes[i + 1] & 0x3f) << 6 | (bytes[i + 2] & 0x3f)));
                i += 2;
                start = i + 1;
            }
        }
        return text.append(new String(bytes, start, end - start, StandardCharsets.UTF_8))
                .toString();
    }
}
