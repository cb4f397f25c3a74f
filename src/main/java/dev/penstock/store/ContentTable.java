// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.ledger.CallContent;
import dev.penstock.ledger.CallContent.Said;
import dev.penstock.ledger.LedgerEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What was said in exchanges, beside them: most have none. It goes with its exchange, or before it. */
final class ContentTable {

    /** Rows are large. */
    static final int BATCH = 100;

    static final String NAME = "penstock_contents";

    private static final String INSERT = RowValues.insert(
                    NAME,
                    List.of(
                            "uuid",
                            "expires",
                            "request",
                            "request_bytes",
                            "request_cut",
                            "request_redacted",
                            "answer",
                            "answer_bytes",
                            "answer_cut",
                            "answer_redacted"))
            + " ON CONFLICT (uuid) DO NOTHING";

    private ContentTable() {}

    /** Inside of a transaction. */
    static void write(Connection connection, List<LedgerEntry> entries) throws SQLException {
        if (entries.stream().allMatch(entry -> entry.content() == null)) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (LedgerEntry entry : entries) {
                CallContent content = entry.content();
                if (content != null) {
                    RowValues row = new RowValues(insert)
                            .text(entry.exchange().uuid().toString())
                            .number(content.expires().toEpochMilli());
                    write(row, content.request());
                    write(row, content.answer());
                    insert.addBatch();
                }
            }
            insert.executeBatch();
        }
    }

    private static void write(RowValues row, Said said) throws SQLException {
        // PostgreSQL takes no NUL; JSON has none either.
        row.text(new PlainText().text("text", said.text()))
                .number(said.bytes())
                .flag(said.cut())
                .number(said.redacted());
    }

    /** A list, because that is what is empty where there is no database. */
    static List<CallContent> read(Connection connection, UUID uuid, Instant now) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT expires, request, request_bytes, request_cut, request_redacted,"
                        + " answer, answer_bytes, answer_cut, answer_redacted FROM " + NAME
                        + " WHERE uuid = ? AND expires > ?")) {
            new RowValues(select).text(uuid.toString()).number(now.toEpochMilli());
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? List.of(new CallContent(Instant.ofEpochMilli(row.getLong(1)), said(row, 2), said(row, 6)))
                        : List.of();
            }
        }
    }

    private static Said said(ResultSet row, int from) throws SQLException {
        return new Said(
                Optional.ofNullable(row.getString(from)).orElse(""),
                row.getLong(from + 1),
                row.getLong(from + 2) != 0,
                row.getInt(from + 3));
    }

    /** Inside of a transaction: one batch of those whose time is over. Returns how many they were. */
    static int expire(Connection connection, Instant now) throws SQLException {
        List<String> over = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT uuid FROM " + NAME + " WHERE expires <= ? ORDER BY expires, uuid LIMIT ?")) {
            new RowValues(select).number(now.toEpochMilli()).number(BATCH);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    over.add(row.getString(1));
                }
            }
        }
        if (over.isEmpty()) {
            return 0;
        }
        int gone = 0;
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + NAME + " WHERE uuid = ?")) {
            for (String uuid : over) {
                new RowValues(delete).text(uuid);
                delete.addBatch();
            }
            for (int count : delete.executeBatch()) {
                gone += count;
            }
        }
        return gone;
    }
}
