// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import io.vertx.ext.web.RoutingContext;

/** {@code /admin/v1/alerts}. */
final class AlertRoutes {

    private final AlertControl alerts;

    AlertRoutes(AlertControl alerts) {
        this.alerts = alerts;
    }

    void list(RoutingContext ctx) {
        alerts.list().onSuccess(body -> AdminVerticle.json(ctx, body)).onFailure(ctx::fail);
    }

    void test(RoutingContext ctx) {
        alerts.test(AdminGuard.caller(ctx).actor())
                .onSuccess(body -> AdminVerticle.json(ctx, body))
                .onFailure(ctx::fail);
    }
}
