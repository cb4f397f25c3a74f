// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;

/**
 * A line of JSON that is written by hand into bytes that are used again for the next one. Knows no structure: the caller
 * writes braces and keys, this class writes values so that no value can break out of them.
 */
final class JsonLine {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REPLACEMENT = "\\ufffd".getBytes(StandardCharsets.US_ASCII);
    private static final long NO_SECOND = Long.MIN_VALUE;

    private byte[] bytes = new byte[1024];
    private int length;

    private long stampedSecond = NO_SECOND;
    private byte[] stamp = {};

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    JsonLine clear() {
        length = 0;
        return this;
    }

    /** Bytes that are JSON already. */
    JsonLine raw(byte[] json) {
        room(json.length);
        System.arraycopy(json, 0, bytes, length, json.length);
        length += json.length;
        return this;
    }

    JsonLine number(long value) {
        room(20);
        if (value < 0) {
            bytes[length++] = '-';
        }
        int digits = digits(value);
        long rest = value;
        for (int i = length + digits - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        }
        length += digits;
        return this;
    }

    /**
     * A string in its quotes, at most {@code maxChars} of it. Quotes, backslashes and control characters are escaped, the
     * line separators of JavaScript too; half a surrogate pair becomes the replacement character.
     */
    JsonLine string(String value, int maxChars) {
        int end = Math.min(value.length(), maxChars);
        room(2 + 6 * end);
        bytes[length++] = '"';
        for (int i = 0; i < end; i++) {
            char c = value.charAt(i);
            if (c >= 0x20 && c < 0x7f) {
                ascii(c);
            } else if (Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(value.charAt(i + 1))) {
                fourBytes(Character.toCodePoint(c, value.charAt(++i)));
            } else {
                other(c);
            }
        }
        bytes[length++] = '"';
        return this;
    }

    /** A moment in UTC with milliseconds, in its quotes. */
    JsonLine instant(Instant at) {
        long second = at.getEpochSecond();
        if (second != stampedSecond) {
            stamp = ('"'
                            + LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC)
                                    .toString() + ":00")
                    .substring(0, 20)
                    .concat(".")
                    .getBytes(StandardCharsets.US_ASCII);
            stampedSecond = second;
        }
        raw(stamp);
        int millis = at.getNano() / 1_000_000;
        room(5);
        bytes[length++] = (byte) ('0' + millis / 100);
        bytes[length++] = (byte) ('0' + millis / 10 % 10);
        bytes[length++] = (byte) ('0' + millis % 10);
        bytes[length++] = 'Z';
        bytes[length++] = '"';
        return this;
    }

    private void ascii(char c) {
        if (c == '"' || c == '\\') {
            bytes[length++] = '\\';
        }
        bytes[length++] = (byte) c;
    }

    private void other(char c) {
        if (c <= 0x7f || c == '\u2028' || c == '\u2029') {
            unicode(c);
        } else if (Character.isSurrogate(c)) {
            System.arraycopy(REPLACEMENT, 0, bytes, length, REPLACEMENT.length);
            length += REPLACEMENT.length;
        } else if (c < 0x800) {
            bytes[length++] = (byte) (0xc0 | c >> 6);
            bytes[length++] = (byte) (0x80 | (c & 0x3f));
        } else {
            bytes[length++] = (byte) (0xe0 | c >> 12);
            bytes[length++] = (byte) (0x80 | (c >> 6 & 0x3f));
            bytes[length++] = (byte) (0x80 | (c & 0x3f));
        }
    }

    private void unicode(char c) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[c >> shift & 0xf];
        }
    }

    private void fourBytes(int codePoint) {
        bytes[length++] = (byte) (0xf0 | codePoint >> 18);
        bytes[length++] = (byte) (0x80 | (codePoint >> 12 & 0x3f));
        bytes[length++] = (byte) (0x80 | (codePoint >> 6 & 0x3f));
        bytes[length++] = (byte) (0x80 | (codePoint & 0x3f));
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    private static int digits(long value) {
        int digits = 1;
        for (long rest = value / 10; rest != 0; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
