// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.LedgerConfig.Ack;
import dev.penstock.config.LedgerConfig.Fsync;
import dev.penstock.config.LedgerConfig.OnFull;
import dev.penstock.exchange.Ticker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Every settled exchange on its way into the store.
 *
 * <pre>
 *   event loops --queue--&gt; writer --&gt; journal on the local disk --&gt; shipper --&gt; store
 *                                \\---- where there is no journal -------------/
 * </pre>
 *
 * An event loop lays its record into the queue and goes on. What the writer has written outlives the process, what was synced
 * outlives the machine; the store may be away for as long as the disk has room.
 */
public final class Ledger implements SettlementListener, AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Ledger.class);
    private static final int QUEUE = 16_384;
    private static final long SEGMENT_BYTES = 64L << 20;
    private static final Duration STORE_PATIENCE = Duration.ofSeconds(60);
    private static final Duration LAST_SHIPMENT = Duration.ofSeconds(5);

    /**
     * Sizes, and how files are opened: the product's, or a test's.
     *
     * @param queue records between event loops and writer, a power of two
     * @param segmentBytes from which size on the next file is begun
     */
    record Setting(int queue, long segmentBytes, ChannelFactory channels) {

        static final Setting USUAL = new Setting(QUEUE, SEGMENT_BYTES, FileChannel::open);
    }

    private final RecordQueue queue;
    private final LedgerWriter writer;
    private final @Nullable JournalOutlet journal;
    private final @Nullable Shipper shipper;
    private final boolean refuses;
    private final boolean durable;
    private final Ticker ticker;
    private final LedgerListener listener;
    private final Contents contents;
    /** Ends of answers that wait for their record. */
    private final Map<UUID, Runnable> held = new ConcurrentHashMap<>();

    private Ledger(
            LedgerConfig config,
            String node,
            LedgerStore store,
            Ticker ticker,
            LedgerListener listener,
            Setting setting) {
        this.queue = new RecordQueue(setting.queue());
        this.refuses = config.onFull() == OnFull.REFUSE;
        this.ticker = ticker;
        this.listener = listener;
        this.contents = new Contents(listener);
        Path home = config.home();
        PatientStore patient = new PatientStore(store, STORE_PATIENCE);
        this.durable = config.ack() == Ack.DURABLE && home != null;
        Fsync fsync = durable ? Fsync.ALWAYS : config.fsync();
        this.journal = home == null
                ? null
                : new JournalOutlet(
                        node,
                        home,
                        folder -> Journal.open(folder, setting.segmentBytes(), setting.channels(), listener, ticker),
                        fsync,
                        config.interval(),
                        listener,
                        new OnceAMinute(ticker),
                        contents);
        this.shipper = journal == null ? null : new Shipper(journal::journal, patient, ticker, listener);
        this.writer = new LedgerWriter(
                queue,
                journal == null ? new StoreOutlet(node, patient, contents) : journal,
                !durable,
                ticker,
                listener,
                this::kept,
                refuses ? delayed -> {} : this::release);
    }

    /**
     * Begins to take records, and to ship what an earlier process left.
     *
     * @param node name of this process in its entries
     * @param store where they shall be
     * @param listener hears what a person should know
     */
    public static Ledger start(
            LedgerConfig config, String node, LedgerStore store, Ticker ticker, LedgerListener listener) {
        return start(config, node, store, ticker, listener, Setting.USUAL);
    }

    static Ledger start(
            LedgerConfig config,
            String node,
            LedgerStore store,
            Ticker ticker,
            LedgerListener listener,
            Setting setting) {
        Ledger ledger = new Ledger(config, node, store, ticker, listener, setting);
        ledger.writer.start();
        if (ledger.shipper != null) {
            ledger.shipper.start();
        }
        return ledger;
    }

    @Override
    public void settled(ExchangeRecord settled) {
        if (!writer.offer(settled)) {
            kept(settled);
        }
    }

    /** What is said in calls, of those tenants that want it written down. */
    public Contents contents() {
        return contents;
    }

    /**
     * Runs the action when the record of this exchange is safe on the disk; at once where nobody asked for that. Called before the
     * exchange is settled. Where the journal cannot be written, it runs nevertheless, unless such calls are to be refused.
     *
     * @param action runs on the caller's thread or on one of the ledger; must not block
     */
    public void whenKept(UUID exchange, Runnable action) {
        if (durable) {
            held.put(exchange, action);
        } else {
            action.run();
        }
    }

    /** Whether answers are held back until their record is safe. */
    public boolean holdsBack() {
        return durable;
    }

    private void kept(ExchangeRecord settled) {
        contents.done(settled.uuid());
        release(settled);
    }

    private void release(ExchangeRecord settled) {
        if (durable) {
            Runnable action = held.remove(settled.uuid());
            if (action != null) {
                run(action);
            }
        }
    }

    /** An answer whose event loop has ended has no client any more, and holds up neither the records behind it nor the end. */
    private static void run(Runnable action) {
        try {
            action.run();
        } catch (RejectedExecutionException e) {
            LOG.debug("ledger: an answer waited for its record longer than its event loop");
        }
    }

    /** Whether new calls are to be turned away because their records could not be taken. Any thread; a few reads. */
    public boolean isFull() {
        return refuses && (writer.trouble() != null || queue.size() > queue.capacity() / 2);
    }

    /** Any thread. */
    public LedgerStatus status() {
        Journal open = journal == null ? null : journal.journal();
        long bytes = 0;
        long records = 0;
        Instant oldest = writer.oldest();
        if (shipper != null && open != null) {
            bytes = Math.max(0, open.written() - Math.max(shipper.shipped(), open.shippedAtOpen()));
            records = bytes == 0 ? 0 : Math.max(0, open.unshippedAtOpen() + writer.records() - shipper.records());
            // What the journal has is older than what waits for it.
            Instant inJournal = shipper.oldest();
            oldest = inJournal == null ? oldest : inJournal;
        }
        Duration since = oldest == null ? Duration.ZERO : Duration.between(oldest, ticker.now());
        return new LedgerStatus(
                journal != null,
                writer.records(),
                writer.lost(),
                writer.waiting(),
                records,
                bytes,
                since.isNegative() ? Duration.ZERO : since,
                open == null ? 0 : open.damaged(),
                writer.trouble(),
                shipper == null ? null : shipper.trouble());
    }

    /** After the last exchange: writes what waits, ships what the store takes in a few seconds, and ends. Blocks. */
    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            listener.onAlarm("the last records of the ledger may not be safe: " + e.getMessage());
        }
        held.values().forEach(Ledger::run);
        held.clear();
        Journal open = journal == null ? null : journal.journal();
        try {
            if (shipper != null) {
                shipper.close(LAST_SHIPMENT);
            }
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            listener.onAlarm("the journal could not be closed: " + e.getMessage());
        }
    }
}
