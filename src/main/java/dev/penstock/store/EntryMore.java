// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.accounting.ExchangeRecord.Times;
import dev.penstock.exchange.Target;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What of an exchange is only ever read back whole, in one column: JSON in ASCII, which every database takes. */
final class EntryMore {

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final String NOTHING = "{}";

    private final JsonNode tree;

    private EntryMore(JsonNode tree) {
        this.tree = tree;
    }

    static String write(ExchangeRecord exchange, Map<String, String> exact) {
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

    private static String ascii(JsonNode tree) {
        try {
            return JSON.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that cannot be written", e);
        }
    }

    static EntryMore read(String text) throws SQLException {
        try {
            return new EntryMore(JSON.readTree(text));
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
