// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.exchange.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The files of the ledger on the local disk: only ever added to at the end of the last one, which is followed by the next when it is
 * large enough. A place in the journal is the number of bytes before it, over all files that there ever were.
 *
 * <pre>
 *   shipped ----------- to be shipped -----------&gt; written
 *   |--- file, may be deleted ---|--- file ---|--- the last file ---|
 * </pre>
 *
 * <p>{@link #append} and {@link #close} belong to one thread, {@link #sync} to any; the {@link Shipper} reads behind the writer.
 */
final class Journal implements AutoCloseable {

    private static final Duration LONGEST_WITH_CONTENT = Duration.ofHours(1);

    private final JournalFolder folder;
    private final ShippedMark mark;
    private final ChannelFactory channels;
    private final long segmentBytes;
    private final LedgerListener listener;
    private final Ticker ticker;
    private final ConcurrentSkipListMap<Long, Path> segments = new ConcurrentSkipListMap<>();
    private final AtomicLong damaged = new AtomicLong();

    private long base;
    private long size;
    /** Where the next file begins. */
    private long next;

    private volatile @Nullable FileChannel last;
    private volatile long written;
    private volatile boolean unsynced;
    private volatile boolean unsound;
    /** Whether the last file has something in it that was said in a call, and since when. */
    private boolean hasContent;

    private long contentNanos;

    private final long shipped;
    private final long unshippedRecords;

    private Journal(
            JournalFolder folder, long segmentBytes, ChannelFactory channels, LedgerListener listener, Ticker ticker)
            throws IOException, UnreadableEntry {
        this.folder = folder;
        this.mark = new ShippedMark(folder.path());
        this.segmentBytes = segmentBytes;
        this.channels = channels;
        this.listener = listener;
        this.ticker = ticker;
        this.shipped = mark.read();
        this.unshippedRecords = look();
    }

    /**
     * Takes a folder and looks through what is there: an unfinished record at the end is cut off, damage before it is told.
     *
     * @param home where the folders are; made when it is missing
     * @throws UnreadableEntry where a newer program wrote; nothing is changed then
     */
    static Journal open(Path home, long segmentBytes, ChannelFactory channels, LedgerListener listener, Ticker ticker)
            throws IOException, UnreadableEntry {
        JournalFolder folder = JournalFolder.claim(home);
        try {
            return new Journal(folder, segmentBytes, channels, listener, ticker);
        } catch (IOException | UnreadableEntry | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Counts the records that were not shipped, and goes to the end of the last one. */
    private long look() throws IOException, UnreadableEntry {
        long records = 0;
        NavigableMap<Long, Path> found = folder.segments();
        for (Map.Entry<Long, Path> segment : found.entrySet()) {
            long length = Files.size(segment.getValue());
            if (length == 0) {
                Files.delete(segment.getValue());
                continue;
            }
            segments.put(segment.getKey(), segment.getValue());
            next = segment.getKey() + length;
            boolean isLast = found.lastKey().equals(segment.getKey());
            if (next > shipped || isLast) {
                records += look(segment.getKey(), segment.getValue(), length, isLast);
            }
        }
        // What was shipped and is gone from the disk has used its places up.
        next = Math.max(next, shipped);
        written = next;
        return records;
    }

    private long look(long from, Path file, long length, boolean isLast) throws IOException, UnreadableEntry {
        long records = 0;
        long[] torn = {-1};
        SegmentReader.Damage told = (where, begin, end, untilTheEnd) -> {
            if (untilTheEnd && isLast) {
                torn[0] = begin;
            }
        };
        try (SegmentReader reader = new SegmentReader(file, 0, told)) {
            reader.head(length);
            while (reader.next(length)) {
                if (from + reader.position() > shipped) {
                    records++;
                }
            }
        }
        if (torn[0] >= 0) {
            cut(from, file, torn[0], length);
        } else if (isLast && length < segmentBytes) {
            goOn(from, file, length);
        }
        return records;
    }

    /** What a process that was killed, or a machine that lost power, did not finish. */
    private void cut(long from, Path file, long at, long length) throws IOException {
        listener.onAlarm(
                "the last record in " + file + " is unfinished: " + (length - at) + " bytes at " + at + " are cut off");
        damaged.incrementAndGet();
        goOn(from, file, at);
    }

    private void goOn(long from, Path file, long at) throws IOException {
        FileChannel channel = channels.open(file, StandardOpenOption.WRITE);
        channel.truncate(at);
        channel.position(at);
        last = channel;
        // Its process may have been killed before it came to that.
        unsynced = true;
        // Nor does anybody know what is in it.
        holdsContent();
        base = from;
        size = at;
        next = from + at;
        if (next < shipped || at < SegmentFormat.HEAD_BYTES) {
            // A new file begins behind the mark.
            leave();
        }
    }

    /**
     * Writes records, all or none. After a failure the file ends where it did before, or another one is begun.
     *
     * @param frames whole records; its position is as before after a failure
     */
    void append(ByteBuffer frames) throws IOException {
        int length = frames.remaining();
        boolean full = size > SegmentFormat.HEAD_BYTES && size + length > segmentBytes;
        if (last != null && (unsound || full || hasContentForLong())) {
            rotate();
        }
        FileChannel channel = last;
        if (channel == null) {
            channel = begin();
        }
        int start = frames.position();
        try {
            while (frames.hasRemaining()) {
                channel.write(frames);
            }
        } catch (IOException e) {
            frames.position(start);
            cutBack(channel, length);
            throw e;
        }
        size += length;
        next = base + size;
        unsynced = true;
        written = next;
    }

    /**
     * What was just appended has content of calls in it. Its file is left after an hour, with the next record, so that it goes when the store
     * has it, and not only when it is full.
     */
    void holdsContent() {
        if (!hasContent) {
            hasContent = true;
            contentNanos = ticker.nanos();
        }
    }

    private boolean hasContentForLong() {
        return hasContent && ticker.nanos() - contentNanos > LONGEST_WITH_CONTENT.toNanos();
    }

    private void cutBack(FileChannel channel, int attempted) {
        try {
            channel.truncate(size);
            channel.position(size);
        } catch (IOException e) {
            next = base + size + attempted;
            leave();
        }
    }

    private FileChannel begin() throws IOException {
        Path file = folder.path().resolve(SegmentFormat.name(next));
        FileChannel channel = channels.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            ByteBuffer head = SegmentFormat.head();
            while (head.hasRemaining()) {
                channel.write(head);
            }
        } catch (IOException e) {
            close(channel);
            Files.deleteIfExists(file);
            throw e;
        }
        keepName();
        base = next;
        size = SegmentFormat.HEAD_BYTES;
        next = base + size;
        unsound = false;
        hasContent = false;
        segments.put(base, file);
        last = channel;
        return channel;
    }

    /** That there is a new file is itself something to be kept. Not every system lets a folder be synced, and those need not. */
    private void keepName() {
        try (FileChannel names = FileChannel.open(folder.path(), StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            unsynced = true;
        }
    }

    private void rotate() throws IOException {
        if (!unsound) {
            sync();
        }
        leave();
    }

    private synchronized void leave() {
        FileChannel left = last;
        last = null;
        if (left != null) {
            close(left);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing more is expected of it.
            return;
        }
    }

    /**
     * Has the disk keep what was written. After a failure nobody can say which bytes are safe, and asking again may wrongly succeed:
     * the next record goes to a new file.
     */
    synchronized void sync() throws IOException {
        FileChannel channel = last;
        if (channel == null || !unsynced) {
            return;
        }
        unsynced = false;
        long begin = ticker.nanos();
        try {
            channel.force(false);
        } catch (IOException e) {
            if (channel == last) {
                unsound = true;
                throw e;
            }
            // It was closed meanwhile, after a sync of its own.
            return;
        }
        listener.onSync(ticker.nanos() - begin);
    }

    boolean isUnsynced() {
        return unsynced;
    }

    /** First place that has nothing written yet. */
    long written() {
        return written;
    }

    /** Up to where the store had everything when the journal was opened. */
    long shippedAtOpen() {
        return shipped;
    }

    /** Records beyond that. */
    long unshippedAtOpen() {
        return unshippedRecords;
    }

    /** Places that were skipped or cut because no record stood there. */
    long damaged() {
        return damaged.get();
    }

    /** The file that has this place, or the next one behind a gap, with the place where it begins; null where none is. */
    Map.@Nullable Entry<Long, Path> segmentAt(long place) {
        Map.Entry<Long, Path> before = segments.floorEntry(place);
        return before != null ? before : segments.ceilingEntry(place);
    }

    Map.@Nullable Entry<Long, Path> segmentAfter(long begin) {
        return segments.higherEntry(begin);
    }

    Path path() {
        return folder.path();
    }

    /** Bytes in this file from which on there is no record, as told by its reader. */
    void damaged(Path file, long from, long to) {
        damaged.incrementAndGet();
        listener.onAlarm("no record can be read in " + file + " from " + from + " to " + to + ": it is skipped");
    }

    /**
     * The store has everything before this place: files that lie wholly before it are deleted, and it is noted. In this order: on a
     * full disk nothing can be noted before something is deleted.
     */
    void shipped(long place) throws IOException {
        Map.Entry<Long, Path> first = segments.firstEntry();
        while (first != null) {
            Map.Entry<Long, Path> second = segments.higherEntry(first.getKey());
            if (second == null || second.getKey() > place) {
                break;
            }
            Files.deleteIfExists(first.getValue());
            segments.remove(first.getKey());
            first = second;
        }
        mark.write(place);
    }

    /** Closes the files and gives the folder to others. What was not synced is with the operating system. */
    @Override
    public void close() throws IOException {
        leave();
        folder.close();
    }
}
