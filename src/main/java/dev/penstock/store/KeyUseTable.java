// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.auth.KeyUseStore;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Last uses in SQL, written behind; beside the keys, because keys of the file have them too. */
final class KeyUseTable implements KeyUseStore {

    private static final Duration EACH = Duration.ofSeconds(5);

    private final SqlWorker worker;
    private final BooleanSupplier empty;
    private final WriteBehind<Use> uses;

    private record Use(String key, long atMillis) {}

    KeyUseTable(SqlWorker worker, BooleanSupplier empty) {
        this.worker = worker;
        this.empty = empty;
        this.uses = new WriteBehind<>(
                worker, Use::key, (kept, other) -> other.atMillis > kept.atMillis ? other : kept, KeyUseTable::write);
    }

    WriteBehind<?> uses() {
        return uses;
    }

    @Override
    public Future<Map<String, Instant>> load() {
        return empty.getAsBoolean() ? Future.succeededFuture(Map.of()) : worker.read(KeyUseTable::all);
    }

    private static Map<String, Instant> all(Connection connection) throws SQLException {
        Map<String, Instant> all = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT key_id, used FROM penstock_key_uses");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                all.put(row.getString("key_id"), Instant.ofEpochMilli(row.getLong("used")));
            }
        }
        return all;
    }

    @Override
    public void save(Map<String, Instant> saved) {
        if (!saved.isEmpty()) {
            uses.add(saved.entrySet().stream()
                    .map(use -> new Use(use.getKey(), use.getValue().toEpochMilli()))
                    .toList());
            uses.flushIn(EACH);
        }
    }

    /** In one order of names, so that two nodes never wait for each other's rows. */
    private static void write(Connection connection, List<Use> rows) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO penstock_key_uses (key_id, used) VALUES (?, ?)
                ON CONFLICT (key_id) DO UPDATE SET used = excluded.used WHERE excluded.used > penstock_key_uses.used""")) {
            for (Use use : rows.stream().sorted(Comparator.comparing(Use::key)).toList()) {
                upsert.setString(1, use.key());
                upsert.setLong(2, use.atMillis());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }
}
