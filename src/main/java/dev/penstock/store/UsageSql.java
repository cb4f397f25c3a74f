// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.QueryRefused;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageQuery.Step;
import dev.penstock.ledger.UsageRow;
import dev.penstock.store.RollUps.Level;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One question about usage as one statement. The time asked for is covered with the longest rows that fit, and with shorter ones at its
 * two ends:
 *
 * <pre>
 *   10:17      11:00           00:00                    00:00       14:00   14:30
 *     |--minutes--|----hours----|---------days------------|---hours---|-minutes-|
 * </pre>
 *
 * Where more than half of a long row is asked for, it is the long row less the other half in short ones. What the roll-ups do not have is
 * counted by {@link SingleCalls}.
 */
final class UsageSql {

    static final Duration LONGEST_RAW = Duration.ofDays(7);
    private static final int MOST_ROWS = 100_000;
    /** What sums are split by: those of nanoseconds over years are larger than a number of the database. */
    private static final long SECOND = 1_000_000_000L;

    /**
     * Where the rows of some time are.
     *
     * @param less whether they are taken away
     */
    private record Part(Level level, long from, long to, boolean less) {}

    private final UsageQuery query;
    private final List<String> groups;
    private final Map<Dimension, String> where;
    private final long from;
    private final List<Part> parts = new ArrayList<>();
    private final @Nullable UsageCursor after;

    /**
     * Asks whether the question can be answered at all.
     *
     * @throws QueryRefused if not
     */
    static @Nullable UsageCursor check(UsageQuery query) throws QueryRefused {
        if (!query.from().isBefore(query.to())) {
            throw new QueryRefused("the time must end after it begins");
        }
        if (query.from().isBefore(Instant.EPOCH) || query.to().isAfter(Instant.parse("9999-01-01T00:00:00Z"))) {
            throw new QueryRefused("the time must lie between 1970 and 9999");
        }
        if (query.limit() < 1 || query.limit() > MOST_ROWS) {
            throw new QueryRefused("the limit must be from 1 to " + MOST_ROWS + " rows");
        }
        if (new HashSet<>(query.by()).size() < query.by().size()) {
            throw new QueryRefused("each dimension can be grouped by once");
        }
        if (isOfSingleCalls(query) && Duration.between(query.from(), query.to()).compareTo(LONGEST_RAW) > 0) {
            throw new QueryRefused("usage by key or user is counted from single calls: ask for at most "
                    + LONGEST_RAW.toDays() + " days at once");
        }
        String after = query.after();
        return after == null ? null : UsageCursor.read(after, query);
    }

    /** Whether the roll-ups do not have what is asked for. */
    static boolean isOfSingleCalls(UsageQuery query) {
        EnumSet<Dimension> asked = EnumSet.noneOf(Dimension.class);
        asked.addAll(query.by());
        asked.addAll(query.where().keySet());
        return asked.stream().anyMatch(dimension -> !dimension.isRolledUp());
    }

    /**
     * @param since by level, from when on it is whole
     * @param now after which there is nothing, so that the last row of a question that ends now may be a long one
     */
    UsageSql(UsageQuery query, @Nullable UsageCursor after, Map<Level, Long> since, Instant now) {
        this.query = query;
        this.after = after;
        this.groups = query.by().stream().map(UsageSql::column).toList();
        this.where = new TreeMap<>(query.where());
        this.from = begin(query.from().toEpochMilli(), since);
        long to = end(lastMilli(query.to()), since);
        long first = after == null ? from : Math.max(from, after.bucket());
        Level longest = longest(query.step());
        cover(first, to > now.toEpochMilli() ? longest.ceil(to) : to, longest, false);
    }

    static long lastMilli(Instant moment) {
        return moment.toEpochMilli() + (moment.get(ChronoField.NANO_OF_SECOND) % 1_000_000 == 0 ? 0 : 1);
    }

    static Level longest(Step step) {
        return switch (step) {
            case TOTAL, DAY -> Level.DAYS;
            case HOUR -> Level.HOURS;
            case MINUTE -> Level.MINUTES;
        };
    }

    /** Where the minutes are gone the hour is the least that is known, and where that is gone the day. */
    private long begin(long moment, Map<Level, Long> since) {
        long begin = Level.MINUTES.floor(moment);
        for (Level longer : longerThanKnown(begin, since)) {
            begin = longer.floor(begin);
        }
        return begin;
    }

    private long end(long moment, Map<Level, Long> since) {
        long end = Level.MINUTES.ceil(moment);
        for (Level longer : longerThanKnown(end, since)) {
            end = longer.ceil(end);
        }
        return end;
    }

    private List<Level> longerThanKnown(long moment, Map<Level, Long> since) {
        List<Level> longer = new ArrayList<>();
        Level longest = longest(query.step());
        for (Level level : Level.values()) {
            if (level.compareTo(longest) < 0 && moment < since.getOrDefault(level, 0L)) {
                longer.add(level == Level.MINUTES ? Level.HOURS : Level.DAYS);
            }
        }
        return longer;
    }

    private void cover(long begin, long end, Level level, boolean less) {
        if (begin >= end) {
            return;
        }
        if (level == Level.MINUTES) {
            parts.add(new Part(level, begin, end, less));
            return;
        }
        Level shorter = shorter(level);
        long first = level.ceil(begin);
        long last = level.floor(end);
        if (first > last) {
            within(begin, end, level, less);
            return;
        }
        if (2 * (first - begin) > level.millis) {
            first -= level.millis;
            cover(first, begin, shorter, !less);
        } else {
            cover(begin, first, shorter, less);
        }
        if (2 * (end - last) > level.millis) {
            last += level.millis;
            cover(end, last, shorter, !less);
        } else {
            cover(last, end, shorter, less);
        }
        if (first < last) {
            parts.add(new Part(level, first, last, less));
        }
    }

    /** Both ends are inside of one long row. */
    private void within(long begin, long end, Level level, boolean less) {
        Level shorter = shorter(level);
        if (2 * (end - begin) <= level.millis) {
            cover(begin, end, shorter, less);
            return;
        }
        long first = level.floor(begin);
        long last = level.ceil(end);
        parts.add(new Part(level, first, last, less));
        cover(first, begin, shorter, !less);
        cover(end, last, shorter, !less);
    }

    private static Level shorter(Level level) {
        return level == Level.DAYS ? Level.HOURS : Level.MINUTES;
    }

    private static String column(Dimension dimension) {
        return switch (dimension) {
            case TENANT -> "tenant";
            case FEATURE -> "feature";
            case MODEL -> "model";
            case PROVIDER -> "provider";
            case OUTCOME -> "outcome";
            case KEY, USER -> throw new IllegalArgumentException("not in the roll-ups: " + dimension);
        };
    }

    private static String conditions(Map<Dimension, String> where) {
        return new TreeMap<>(where)
                .keySet().stream()
                        .map(dimension -> " AND " + column(dimension) + " = ?")
                        .collect(Collectors.joining());
    }

    private static void fill(RowValues values, Map<Dimension, String> where) throws SQLException {
        for (String value : new TreeMap<>(where).values()) {
            values.text(PlainText.name(value));
        }
    }

    /** Whether the page before was the last of this time. */
    boolean isEmpty() {
        return parts.isEmpty();
    }

    String text() {
        String keys = groups.stream().map(group -> ", " + group).collect(Collectors.joining());
        String all = parts.stream().map(this::part).collect(Collectors.joining(" UNION ALL "));
        String page = after == null ? "" : " WHERE (bucket" + keys + ") > (" + RowValues.marks(groups.size() + 1) + ")";
        String sums = RollUps.SUMS.stream().map(UsageSql::sum).collect(Collectors.joining(", "));
        return "SELECT bucket" + keys + ", " + sums + " FROM (" + all + ") AS parts" + page + " GROUP BY bucket" + keys
                + " HAVING SUM(exchanges) > 0 ORDER BY bucket" + keys + " LIMIT ?";
    }

    private static String sum(String name) {
        return name.endsWith("_nanos")
                ? "SUM(" + name + " / " + SECOND + ") AS " + name + "_whole, SUM(" + name + " % " + SECOND + ") AS "
                        + name + "_rest"
                : "SUM(" + name + ") AS " + name;
    }

    private String part(Part part) {
        String keys = groups.stream().map(group -> ", " + group).collect(Collectors.joining());
        String sums = RollUps.SUMS.stream()
                .map(sum -> part.less() ? "-" + sum + " AS " + sum : sum)
                .collect(Collectors.joining(", "));
        return "SELECT " + bucket() + " AS bucket" + keys + ", " + sums + " FROM " + part.level().table
                + " WHERE start >= ? AND start < ?" + conditions(where);
    }

    private String bucket() {
        return query.step() == Step.TOTAL ? "0" : "start - start % " + longest(query.step()).millis;
    }

    void fill(PreparedStatement statement) throws SQLException {
        RowValues values = new RowValues(statement);
        for (Part part : parts) {
            values.number(part.from()).number(part.to());
            fill(values, where);
        }
        if (after != null) {
            values.number(after.bucket());
            for (String value : after.group()) {
                values.text(value);
            }
        }
        values.number(query.limit());
    }

    UsageRow read(ResultSet row) throws SQLException {
        long bucket = row.getLong("bucket");
        List<String> group = new ArrayList<>();
        for (String column : groups) {
            group.add(row.getString(column));
        }
        return new UsageRow(
                Instant.ofEpochMilli(query.step() == Step.TOTAL ? from : bucket),
                List.copyOf(group),
                row.getLong("exchanges"),
                row.getLong("failures"),
                row.getLong("attempts"),
                row.getLong("input_tokens"),
                row.getLong("cached_input_tokens"),
                row.getLong("cache_write_tokens"),
                row.getLong("output_tokens"),
                row.getLong("reasoning_tokens"),
                row.getLong("estimated"),
                row.getLong("nano_usd"),
                row.getLong("unpriced"),
                nanos(row, "duration_nanos"),
                nanos(row, "ttft_nanos"),
                row.getLong("ttft_calls"),
                new UsageCursor(bucket, group).write(query));
    }

    /** The longest that can be said, where it is longer: 292 years. */
    private static long nanos(ResultSet row, String column) throws SQLException {
        long whole = row.getLong(column + "_whole");
        long rest = row.getLong(column + "_rest");
        return whole >= Long.MAX_VALUE / SECOND - rest / SECOND - 1 ? Long.MAX_VALUE : whole * SECOND + rest;
    }
}
