// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.LedgerEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Tables of the third schema, and calls in them as the program wrote them that had it. */
final class OldTables {

    private static final String EXCHANGE = RowValues.insert(
                    "penstock_exchanges",
                    List.of(
                            "uuid",
                            "started",
                            "started_rest",
                            "request_id",
                            "tenant",
                            "user_name",
                            "key_id",
                            "feature",
                            "model",
                            "provider",
                            "outcome",
                            "failed",
                            "attempts",
                            "input_tokens",
                            "cached_input_tokens",
                            "cache_write_tokens",
                            "output_tokens",
                            "reasoning_tokens",
                            "estimated",
                            "nano_usd",
                            "duration_nanos",
                            "ttft_nanos",
                            "node",
                            "session",
                            "trace_id",
                            "api_schema",
                            "alias",
                            "provider_model",
                            "provider_key",
                            "stream",
                            "status",
                            "error",
                            "finish_reason",
                            "price_version",
                            "events",
                            "request_bytes",
                            "response_bytes",
                            "overhead_nanos",
                            "route_nanos",
                            "max_gap_nanos",
                            "gap_p99_nanos",
                            "more"))
            + " ON CONFLICT (uuid) DO NOTHING";

    private static final String ATTEMPT = RowValues.insert(
            "penstock_attempts",
            List.of(
                    "uuid",
                    "position",
                    "provider",
                    "model",
                    "why",
                    "error",
                    "status",
                    "lost",
                    "started_nanos",
                    "duration_nanos",
                    "input_tokens",
                    "cached_input_tokens",
                    "cache_write_tokens",
                    "output_tokens",
                    "reasoning_tokens",
                    "estimated",
                    "nano_usd",
                    "ttft_nanos",
                    "provider_request_id",
                    "calls"));

    /** Below a millisecond. */
    static final int REST = 1_000_000;

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final String NOTHING = "{}";

    private OldTables() {}

    static void make(Database database, List<LedgerEntry> entries) throws Exception {
        DataSource source = database.open();
        Flyway.configure(OldTables.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:db/penstock")
                .table("penstock_schema")
                .placeholders(database.words())
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .target("3")
                .load()
                .migrate();
        try (Connection connection = source.getConnection()) {
            connection.setAutoCommit(false);
            List<LedgerEntry> added = exchanges(connection, entries);
            RollUps sums = new RollUps();
            added.forEach(entry -> sums.add(entry.exchange()));
            attempts(connection, added);
            ContentTable.write(connection, added);
            sums.write(connection);
            connection.commit();
        }
    }

    private static List<LedgerEntry> exchanges(Connection connection, List<LedgerEntry> entries) throws SQLException {
        List<LedgerEntry> added = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement(EXCHANGE)) {
            for (LedgerEntry entry : entries) {
                exchange(new RowValues(insert), entry);
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

    private static void exchange(RowValues row, LedgerEntry entry) throws SQLException {
        ExchangeRecord exchange = entry.exchange();
        ExchangeRecord.Caller who = exchange.who();
        Target target = exchange.target();
        PlainText texts = new PlainText();
        row.text(exchange.uuid().toString())
                .number(exchange.startedAt().toEpochMilli())
                .number(exchange.startedAt().get(ChronoField.NANO_OF_SECOND) % REST)
                .text(texts.name("request_id", exchange.id()))
                .text(texts.name("tenant", who.tenant()))
                .text(texts.name("user_name", who.user()))
                .text(texts.name("key_id", who.keyId()))
                .text(texts.name("feature", who.feature()))
                .text(RollUps.model(exchange))
                .text(target == null ? "" : texts.name("provider", target.provider()))
                .text(exchange.outcome().label())
                .flag(RollUps.hasFailed(exchange.outcome()))
                .number(exchange.attempts());
        usage(row, exchange.usage());
        row.number(exchange.nanoUsd())
                .number(exchange.durationNanos())
                .number(exchange.ttftNanos())
                .text(texts.text("node", entry.node()))
                .text(texts.text("session", who.session()))
                .text(texts.textOrNull("trace_id", exchange.traceId()))
                .text(exchange.schema().name())
                .text(texts.textOrNull("alias", exchange.alias()))
                .text(target == null ? null : texts.text("provider_model", target.model()))
                .text(texts.textOrNull("provider_key", exchange.providerKey()))
                .flag(exchange.stream())
                .number(exchange.status())
                .text(exchange.error() == null ? null : exchange.error().label())
                .text(texts.textOrNull("finish_reason", exchange.finishReason()))
                .text(texts.text("price_version", exchange.priceVersion()))
                .number(exchange.events())
                .number(exchange.requestBytes())
                .number(exchange.responseBytes())
                .number(exchange.overheadNanos())
                .number(exchange.routeNanos())
                .number(exchange.maxGapNanos())
                .number(exchange.gapP99Nanos());
        for (int i = 0; i < exchange.tries().size(); i++) {
            attemptTexts(texts, i, exchange.tries().get(i));
        }
        row.text(more(exchange, texts.exact()));
    }

    private static void usage(RowValues row, Usage usage) throws SQLException {
        row.number(usage.inputTokens())
                .number(usage.cachedInputTokens())
                .number(usage.cacheWriteTokens())
                .number(usage.outputTokens())
                .number(usage.reasoningTokens())
                .flag(usage.estimated());
    }

    private static void attempts(Connection connection, List<LedgerEntry> entries) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(ATTEMPT)) {
            boolean any = false;
            for (LedgerEntry entry : entries) {
                List<AttemptRecord> tries = entry.exchange().tries();
                for (int i = 0; i < tries.size(); i++) {
                    attempt(new RowValues(insert), entry.exchange().uuid(), i, tries.get(i));
                    insert.addBatch();
                    any = true;
                }
            }
            if (any) {
                insert.executeBatch();
            }
        }
    }

    private static void attempt(RowValues row, UUID uuid, int position, AttemptRecord attempt) throws SQLException {
        AttemptTexts texts = attemptTexts(new PlainText(), position, attempt);
        row.text(uuid.toString())
                .number(position)
                .text(texts.provider())
                .text(texts.model())
                .text(attempt.why().label())
                .text(attempt.error() == null ? null : attempt.error().label())
                .number(attempt.status())
                .flag(attempt.lost())
                .number(attempt.startedNanos())
                .number(attempt.durationNanos());
        usage(row, attempt.usage());
        row.number(attempt.nanoUsd())
                .number(attempt.ttftNanos())
                .text(texts.requestId())
                .number(attempt.calls());
    }

    private record AttemptTexts(
            String provider,
            String model,
            @org.jspecify.annotations.Nullable String requestId) {}

    /** What its columns cannot take as it is stands in the row of its exchange. */
    private static AttemptTexts attemptTexts(PlainText texts, int position, AttemptRecord attempt) {
        return new AttemptTexts(
                texts.text(position + ".provider", attempt.target().provider()),
                texts.text(position + ".model", attempt.target().model()),
                texts.textOrNull(position + ".request_id", attempt.providerRequestId()));
    }

    private static String more(ExchangeRecord exchange, Map<String, String> exact) {
        ObjectNode tree = JSON.createObjectNode();
        if (!exchange.limits().isEmpty()) {
            ArrayNode limits = tree.putArray("limits");
            exchange.limits().forEach(limit -> limits.addObject()
                    .put("limit", limit.limit())
                    .put("unit", limit.unit())
                    .put("reserved", limit.reserved())
                    .put("settled", limit.settled())
                    .put("refused", limit.refused()));
        }
        if (!exchange.passedOver().isEmpty()) {
            ArrayNode passed = tree.putArray("passed_over");
            exchange.passedOver().forEach(over -> passed.addObject()
                    .put("provider", over.target().provider())
                    .put("model", over.target().model())
                    .put("why", over.why()));
        }
        if (!exchange.times().equals(Times.NONE)) {
            tree.putArray("times")
                    .add(exchange.times().wholeNanos())
                    .add(exchange.times().routedNanos())
                    .add(exchange.times().admittedNanos())
                    .add(exchange.times().committedNanos());
        }
        if (!exchange.dropped().isEmpty()) {
            ArrayNode dropped = tree.putArray("dropped");
            exchange.dropped().forEach(dropped::add);
        }
        if (!exact.isEmpty()) {
            ObjectNode texts = tree.putObject("exact");
            exact.forEach(texts::put);
        }
        return tree.isEmpty() ? NOTHING : ascii(tree);
    }

    private static String ascii(ObjectNode tree) {
        try {
            return JSON.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that cannot be written", e);
        }
    }
}
