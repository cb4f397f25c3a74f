// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageQuery.Step;
import dev.penstock.ledger.UsageRow;
import dev.penstock.store.RollUps.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Usage that the roll-ups do not have, by key or by user: counted from single exchanges, never over more than
 * {@link UsageSql#LONGEST_RAW}. It holds no more groups than the page has rows, because one that is behind a whole page is behind it for
 * good.
 */
final class SingleCalls {

    private static final int CHUNK = 2_000;

    private final UsageQuery query;
    private final @Nullable CallGroup after;
    private final long from;
    private final long to;
    private final TreeMap<CallGroup, long[]> groups = new TreeMap<>();

    SingleCalls(UsageQuery query, @Nullable UsageCursor after) {
        this.query = query;
        this.after = after == null ? null : new CallGroup(after.bucket(), after.group());
        this.from = Level.MINUTES.floor(query.from().toEpochMilli());
        this.to = Level.MINUTES.ceil(UsageSql.lastMilli(query.to()));
    }

    List<UsageRow> count(Connection connection, SqlWorker other) throws SQLException {
        long first = after == null ? from : Math.max(from, after.bucket());
        if (first < to) {
            EntryScan.counted(first, to, query.where()).run(connection, other, CHUNK, entry -> add(entry.exchange()));
        }
        List<UsageRow> rows = new ArrayList<>(groups.size());
        groups.forEach((group, sums) -> rows.add(row(group, sums)));
        return rows;
    }

    private boolean add(ExchangeRecord exchange) {
        CallGroup group = CallGroup.of(bucket(exchange), query.by(), exchange);
        if (after != null && group.compareTo(after) <= 0) {
            return true;
        }
        long[] sums = groups.get(group);
        if (sums == null) {
            if (groups.size() == query.limit()) {
                if (group.compareTo(groups.lastKey()) > 0) {
                    return true;
                }
                groups.pollLastEntry();
            }
            sums = new long[RollUps.SUMS.size()];
            groups.put(group, sums);
        }
        RollUps.add(sums, exchange);
        return true;
    }

    private long bucket(ExchangeRecord exchange) {
        return query.step() == Step.TOTAL
                ? 0
                : UsageSql.longest(query.step()).floor(exchange.startedAt().toEpochMilli());
    }

    private UsageRow row(CallGroup group, long[] sums) {
        return new UsageRow(
                Instant.ofEpochMilli(query.step() == Step.TOTAL ? from : group.bucket()),
                List.copyOf(group.values()),
                sums[0],
                sums[1],
                sums[2],
                sums[3],
                sums[4],
                sums[5],
                sums[6],
                sums[7],
                sums[8],
                sums[9],
                sums[10],
                sums[11],
                sums[12],
                sums[13],
                new UsageCursor(group.bucket(), group.values()).write(query));
    }
}
