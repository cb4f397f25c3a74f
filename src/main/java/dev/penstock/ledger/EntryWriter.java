// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that grow, written from left to right and used again. Numbers are varints: seven bits a byte, the lowest first, negative
 * ones folded in between (as Protocol Buffers' {@code sint64}); a text is its length plus one, and its UTF-8 (see {@link Halves}); 0
 * stands for none.
 */
final class EntryWriter {

    private byte[] bytes = new byte[4096];
    private int length;

    void clear() {
        length = 0;
    }

    int length() {
        return length;
    }

    byte[] array() {
        return bytes;
    }

    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    /** Leaves room for something that is known later. */
    void skip(int count) {
        room(count);
        length += count;
    }

    /** Takes back what was written behind this length. */
    void cutTo(int earlier) {
        length = earlier;
    }

    void putIntAt(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    void fixedLong(long value) {
        room(Long.BYTES);
        putIntAt(length, (int) (value >>> 32));
        putIntAt(length + 4, (int) value);
        length += Long.BYTES;
    }

    void octet(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void number(long value) {
        room(10);
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) ((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void text(@Nullable String text) {
        if (text == null) {
            number(0);
            return;
        }
        int start = length;
        int count = text.length();
        number(count + 1L);
        room(count);
        for (int i = 0; i < count; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                length = start;
                encoded(Halves.isIn(text) ? Halves.encode(text) : text.getBytes(StandardCharsets.UTF_8));
                return;
            }
            bytes[length++] = (byte) c;
        }
    }

    private void encoded(byte[] utf8) {
        number(utf8.length + 1L);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
