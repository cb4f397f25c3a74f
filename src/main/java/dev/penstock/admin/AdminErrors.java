// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** What the admin API says when it does not do what was asked. Fixed texts: nothing of the request comes back. */
enum AdminErrors {
    BAD_REQUEST(400, "bad_request", "This is not a request that the admin API understands.", "See GET /."),
    TOKEN_MISSING(
            401, "token_missing", "The admin API needs a token.", "Send it as \"authorization: Bearer <token>\"."),
    TOKEN_WRONG(
            401,
            "token_wrong",
            "This is neither the admin token nor a valid key.",
            "The token is the one that server.admin_token names."),
    NOT_LOCAL(
            403,
            "not_local",
            "Without an admin token, the admin API answers on this machine only, under a loopback name.",
            "Set server.admin_token to reach it from elsewhere."),
    NOT_ALLOWED(
            403,
            "not_allowed",
            "The role of this key does not allow that.",
            "Use the admin token, or a key whose role may admin.read, admin.write or audit.read."),
    CROSS_ORIGIN(
            403,
            "cross_origin",
            "Without an admin token, changes do not come from web pages.",
            "Use the command line, or set server.admin_token."),
    NO_QUESTION(
            400,
            "no_question",
            "This is no question that can be explained.",
            "Give model, and if you like schema, stream, tokens, max_tokens, tools, images, structured, prefix, tenant, region, user, priority."),
    BODY_TOO_LARGE(413, "body_too_large", "The body is larger than 8MiB, or its length is not said.", "Send less."),
    NOT_FOUND(404, "not_found", "There is nothing here.", "See GET /."),
    METHOD_NOT_ALLOWED(405, "method_not_allowed", "This path has another method.", "See GET /."),
    INTERNAL(500, "internal", "The admin API failed.", "The system log says why.");

    private final int status;
    private final String code;
    private final String body;

    AdminErrors(int status, String code, String message, String hint) {
        this.status = status;
        this.code = code;
        JsonObject error =
                new JsonObject().put("message", message).put("code", code).put("hint", hint);
        this.body = new JsonObject().put("error", error).encodePrettily() + "\n";
    }

    String code() {
        return code;
    }

    /** What is wrong with a question, in words that are made for a client and hold nothing of its content. */
    static void send(RoutingContext ctx, GatewayError refused) {
        JsonObject error = new JsonObject()
                .put("message", refused.getMessage())
                .put("code", refused.code())
                .put("hint", refused.hint());
        ctx.response().setStatusCode(refused.status());
        AdminVerticle.json(ctx, new JsonObject().put("error", error));
    }

    void send(RoutingContext ctx) {
        if (ctx.response().ended() || ctx.response().headWritten()) {
            return;
        }
        if (status == 401) {
            ctx.response().putHeader("www-authenticate", "Bearer");
        }
        ctx.response().setStatusCode(status).putHeader("content-type", "application/json");
        ctx.end(body);
    }
}
