// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.Readiness;
import dev.penstock.auth.KeyStore;
import dev.penstock.auth.MemoryKeyStore;
import dev.penstock.auth.VirtualKeys;
import dev.penstock.config.Snapshot;
import dev.penstock.config.StorageConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.ledger.Expiry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.MemoryLedger;
import dev.penstock.quota.CounterStore;
import dev.penstock.store.SqlStore;
import dev.penstock.store.StoreHealth;
import dev.penstock.store.StoreTopic;
import dev.penstock.switches.SwitchBoard;
import dev.penstock.switches.SwitchStore;
import dev.penstock.telemetry.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** What outlives the process, or a stand-in where nothing does. The gateway serves without it, and catches up when it is back. */
final class Kept implements AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Kept.class);
    private static final Duration JOURNAL = Duration.ofSeconds(1);
    /** A few minutes of a busy node, some ten megabytes. */
    private static final int REMEMBERED = 10_000;

    private static final Duration USES = Duration.ofMinutes(1);

    private final @Nullable SqlStore store;
    private final KeyStore keys;
    private final SwitchStore switches;
    private final LedgerStore ledger;
    private @Nullable Expiry expiry;

    private Kept(@Nullable SqlStore store) {
        this.store = store;
        this.keys = store == null ? new MemoryKeyStore() : store.keys();
        this.switches = store == null ? SwitchStore.inMemory() : store.switches();
        this.ledger = store == null ? new MemoryLedger(REMEMBERED) : store.ledger();
    }

    /** Nothing is opened yet. */
    static Kept of(Snapshot snapshot, Ticker ticker) {
        return new Kept(SqlStore.of(snapshot.access().storage(), ticker));
    }

    /** Fails only where to wait is useless, such as tables of a newer program. */
    Future<?> start() {
        return store == null ? Future.succeededFuture() : store.start();
    }

    KeyStore keys() {
        return keys;
    }

    SwitchStore switches() {
        return switches;
    }

    /** What is known of past calls. */
    LedgerStore ledger() {
        return ledger;
    }

    /** What was counted before a restart; nothing where that is not known. */
    Future<List<CounterStore.Row>> counted() {
        if (store == null) {
            return Future.succeededFuture(List.of());
        }
        return Future.fromCompletionStage(store.counters().load())
                .map(rows -> List.copyOf(rows.values()))
                .otherwise(cause -> {
                    LOG.warn("limits: what was counted before is not known: {}", cause.getMessage());
                    return List.of();
                });
    }

    /** From now on what has become too old goes. */
    void expire(StorageConfig.Retention retention, Ticker ticker, Timers timers) {
        expiry = new Expiry(ledger, retention, ticker, timers);
        expiry.start();
    }

    /** Keeps what is counted and when keys were used, and hears of what other processes change. */
    void follow(Vertx vertx, VirtualKeys callers, SwitchBoard board, Supplier<List<CounterStore.Row>> counts) {
        SqlStore kept = store;
        if (kept == null) {
            return;
        }
        kept.watch(StoreTopic.KEYS, () -> report("keys", callers.refresh()));
        kept.watch(StoreTopic.SWITCHES, () -> report("switches", board.load()));
        vertx.setPeriodic(JOURNAL.toMillis(), tick -> journal(kept, counts));
        if (isThere(kept)) {
            kept.keyUses().load().onSuccess(callers::remember);
        }
        vertx.setPeriodic(USES.toMillis(), tick -> {
            // That a key was used is no reason to make a database.
            if (isThere(kept)) {
                kept.keyUses().save(callers.lastUses());
            }
        });
    }

    private static boolean isThere(SqlStore kept) {
        return kept.health().state() != StoreHealth.State.UNUSED;
    }

    private static void report(String what, Future<?> reading) {
        reading.onFailure(cause -> LOG.warn("store: {} could not be read: {}", what, cause.getMessage()));
    }

    private static void journal(SqlStore kept, Supplier<List<CounterStore.Row>> counts) {
        List<CounterStore.Row> rows = counts.get();
        if (!rows.isEmpty()) {
            kept.counters().save(rows);
        }
    }

    /** The last counts, after the last exchange. */
    void keep(List<CounterStore.Row> counts) {
        if (store != null && !counts.isEmpty()) {
            store.counters().save(counts);
        }
    }

    /** Whether the store does not answer. */
    boolean isDown() {
        return store != null && store.health().state() == StoreHealth.State.DOWN;
    }

    List<Readiness.Check> checks() {
        return store == null
                ? List.of()
                : List.of(new Readiness.Check("store", true, store.health().detail()));
    }

    void measure(Metrics metrics) {
        SqlStore kept = store;
        if (kept != null) {
            metrics.gauge(
                    "penstock_store_down",
                    "1 while the store of keys, switches and counters does not answer.",
                    () -> kept.health().state() == StoreHealth.State.DOWN ? 1 : 0);
            metrics.gauge("penstock_store_pending", "Rows that wait to be written.", () -> kept.health()
                    .pending());
        }
    }

    /** Writes what waits. Blocks for some seconds at most. */
    @Override
    public void close() {
        if (expiry != null) {
            expiry.close();
        }
        if (store != null) {
            store.close();
        }
    }
}
