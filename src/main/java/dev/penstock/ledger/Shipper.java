// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.exchange.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the journal behind the writer and gives it to the store, a batch at a time. A store that is slow or away holds up nobody but
 * this thread; it goes on where it was when the store is back, and after a restart from the mark that was noted last. What the store
 * had already by then it knows by its uuid.
 */
final class Shipper implements AutoCloseable {

    static final int BATCH = 2_000;

    private static final int BATCH_BYTES = 1 << 20;
    private static final Duration LOOK = Duration.ofMillis(100);
    /** Where so many came between two looks, the next one is later: a transaction costs the store less by record the more are in it. */
    private static final int CROWD = 200;

    private static final Duration GATHER = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final Supplier<@Nullable Journal> opened;
    private final PatientStore store;
    private final Ticker ticker;
    private final LedgerListener listener;
    private final OnceAMinute alarm;
    private final LongAdder shippedRecords = new LongAdder();
    private final Thread thread;

    private @Nullable SegmentReader reader;
    private long readerBase;
    private Duration look = LOOK;
    private long pauseNanos = FIRST_PAUSE.toNanos();
    private volatile long shipped = -1;
    private volatile @Nullable Instant oldest;
    private volatile @Nullable String trouble;
    private volatile boolean closed;
    private volatile long closeAt;

    /** @param opened the journal, as soon as there is one */
    Shipper(Supplier<@Nullable Journal> opened, PatientStore store, Ticker ticker, LedgerListener listener) {
        this.opened = opened;
        this.store = store;
        this.ticker = ticker;
        this.listener = listener;
        this.alarm = new OnceAMinute(ticker);
        this.thread = Thread.ofPlatform().daemon().name("penstock-ledger-ship").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Up to which place the store has everything; -1 before the journal is open. */
    long shipped() {
        return shipped;
    }

    /** Given to the store since the start, those included that it had already. */
    long records() {
        return shippedRecords.sum();
    }

    /** When the oldest exchange ended that the store does not have, or null: it has all that were looked at. */
    @Nullable
    Instant oldest() {
        return oldest;
    }

    /** Why the store does not take records, or null: it does. */
    @Nullable
    String trouble() {
        return trouble;
    }

    private void run() {
        while (true) {
            boolean closing = closed;
            Journal journal = opened.get();
            boolean more = false;
            boolean well = true;
            if (journal != null) {
                try {
                    more = step(journal);
                    healed();
                } catch (IOException | UnreadableEntry | RuntimeException e) {
                    troubled(e);
                    well = false;
                }
            }
            if (closing && (!more || ticker.nanos() - closeAt > 0)) {
                return;
            }
            if (!more && !closed) {
                LockSupport.parkNanos(this, well ? look.toNanos() : pauseNanos);
                pauseNanos = well ? FIRST_PAUSE.toNanos() : Math.min(pauseNanos * 2, LONGEST_PAUSE.toNanos());
            }
        }
    }

    /** Ships one batch; says whether there may be more. */
    private boolean step(Journal journal) throws IOException, UnreadableEntry {
        if (shipped < 0) {
            shipped = journal.shippedAtOpen();
        }
        look = LOOK;
        long written = journal.written();
        if (shipped >= written) {
            return false;
        }
        List<LedgerEntry> batch = new ArrayList<>();
        long end = read(journal, written, batch);
        if (!batch.isEmpty()) {
            LedgerEntry first = batch.get(0);
            oldest = first.exchange().startedAt().plusNanos(first.exchange().durationNanos());
            try {
                store.append(batch);
            } catch (IOException e) {
                // Read again from the mark.
                closeReader();
                throw e;
            }
            shippedRecords.add(batch.size());
            look = batch.size() < CROWD ? LOOK : GATHER;
        }
        oldest = null;
        if (end > shipped) {
            shipped = end;
            journal.shipped(end);
        }
        // What came meanwhile is left to gather.
        return end < written;
    }

    /** Fills a batch and says up to which place it goes. */
    private long read(Journal journal, long written, List<LedgerEntry> batch) throws IOException, UnreadableEntry {
        long place = shipped;
        long bytes = 0;
        while (place < written && hasRoom(batch, bytes)) {
            Map.Entry<Long, Path> segment = journal.segmentAt(place);
            if (segment == null) {
                return written;
            }
            long base = segment.getKey();
            Map.Entry<Long, Path> following = journal.segmentAfter(base);
            SegmentReader open = reader(journal, segment, Math.max(0, place - base));
            // Only the last file has bytes that are just being written; they are beyond what the writer has told.
            long limit = following == null ? written - base : Files.size(segment.getValue());
            open.head(limit);
            boolean more = true;
            while (more && place < written && hasRoom(batch, bytes)) {
                more = open.next(limit);
                if (more) {
                    if (!decode(open, journal, segment.getValue(), batch)) {
                        closeReader();
                        return place;
                    }
                    place = base + open.position();
                    bytes += open.entryLength();
                }
            }
            if (more) {
                continue;
            }
            if (following == null) {
                place = written;
            } else {
                place = Math.max(place, following.getKey());
                closeReader();
            }
        }
        return place;
    }

    private static boolean hasRoom(List<LedgerEntry> batch, long bytes) {
        return batch.size() < BATCH && bytes < BATCH_BYTES;
    }

    /** False where an entry of a newer program comes after others, which go first. */
    private static boolean decode(SegmentReader open, Journal journal, Path file, List<LedgerEntry> batch)
            throws UnreadableEntry {
        try {
            batch.add(EntryCodec.decode(open.window(), open.entryAt(), open.entryLength()));
        } catch (UnreadableEntry e) {
            if (!e.isNewer()) {
                long begin = open.position() - open.entryLength() - SegmentFormat.FRAME_BYTES;
                journal.damaged(file, begin, open.position());
            } else if (batch.isEmpty()) {
                throw e;
            } else {
                return false;
            }
        }
        return true;
    }

    private SegmentReader reader(Journal journal, Map.Entry<Long, Path> segment, long at) throws IOException {
        SegmentReader open = reader;
        if (open != null && readerBase == segment.getKey() && open.position() == at) {
            return open;
        }
        closeReader();
        open = new SegmentReader(segment.getValue(), at, (file, from, to, end) -> journal.damaged(file, from, to));
        reader = open;
        readerBase = segment.getKey();
        return open;
    }

    private void closeReader() throws IOException {
        SegmentReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    private void troubled(Exception e) {
        String why = e instanceof RuntimeException ? e.toString() : String.valueOf(e.getMessage());
        trouble = why;
        if (alarm.isDue()) {
            listener.onAlarm("the ledger does not reach its store, the journal keeps what waits: " + why);
        }
    }

    private void healed() {
        if (trouble != null) {
            trouble = null;
            alarm.reset();
            listener.onNote("the ledger reaches its store again");
        }
    }

    /** Ships what is there, as far as the store takes it in that time, and stops. Called after the writer has ended. */
    void close(Duration limit) throws IOException {
        closeAt = ticker.nanos() + limit.toNanos();
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(limit.plusMillis(500).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            closeReader();
        }
    }

    @Override
    public void close() throws IOException {
        close(Duration.ofSeconds(5));
    }
}
