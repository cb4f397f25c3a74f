// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Consumer;

/** {@code /admin/v1/usage} and {@code /admin/v1/exchanges}. */
final class UsageRoutes {

    private final UsageReport report;
    private final AuditRoutes audit;

    /** @param audit hears who reads what was said */
    UsageRoutes(UsageReport report, AuditRoutes audit) {
        this.report = report;
        this.audit = audit;
    }

    void usage(RoutingContext ctx) {
        answer(ctx, report.usage(ctx.queryParams(), ctx.request().getHeader("accept")), page -> {
            ctx.response().putHeader("content-type", page.contentType()).putHeader("cache-control", "no-store");
            if (page.next() != null) {
                ctx.response().putHeader("x-penstock-next", page.next());
            }
            ctx.end(page.body());
        });
    }

    void exchanges(RoutingContext ctx) {
        answer(ctx, report.exchanges(ctx.queryParams()), body -> AdminVerticle.json(ctx, body));
    }

    void exchange(RoutingContext ctx) {
        answer(ctx, report.exchange(ctx.pathParam("id")), body -> AdminVerticle.json(ctx, body));
    }

    /** The audit has the UUID of what was read; a name that callers chose is not for it. */
    void content(RoutingContext ctx) {
        Future<JsonObject> recorded = report.content(ctx.pathParam("id"))
                .compose(body -> audit.beforeShown(ctx, "/admin/v1/exchanges/" + body.getString("id") + "/content")
                        .map(body));
        answer(ctx, recorded, body -> AdminVerticle.json(ctx, body));
    }

    private static <T> void answer(RoutingContext ctx, Future<T> asked, Consumer<T> send) {
        asked.onSuccess(send::accept).onFailure(failed -> {
            if (failed instanceof GatewayError refused) {
                AdminErrors.send(ctx, refused);
            } else {
                ctx.fail(failed);
            }
        });
    }
}
