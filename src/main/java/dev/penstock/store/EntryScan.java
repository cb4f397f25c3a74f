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
 * Reads the exchanges of some time, a chunk at a time: by their names, or by tenant and name, and what else they must have is looked at
 * in each of them. One statement for all chunks, so that one end of patience ends them all.
 */
final class EntryScan {

    /** A name is given a moment before the exchange begins; a machine that stands still in between makes a long one of it. */
    private static final Duration NAMED_BEFORE = Duration.ofSeconds(1);

    private static final int LARGEST = 2_000;

    private final long from;
    private final long to;
    private final Map<Dimension, String> where;
    private final boolean newestFirst;
    /** Names behind this one, which is none itself, and before the other are still to be read. */
    private byte[] low;

    private byte[] high;

    private EntryScan(long from, long to, Map<Dimension, String> where, boolean newestFirst) {
        this.from = from;
        this.to = to;
        this.where = where;
        this.newestFirst = newestFirst;
        this.low = CallKey.first(Math.max(0, from - NAMED_BEFORE.toMillis()));
        this.high = CallKey.first(to + NAMED_BEFORE.toMillis());
    }

    /**
     * Newest first.
     *
     * @param from first millisecond
     * @param to first millisecond after them
     * @param where values that they must have
     * @param before the name that those which are read are older than, or null
     */
    static EntryScan back(long from, long to, Map<Dimension, String> where, @Nullable UUID before) {
        EntryScan scan = new EntryScan(from, to, where, true);
        if (before != null && Arrays.compareUnsigned(CallKey.of(before), scan.high) < 0) {
            scan.high = CallKey.of(before);
        }
        return scan;
    }

    /** Oldest first, in which order rows were written, and with what usage is counted from alone. */
    static EntryScan counted(long from, long to, Map<Dimension, String> where) {
        return new EntryScan(from, to, where, false);
    }

    String text() {
        return "SELECT uuid, entry FROM " + EntryRows.TABLE + " WHERE "
                + (tenant() == null ? "" : "tenant = ? AND ") + "uuid > ? AND uuid < ? ORDER BY uuid "
                + (newestFirst ? "DESC" : "ASC")
                + " LIMIT ?";
    }

    private @Nullable String tenant() {
        return where.get(Dimension.TENANT);
    }

    void fill(PreparedStatement select, int limit) throws SQLException {
        RowValues values = new RowValues(select);
        String tenant = tenant();
        if (tenant != null) {
            values.text(PlainText.name(tenant));
        }
        values.bytes(low).bytes(high).number(limit);
    }

    /**
     * Hands them over until it hears that it is enough.
     *
     * @param most how many are expected to be enough
     * @param goOn takes one, and says whether more are wanted
     */
    void run(Connection connection, SqlWorker other, int most, Predicate<LedgerEntry> goOn) throws SQLException {
        int chunk = Math.min(most, LARGEST);
        try (PreparedStatement select = connection.prepareStatement(text());
                Patience patience = new Patience(select)) {
            patience.begin(LedgerTable.PATIENCE, other);
            while (true) {
                fill(select, chunk);
                int read = 0;
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        read++;
                        readUpTo(row.getBytes(1));
                        LedgerEntry entry = newestFirst ? entry(row.getBytes(2)) : counted(row.getBytes(2));
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

    private void readUpTo(byte[] name) {
        if (newestFirst) {
            high = name;
        } else {
            low = name;
        }
    }

    private boolean isAsked(LedgerEntry entry) {
        long started = entry.exchange().startedAt().toEpochMilli();
        return started >= from
                && started < to
                && where.entrySet().stream().allMatch(one -> {
                    String value = CallGroup.value(one.getKey(), entry.exchange());
                    return value.equals(PlainText.name(one.getValue()));
                });
    }

    static LedgerEntry entry(byte[] bytes) throws SQLException {
        try {
            return EntryBytes.read(bytes);
        } catch (UnreadableEntry e) {
            throw unreadable(e);
        }
    }

    private static LedgerEntry counted(byte[] bytes) throws SQLException {
        try {
            return EntryBytes.counted(bytes);
        } catch (UnreadableEntry e) {
            throw unreadable(e);
        }
    }

    private static SQLException unreadable(UnreadableEntry e) {
        return new SQLException(e.getMessage(), "22000", e);
    }
}
