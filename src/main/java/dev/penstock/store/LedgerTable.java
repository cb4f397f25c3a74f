// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.exchange.Ticker;
import dev.penstock.ledger.CallContent;
import dev.penstock.ledger.ExchangeQuery;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.LedgerStore;
import dev.penstock.ledger.QueryRefused;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in SQL. It has two workers of its own: batches are written on one, questions are asked on the other, and keys and switches
 * wait for neither. Questions end after {@link #PATIENCE}.
 */
final class LedgerTable implements LedgerStore {

    private static final Logger LOG = LogManager.getLogger(LedgerTable.class);
    /** Shorter than what PostgreSQL may be silent for before it counts as away. */
    static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final int MOST_NAMESAKES = 100;
    /** A page of the largest size, and one more, which tells whether there is another. */
    private static final int MOST_AT_ONCE = 1_001;

    private static final Comparator<LedgerEntry> BY_NAME =
            (one, other) -> one.exchange().uuid().compareTo(other.exchange().uuid());

    static final String ONE = "SELECT entry FROM " + EntryRows.TABLE + " WHERE uuid = ?";
    static final String NAMESAKES =
            "SELECT entry FROM " + EntryRows.TABLE + " WHERE request_id = ? ORDER BY uuid DESC LIMIT ?";

    private final SqlWorker writer;
    private final SqlWorker reader;
    private final BooleanSupplier empty;
    private final Ticker ticker;
    private final LedgerExpiry expiry;
    private final AtomicLong setAside = new AtomicLong();

    /** A question over a statement that may be ended. */
    @FunctionalInterface
    private interface Reading<T> {
        T from(Connection connection) throws SQLException;
    }

    LedgerTable(SqlWorker writer, SqlWorker reader, BooleanSupplier empty, Ticker ticker) {
        this.writer = writer;
        this.reader = reader;
        this.empty = empty;
        this.ticker = ticker;
        this.expiry = new LedgerExpiry(writer);
    }

    /** Entries that the database refused since the start; they stand in a table of their own. */
    long setAside() {
        return setAside.get();
    }

    /**
     * In one transaction. Where the database refuses it because of a value, halves of it are tried, and so on, until the entry is found
     * that it does not take; that one is set aside as text and counted, and the others are kept.
     */
    @Override
    public CompletionStage<Void> append(List<LedgerEntry> entries) {
        List<LedgerEntry> ordered = new ArrayList<>(entries);
        ordered.sort(BY_NAME);
        Future<?> kept = ordered.isEmpty() ? Future.succeededFuture() : keep(ordered);
        return kept.<Void>mapEmpty().toCompletionStage();
    }

    private Future<?> keep(List<LedgerEntry> entries) {
        return writer.write(connection -> EntryRows.write(connection, entries))
                .<Object>map(added -> added)
                .recover(cause ->
                        isAboutValues(cause) ? apart(entries).<Object>map(done -> true) : Future.failedFuture(cause));
    }

    private static boolean isAboutValues(Throwable cause) {
        return cause instanceof StoreFailed failed && failed.isAboutValues();
    }

    private Future<?> apart(List<LedgerEntry> entries) {
        if (entries.size() == 1) {
            return setAside(entries.getFirst());
        }
        int middle = entries.size() / 2;
        return keep(entries.subList(0, middle)).compose(done -> keep(entries.subList(middle, entries.size())));
    }

    private Future<?> setAside(LedgerEntry entry) {
        String uuid = entry.exchange().uuid().toString();
        return writer.write(connection -> {
                    try (PreparedStatement insert = connection.prepareStatement(
                            RowValues.insert("penstock_ledger_aside", List.of("uuid", "set_aside", "entry"))
                                    + " ON CONFLICT (uuid) DO NOTHING")) {
                        new RowValues(insert)
                                .text(uuid)
                                .number(ticker.now().toEpochMilli())
                                .text(new PlainText().text("entry", entry.toString()));
                        return insert.executeUpdate();
                    }
                })
                .onSuccess(rows -> {
                    setAside.addAndGet(rows);
                    LOG.error("ledger: exchange {} was refused and is set aside in penstock_ledger_aside", uuid);
                });
    }

    @Override
    public CompletionStage<List<UsageRow>> usage(UsageQuery query) {
        UsageCursor after;
        try {
            after = UsageSql.check(query);
        } catch (QueryRefused e) {
            return Future.<List<UsageRow>>failedFuture(e).toCompletionStage();
        }
        return ask(connection -> usage(connection, query, after)).toCompletionStage();
    }

    private List<UsageRow> usage(Connection connection, UsageQuery query, @Nullable UsageCursor after)
            throws SQLException {
        if (UsageSql.isOfSingleCalls(query)) {
            return new SingleCalls(query, after).count(connection, writer);
        }
        UsageSql sql = new UsageSql(query, after, LedgerExpiry.since(connection), ticker.now());
        List<UsageRow> rows = new ArrayList<>();
        if (sql.isEmpty()) {
            return rows;
        }
        try (PreparedStatement select = connection.prepareStatement(sql.text());
                Patience patience = new Patience(select)) {
            patience.begin(PATIENCE, writer);
            sql.fill(select);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    rows.add(sql.read(row));
                }
            }
        }
        return rows;
    }

    @Override
    public CompletionStage<List<LedgerEntry>> exchanges(ExchangeQuery query) {
        if (query.limit() < 1 || query.limit() > MOST_AT_ONCE) {
            return Future.<List<LedgerEntry>>failedFuture(
                            new QueryRefused("the limit must be from 1 to " + MOST_AT_ONCE + " exchanges"))
                    .toCompletionStage();
        }
        return ask(connection -> exchanges(connection, query)).toCompletionStage();
    }

    private List<LedgerEntry> exchanges(Connection connection, ExchangeQuery query) throws SQLException {
        List<LedgerEntry> found = new ArrayList<>();
        EntryScan.back(query.from().toEpochMilli(), query.to().toEpochMilli(), query.where(), query.before())
                .run(connection, writer, query.limit(), entry -> {
                    found.add(entry);
                    return found.size() < query.limit();
                });
        return found;
    }

    @Override
    public CompletionStage<List<LedgerEntry>> find(String name) {
        return ask(connection -> find(connection, name)).toCompletionStage();
    }

    /** The one whose name it is first, then those whose request has it, newest first. */
    private static List<LedgerEntry> find(Connection connection, String name) throws SQLException {
        UUID uuid = CallKey.uuid(name);
        UUID own = CallKey.own(name);
        List<LedgerEntry> found = uuid == null ? List.of() : find(connection, uuid);
        List<LedgerEntry> namesakes = namesakes(connection, name);
        if (own != null) {
            namesakes.addAll(find(connection, own));
            namesakes.removeIf(entry -> !entry.exchange().id().equals(name));
            namesakes.sort(BY_NAME.reversed());
        }
        return Stream.concat(found.stream(), namesakes.stream().filter(entry -> !entry.exchange()
                        .uuid()
                        .equals(uuid)))
                .limit(MOST_NAMESAKES)
                .toList();
    }

    private static List<LedgerEntry> namesakes(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(NAMESAKES)) {
            new RowValues(select).text(PlainText.name(name)).number(MOST_NAMESAKES);
            return read(select);
        }
    }

    private static List<LedgerEntry> find(Connection connection, UUID uuid) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(ONE)) {
            new RowValues(select).bytes(CallKey.of(uuid));
            return read(select);
        }
    }

    private static List<LedgerEntry> read(PreparedStatement select) throws SQLException {
        List<LedgerEntry> entries = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                entries.add(EntryScan.entry(row.getBytes(1)));
            }
        }
        return entries;
    }

    @Override
    public CompletionStage<Long> expire(Instant entries, Instant minutes, Instant hours, Instant days) {
        Future<Long> gone =
                empty.getAsBoolean() ? Future.succeededFuture(0L) : expiry.run(entries, minutes, hours, days);
        return gone.toCompletionStage();
    }

    @Override
    public CompletionStage<Optional<CallContent>> content(UUID exchange) {
        return ask(connection -> ContentTable.read(connection, exchange, ticker.now()))
                .map(found -> found.stream().findFirst())
                .toCompletionStage();
    }

    @Override
    public CompletionStage<Long> expireContent(Instant now) {
        Future<Long> gone = empty.getAsBoolean() ? Future.succeededFuture(0L) : expiry.contents(now);
        return gone.toCompletionStage();
    }

    /** A default file that is not there has nothing in it. */
    private <T> Future<List<T>> ask(Reading<List<T>> reading) {
        return empty.getAsBoolean() ? Future.succeededFuture(List.of()) : reader.read(reading::from);
    }
}
