// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.ledger.LedgerEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/** The fifth migration: carries the calls of the tables before over into the one that has them as bytes, and drops those. */
final class EntriesToBytes implements JavaMigration {

    private static final int BATCH = 1_000;

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("5");
    }

    @Override
    public String getDescription() {
        return "entries to bytes";
    }

    @Override
    public @Nullable Integer getChecksum() {
        return null;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }

    @Override
    public void migrate(Context context) throws SQLException {
        Connection connection = context.getConnection();
        String last = "";
        List<LedgerEntry> batch = read(connection, last);
        while (!batch.isEmpty()) {
            EntryRows.add(connection, batch);
            last = batch.getLast().exchange().uuid().toString();
            batch = read(connection, last);
        }
        try (Statement drop = connection.createStatement()) {
            drop.execute("DROP TABLE penstock_old_attempts");
            drop.execute("DROP TABLE penstock_old_exchanges");
        }
    }

    private static List<LedgerEntry> read(Connection connection, String after) throws SQLException {
        OldEntryReader entries = new OldEntryReader();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT * FROM penstock_old_exchanges WHERE uuid > ? ORDER BY uuid LIMIT ?")) {
            new RowValues(select).text(after).number(BATCH);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    entries.add(row);
                }
            }
        }
        return entries.whole(connection);
    }
}
