// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.EntryBytes;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.UnreadableEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the exchanges of some time, newest first, a chunk at a time: by their names, or by tenant and name, and what else they must have
 * is looked at in each of them. One statement for all chunks, so that one end of patience ends them all.
 */
final class EntryScan {

    /** A name is given a moment before the exchange begins; a machine that stands still in between makes a long one of it. */
    private static final Duration NAMED_BEFORE = Duration.ofSeconds(1);

    private static final int LARGEST = 2_000;

    private final long from;
    private final long to;
    private final Map<Dimension, String> where;
    private final byte[] first;
    private final byte @Nullable [] before;

    /**
     * @param from first millisecond
     * @param to first millisecond after them
     * @param where values that they must have
     * @param before the name that those which are read are older than, or null
     */
    EntryScan(long from, long to, Map<Dimension, String> where, @Nullable UUID before) {
        this.from = from;
        this.to = to;
        this.where = where;
        this.first = CallKey.first(Math.max(0, from - NAMED_BEFORE.toMillis()));
        this.before = before == null ? null : CallKey.of(before);
    }

    String text() {
        return "SELECT uuid, entry FROM " + EntryRows.TABLE + " WHERE "
                + (tenant() == null ? "" : "tenant = ? AND ") + "uuid >= ? AND uuid < ? ORDER BY uuid DESC LIMIT ?";
    }

    private @Nullable String tenant() {
        return where.get(Dimension.TENANT);
    }

    void fill(PreparedStatement select, byte[] end, int limit) throws SQLException {
        RowValues values = new RowValues(select);
        String tenant = tenant();
        if (tenant != null) {
            values.text(PlainText.name(tenant));
        }
        values.bytes(first).bytes(end).number(limit);
    }

    /** Behind the last name that is asked for. */
    byte[] end() {
        byte[] last = CallKey.first(to + NAMED_BEFORE.toMillis());
        return before != null && Arrays.compareUnsigned(before, last) < 0 ? before : last;
    }

    /**
     * Hands them over until it hears that it is enough.
     *
     * @param most how many are expected to be enough
     * @param goOn takes one, and says whether more are wanted
     */
    void run(Connection connection, SqlWorker other, int most, Predicate<LedgerEntry> goOn) throws SQLException {
        byte[] end = end();
        int chunk = Math.min(most, LARGEST);
        try (PreparedStatement select = connection.prepareStatement(text());
                Patience patience = new Patience(select)) {
            patience.begin(LedgerTable.PATIENCE, other);
            while (true) {
                fill(select, end, chunk);
                int read = 0;
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        read++;
                        end = row.getBytes(1);
                        LedgerEntry entry = entry(row.getBytes(2));
                        if (isAsked(entry) && !goOn.test(entry)) {
                            return;
                        }
                    }
                }
                if (read < chunk) {
                    return;
                }
                patience.check();
                chunk = Math.min(2 * chunk, LARGEST);
            }
        }
    }

    private boolean isAsked(LedgerEntry entry) {
        long started = entry.exchange().startedAt().toEpochMilli();
        return started >= from && started < to && where.entrySet().stream().allMatch(one -> {
            String value = CallGroup.value(one.getKey(), entry.exchange());
            return value.equals(PlainText.name(one.getValue()));
        });
    }

    static LedgerEntry entry(byte[] bytes) throws SQLException {
        try {
            return EntryBytes.read(bytes);
        } catch (UnreadableEntry e) {
            throw new SQLException(e.getMessage(), "22000", e);
        }
    }
}
