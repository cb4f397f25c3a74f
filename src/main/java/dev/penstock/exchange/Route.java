// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route of a listener and what it needs. {@link #ALL} is the whole table: the listeners serve nothing that does not stand in it.
 *
 * @param listener where
 * @param method in capitals; {@code GET} stands for {@code HEAD} as well where that is offered
 * @param path as a router has it: {@code :id} is one segment, {@code *} at the end any rest
 * @param needs what a caller must have the right to; null where everybody may come without a credential
 */
public record Route(
        Listener listener,
        String method,
        String path,
        @Nullable Right needs) {

    /** The two doors of the gateway. */
    public enum Listener {
        API,
        ADMIN
    }

    /** Every route there is. */
    public static final List<Route> ALL = List.of(
            open(Listener.API, "/"),
            open(Listener.API, "/livez"),
            open(Listener.API, "/readyz"),
            open(Listener.API, "/favicon.ico"),
            api("GET", "/v1/models", Right.MODELS),
            api("GET", "/v1/models/*", Right.MODELS),
            api("GET", "/v1/usage", Right.USAGE),
            api("POST", "/v1/chat/completions", Right.CHAT),
            api("POST", "/v1/completions", Right.CHAT),
            api("POST", "/v1/responses", Right.CHAT),
            api("POST", "/v1/messages", Right.CHAT),
            api("POST", "/v1/messages/count_tokens", Right.CHAT),
            api("POST", "/v1/embeddings", Right.EMBEDDINGS),
            open(Listener.ADMIN, "/livez"),
            open(Listener.ADMIN, "/readyz"),
            open(Listener.ADMIN, "/startupz"),
            open(Listener.ADMIN, "/health"),
            admin("GET", "/", Right.ADMIN_READ),
            admin("GET", "/metrics", Right.ADMIN_READ),
            admin("GET", "/admin/v1/config", Right.ADMIN_READ),
            admin("GET", "/admin/v1/capabilities", Right.ADMIN_READ),
            admin("GET", "/admin/v1/cluster", Right.ADMIN_READ),
            admin("GET", "/admin/v1/explain", Right.ADMIN_READ),
            admin("POST", "/admin/v1/explain", Right.ADMIN_READ),
            admin("POST", "/admin/v1/config/reload", Right.ADMIN_WRITE),
            admin("GET", "/admin/v1/keys", Right.ADMIN_READ),
            admin("POST", "/admin/v1/keys", Right.ADMIN_WRITE),
            admin("POST", "/admin/v1/keys/:id/rotate", Right.ADMIN_WRITE),
            admin("DELETE", "/admin/v1/keys/:id", Right.ADMIN_WRITE),
            admin("GET", "/admin/v1/usage", Right.ADMIN_READ),
            admin("GET", "/admin/v1/exchanges", Right.ADMIN_READ),
            admin("GET", "/admin/v1/exchanges/:id", Right.ADMIN_READ),
            admin("GET", "/admin/v1/exchanges/:id/content", Right.CONTENT_READ),
            admin("GET", "/admin/v1/audit", Right.AUDIT_READ),
            admin("GET", "/admin/v1/audit/key", Right.AUDIT_READ),
            // Names of models have slashes in them, encoded or not.
            admin("GET", "/admin/v1/switches", Right.ADMIN_READ),
            admin("PUT", "/admin/v1/switches/*", Right.ADMIN_WRITE),
            admin("DELETE", "/admin/v1/switches/*", Right.ADMIN_WRITE),
            admin("GET", "/admin/v1/alerts", Right.ADMIN_READ),
            admin("POST", "/admin/v1/alerts/test", Right.ADMIN_WRITE));

    private static Route open(Listener listener, String path) {
        return new Route(listener, "GET", path, null);
    }

    private static Route api(String method, String path, Right needs) {
        return new Route(Listener.API, method, path, needs);
    }

    private static Route admin(String method, String path, Right needs) {
        return new Route(Listener.ADMIN, method, path, needs);
    }

    /**
     * The declaration of a route that a listener is about to serve.
     *
     * @throws IllegalStateException when there is none: nothing is served of which nobody said what it needs
     */
    public static Route declared(Listener listener, String method, String path) {
        return ALL.stream()
                .filter(route -> route.listener == listener && route.method.equals(method) && route.path.equals(path))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("not declared: " + listener + " " + method + " " + path));
    }
}
