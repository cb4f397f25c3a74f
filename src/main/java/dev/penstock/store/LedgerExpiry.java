// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.store.RollUps.Level;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/**
 * Deletes what is old, in small transactions between which others have their turn. Two nodes that do so at once take turns by the row of
 * the level. Whole hours of minutes go together, and whole days of hours, so that what is left is always added up by one of the levels.
 */
final class LedgerExpiry {

    private static final int BATCH = 2_000;

    private final SqlWorker worker;

    LedgerExpiry(SqlWorker worker) {
        this.worker = worker;
    }

    /** Since when each level is whole. */
    static Map<Level, Long> since(Connection connection) throws SQLException {
        Map<Level, Long> since = new EnumMap<>(Level.class);
        try (PreparedStatement select = connection.prepareStatement("SELECT level, since FROM penstock_usage_since");
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                for (Level level : Level.values()) {
                    if (level.label.equals(row.getString(1))) {
                        since.put(level, row.getLong(2));
                    }
                }
            }
        }
        return since;
    }

    /** How many rows are gone. */
    Future<Long> run(Instant entries, Instant minutes, Instant hours, Instant days) {
        return repeat(connection -> exchanges(connection, entries.toEpochMilli()), 0)
                .compose(gone -> level(Level.MINUTES, Level.HOURS.floor(minutes.toEpochMilli()), gone))
                .compose(gone -> level(Level.HOURS, Level.DAYS.floor(hours.toEpochMilli()), gone))
                .compose(gone -> level(Level.DAYS, Level.DAYS.floor(days.toEpochMilli()), gone));
    }

    /** From how many exchanges what was said in them is gone. */
    Future<Long> contents(Instant now) {
        return repeat(connection -> ContentTable.expire(connection, now), 0);
    }

    private Future<Long> level(Level level, long before, long gone) {
        return repeat(connection -> rows(connection, level, before), gone);
    }

    /** Each turn is asked for anew, behind whatever waits for the worker. */
    private Future<Long> repeat(SqlWorker.Work<Integer> batch, long gone) {
        return worker.write(batch)
                .compose(deleted -> deleted == 0 ? Future.succeededFuture(gone) : repeat(batch, gone + deleted));
    }

    /** One batch of exchanges, and what was said in them: names are in the order of time, and as text in the same one. */
    private static int exchanges(Connection connection, long before) throws SQLException {
        lock(connection, Level.MINUTES, 0);
        byte[] end = endOfBatch(connection, CallKey.first(before));
        int deleted = 0;
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + ContentTable.NAME + " WHERE uuid < ?")) {
            new RowValues(delete).text(CallKey.uuid(end).toString());
            deleted += delete.executeUpdate();
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + EntryRows.TABLE + " WHERE uuid < ?")) {
            new RowValues(delete).bytes(end);
            return deleted + delete.executeUpdate();
        }
    }

    private static byte[] endOfBatch(Connection connection, byte[] before) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT uuid FROM " + EntryRows.TABLE + " WHERE uuid < ? ORDER BY uuid LIMIT 1 OFFSET ?")) {
            new RowValues(select).bytes(before).number(BATCH);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? row.getBytes(1) : before;
            }
        }
    }

    private static int rows(Connection connection, Level level, long before) throws SQLException {
        lock(connection, level, before);
        long last = before;
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT start FROM " + level.table + " WHERE start < ? ORDER BY start LIMIT 1 OFFSET ?")) {
            new RowValues(select).number(before).number(BATCH);
            try (ResultSet row = select.executeQuery()) {
                // All rows of a moment go together: one more than it, or a moment with many rows would never go.
                last = row.next() ? row.getLong(1) + 1 : before;
            }
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM " + level.table + " WHERE start < ?")) {
            delete.setLong(1, last);
            return delete.executeUpdate();
        }
    }

    /** Before the first row goes, whoever asks knows that they are not all there. */
    private static void lock(Connection connection, Level level, long since) throws SQLException {
        try (PreparedStatement raise = connection.prepareStatement(
                "UPDATE penstock_usage_since SET since = CASE WHEN since < ? THEN ? ELSE since END WHERE level = ?")) {
            new RowValues(raise).number(since).number(since).text(level.label);
            raise.executeUpdate();
        }
    }
}
