// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Optional;

/**
 * A settlement, read from a line of a node's request log (Elastic Common Schema).
 *
 * @param id the request's
 * @param node whose log it was in
 * @param atMillis when it was settled
 * @param outcome {@code penstock.outcome}
 * @param status what the client was told
 * @param attempts tries against targets
 */
public record Settled(String id, String node, long atMillis, String outcome, int status, int attempts) {

    /** The settlement in that line, or nothing when it is a line of another kind, or was cut by the death of its process. */
    public static Optional<Settled> of(String node, String line) {
        if (!line.startsWith("{") || !line.contains("\"penstock.request\"")) {
            return Optional.empty();
        }
        try {
            JsonObject all = new JsonObject(line);
            JsonObject http = all.getJsonObject("http");
            JsonObject penstock = all.getJsonObject("penstock");
            return Optional.of(new Settled(
                    http.getJsonObject("request").getString("id"),
                    node,
                    Instant.parse(all.getString("@timestamp")).toEpochMilli(),
                    penstock.getString("outcome"),
                    http.getJsonObject("response").getInteger("status_code"),
                    penstock.getInteger("attempts")));
        } catch (DecodeException cut) {
            return Optional.empty();
        }
    }

    /** Whether the gateway believes that it has delivered the whole answer. */
    boolean delivered() {
        return switch (outcome) {
            case "ok", "cached", "fallback", "degraded" -> true;
            default -> false;
        };
    }
}
