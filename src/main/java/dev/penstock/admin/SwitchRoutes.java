// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.net.URLDecoder;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** {@code /admin/v1/switches}: what is on and off, and the hand on it. */
final class SwitchRoutes {

    private static final String PATH = "/admin/v1/switches";
    private static final int LARGEST_BODY = 64 << 10;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,5}");

    private final SwitchControl switches;

    SwitchRoutes(SwitchControl switches) {
        this.switches = switches;
    }

    void list(RoutingContext ctx) {
        AdminVerticle.json(ctx, switches.list());
    }

    void clear(RoutingContext ctx) {
        answer(ctx, switches::clear);
    }

    void flip(RoutingContext ctx) {
        String length = ctx.request().getHeader("content-length");
        if (length == null || !LENGTH.matcher(length).matches() || Integer.parseInt(length) > LARGEST_BODY) {
            AdminErrors.BODY_TOO_LARGE.send(ctx);
            return;
        }
        ctx.request()
                .body()
                .onSuccess(body ->
                        answer(ctx, (object, who) -> read(body).compose(wish -> switches.flip(object, wish, who))))
                .onFailure(ctx::fail);
    }

    private static Future<JsonObject> read(Buffer body) {
        try {
            return Future.succeededFuture(new JsonObject(body));
        } catch (DecodeException | ClassCastException e) {
            return Future.failedFuture(
                    GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, "The body is no object of JSON.")
                            .code("bad_request")
                            .hint("Send {\"state\": \"disabled\", \"reason\": \"...\"}.")
                            .build());
        }
    }

    private void answer(RoutingContext ctx, BiFunction<String, String, Future<JsonObject>> ask) {
        String object;
        try {
            object = URLDecoder.decode(
                    ctx.request().path().substring(PATH.length() + 1).replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            AdminErrors.BAD_REQUEST.send(ctx);
            return;
        }
        ask.apply(object, AdminGuard.caller(ctx).actor())
                .onSuccess(done -> json(ctx, done))
                .onFailure(failure -> {
                    if (failure instanceof GatewayError refused) {
                        refuse(ctx, refused);
                    } else {
                        ctx.fail(failure);
                    }
                });
    }

    /** What is wrong with the question is a message for a client, so it can be shown here. */
    private static void refuse(RoutingContext ctx, GatewayError refused) {
        JsonObject error = new JsonObject()
                .put("message", refused.getMessage())
                .put("code", refused.code())
                .put("hint", refused.hint());
        ctx.response().setStatusCode(refused.status());
        json(ctx, new JsonObject().put("error", error));
    }

    private static void json(RoutingContext ctx, JsonObject body) {
        ctx.response().putHeader("content-type", "application/json").putHeader("cache-control", "no-store");
        ctx.end(body.encodePrettily() + "\n");
    }
}
