// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what an {@link EntryWriter} wrote. Whatever the bytes are, it ends with a value or an {@link UnreadableEntry}. */
final class EntryReader {

    private final byte[] bytes;
    private final int end;
    private int at;

    EntryReader(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    /** Where the next byte is read. */
    int position() {
        return at;
    }

    int octet() throws UnreadableEntry {
        if (at >= end) {
            throw UnreadableEntry.malformed("it ends too early");
        }
        return bytes[at++] & 0xff;
    }

    long fixedLong() throws UnreadableEntry {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | octet();
        }
        return value;
    }

    long number() throws UnreadableEntry {
        long folded = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = octet();
            folded |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return (folded >>> 1) ^ -(folded & 1);
            }
        }
        throw UnreadableEntry.malformed("a number has no end");
    }

    int small() throws UnreadableEntry {
        long number = number();
        if (number != (int) number) {
            throw UnreadableEntry.malformed("a number is too large");
        }
        return (int) number;
    }

    /** How many of something follow, each of which takes a byte at least. */
    int count() throws UnreadableEntry {
        long number = number();
        if (number < 0 || number > end - at) {
            throw UnreadableEntry.malformed("a list is longer than the entry");
        }
        return (int) number;
    }

    boolean flag() throws UnreadableEntry {
        return octet() != 0;
    }

    @Nullable
    String textOrNull() throws UnreadableEntry {
        long marked = number();
        if (marked == 0) {
            return null;
        }
        if (marked < 0 || marked - 1 > end - at) {
            throw UnreadableEntry.malformed("a text is longer than the entry");
        }
        int length = (int) (marked - 1);
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        if (text.indexOf(Halves.UNREADABLE) >= 0) {
            text = Halves.decode(bytes, at, length);
        }
        at += length;
        return text;
    }

    void skipText() throws UnreadableEntry {
        long marked = number();
        if (marked < 0 || marked - 1 > end - at) {
            throw UnreadableEntry.malformed("a text is longer than the entry");
        }
        at += (int) Math.max(0, marked - 1);
    }

    void skipNumbers(int count) throws UnreadableEntry {
        for (int i = 0; i < count; i++) {
            number();
        }
    }

    String text() throws UnreadableEntry {
        String text = textOrNull();
        if (text == null) {
            throw UnreadableEntry.malformed("a text is missing");
        }
        return text;
    }
}
