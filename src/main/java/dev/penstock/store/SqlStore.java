// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.auth.KeyStore;
import dev.penstock.auth.KeyUseStore;
import dev.penstock.config.StorageConfig;
import dev.penstock.config.StorageConfig.Place;
import dev.penstock.exchange.Ticker;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.quota.CounterStore;
import dev.penstock.store.SqlWorker.Duty;
import dev.penstock.switches.SwitchStore;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The SQL store of one process: SQLite or PostgreSQL behind the same code. Making it costs nothing: the thread, the driver and the
 * connection come with the first work, and the default file with the first thing to keep. All may be called from any thread and none of
 * it blocks but {@link #close}; answers come on the store's thread.
 */
public final class SqlStore implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(SqlStore.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration LAST_WRITES = Duration.ofSeconds(3);

    private final boolean asked;
    private final Database database;
    private final SqlWorker worker;
    private final SqlWorker ledgerWriter;
    private final SqlWorker ledgerReader;
    private final KeyTable keys;
    private final KeyUseTable keyUses;
    private final SwitchTable switches;
    private final CounterTable counters;
    private final LedgerTable ledger;
    private final AtomicBoolean watching = new AtomicBoolean();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    private record Watcher(StoreTopic topic, Runnable task) {}

    /** Of the store's thread only. */
    private final Map<StoreTopic, Long> seen = new EnumMap<>(StoreTopic.class);

    /** @param databases makes one for each worker, since one knows what its worker has opened */
    private SqlStore(Supplier<Database> databases, boolean asked, boolean migrate, Ticker ticker) {
        this.asked = asked;
        this.database = databases.get();
        Migrations migrations = new Migrations(database, migrate);
        Lock turn = new ReentrantLock(true);
        this.worker = new SqlWorker(database, migrations, Duty.STORE, turn, ticker);
        this.ledgerWriter = new SqlWorker(
                databases.get(),
                migrations,
                Duty.LEDGER,
                database.hasOneWriter() ? turn : new ReentrantLock(true),
                ticker);
        this.ledgerReader = new SqlWorker(databases.get(), migrations, Duty.USAGE, new ReentrantLock(true), ticker);
        this.keys = new KeyTable(worker, this::isEmpty);
        this.keyUses = new KeyUseTable(worker, this::isEmpty);
        this.switches = new SwitchTable(worker, this::isEmpty);
        this.counters = new CounterTable(worker, this::isEmpty, ticker);
        this.ledger = new LedgerTable(ledgerWriter, ledgerReader, this::isEmpty, ticker);
    }

    /** The store of this configuration, or null where nothing is to outlive the process. */
    public static @Nullable SqlStore of(StorageConfig config, Ticker ticker) {
        return switch (config.place()) {
            case Place.Nowhere nowhere -> null;
            case Place.SqliteFile file ->
                new SqlStore(() -> new SqliteDatabase(file), file.asked(), config.migrate(), ticker);
            case Place.Postgres server ->
                new SqlStore(() -> new PostgresDatabase(server), true, config.migrate(), ticker);
        };
    }

    /** A default file that nobody has needed yet: there is nothing in it to read. */
    private boolean isEmpty() {
        return !asked && database.isToBeMade() && workers().stream().allMatch(SqlStore::isUnused);
    }

    private List<SqlWorker> workers() {
        return List.of(worker, ledgerWriter, ledgerReader);
    }

    private static boolean isUnused(SqlWorker worker) {
        return worker.standing().state() == StoreHealth.State.UNUSED;
    }

    /**
     * Opens the store and brings its tables up to date, unless it is the default file and there is none yet.
     *
     * @return fails with {@link StoreFailed} only where to wait is useless, such as tables of a newer program. A store that is away is no
     *     failure: {@link #health} says so, and what it keeps arrives over {@link #watch} when it is back
     */
    public Future<Void> start() {
        if (isEmpty()) {
            return Future.succeededFuture();
        }
        return worker.read(connection -> true)
                .<Void>mapEmpty()
                .recover(cause -> cause instanceof StoreFailed failed && !failed.isLasting()
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    public KeyStore keys() {
        return keys;
    }

    public KeyUseStore keyUses() {
        return keyUses;
    }

    public SwitchStore switches() {
        return switches;
    }

    public CounterStore counters() {
        return counters;
    }

    /** On connections of its own, which {@link #health} does not tell of: an append that fails does. */
    public LedgerStore ledger() {
        return ledger;
    }

    /** Entries of the ledger that the database refused since the start, and that stand in a table of their own. */
    public long ledgerSetAside() {
        return ledger.setAside();
    }

    /**
     * Runs the task on the store's thread when something of the topic may have changed, by this process or another one: within a second
     * or two of the change, after the store was away, and once after the first look if there is anything.
     */
    public void watch(StoreTopic topic, Runnable task) {
        watchers.add(new Watcher(topic, task));
        if (watching.compareAndSet(false, true)) {
            look();
        }
    }

    private void look() {
        if (isEmpty()) {
            worker.after(LOOK, this::look);
            return;
        }
        worker.read(Revisions::read).onSuccess(this::compare).onComplete(done -> worker.after(LOOK, this::look));
    }

    private void compare(Map<StoreTopic, Long> versions) {
        versions.forEach((topic, version) -> {
            Long before = seen.put(topic, version);
            if (!Objects.equals(before == null ? 0L : before, version)) {
                tell(topic);
            }
        });
    }

    private void tell(StoreTopic topic) {
        for (Watcher watcher : watchers) {
            if (watcher.topic() == topic) {
                try {
                    watcher.task().run();
                } catch (RuntimeException e) {
                    LOG.error("store: a watcher of {} failed", topic, e);
                }
            }
        }
    }

    /** How the store is. Any thread, at once. */
    public StoreHealth health() {
        SqlWorker.Standing standing = worker.standing();
        return new StoreHealth(
                standing.state(),
                standing.since(),
                behind().stream().mapToInt(WriteBehind::pending).sum(),
                behind().stream().mapToLong(WriteBehind::lost).sum(),
                standing.trouble());
    }

    private List<WriteBehind<?>> behind() {
        return List.of(switches.flips(), counters.rows(), keyUses.uses());
    }

    /** Which store, for people; without a password. */
    public String name() {
        return database.name();
    }

    /** Writes what waits and ends the connection. Blocks for some seconds at most. Not on an event loop. */
    @Override
    public void close() {
        try {
            Future.join(behind().stream().map(WriteBehind::flush).toList())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(LAST_WRITES.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            int left = health().pending();
            LOG.warn("store: {} rows could not be written before the end", left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers().forEach(SqlWorker::close);
    }
}
