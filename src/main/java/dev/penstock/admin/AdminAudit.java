// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;

/**
 * What the admin API tells the audit, and shows of it. On the event loop of this listener; nothing blocks, and futures complete there.
 */
public interface AdminAudit {

    /** Nothing is recorded. */
    AdminAudit NONE = new AdminAudit() {
        @Override
        public Future<Void> before(String actor, Request request) {
            return Future.succeededFuture();
        }

        @Override
        public void after(String actor, Request request, int status, byte[] input) {}

        @Override
        public void read(String actor, Request request) {}

        @Override
        public Future<Void> beforeShown(String actor, Request request) {
            return Future.succeededFuture();
        }

        @Override
        public void refused(String actor, String code, String source) {}

        @Override
        public Future<JsonObject> list(MultiMap query) {
            return Future.succeededFuture(new JsonObject().put("enabled", false));
        }

        @Override
        public Future<JsonObject> key() {
            return Future.succeededFuture(new JsonObject().put("enabled", false));
        }
    };

    /**
     * A request without what may be a secret in it.
     *
     * @param method in capitals
     * @param route as it is declared
     * @param path as it was sent, of which only a hash is kept
     * @param source address of the caller
     */
    record Request(String method, String route, String path, String source) {}

    /**
     * Somebody is about to change something. Fails with a {@link dev.penstock.exchange.GatewayError} where that must not be without a
     * record and there can be none.
     */
    Future<Void> before(String actor, Request request);

    /**
     * Somebody was answered who wanted to change something.
     *
     * @param input the body of the request; empty for none, and for one that was refused for its size
     */
    void after(String actor, Request request, int status, byte[] input);

    /** Somebody looks at what not everybody may see. */
    void read(String actor, Request request);

    /** As {@link #read}, of what was said in a call: it is shown after that, and fails as {@link #before} does. */
    Future<Void> beforeShown(String actor, Request request);

    /**
     * Somebody was not let in.
     *
     * @param actor who it is, where that is known and not enough; else empty
     */
    void refused(String actor, String code, String source);

    /**
     * The body of {@code GET /admin/v1/audit}. Fails with a {@link dev.penstock.exchange.GatewayError} for a question that is none.
     */
    Future<JsonObject> list(MultiMap query);

    /** The body of {@code GET /admin/v1/audit/key}. */
    Future<JsonObject> key();
}
