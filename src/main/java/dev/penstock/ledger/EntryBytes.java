// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.util.Arrays;

/**
 * A {@link LedgerEntry} without what was said, in the encoding of the journal, for stores that keep it so. The first byte is the version
 * of the encoding; those of older versions stay readable.
 */
public final class EntryBytes {

    private final byte[] bytes;

    private EntryBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Those that the journal has, up to where content would begin. */
    static EntryBytes cut(byte[] from, int start, int end) {
        byte[] bytes = Arrays.copyOfRange(from, start, end);
        bytes[0] = EntryCodec.WITHOUT_CONTENT;
        return new EntryBytes(bytes);
    }

    /** Of an entry that came out of the journal they are there already. To be left as they are. */
    public static byte[] of(LedgerEntry entry) {
        EntryBytes known = entry.bytes();
        if (known != null) {
            return known.bytes;
        }
        EntryWriter out = new EntryWriter();
        EntryCodec.encode(entry.node(), entry.exchange(), null, out);
        return Arrays.copyOf(out.array(), out.length());
    }

    /**
     * The entry that they are of.
     *
     * @throws UnreadableEntry if they are of a newer program, or damaged
     */
    public static LedgerEntry read(byte[] bytes) throws UnreadableEntry {
        return EntryCodec.decode(bytes, 0, bytes.length).withoutContent();
    }

    /**
     * Of the entry what usage is counted from: who called, when, what was asked for, how it ended, tokens, costs and times. The rest is as if
     * nothing were known of it, and is not read, which takes a third of the time.
     *
     * @throws UnreadableEntry if they are of a newer program, or damaged
     */
    public static LedgerEntry counted(byte[] bytes) throws UnreadableEntry {
        return EntryCodec.counted(bytes);
    }
}
