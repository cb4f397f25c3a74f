// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * What the ledger's store tells whoever asks the program for it, as users do: every exchange, page by page, and how many were counted.
 *
 * @param times how often each request id is there
 * @param exchanges how many there are
 * @param doubled exchanges that are there more than once
 * @param counted how many the sums over them have
 */
public record ToldExchanges(Map<String, Integer> times, long exchanges, long doubled, long counted) {

    private static final int PAGE = 1_000;
    private static final String BEHIND = "penstock_ledger_behind_records ";
    private static final String WAITING = "penstock_ledger_waiting ";

    /**
     * Asks for all of the last day, after the store has everything. Blocks.
     *
     * @param admin of the running program
     * @param patience until the store has to have everything
     */
    public static ToldExchanges by(URI admin, Duration patience) throws IOException, InterruptedException {
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            awaitShipped(http, admin, patience);
            Map<String, Integer> ids = new HashMap<>();
            Map<String, Integer> exchanges = new HashMap<>();
            String next = null;
            do {
                String after = next == null ? "" : "&after=" + next;
                JsonObject page = new JsonObject(get(http, admin, "/admin/v1/exchanges?limit=" + PAGE + after));
                JsonArray rows = page.getJsonArray("exchanges");
                for (int i = 0; i < rows.size(); i++) {
                    JsonObject row = rows.getJsonObject(i);
                    ids.merge(row.getString("request_id"), 1, Integer::sum);
                    exchanges.merge(row.getString("id"), 1, Integer::sum);
                }
                next = page.getString("next");
            } while (next != null);
            JsonArray sums = new JsonObject(get(http, admin, "/admin/v1/usage")).getJsonArray("rows");
            long counted = 0;
            for (int i = 0; i < sums.size(); i++) {
                counted += sums.getJsonObject(i).getLong("exchanges");
            }
            long doubled =
                    exchanges.values().stream().filter(number -> number > 1).count();
            return new ToldExchanges(ids, exchanges.size(), doubled, counted);
        }
    }

    private static void awaitShipped(HttpClient http, URI admin, Duration patience)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            String metrics = get(http, admin, "/metrics");
            if (metrics.contains(BEHIND + "0.0") && metrics.contains(WAITING + "0.0")) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("the store does not get everything within " + patience);
            }
            LockSupport.parkNanos(50_000_000);
        }
    }

    private static String get(HttpClient http, URI admin, String path) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(admin.resolve(path))
                        .timeout(Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }
}
