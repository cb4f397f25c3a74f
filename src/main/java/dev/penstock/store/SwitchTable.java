// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.switches.StoredSwitch;
import dev.penstock.switches.SwitchStore;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Live switches in SQL. A flip holds in the cluster whether or not it could be kept, so one that finds the store away waits for it: the
 * caller is told that it is not kept yet, and need not do anything.
 */
final class SwitchTable implements SwitchStore {

    private final SqlWorker worker;
    private final BooleanSupplier empty;
    private final WriteBehind<StoredSwitch> flips;

    SwitchTable(SqlWorker worker, BooleanSupplier empty) {
        this.worker = worker;
        this.empty = empty;
        this.flips = new WriteBehind<>(
                worker,
                StoredSwitch::object,
                (kept, other) -> other.isNewerThan(kept) ? other : kept,
                SwitchTable::write);
    }

    WriteBehind<StoredSwitch> flips() {
        return flips;
    }

    @Override
    public Future<List<StoredSwitch>> load() {
        return empty.getAsBoolean() ? Future.succeededFuture(List.of()) : worker.read(SwitchTable::all);
    }

    private static List<StoredSwitch> all(Connection connection) throws SQLException {
        List<StoredSwitch> switches = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT * FROM penstock_switches ORDER BY object");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                switches.add(flip(row));
            }
        }
        return switches;
    }

    private static StoredSwitch flip(ResultSet row) throws SQLException {
        return new StoredSwitch(
                row.getString("object"),
                row.getLong("cleared") != 0,
                row.getLong("enabled") != 0,
                row.getInt("percent"),
                Columns.list(row, "tenants"),
                row.getString("reason"),
                row.getString("actor"),
                Instant.ofEpochMilli(row.getLong("changed")),
                Columns.moment(row, "ends"),
                row.getLong("version"),
                row.getString("node"));
    }

    @Override
    public Future<Void> save(StoredSwitch flip) {
        flips.add(List.of(flip));
        return flips.flush();
    }

    /** Raising the revision first locks its row, so nobody writes between our look at what is kept and our writing. */
    private static void write(Connection connection, List<StoredSwitch> flips) throws SQLException {
        Revisions.raise(connection, StoreTopic.SWITCHES);
        for (StoredSwitch flip : flips) {
            if (flip.isNewerThan(kept(connection, flip.object()))) {
                write(connection, flip);
            }
        }
    }

    private static @Nullable StoredSwitch kept(Connection connection, String object) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT * FROM penstock_switches WHERE object = ?")) {
            select.setString(1, object);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? flip(row) : null;
            }
        }
    }

    private static void write(Connection connection, StoredSwitch flip) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO penstock_switches
                    (object, cleared, enabled, percent, tenants, reason, actor, changed, ends, version, node)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (object) DO UPDATE SET
                    cleared = excluded.cleared, enabled = excluded.enabled, percent = excluded.percent,
                    tenants = excluded.tenants, reason = excluded.reason, actor = excluded.actor,
                    changed = excluded.changed, ends = excluded.ends, version = excluded.version, node = excluded.node""")) {
            upsert.setString(1, flip.object());
            upsert.setLong(2, flip.cleared() ? 1 : 0);
            upsert.setLong(3, flip.enabled() ? 1 : 0);
            upsert.setLong(4, flip.percent());
            Columns.put(upsert, 5, flip.tenants());
            upsert.setString(6, flip.reason());
            upsert.setString(7, flip.by());
            Columns.put(upsert, 8, flip.at());
            Columns.put(upsert, 9, flip.until());
            upsert.setLong(10, flip.version());
            upsert.setString(11, flip.node());
            upsert.executeUpdate();
        }
    }
}
