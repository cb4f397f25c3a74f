// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.Route;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The listener for those who run the gateway. Probes are open; everything else wants the admin token, or comes from this
 * machine when no token is set. The table of routes is in {@link #router()}.
 */
public final class AdminVerticle extends VerticleBase {

    private static final Logger LOG = LogManager.getLogger(AdminVerticle.class);

    /** Far above what a person explains; the whole body is held in memory. */
    private static final int LARGEST_BODY = 8 << 20;

    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,8}");

    private final Supplier<Snapshot> config;
    private final Readiness readiness;
    private final MetricsText metrics;
    private final Reload reload;
    private final CapabilityReport capabilities;
    private final KeyReport keys;
    private final ClusterReport cluster;
    private final Explain explain;
    private final SwitchControl switches;
    private final AdminAccess access;
    private final UsageReport usage;
    private final AlertControl alerts;
    private final String version;
    private @Nullable HttpServer server;

    /**
     * Listens where the configuration says at the moment of deployment.
     *
     * @param config the snapshot in force
     * @param readiness what probes are told
     * @param metrics what a scrape gets
     * @param reload reads the configuration again
     * @param capabilities what the providers can be asked for
     * @param keys how the keys of the providers are doing
     * @param cluster who else is there
     * @param explain which targets a request would try
     * @param switches what is on and off
     * @param access the keys of callers
     * @param usage what calls have cost
     * @param alerts what people are told of
     * @param version of this build
     */
    public AdminVerticle(
            Supplier<Snapshot> config,
            Readiness readiness,
            MetricsText metrics,
            Reload reload,
            CapabilityReport capabilities,
            KeyReport keys,
            ClusterReport cluster,
            Explain explain,
            SwitchControl switches,
            AdminAccess access,
            UsageReport usage,
            AlertControl alerts,
            String version) {
        this.config = config;
        this.readiness = readiness;
        this.metrics = metrics;
        this.reload = reload;
        this.capabilities = capabilities;
        this.keys = keys;
        this.cluster = cluster;
        this.explain = explain;
        this.switches = switches;
        this.access = access;
        this.usage = usage;
        this.alerts = alerts;
        this.version = version;
    }

    @Override
    public Future<?> start() {
        ServerConfig server = config.get().server();
        SocketAddress address = SocketAddress.inetSocketAddress(
                server.admin().getPort(), server.admin().getHostString());
        if (server.adminToken() == null && !AdminGuard.isLoopback(address.host())) {
            return Future.failedFuture(new IllegalStateException("server.admin: " + address
                    + " (expected: a loopback address, or an admin token; anybody could read and reload here)"));
        }
        HttpServer listener = vertx.createHttpServer(options()).requestHandler(router());
        this.server = listener;
        return listener.listen(address);
    }

    /** The port that was bound, which differs from the configured one when that is 0. */
    public int actualPort() {
        return server == null ? -1 : server.actualPort();
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setIdleTimeout(60)
                .setMaxHeaderSize(16 << 10)
                .setTcpNoDelay(true)
                .setHttp2ClearTextEnabled(false)
                .setDecompressionSupported(false);
    }

    private Router router() {
        AdminGuard guard = new AdminGuard(() -> config.get().server().adminToken(), access.callers(), access.audit());
        AuditRoutes audit = new AuditRoutes(access.audit());
        KeyRoutes keysOfCallers = new KeyRoutes(access.keys());
        UsageRoutes used = new UsageRoutes(usage, audit);
        SwitchRoutes switching = new SwitchRoutes(switches);
        AlertRoutes alerting = new AlertRoutes(alerts);
        Router router = Router.router(vertx);
        probe(router, "/livez", readiness::alive);
        probe(router, "/readyz", readiness::ready);
        probe(router, "/startupz", readiness::started);
        probe(router, "/health", readiness::ready);
        router.route().handler(guard);
        Table table = new Table(router, guard, audit);
        table.serve("GET", "/", this::page);
        table.serve("GET", "/metrics", this::scrape);
        table.serve("GET", "/admin/v1/config", this::describe);
        table.serve("GET", "/admin/v1/capabilities", this::capabilities);
        table.serve("GET", "/admin/v1/cluster", this::cluster);
        table.serve("POST", "/admin/v1/config/reload", this::reload);
        table.serve("GET", "/admin/v1/explain", this::explain);
        table.serve("POST", "/admin/v1/explain", this::explainBody);
        table.serve("GET", "/admin/v1/keys", keysOfCallers::list);
        table.serve("POST", "/admin/v1/keys", keysOfCallers::create);
        table.serve("POST", "/admin/v1/keys/:id/rotate", keysOfCallers::rotate);
        table.serve("DELETE", "/admin/v1/keys/:id", keysOfCallers::revoke);
        table.serve("GET", "/admin/v1/switches", switching::list);
        table.serve("PUT", "/admin/v1/switches/*", switching::flip);
        table.serve("DELETE", "/admin/v1/switches/*", switching::clear);
        table.serve("GET", "/admin/v1/alerts", alerting::list);
        table.serve("POST", "/admin/v1/alerts/test", alerting::test);
        table.serve("GET", "/admin/v1/usage", used::usage);
        table.serve("GET", "/admin/v1/exchanges", used::exchanges);
        table.serve("GET", "/admin/v1/exchanges/:id", used::exchange);
        table.serve("GET", "/admin/v1/exchanges/:id/content", used::content);
        table.serve("GET", "/admin/v1/audit", audit::list);
        table.serve("GET", "/admin/v1/audit/key", audit::key);
        router.errorHandler(404, ctx -> AdminErrors.NOT_FOUND.send(ctx));
        router.errorHandler(405, ctx -> AdminErrors.METHOD_NOT_ALLOWED.send(ctx));
        router.errorHandler(400, ctx -> AdminErrors.BAD_REQUEST.send(ctx));
        router.errorHandler(500, AdminVerticle::fail);
        return router;
    }

    /**
     * Serves what is declared, and asks for what it needs first.
     *
     * @param router of this listener
     * @param guard knows who calls
     * @param audit hears of it
     */
    private record Table(Router router, AdminGuard guard, AuditRoutes audit) {

        void serve(String method, String path, Handler<RoutingContext> handler) {
            Route declared = Route.declared(Route.Listener.ADMIN, method, path);
            router.route(HttpMethod.valueOf(method), path)
                    .handler(guard.needs(declared))
                    .handler(audit.hears(declared))
                    .handler(handler);
        }
    }

    /** One word for machines; with {@code ?verbose} what was looked at, for people. Some balancers probe with HEAD. */
    private static void probe(Router router, String path, Supplier<List<Readiness.Check>> checks) {
        Route.declared(Route.Listener.ADMIN, "GET", path);
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(ctx -> {
            List<Readiness.Check> found = checks.get();
            boolean ok = found.stream().allMatch(Readiness.Check::ok);
            ctx.response().setStatusCode(ok ? 200 : 503).putHeader("cache-control", "no-store");
            if (ctx.request().params().contains("verbose")) {
                json(ctx, AdminJson.checks(ok, found));
            } else {
                ctx.response().putHeader("content-type", "text/plain; charset=utf-8");
                ctx.end(ok ? "ok\n" : "not ok\n");
            }
        });
    }

    private void scrape(RoutingContext ctx) {
        if (!metrics.isServed()) {
            ctx.response().setStatusCode(404).end();
            return;
        }
        String accept = ctx.request().getHeader("accept");
        vertx.executeBlocking(() -> metrics.scrape(accept), false)
                .onSuccess(text ->
                        ctx.response().putHeader("content-type", text.type()).end(text.body()))
                .onFailure(ctx::fail);
    }

    private void describe(RoutingContext ctx) {
        json(ctx, AdminJson.config(config.get(), keys));
    }

    private void capabilities(RoutingContext ctx) {
        Snapshot now = config.get();
        vertx.executeBlocking(() -> capabilities.of(now), false)
                .onSuccess(report -> json(ctx, report))
                .onFailure(ctx::fail);
    }

    private void cluster(RoutingContext ctx) {
        vertx.executeBlocking(cluster::view, false)
                .onSuccess(view -> json(ctx, AdminJson.cluster(view)))
                .onFailure(ctx::fail);
    }

    private void explain(RoutingContext ctx) {
        AskedFor asked = AskedFor.of(ctx.queryParams());
        if (asked == null || asked.model().isEmpty()) {
            AdminErrors.NO_QUESTION.send(ctx);
        } else {
            explain(ctx, () -> asked, asked.feature());
        }
    }

    private void explainBody(RoutingContext ctx) {
        AskedFor asked = AskedFor.of(ctx.queryParams());
        String length = ctx.request().getHeader("content-length");
        if (asked == null) {
            AdminErrors.NO_QUESTION.send(ctx);
        } else if (length == null || !LENGTH.matcher(length).matches() || Long.parseLong(length) > LARGEST_BODY) {
            AdminErrors.BODY_TOO_LARGE.send(ctx);
        } else {
            String schema =
                    ctx.queryParams().contains("schema") ? ctx.queryParams().get("schema") : "chat";
            ctx.request()
                    .body()
                    .onSuccess(
                            body -> explain(ctx, () -> explain.read(schema, body.getBytes(), asked), asked.feature()))
                    .onFailure(ctx::fail);
        }
    }

    /** What is wrong with the question is a message for a client, so it holds no content and can be shown here. */
    private void explain(RoutingContext ctx, Supplier<RequestFacts> facts, String feature) {
        try {
            json(ctx, explain.explain(facts.get(), feature));
        } catch (GatewayError e) {
            AdminErrors.send(ctx, e);
        } catch (RuntimeException e) {
            // The body comes later, when nobody but this method is left to answer.
            ctx.fail(e);
        }
    }

    private void reload(RoutingContext ctx) {
        reload.reload()
                .onSuccess(result -> {
                    ctx.response().setStatusCode(status(result.status()));
                    json(ctx, AdminJson.reload(result));
                })
                .onFailure(ctx::fail);
    }

    private static int status(Reload.Status status) {
        return switch (status) {
            case APPLIED, UNCHANGED -> 200;
            case BUSY -> 409;
            case INVALID -> 422;
        };
    }

    private void page(RoutingContext ctx) {
        ctx.response()
                .putHeader("content-type", "text/html; charset=utf-8")
                .putHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'")
                .putHeader("cache-control", "no-store")
                .end(AdminPage.render(version, config.get(), readiness.ready()));
    }

    private static void fail(RoutingContext ctx) {
        LOG.error("Admin request failed", ctx.failure());
        AdminErrors.INTERNAL.send(ctx);
    }

    static void json(RoutingContext ctx, JsonObject body) {
        json(ctx, body.encodePrettily() + "\n");
    }

    static void json(RoutingContext ctx, String body) {
        ctx.response().putHeader("content-type", "application/json").putHeader("cache-control", "no-store");
        ctx.end(body);
    }
}
