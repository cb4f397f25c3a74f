// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets pages of the configured origins call the API (Fetch standard, CORS protocol). Without {@code server.cors} no browser
 * page may. Credentials in the sense of CORS (cookies) are never allowed; a key in {@code authorization} is none.
 */
public final class Cors {

    private static final String ANY = "*";
    private static final int MAX_REQUESTED_FIELDS = 2048;
    private static final String METHODS = "GET, POST, OPTIONS";
    private static final String EXPOSED =
            "x-request-id, x-penstock-model, x-penstock-provider, x-penstock-outcome, idempotency-replayed, retry-after, server-timing, "
                    + "x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests, "
                    + "x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

    private final Set<String> origins;

    public Cors(List<String> origins) {
        this.origins = Set.copyOf(origins);
    }

    /** Answers a preflight request of a browser, whatever its path. Returns false when the request is none. */
    public boolean preflight(HttpServerRequest request) {
        String wanted = request.getHeader("access-control-request-method");
        if (origins.isEmpty() || wanted == null || !request.method().equals(HttpMethod.OPTIONS)) {
            return false;
        }
        HttpServerResponse response = request.response().setStatusCode(204);
        decorate(request, response);
        String fields = request.getHeader("access-control-request-headers");
        if (response.headers().contains("access-control-allow-origin")) {
            response.putHeader("access-control-allow-methods", METHODS).putHeader("access-control-max-age", "600");
            if (fields != null && areNames(fields)) {
                // SDKs in browsers send a dozen x-stainless-* fields; none of them goes further than this gateway.
                response.putHeader("access-control-allow-headers", fields);
            }
        }
        response.end();
        return true;
    }

    /** Adds what a browser needs to show the response to a page of an allowed origin. */
    public void decorate(HttpServerRequest request, HttpServerResponse response) {
        if (origins.isEmpty()) {
            return;
        }
        String allowed = allowed(request.getHeader("origin"));
        if (!origins.contains(ANY)) {
            response.putHeader("vary", "origin");
        }
        if (allowed != null) {
            response.putHeader("access-control-allow-origin", allowed)
                    .putHeader("access-control-expose-headers", EXPOSED);
        }
    }

    private @Nullable String allowed(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        if (origins.contains(ANY)) {
            return ANY;
        }
        return origins.contains(origin) ? origin : null;
    }

    private static boolean areNames(String fields) {
        if (fields.length() > MAX_REQUESTED_FIELDS) {
            return false;
        }
        for (int i = 0; i < fields.length(); i++) {
            char c = fields.charAt(i);
            if (c != ',' && c != ' ' && (c > 0x7f || !RequestHead.isToken((byte) c))) {
                return false;
            }
        }
        return true;
    }
}
