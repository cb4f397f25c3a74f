// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.Route;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/** {@code /admin/v1/audit}, and what the audit hears of the other routes. */
final class AuditRoutes {

    private static final int LARGEST_BODY = 64 << 10;
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,5}");
    private static final byte[] NOTHING = {};

    private final AdminAudit audit;

    AuditRoutes(AdminAudit audit) {
        this.audit = audit;
    }

    void list(RoutingContext ctx) {
        answer(ctx, audit.list(ctx.queryParams()));
    }

    void key(RoutingContext ctx) {
        answer(ctx, audit.key());
    }

    /** Before the handler of a route: a change goes on when it is recorded, a look at something sensitive is recorded as it goes on. */
    Handler<RoutingContext> hears(Route route) {
        if (route.needs() == Right.ADMIN_WRITE) {
            return ctx -> before(ctx, route);
        }
        boolean sensitive = route.needs() == Right.AUDIT_READ || route.path().equals("/admin/v1/keys");
        return sensitive
                ? ctx -> {
                    audit.read(AdminGuard.caller(ctx).actor(), request(ctx, route.path()));
                    ctx.next();
                }
                : RoutingContext::next;
    }

    /** Somebody is about to be shown this object, by a name that is no secret. Fails where that must be recorded and cannot be. */
    Future<Void> beforeShown(RoutingContext ctx, String object) {
        return audit.beforeShown(AdminGuard.caller(ctx).actor(), request(ctx, object));
    }

    private void before(RoutingContext ctx, Route route) {
        // The body may come while the record is written.
        ctx.request().pause();
        String actor = AdminGuard.caller(ctx).actor();
        AdminAudit.Request request = request(ctx, route.path());
        Future<Buffer> input = input(ctx);
        ctx.addEndHandler(done -> {
            Buffer body = input.succeeded() ? input.result() : null;
            audit.after(actor, request, ctx.response().getStatusCode(), body == null ? NOTHING : body.getBytes());
        });
        audit.before(actor, request)
                .onComplete(
                        done -> {
                            ctx.next();
                            ctx.request().resume();
                        },
                        failed -> {
                            fail(ctx, failed);
                            ctx.request().resume();
                        });
    }

    /** Whoever handles the request gets the same body; what none of them takes is not collected here either. */
    private static Future<Buffer> input(RoutingContext ctx) {
        String length = ctx.request().getHeader("content-length");
        boolean small = length != null && LENGTH.matcher(length).matches() && Integer.parseInt(length) <= LARGEST_BODY;
        return small ? ctx.request().body() : Future.succeededFuture(Buffer.buffer());
    }

    private static AdminAudit.Request request(RoutingContext ctx, String route) {
        return new AdminAudit.Request(
                ctx.request().method().name(), route, ctx.request().uri(), source(ctx));
    }

    static String source(RoutingContext ctx) {
        String address = ctx.request().remoteAddress().hostAddress();
        return address == null ? "" : address;
    }

    private static void answer(RoutingContext ctx, Future<JsonObject> done) {
        done.onSuccess(body -> AdminVerticle.json(ctx, body)).onFailure(failed -> fail(ctx, failed));
    }

    private static void fail(RoutingContext ctx, Throwable failed) {
        if (failed instanceof GatewayError refused) {
            AdminErrors.send(ctx, refused);
        } else {
            ctx.fail(failed);
        }
    }
}
