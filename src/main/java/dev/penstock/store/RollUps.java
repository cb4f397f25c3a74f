// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Sums of a batch by minute, hour and day, added to those in the database. All writers take rows in one order (the level, then the key),
 * so that two nodes never wait for each other's rows.
 */
final class RollUps {

    /** How long a row is. */
    enum Level {
        MINUTES(60_000),
        HOURS(3_600_000),
        DAYS(86_400_000);

        final long millis;
        final String label = name().toLowerCase(java.util.Locale.ROOT);
        final String table = "penstock_usage_" + label;

        Level(long millis) {
            this.millis = millis;
        }

        long floor(long moment) {
            return Math.floorDiv(moment, millis) * millis;
        }

        long ceil(long moment) {
            return -Math.floorDiv(-moment, millis) * millis;
        }
    }

    /** What rows are apart by. */
    static final List<String> GROUPS = List.of("tenant", "feature", "model", "provider", "outcome");

    /** What is added up, in the order of {@link #sums}. */
    static final List<String> SUMS = List.of(
            "exchanges",
            "failures",
            "attempts",
            "input_tokens",
            "cached_input_tokens",
            "cache_write_tokens",
            "output_tokens",
            "reasoning_tokens",
            "estimated",
            "nano_usd",
            "unpriced",
            "duration_nanos",
            "ttft_nanos",
            "ttft_calls");

    /**
     * No call costs a million dollars or takes eleven days. A number that says so is a mistake of somebody's, and stays in the row of its
     * exchange; in the sums it would make all others of its group unreadable.
     */
    private static final long MOST = 1_000_000_000_000_000L;

    private record Slot(long start, String tenant, String feature, String model, String provider, String outcome) {

        static final Comparator<Slot> ORDER = Comparator.comparingLong(Slot::start)
                .thenComparing(Slot::tenant)
                .thenComparing(Slot::feature)
                .thenComparing(Slot::model)
                .thenComparing(Slot::provider)
                .thenComparing(Slot::outcome);
    }

    private final Map<Slot, long[]> minutes = new HashMap<>();

    void add(ExchangeRecord exchange) {
        Slot slot = new Slot(
                Level.MINUTES.floor(exchange.startedAt().toEpochMilli()),
                PlainText.name(exchange.tenant()),
                PlainText.name(exchange.who().feature()),
                model(exchange),
                provider(exchange),
                exchange.outcome().label());
        add(minutes.computeIfAbsent(slot, none -> new long[SUMS.size()]), exchange);
    }

    /** The exchange to the sums. */
    static void add(long[] sums, ExchangeRecord exchange) {
        addTo(sums, sums(exchange));
    }

    /** None is negative. What is too large for a number stays the largest one. */
    private static void addTo(long[] all, long[] sums) {
        for (int i = 0; i < all.length; i++) {
            long sum = all[i] + sums[i];
            all[i] = sum < 0 ? Long.MAX_VALUE : sum;
        }
    }

    /** A name that nobody has configured is the caller's invention: with it, anybody could make rows without end. */
    static String model(ExchangeRecord exchange) {
        String alias = exchange.alias();
        return alias == null || exchange.error() == GatewayError.Kind.MODEL_NOT_FOUND ? "" : PlainText.name(alias);
    }

    static String provider(ExchangeRecord exchange) {
        Target target = exchange.target();
        return target == null ? "" : PlainText.name(target.provider());
    }

    /** Neither an answer nor the client's own doing. */
    static boolean hasFailed(Outcome outcome) {
        return switch (outcome) {
            case OK, CACHED, FALLBACK, DEGRADED, LIMITED, BLOCKED, CLIENT_ERROR, CANCELLED -> false;
            case UPSTREAM_ERROR, TRUNCATED, TIMEOUT -> true;
        };
    }

    private static long[] sums(ExchangeRecord exchange) {
        Usage usage = exchange.usage();
        return new long[] {
            1,
            hasFailed(exchange.outcome()) ? 1 : 0,
            bounded(exchange.attempts()),
            bounded(usage.inputTokens()),
            bounded(usage.cachedInputTokens()),
            bounded(usage.cacheWriteTokens()),
            bounded(usage.outputTokens()),
            bounded(usage.reasoningTokens()),
            usage.estimated() ? 1 : 0,
            bounded(exchange.nanoUsd()),
            exchange.nanoUsd() < 0 ? 1 : 0,
            bounded(exchange.durationNanos()),
            bounded(exchange.ttftNanos()),
            exchange.ttftNanos() < 0 ? 0 : 1
        };
    }

    private static long bounded(long value) {
        return Math.clamp(value, 0, MOST);
    }

    /** Inside of a transaction. */
    void write(Connection connection) throws SQLException {
        for (Level level : Level.values()) {
            write(connection, level, longer(level));
        }
    }

    /** In the order of their keys. */
    private Map<Slot, long[]> longer(Level level) {
        Map<Slot, long[]> slots = new TreeMap<>(Slot.ORDER);
        if (level == Level.MINUTES) {
            slots.putAll(minutes);
            return slots;
        }
        minutes.forEach((slot, sums) -> {
            Slot longer = new Slot(
                    level.floor(slot.start()),
                    slot.tenant(),
                    slot.feature(),
                    slot.model(),
                    slot.provider(),
                    slot.outcome());
            addTo(slots.computeIfAbsent(longer, none -> new long[sums.length]), sums);
        });
        return slots;
    }

    private static void write(Connection connection, Level level, Map<Slot, long[]> slots) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(upsert(level))) {
            for (Map.Entry<Slot, long[]> entry : slots.entrySet()) {
                Slot slot = entry.getKey();
                RowValues row = new RowValues(upsert)
                        .number(slot.start())
                        .text(slot.tenant())
                        .text(slot.feature())
                        .text(slot.model())
                        .text(slot.provider())
                        .text(slot.outcome());
                for (long sum : entry.getValue()) {
                    row.number(sum);
                }
                upsert.addBatch();
            }
            upsert.executeBatch();
        }
    }

    private static String upsert(Level level) {
        List<String> columns = new ArrayList<>(List.of("start"));
        columns.addAll(GROUPS);
        columns.addAll(SUMS);
        String more = SUMS.stream()
                .map(sum -> sum + " = " + level.table + "." + sum + " + excluded." + sum)
                .collect(Collectors.joining(", "));
        return RowValues.insert(level.table, columns) + " ON CONFLICT (start, " + String.join(", ", GROUPS)
                + ") DO UPDATE SET " + more;
    }
}
