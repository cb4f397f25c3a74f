// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.LedgerConfig.Fsync;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Puts records into the {@link Journal}, which it opens with the first of them, or at once where an earlier process left some. */
final class JournalOutlet implements Outlet {

    private static final long CLOSE_MILLIS = 5_000;
    /** A batch with more is written in several parts. */
    private static final int PART_BYTES = 4 << 20;

    /** Makes the journal; tried again until it succeeds. */
    @FunctionalInterface
    interface Opening {

        Journal open(Path home) throws IOException, UnreadableEntry;
    }

    private final String node;
    private final Path home;
    private final Opening opening;
    private final Fsync fsync;
    private final long intervalNanos;
    private final LedgerListener listener;
    private final OnceAMinute syncAlarm;
    private final Contents contents;
    private final EntryWriter bytes = new EntryWriter();
    private final CRC32C crc = new CRC32C();
    private final @Nullable Thread syncer;
    /** Whether what is put at the moment has content of calls in it. */
    private boolean said;

    private volatile @Nullable Journal journal;
    private volatile boolean closed;
    /** Whether the syncer waits for something to be written. */
    private volatile boolean resting;

    JournalOutlet(
            String node,
            Path home,
            Opening opening,
            Fsync fsync,
            Duration interval,
            LedgerListener listener,
            OnceAMinute syncAlarm,
            Contents contents) {
        this.node = node;
        this.home = home;
        this.opening = opening;
        this.fsync = fsync;
        this.intervalNanos = interval.toNanos();
        this.listener = listener;
        this.syncAlarm = syncAlarm;
        this.contents = contents;
        this.syncer = fsync == Fsync.INTERVAL
                ? Thread.ofPlatform().daemon().name("penstock-journal-sync").start(this::keepSyncing)
                : null;
    }

    /** Null while it is not open. Any thread. */
    @Nullable
    Journal journal() {
        return journal;
    }

    @Override
    public void idle() throws IOException, UnreadableEntry {
        if (journal == null && Files.isDirectory(home)) {
            journal = opening.open(home);
        }
    }

    @Override
    public int put(List<ExchangeRecord> batch) throws IOException, UnreadableEntry {
        Journal to = journal;
        if (to == null) {
            to = opening.open(home);
            journal = to;
        }
        bytes.clear();
        int never = 0;
        said = false;
        for (int i = 0; i < batch.size(); i++) {
            never += encode(batch.get(i)) ? 0 : 1;
            if (bytes.length() > PART_BYTES) {
                append(to);
                bytes.clear();
            }
        }
        append(to);
        switch (fsync) {
            case ALWAYS -> to.sync();
            case INTERVAL -> {
                if (resting) {
                    LockSupport.unpark(syncer);
                }
            }
            case NONE -> {}
        }
        return never;
    }

    private void append(Journal to) throws IOException {
        to.append(bytes.view());
        if (said) {
            to.holdsContent();
        }
    }

    /** False for one that is larger than a journal can have. One that makes trouble must not keep all others out. */
    private boolean encode(ExchangeRecord one) {
        int start = bytes.length();
        bytes.skip(SegmentFormat.FRAME_BYTES);
        try {
            CallContent content = contents.of(one);
            said |= content != null;
            EntryCodec.encode(node, one, content, bytes);
        } catch (RuntimeException bug) {
            bytes.cutTo(start);
            listener.onAlarm("the record of exchange " + one.uuid() + " cannot be written: " + bug);
            return false;
        }
        if (bytes.length() - start - SegmentFormat.FRAME_BYTES > SegmentFormat.MAX_ENTRY_BYTES) {
            bytes.cutTo(start);
            listener.onAlarm("the record of exchange " + one.uuid() + " is too large for the journal");
            return false;
        }
        SegmentFormat.seal(bytes, start, crc);
        return true;
    }

    private void keepSyncing() {
        while (!closed) {
            resting = true;
            Journal to = journal;
            if ((to == null || !to.isUnsynced()) && !closed) {
                LockSupport.park(this);
            }
            resting = false;
            LockSupport.parkNanos(this, intervalNanos);
            trySync();
        }
    }

    private void trySync() {
        Journal to = journal;
        try {
            if (to != null) {
                to.sync();
            }
        } catch (IOException e) {
            if (syncAlarm.isDue()) {
                listener.onAlarm("the disk does not keep the journal: " + e.getMessage()
                        + "; what was written in the last moments may be lost if the machine stops");
            }
        }
    }

    /** The last sync and the end. The journal is closed by the one who ships from it. */
    @Override
    public void close() throws IOException {
        closed = true;
        if (syncer != null) {
            LockSupport.unpark(syncer);
            try {
                syncer.join(CLOSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        Journal to = journal;
        if (to != null && fsync != Fsync.NONE) {
            to.sync();
        }
    }
}
