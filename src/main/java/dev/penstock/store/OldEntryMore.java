// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.exchange.Target;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What of an exchange stood in one column of the third schema and those before, as JSON. Only {@link EntriesToBytes} reads it. */
final class OldEntryMore {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JsonNode tree;

    private OldEntryMore(JsonNode tree) {
        this.tree = tree;
    }

    static OldEntryMore read(String text) throws SQLException {
        try {
            return new OldEntryMore(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            throw new SQLException("not JSON: more", "22000");
        }
    }

    List<LimitUse> limits() {
        List<LimitUse> limits = new ArrayList<>();
        for (JsonNode limit : tree.path("limits")) {
            limits.add(new LimitUse(
                    limit.path("limit").asText(),
                    limit.path("unit").asText(),
                    limit.path("reserved").asLong(),
                    limit.path("settled").asLong(),
                    limit.path("refused").asBoolean()));
        }
        return List.copyOf(limits);
    }

    List<PassedOver> passedOver() {
        List<PassedOver> passed = new ArrayList<>();
        for (JsonNode over : tree.path("passed_over")) {
            Target target = new Target(
                    over.path("provider").asText(), over.path("model").asText());
            passed.add(new PassedOver(target, over.path("why").asText()));
        }
        return List.copyOf(passed);
    }

    Times times() {
        JsonNode times = tree.path("times");
        return times.size() != 4
                ? Times.NONE
                : new Times(
                        times.get(0).asLong(),
                        times.get(1).asLong(),
                        times.get(2).asLong(),
                        times.get(3).asLong());
    }

    Set<String> dropped() {
        Set<String> dropped = new LinkedHashSet<>();
        tree.path("dropped").forEach(name -> dropped.add(name.asText()));
        return dropped;
    }

    /** The text as it was before the column took it. */
    String exact(String column, String plain) {
        return tree.path("exact").path(column).asText(plain);
    }

    @Nullable
    String exactOrNull(String column, @Nullable String plain) {
        return plain == null ? null : exact(column, plain);
    }
}
