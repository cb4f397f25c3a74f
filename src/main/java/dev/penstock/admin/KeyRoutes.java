// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** {@code /admin/v1/keys}: what comes in is small JSON, what goes out is never kept by anybody on the way. */
final class KeyRoutes {

    private static final int LARGEST_BODY = 64 << 10;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,6}");

    private final AdminAccess.Keys keys;

    KeyRoutes(AdminAccess.Keys keys) {
        this.keys = keys;
    }

    void list(RoutingContext ctx) {
        AdminVerticle.json(ctx, keys.list());
    }

    void create(RoutingContext ctx) {
        withBody(ctx, 201, keys::create);
    }

    void rotate(RoutingContext ctx) {
        String id = ctx.pathParam("id");
        withBody(ctx, 201, (wish, actor) -> keys.rotate(id, wish, actor));
    }

    void revoke(RoutingContext ctx) {
        answer(ctx, 200, keys.revoke(ctx.pathParam("id"), actor(ctx)));
    }

    private void withBody(RoutingContext ctx, int status, BiFunction<JsonObject, String, Future<JsonObject>> action) {
        String length = ctx.request().getHeader("content-length");
        boolean none = length == null && ctx.request().getHeader("transfer-encoding") == null;
        if (none || "0".equals(length)) {
            answer(ctx, status, action.apply(new JsonObject(), actor(ctx)));
        } else if (length == null || !LENGTH.matcher(length).matches() || Integer.parseInt(length) > LARGEST_BODY) {
            AdminErrors.BODY_TOO_LARGE.send(ctx);
        } else {
            ctx.request()
                    .body()
                    .onSuccess(body -> {
                        JsonObject wish;
                        try {
                            wish = new JsonObject(body);
                        } catch (DecodeException | ClassCastException e) {
                            // Its message may hold a piece of the body.
                            AdminErrors.BAD_REQUEST.send(ctx);
                            return;
                        }
                        answer(ctx, status, action.apply(wish, actor(ctx)));
                    })
                    .onFailure(ctx::fail);
        }
    }

    private static String actor(RoutingContext ctx) {
        return AdminGuard.caller(ctx).actor();
    }

    private static void answer(RoutingContext ctx, int status, Future<JsonObject> done) {
        done.onSuccess(body -> {
                    ctx.response().setStatusCode(status);
                    AdminVerticle.json(ctx, body);
                })
                .onFailure(failed -> {
                    if (failed instanceof GatewayError refused) {
                        AdminErrors.send(ctx, refused);
                    } else {
                        ctx.fail(failed);
                    }
                });
    }
}
