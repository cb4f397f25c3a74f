// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.LedgerEntry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads exchanges of the third schema and those before, which had a column for each fact and a table of attempts: first the exchanges, then
 * the attempts of them all. Only {@link EntriesToBytes} has use for it.
 */
final class OldEntryReader {

    private static final int AT_ONCE = 200;

    private final Map<String, Found> found = new LinkedHashMap<>();

    /** An exchange that waits for its attempts. */
    private record Found(String node, OldEntryMore more, ExchangeRecord exchange, List<AttemptRecord> tries) {

        LedgerEntry whole() {
            return new LedgerEntry(node, exchange.withTries(List.copyOf(tries)));
        }
    }

    /** Adds the exchange that the row is of. */
    void add(ResultSet row) throws SQLException {
        String uuid = row.getString("uuid");
        OldEntryMore more = OldEntryMore.read(row.getString("more"));
        found.putIfAbsent(
                uuid,
                new Found(
                        more.exact("node", row.getString("node")),
                        more,
                        exchange(row, UUID.fromString(uuid), more),
                        new ArrayList<>()));
    }

    int size() {
        return found.size();
    }

    /** All of them, in the order in which they were added. */
    List<LedgerEntry> whole(Connection connection) throws SQLException {
        List<String> uuids = List.copyOf(found.keySet());
        for (int from = 0; from < uuids.size(); from += AT_ONCE) {
            attempts(connection, uuids.subList(from, Math.min(uuids.size(), from + AT_ONCE)));
        }
        return found.values().stream().map(Found::whole).toList();
    }

    private static ExchangeRecord exchange(ResultSet row, UUID uuid, OldEntryMore more) throws SQLException {
        String model = row.getString("provider_model");
        Target target = model == null
                ? null
                : new Target(more.exact("provider", row.getString("provider")), more.exact("provider_model", model));
        Instant started = Instant.ofEpochMilli(row.getLong("started")).plusNanos(row.getLong("started_rest"));
        ExchangeRecord.Caller who = new ExchangeRecord.Caller(
                exact(row, more, "tenant"),
                exact(row, more, "user_name"),
                exact(row, more, "key_id"),
                exact(row, more, "feature"),
                exact(row, more, "session"));
        return new ExchangeRecord(
                uuid,
                exact(row, more, "request_id"),
                ExchangeRecord.Trace.ofId(more.exactOrNull("trace_id", row.getString("trace_id"))),
                started,
                constant(ApiSchema.class, row.getString("api_schema")),
                more.exactOrNull("alias", row.getString("alias")),
                target,
                row.getLong("stream") != 0,
                constant(Outcome.class, row.getString("outcome")),
                row.getInt("status"),
                error(row),
                more.exactOrNull("finish_reason", row.getString("finish_reason")),
                usage(row),
                row.getInt("attempts"),
                List.of(),
                more.exactOrNull("provider_key", row.getString("provider_key")),
                row.getLong("events"),
                row.getLong("request_bytes"),
                row.getLong("response_bytes"),
                row.getLong("duration_nanos"),
                row.getLong("ttft_nanos"),
                row.getLong("overhead_nanos"),
                row.getLong("route_nanos"),
                row.getLong("max_gap_nanos"),
                more.dropped(),
                row.getLong("gap_p99_nanos"),
                who,
                row.getLong("nano_usd"),
                exact(row, more, "price_version"),
                more.limits(),
                more.passedOver(),
                more.times());
    }

    private static String exact(ResultSet row, OldEntryMore more, String column) throws SQLException {
        return more.exact(column, row.getString(column));
    }

    private static Usage usage(ResultSet row) throws SQLException {
        return new Usage(
                row.getLong("input_tokens"),
                row.getLong("cached_input_tokens"),
                row.getLong("output_tokens"),
                row.getLong("reasoning_tokens"),
                row.getLong("estimated") != 0,
                row.getLong("cache_write_tokens"));
    }

    private static GatewayError.@Nullable Kind error(ResultSet row) throws SQLException {
        String label = row.getString("error");
        return label == null ? null : constant(GatewayError.Kind.class, label);
    }

    /** A word that another hand has written is an error of the data. */
    private static <E extends Enum<E>> E constant(Class<E> type, String label) throws SQLException {
        try {
            return Enum.valueOf(type, label.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new SQLException("no such " + type.getSimpleName(), "22000");
        }
    }

    private void attempts(Connection connection, List<String> uuids) throws SQLException {
        Map<String, Integer> seen = new HashMap<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT * FROM penstock_old_attempts WHERE uuid IN ("
                        + RowValues.marks(uuids.size()) + ") ORDER BY uuid, position")) {
            RowValues values = new RowValues(select);
            for (String uuid : uuids) {
                values.text(uuid);
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    String uuid = row.getString("uuid");
                    Found exchange = found.get(uuid);
                    if (exchange != null) {
                        exchange.tries().add(attempt(row, seen.merge(uuid, 1, Integer::sum) - 1, exchange.more()));
                    }
                }
            }
        }
    }

    private static AttemptRecord attempt(ResultSet row, int position, OldEntryMore more) throws SQLException {
        Target target = new Target(
                more.exact(position + ".provider", row.getString("provider")),
                more.exact(position + ".model", row.getString("model")));
        return new AttemptRecord(
                target,
                constant(AttemptRecord.Why.class, row.getString("why")),
                error(row),
                row.getInt("status"),
                row.getLong("lost") != 0,
                row.getLong("started_nanos"),
                row.getLong("duration_nanos"),
                usage(row),
                row.getLong("nano_usd"),
                row.getLong("ttft_nanos"),
                more.exactOrNull(position + ".request_id", row.getString("provider_request_id")),
                row.getInt("calls"));
    }
}
