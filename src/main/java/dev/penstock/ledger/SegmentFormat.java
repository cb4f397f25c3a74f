// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * How a file of the journal looks. It is named after the place of its first byte in the whole journal.
 *
 * <pre>
 *   head     "PENSTOCK" | version of the format, 4 bytes | 4 bytes of zero
 *   record   "PNLR" | length of the entry, 4 bytes | CRC32C of length and entry, 4 bytes | the entry
 *   record   ...
 * </pre>
 *
 * Numbers have their highest byte first. The mark before each record is there to find the next one behind a damaged one.
 */
final class SegmentFormat {

    static final int VERSION = 1;
    static final int HEAD_BYTES = 16;
    static final int FRAME_BYTES = 12;
    static final int MARK = 0x504E4C52;
    /** Far more than an entry has. Whatever claims to be larger is damaged. */
    static final int MAX_ENTRY_BYTES = 1 << 20;

    private static final long MAGIC = 0x50454E53544F434BL;
    private static final String SUFFIX = ".journal";
    private static final int DIGITS = 20;

    private SegmentFormat() {}

    static String name(long base) {
        return String.format(Locale.ROOT, "%0" + DIGITS + "d", base) + SUFFIX;
    }

    /** Where the file with this name begins, or -1: it is none of the journal. */
    static long base(String name) {
        if (name.length() != DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
            return -1;
        }
        long base = 0;
        for (int i = 0; i < DIGITS; i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9 || base > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            base = base * 10 + digit;
        }
        return base;
    }

    static ByteBuffer head() {
        return ByteBuffer.allocate(HEAD_BYTES)
                .putLong(MAGIC)
                .putInt(VERSION)
                .putInt(0)
                .flip();
    }

    /** The version that the head claims, or 0: it is no head. */
    static int version(ByteBuffer head) {
        return head.remaining() >= HEAD_BYTES && head.getLong(head.position()) == MAGIC
                ? head.getInt(head.position() + Long.BYTES)
                : 0;
    }

    /** Completes a record whose first {@link #FRAME_BYTES} bytes were left free. */
    static void seal(EntryWriter out, int start, CRC32C crc) {
        int length = out.length() - start - FRAME_BYTES;
        out.putIntAt(start, MARK);
        out.putIntAt(start + 4, length);
        crc.reset();
        crc.update(out.array(), start + 4, 4);
        crc.update(out.array(), start + FRAME_BYTES, length);
        out.putIntAt(start + 8, (int) crc.getValue());
    }

    /** Whether a record stands here whose bytes are all in the array. */
    static boolean isWhole(byte[] bytes, int at, int length, int claimed, CRC32C crc) {
        crc.reset();
        crc.update(bytes, at + 4, 4);
        crc.update(bytes, at + FRAME_BYTES, length);
        return (int) crc.getValue() == claimed;
    }
}
