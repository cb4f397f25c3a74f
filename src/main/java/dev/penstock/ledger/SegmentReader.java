// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Reads the records of one file of the journal in their order, and finds the next whole one behind a damaged one. Holds a window of
 * the file, not the file. Used by one thread.
 */
final class SegmentReader implements AutoCloseable {

    /** Hears of bytes that are no record. */
    @FunctionalInterface
    interface Damage {

        /**
         * Bytes were skipped.
         *
         * @param to first byte behind the damage, where a whole record stands or the file ends
         */
        void found(Path file, long from, long to, boolean untilTheEnd);
    }

    private static final int WINDOW = 4 * SegmentFormat.MAX_ENTRY_BYTES;

    private final Path file;
    private final FileChannel channel;
    private final Damage damage;
    private final CRC32C crc = new CRC32C();
    private final byte[] window = new byte[WINDOW];
    /** Place in the file of the first byte of the window. */
    private long windowAt;

    private int filled;
    private long position;
    private int entryLength;

    /** @param position where to begin, the head or the begin of a record */
    SegmentReader(Path file, long position, Damage damage) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.damage = damage;
        this.position = position;
        this.windowAt = position;
    }

    /** Skips the head. Fails where a newer program made the file; a head that is damaged is told as damage. */
    void head(long limit) throws IOException, UnreadableEntry {
        if (position >= SegmentFormat.HEAD_BYTES) {
            return;
        }
        int there = have(SegmentFormat.HEAD_BYTES, limit);
        int version = SegmentFormat.version(ByteBuffer.wrap(window, 0, there));
        if (version > SegmentFormat.VERSION) {
            throw UnreadableEntry.newer("version " + version + " of the journal");
        }
        if (version == SegmentFormat.VERSION) {
            position = SegmentFormat.HEAD_BYTES;
        }
    }

    /**
     * Goes to the next whole record before the limit, and behind it.
     *
     * @return whether there is one; then {@link #window}, {@link #entryAt} and {@link #entryLength} show it until the next call
     */
    boolean next(long limit) throws IOException {
        if (position >= limit) {
            return false;
        }
        if (isRecord(limit)) {
            position += SegmentFormat.FRAME_BYTES + entryLength;
            return true;
        }
        long from = position;
        do {
            position++;
        } while (position < limit && !isRecord(limit));
        damage.found(file, from, position, position >= limit);
        return next(limit);
    }

    byte[] window() {
        return window;
    }

    int entryAt() {
        return (int) (position - entryLength - windowAt);
    }

    int entryLength() {
        return entryLength;
    }

    /** The first byte behind the last record that was given, or behind damage. */
    long position() {
        return position;
    }

    private boolean isRecord(long limit) throws IOException {
        if (have(SegmentFormat.FRAME_BYTES, limit) < SegmentFormat.FRAME_BYTES || intAt(0) != SegmentFormat.MARK) {
            return false;
        }
        int length = intAt(4);
        if (length <= 0 || length > SegmentFormat.MAX_ENTRY_BYTES) {
            return false;
        }
        int whole = SegmentFormat.FRAME_BYTES + length;
        if (have(whole, limit) < whole
                || !SegmentFormat.isWhole(window, (int) (position - windowAt), length, intAt(8), crc)) {
            return false;
        }
        entryLength = length;
        return true;
    }

    private int intAt(int offset) {
        int at = (int) (position - windowAt) + offset;
        return (window[at] & 0xff) << 24
                | (window[at + 1] & 0xff) << 16
                | (window[at + 2] & 0xff) << 8
                | (window[at + 3] & 0xff);
    }

    /** Sees to it that so many bytes from the position on are in the window, as far as there are; says how many. */
    private int have(int wanted, long limit) throws IOException {
        int offset = (int) (position - windowAt);
        int there = filled - offset;
        if (there < wanted && windowAt + filled < limit) {
            System.arraycopy(window, offset, window, 0, there);
            windowAt = position;
            filled = there;
            while (filled < window.length && windowAt + filled < limit) {
                int most = (int) Math.min(window.length - filled, limit - windowAt - filled);
                int read = channel.read(ByteBuffer.wrap(window, filled, most), windowAt + filled);
                if (read <= 0) {
                    break;
                }
                filled += read;
            }
            there = filled;
        }
        return (int) Math.min(there, limit - position);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
