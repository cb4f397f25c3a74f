// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.exchange.Ticker;
import dev.penstock.quota.CounterStore;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Counters in SQL, written behind. */
final class CounterTable implements CounterStore {

    private static final Duration EACH = Duration.ofSeconds(1);

    private final SqlWorker worker;
    private final BooleanSupplier empty;
    private final Ticker ticker;
    private final WriteBehind<Row> rows;

    CounterTable(SqlWorker worker, BooleanSupplier empty, Ticker ticker) {
        this.worker = worker;
        this.empty = empty;
        this.ticker = ticker;
        this.rows = new WriteBehind<>(
                worker, Row::counter, (kept, other) -> other.isNewerThan(kept) ? other : kept, CounterTable::write);
    }

    WriteBehind<Row> rows() {
        return rows;
    }

    @Override
    public CompletionStage<Map<String, Row>> load() {
        Future<Map<String, Row>> loaded =
                empty.getAsBoolean() ? Future.succeededFuture(Map.of()) : worker.write(this::living);
        return loaded.toCompletionStage();
    }

    private Map<String, Row> living(Connection connection) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM penstock_counters WHERE ends <= ?")) {
            delete.setLong(1, ticker.now().toEpochMilli());
            delete.executeUpdate();
        }
        Map<String, Row> counters = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM penstock_counters");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                String counter = row.getString("counter");
                counters.put(
                        counter,
                        new Row(
                                counter,
                                row.getLong("period"),
                                row.getLong("ends"),
                                row.getLong("used"),
                                row.getLong("updated")));
            }
        }
        return counters;
    }

    @Override
    public void save(List<Row> saved) {
        if (!saved.isEmpty()) {
            rows.add(saved);
            rows.flushIn(EACH);
        }
    }

    /** The condition is {@link Row#isNewerThan}. In one order of names, so that two nodes never wait for each other's rows. */
    private static void write(Connection connection, List<Row> rows) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO penstock_counters (counter, period, ends, used, updated) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (counter) DO UPDATE SET
                    period = excluded.period, ends = excluded.ends, used = excluded.used, updated = excluded.updated
                WHERE excluded.period > penstock_counters.period
                    OR (excluded.period = penstock_counters.period
                        AND (excluded.updated > penstock_counters.updated
                            OR (excluded.updated = penstock_counters.updated AND excluded.used > penstock_counters.used)))""")) {
            List<Row> ordered = rows.stream()
                    .sorted(java.util.Comparator.comparing(Row::counter))
                    .toList();
            for (Row row : ordered) {
                upsert.setString(1, row.counter());
                upsert.setLong(2, row.window());
                upsert.setLong(3, row.endsAtMillis());
                upsert.setLong(4, row.used());
                upsert.setLong(5, row.updatedMillis());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }
}
