// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the admin API has to do with keys.
 *
 * @param callers whose key somebody shows here
 * @param keys makes, replaces and revokes keys
 * @param audit hears who did what with it
 */
public record AdminAccess(Callers callers, Keys keys, AdminAudit audit) {

    /** Without an audit. */
    public AdminAccess(Callers callers, Keys keys) {
        this(callers, keys, AdminAudit.NONE);
    }

    /** Knows keys. */
    @FunctionalInterface
    public interface Callers {

        /**
         * Whose key this is. On the event loop of this listener.
         *
         * @param address of the caller as text, asked where it matters
         * @return null for what is no valid key; somebody who may do nothing for a key that may not be used from there
         */
        @Nullable
        AdminCaller of(String key, Supplier<@Nullable String> address);
    }

    /**
     * Changes keys. The futures fail with a {@link dev.penstock.exchange.GatewayError} when it cannot be done as asked. On the event
     * loop of this listener; nothing blocks.
     */
    public interface Keys {

        /** The body of {@code GET /admin/v1/keys}: all keys without their secrets. */
        JsonObject list();

        /** The body of {@code POST /admin/v1/keys}: the new key, whose secret is told here and never again. */
        Future<JsonObject> create(JsonObject wish, String actor);

        /** The body of {@code POST /admin/v1/keys/<id>/rotate}: the key that takes its place, with its secret. */
        Future<JsonObject> rotate(String id, JsonObject wish, String actor);

        /** The body of {@code DELETE /admin/v1/keys/<id>}. */
        Future<JsonObject> revoke(String id, String actor);
    }
}
