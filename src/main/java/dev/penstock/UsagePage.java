// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.ledger.Dimension;
import dev.penstock.ledger.UsageQuery;
import dev.penstock.ledger.UsageRow;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One page of usage, as programs and spreadsheets get it.
 *
 * @param query what was asked
 * @param rows of this page
 * @param next where the next one begins; null where this is the last
 */
record UsagePage(
        UsageQuery query, List<UsageRow> rows, @Nullable String next) {

    private static final int NANO = 9;

    /** What follows the groups in every row. */
    private static final List<String> NUMBERS = List.of(
            "exchanges",
            "failures",
            "attempts",
            "input_tokens",
            "cached_input_tokens",
            "cache_write_tokens",
            "output_tokens",
            "reasoning_tokens",
            "estimated",
            "cost_nano_usd",
            "cost_usd",
            "unpriced",
            "duration_ms",
            "ttft_ms");

    UsagePage {
        rows = List.copyOf(rows);
    }

    /** Decimal text of US dollars, exact. */
    static String usd(long nanoUsd) {
        BigDecimal plain = BigDecimal.valueOf(nanoUsd, NANO).stripTrailingZeros();
        return (plain.scale() < 2 ? plain.setScale(2) : plain).toPlainString();
    }

    static List<String> columns(List<String> by) {
        List<String> columns = new ArrayList<>(List.of("start"));
        columns.addAll(by);
        columns.addAll(NUMBERS);
        return columns;
    }

    JsonObject json() {
        List<String> by = query.by().stream().map(Dimension::label).toList();
        JsonObject where = new JsonObject();
        query.where().forEach((dimension, value) -> where.put(dimension.label(), value));
        JsonArray all = new JsonArray();
        rows.forEach(row -> all.add(row(row, by)));
        return new JsonObject()
                .put("from", query.from().toString())
                .put("to", query.to().toString())
                .put("step", query.step().name().toLowerCase(Locale.ROOT))
                .put("by", new JsonArray(by))
                .put("where", where)
                .put("rows", all)
                .put("next", next);
    }

    private static JsonObject row(UsageRow row, List<String> by) {
        JsonObject json = new JsonObject().put("start", row.start().toString());
        for (int i = 0; i < by.size(); i++) {
            json.put(by.get(i), row.group().get(i));
        }
        return json.put("exchanges", row.exchanges())
                .put("failures", row.failures())
                .put("attempts", row.attempts())
                .put("input_tokens", row.inputTokens())
                .put("cached_input_tokens", row.cachedInputTokens())
                .put("cache_write_tokens", row.cacheWriteTokens())
                .put("output_tokens", row.outputTokens())
                .put("reasoning_tokens", row.reasoningTokens())
                .put("estimated", row.estimated())
                .put("cost_nano_usd", row.nanoUsd())
                .put("cost_usd", usd(row.nanoUsd()))
                .put("unpriced", row.unpriced())
                .put("duration_ms", mean(row.durationNanos(), row.exchanges()))
                .put("ttft_ms", mean(row.ttftNanos(), row.ttftCalls()));
    }

    private static @Nullable Long mean(long nanos, long calls) {
        return calls == 0 ? null : Math.round(nanos / 1e6 / calls);
    }

    String csv() {
        return csv(query.by().stream().map(Dimension::label).toList(), json().getJsonArray("rows"));
    }

    /** The same of rows that somebody has got as JSON. */
    static String csv(List<String> by, JsonArray rows) {
        List<String> columns = columns(by);
        StringBuilder out = new StringBuilder();
        Csv.line(out, columns);
        rows.forEach(row -> Csv.line(
                out,
                columns.stream().map(column -> text((JsonObject) row, column)).toList()));
        return out.toString();
    }

    static String text(JsonObject row, String column) {
        Object value = row.getValue(column);
        return value == null ? "" : value.toString();
    }
}
