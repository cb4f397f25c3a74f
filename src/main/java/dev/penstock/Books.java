// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.admin.Readiness;
import dev.penstock.config.LedgerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Transcripts;
import dev.penstock.ingress.LastByte;
import dev.penstock.ingress.LoadCheck;
import dev.penstock.ledger.Ledger;
import dev.penstock.ledger.LedgerListener;
import dev.penstock.ledger.LedgerStatus;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.telemetry.Metrics;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.ToLongFunction;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** The ledger of the process, as its other parts see it: told of every call, asked before a new one, and its figures. */
final class Books implements SettlementListener, AutoCloseable {

    private static final Logger LOG = LogManager.getLogger(Books.class);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final @Nullable Ledger ledger;

    private Books(@Nullable Ledger ledger) {
        this.ledger = ledger;
    }

    /**
     * Begins to write down.
     *
     * @param wanted false for the rungs of the benchmark ladder on which nothing is
     * @param node name of this process
     * @param store where it shall be in the end
     */
    static Books open(
            boolean wanted, Snapshot snapshot, String node, LedgerStore store, Ticker ticker, Metrics metrics) {
        if (!wanted) {
            return new Books(null);
        }
        LedgerConfig config = snapshot.observability().ledger();
        Path home = config.home();
        if (home == null) {
            LOG.info("ledger: no journal, {}", config.journal() ? "the process keeps nothing" : "as configured");
        }
        LongConsumer syncs =
                metrics.durations("penstock_ledger_fsync_seconds", "How long the disk took to keep what was written.");
        Books books = new Books(Ledger.start(config, node, store, ticker, new LedgerListener() {
            @Override
            public void onSync(long nanos) {
                syncs.accept(nanos);
            }

            @Override
            public void onAlarm(String what) {
                LOG.warn("ledger: {}", what);
            }

            @Override
            public void onNote(String what) {
                LOG.info("ledger: {}", what);
            }
        }));
        books.measure(metrics);
        books.use(snapshot);
        return books;
    }

    /** What tenants want written down of what is said in their calls, from the next one on. */
    void use(Snapshot snapshot) {
        if (ledger != null) {
            ledger.contents().use(snapshot.server().tenants(), Secrets.of(snapshot));
        }
    }

    /** Of which calls it is taken down what is said. */
    Transcripts transcripts() {
        return ledger == null ? Transcripts.NONE : ledger.contents();
    }

    @Override
    public void settled(ExchangeRecord settled) {
        if (ledger != null) {
            ledger.settled(settled);
        }
    }

    /**
     * Of one event loop. An answer that waits for the disk ends on the loop, whoever has made its end: not every end comes from within a
     * context of Vert.x, for a timer is straight from the loop.
     */
    LastByte on(EventLoop loop) {
        Ledger of = ledger;
        return of == null || !of.holdsBack()
                ? LastByte.AT_ONCE
                : (exchange, end) -> of.whenKept(exchange, () -> loop.execute(end));
    }

    /** Whether answers wait until their record is safe. */
    boolean holdsBack() {
        return ledger != null && ledger.holdsBack();
    }

    /** Asks whether a call could be written down, then the other check. */
    LoadCheck before(LoadCheck next) {
        return priority -> ledger != null && ledger.isFull() ? full() : next.refusal(priority);
    }

    private static GatewayError full() {
        return GatewayError.builder(GatewayError.Kind.OVERLOADED, "The gateway cannot record calls at the moment.")
                .code("ledger_unavailable")
                .hint("Send the request again after the time in retry-after.")
                .retryAfter(RETRY)
                .build();
    }

    /** How old the oldest record is that the store does not have; zero where it has all of them. Any thread. */
    Duration behind() {
        return ledger == null ? Duration.ZERO : ledger.status().behindFor();
    }

    /** Not ready while new calls are turned away. */
    List<Readiness.Check> checks() {
        return ledger == null
                ? List.of()
                : List.of(new Readiness.Check("ledger", !ledger.isFull(), text(ledger.status())));
    }

    private static String text(LedgerStatus status) {
        StringBuilder text = new StringBuilder(status.journaled() ? "journal" : "no journal");
        text.append(", ").append(status.behindRecords() + status.waiting()).append(" records behind");
        if (status.lost() > 0) {
            text.append(", ").append(status.lost()).append(" lost");
        }
        if (status.trouble() != null) {
            text.append("; takes none: ").append(status.trouble());
        }
        if (status.storeTrouble() != null) {
            text.append("; store: ").append(status.storeTrouble());
        }
        return text.toString();
    }

    private void measure(Metrics metrics) {
        Ledger of = ledger;
        if (of == null) {
            return;
        }
        counter(metrics, of, "records_total", "Records that the ledger took.", LedgerStatus::records);
        counter(metrics, of, "lost_total", "Records that the ledger had no room for.", LedgerStatus::lost);
        metrics.counter(
                "penstock_ledger_content_dropped_total",
                "Calls whose content had no room in memory or could not be redacted.",
                () -> of.contents().dropped());
        counter(metrics, of, "damaged_total", "Places of the journal that could not be read.", LedgerStatus::damaged);
        gauge(metrics, of, "waiting", "Records on their way to the journal.", LedgerStatus::waiting);
        gauge(metrics, of, "behind_records", "Records that the store does not have.", LedgerStatus::behindRecords);
        gauge(metrics, of, "behind_bytes", "Their size in the journal.", LedgerStatus::behindBytes);
        gauge(metrics, of, "behind_seconds", "Age of the oldest of them.", status -> status.behindFor()
                .toSeconds());
        gauge(
                metrics,
                of,
                "stopped",
                "1 while the ledger takes no records.",
                status -> status.trouble() == null ? 0 : 1);
    }

    private static void counter(
            Metrics metrics, Ledger of, String name, String help, ToLongFunction<LedgerStatus> value) {
        metrics.counter("penstock_ledger_" + name, help, () -> value.applyAsLong(of.status()));
    }

    private static void gauge(
            Metrics metrics, Ledger of, String name, String help, ToLongFunction<LedgerStatus> value) {
        metrics.gauge("penstock_ledger_" + name, help, () -> value.applyAsLong(of.status()));
    }

    /** After the last exchange and before its store. Blocks for some seconds at most. */
    @Override
    public void close() {
        if (ledger != null) {
            ledger.close();
        }
    }
}
