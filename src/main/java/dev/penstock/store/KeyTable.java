// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.auth.KeyStore;
import dev.penstock.auth.StoredKey;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keys in SQL. Nothing of them waits in memory for a store that is away: a key that was given out and then lost would be worse than one
 * that could not be made.
 */
final class KeyTable implements KeyStore {

    private static final String PEPPER = "pepper";
    private static final HexFormat HEX = HexFormat.of();

    private final SqlWorker worker;
    private final BooleanSupplier empty;
    /** Offered while there was no database, and kept with the first key. */
    private volatile byte @Nullable [] offered;

    /** @param empty whether the database does not even exist, so that reading need not make it */
    KeyTable(SqlWorker worker, BooleanSupplier empty) {
        this.worker = worker;
        this.empty = empty;
    }

    @Override
    public Future<List<StoredKey>> load() {
        return empty.getAsBoolean() ? Future.succeededFuture(List.of()) : worker.read(KeyTable::all);
    }

    private static List<StoredKey> all(Connection connection) throws SQLException {
        List<StoredKey> keys = new ArrayList<>();
        try (PreparedStatement select =
                        connection.prepareStatement("SELECT * FROM penstock_keys ORDER BY created, public_id");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                keys.add(key(row));
            }
        }
        return keys;
    }

    private static StoredKey key(ResultSet row) throws SQLException {
        return new StoredKey(
                row.getString("public_id"),
                bytes(row.getString("hmac")),
                row.getString("tenant"),
                row.getString("role"),
                java.time.Instant.ofEpochMilli(row.getLong("created")),
                Columns.moment(row, "expires"),
                Columns.list(row, "models"),
                Columns.list(row, "features"),
                Columns.list(row, "ips"),
                Columns.moment(row, "revoked"),
                row.getString("replaced_by"));
    }

    private static byte[] bytes(String hex) throws SQLException {
        try {
            return HEX.parseHex(hex);
        } catch (IllegalArgumentException e) {
            throw new SQLException("not in hex", "22000");
        }
    }

    @Override
    public Future<Void> put(List<StoredKey> keys) {
        if (keys.isEmpty()) {
            return Future.succeededFuture();
        }
        byte[] first = offered;
        return worker.<Boolean>write(connection -> {
                    Revisions.raise(connection, StoreTopic.KEYS);
                    if (first != null) {
                        keep(connection, first);
                    }
                    write(connection, keys);
                    return true;
                })
                .mapEmpty();
    }

    private static void write(Connection connection, List<StoredKey> keys) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement("""
                INSERT INTO penstock_keys (public_id, hmac, tenant, role, created, expires, models, features, ips, revoked, replaced_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (public_id) DO UPDATE SET
                    hmac = excluded.hmac, tenant = excluded.tenant, role = excluded.role, created = excluded.created,
                    expires = excluded.expires, models = excluded.models, features = excluded.features, ips = excluded.ips,
                    revoked = excluded.revoked, replaced_by = excluded.replaced_by""")) {
            for (StoredKey key : keys) {
                upsert.setString(1, key.publicId());
                upsert.setString(2, HEX.formatHex(key.hmac()));
                upsert.setString(3, key.tenant());
                upsert.setString(4, key.role());
                Columns.put(upsert, 5, key.created());
                Columns.put(upsert, 6, key.expires());
                Columns.put(upsert, 7, key.models());
                Columns.put(upsert, 8, key.features());
                Columns.put(upsert, 9, key.ips());
                Columns.put(upsert, 10, key.revoked());
                upsert.setString(11, key.replacedBy());
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    @Override
    public Future<Long> version() {
        return empty.getAsBoolean()
                ? Future.succeededFuture(0L)
                : worker.read(connection -> Revisions.read(connection).getOrDefault(StoreTopic.KEYS, 0L));
    }

    /** The first one that is offered by any node stays. */
    @Override
    public Future<byte @Nullable []> pepper(byte[] candidate) {
        if (empty.getAsBoolean()) {
            // Nobody needs the database for a pepper that no key is made with yet.
            offered = candidate.clone();
            return Future.succeededFuture(candidate);
        }
        return worker.write(connection -> {
            keep(connection, candidate);
            return kept(connection);
        });
    }

    private static void keep(Connection connection, byte[] candidate) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO penstock_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING")) {
            insert.setString(1, PEPPER);
            insert.setString(2, HEX.formatHex(candidate));
            insert.executeUpdate();
        }
    }

    private static byte[] kept(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT value FROM penstock_meta WHERE name = ?")) {
            select.setString(1, PEPPER);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new SQLException("no pepper", "22000");
                }
                return bytes(row.getString("value"));
            }
        }
    }
}
