// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.Outcome;
import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.LedgerEntry;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Usage counted in the simplest way: over all entries, one after the other. */
final class NaiveUsage {

    private static final Set<Outcome> FAILURES = EnumSet.of(Outcome.UPSTREAM_ERROR, Outcome.TRUNCATED, Outcome.TIMEOUT);

    private record Group(Instant start, List<String> values) implements Comparable<Group> {
        @Override
        public int compareTo(Group other) {
            Comparator<Group> order = Comparator.comparing(Group::start);
            for (int i = 0; i < values.size(); i++) {
                int at = i;
                order = order.thenComparing(group -> group.values.get(at));
            }
            return order.compare(this, other);
        }
    }

    private NaiveUsage() {}

    /** Without cursors. */
    static List<UsageRow> of(UsageQuery query, List<LedgerEntry> entries) {
        Instant from = floor(query.from(), Duration.ofMinutes(1));
        Instant to = floor(query.to().plusMillis(59_999), Duration.ofMinutes(1));
        Map<Group, long[]> groups = new TreeMap<>();
        for (LedgerEntry entry : entries) {
            ExchangeRecord e = entry.exchange();
            boolean inTime = !e.startedAt().isBefore(from) && e.startedAt().isBefore(to);
            boolean asked = query.where().entrySet().stream()
                    .allMatch(where -> value(where.getKey(), e).equals(where.getValue()));
            if (inTime && asked) {
                Instant start =
                        switch (query.step()) {
                            case TOTAL -> from;
                            case MINUTE -> floor(e.startedAt(), Duration.ofMinutes(1));
                            case HOUR -> floor(e.startedAt(), Duration.ofHours(1));
                            case DAY -> floor(e.startedAt(), Duration.ofDays(1));
                        };
                List<String> values = query.by().stream()
                        .map(dimension -> value(dimension, e))
                        .toList();
                add(groups.computeIfAbsent(new Group(start, values), none -> new long[14]), e);
            }
        }
        List<UsageRow> rows = new ArrayList<>();
        groups.forEach((group, s) -> rows.add(new UsageRow(
                group.start(),
                group.values(),
                s[0],
                s[1],
                s[2],
                s[3],
                s[4],
                s[5],
                s[6],
                s[7],
                s[8],
                s[9],
                s[10],
                s[11],
                s[12],
                s[13],
                "")));
        return rows;
    }

    private static void add(long[] sums, ExchangeRecord e) {
        sums[0]++;
        sums[1] += FAILURES.contains(e.outcome()) ? 1 : 0;
        sums[2] += e.attempts();
        sums[3] += e.usage().inputTokens();
        sums[4] += e.usage().cachedInputTokens();
        sums[5] += e.usage().cacheWriteTokens();
        sums[6] += e.usage().outputTokens();
        sums[7] += e.usage().reasoningTokens();
        sums[8] += e.usage().estimated() ? 1 : 0;
        sums[9] += Math.max(0, e.nanoUsd());
        sums[10] += e.nanoUsd() < 0 ? 1 : 0;
        sums[11] += e.durationNanos();
        sums[12] += Math.max(0, e.ttftNanos());
        sums[13] += e.ttftNanos() < 0 ? 0 : 1;
    }

    private static Instant floor(Instant moment, Duration unit) {
        return Instant.ofEpochMilli(Math.floorDiv(moment.toEpochMilli(), unit.toMillis()) * unit.toMillis());
    }

    private static String value(Dimension dimension, ExchangeRecord e) {
        return switch (dimension) {
            case TENANT -> e.tenant();
            case FEATURE -> e.who().feature();
            case MODEL -> e.alias() == null ? "" : e.alias();
            case PROVIDER -> e.target() == null ? "" : e.target().provider();
            case OUTCOME -> e.outcome().label();
            case KEY -> e.keyId();
            case USER -> e.user();
        };
    }
}
