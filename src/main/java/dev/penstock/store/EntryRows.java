// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.ledger.EntryBytes;
import dev.penstock.ledger.LedgerEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes exchanges and their sums. Of an exchange a row has in columns what it is looked up by, and all that is known of it in the
 * encoding of the journal; {@link EntryScan} reads it back.
 */
final class EntryRows {

    static final String TABLE = "penstock_exchanges";

    private static final String INSERT = RowValues.insert(TABLE, List.of("uuid", "tenant", "request_id", "entry"))
            + " ON CONFLICT (uuid) DO NOTHING";

    private EntryRows() {}

    /**
     * Inside of a transaction.
     *
     * @param entries in the order of their names, so that two nodes with the same entries never wait for each other
     * @return how many were not there before
     */
    static int write(Connection connection, List<LedgerEntry> entries) throws SQLException {
        List<LedgerEntry> added = add(connection, entries);
        RollUps sums = new RollUps();
        for (LedgerEntry entry : added) {
            sums.add(entry.exchange());
        }
        ContentTable.write(connection, added);
        sums.write(connection);
        return added.size();
    }

    /** The rows alone, without sums; tells which were not there before. */
    static List<LedgerEntry> add(Connection connection, List<LedgerEntry> entries) throws SQLException {
        List<LedgerEntry> added = new ArrayList<>(entries.size());
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (LedgerEntry entry : entries) {
                new RowValues(insert)
                        .bytes(CallKey.of(entry.exchange().uuid()))
                        .text(PlainText.name(entry.exchange().tenant()))
                        .text(CallKey.requestId(entry.exchange()))
                        .bytes(EntryBytes.of(entry));
                insert.addBatch();
            }
            int[] counts = insert.executeBatch();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    added.add(entries.get(i));
                }
            }
        }
        return added;
    }
}
