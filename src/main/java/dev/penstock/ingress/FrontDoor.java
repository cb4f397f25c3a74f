// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.auth.Authenticator;
import dev.penstock.auth.GatewayKey;
import dev.penstock.auth.Grant;
import dev.penstock.auth.Verdict;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.Route;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything on the API port that is not the token path: the page for people, the probes, the list of models, and a helpful
 * answer to everything else. Paths that are served elsewhere are known here by name, so that a wrong method gets 405 and a
 * misspelled path a hint.
 */
public final class FrontDoor {

    private static final String MODELS = "/v1/models";
    private static final String USAGE = "/v1/usage";
    private static final int MAX_HINTED_PATH = 80;
    private static final Right NEEDS = needs(MODELS);
    private static final Right NEEDS_OF_USAGE = needs(USAGE);

    /** Path -> methods, of this router and of the endpoints that the server dispatches before it. */
    private static final Map<String, String> PATHS = paths();

    private final ModelCatalog models;
    private final BooleanSupplier ready;
    private final Supplier<Welcome> welcome;
    private final Authenticator auth;
    private final Supplier<GatewayKey> key;
    private final Supplier<ClientAddress> addresses;
    private final Supplier<Cors> cors;
    private final EdgeListener listener;
    private final RequestIds ids;
    private final OwnUsage usage;

    private FrontDoor(
            ModelCatalog models,
            BooleanSupplier ready,
            Supplier<Welcome> welcome,
            Authenticator auth,
            Supplier<GatewayKey> key,
            Supplier<ClientAddress> addresses,
            Supplier<Cors> cors,
            EdgeListener listener,
            RequestIds ids,
            OwnUsage usage) {
        this.models = models;
        this.ready = ready;
        this.welcome = welcome;
        this.auth = auth;
        this.key = key;
        this.addresses = addresses;
        this.cors = cors;
        this.listener = listener;
        this.ids = ids;
        this.usage = usage;
    }

    private static Right needs(String path) {
        return Objects.requireNonNull(
                Route.declared(Route.Listener.API, "GET", path).needs());
    }

    private static Map<String, String> paths() {
        Map<String, String> paths = new TreeMap<>();
        for (String path : List.of("/", "/livez", "/readyz", "/favicon.ico", MODELS, USAGE)) {
            paths.put(path, "GET, HEAD");
        }
        Doors.all().keySet().forEach(path -> paths.put(path, "POST"));
        return paths;
    }

    /** The suppliers are asked per request, so that a reload takes effect without a new router. */
    public static Router router(
            Vertx vertx,
            ModelCatalog models,
            BooleanSupplier ready,
            Supplier<Welcome> welcome,
            Authenticator auth,
            Supplier<GatewayKey> key,
            Supplier<ClientAddress> addresses,
            Supplier<Cors> cors,
            EdgeListener listener,
            RequestIds ids,
            OwnUsage usage) {
        return new FrontDoor(models, ready, welcome, auth, key, addresses, cors, listener, ids, usage)
                .routes(Router.router(vertx));
    }

    private Router routes(Router router) {
        router.route().handler(this::arrive);
        get(router, "/", this::page);
        get(router, "/livez", context -> text(context, 200, "ok\n"));
        get(router, "/readyz", context -> readiness(context));
        get(router, "/favicon.ico", context -> end(context.response().setStatusCode(204)));
        get(router, MODELS, this::allModels);
        get(router, MODELS + "/*", this::oneModel);
        get(router, USAGE, this::usage);
        router.route().handler(this::nothingHere);
        router.errorHandler(
                400, context -> refuse(context, GatewayError.of(Kind.INVALID_REQUEST, "The request is malformed.")));
        router.errorHandler(500, context -> refuse(context, GatewayError.of(Kind.INTERNAL, "The gateway failed.")));
        return router;
    }

    private static void get(Router router, String path, io.vertx.core.Handler<RoutingContext> handler) {
        Route.declared(Route.Listener.API, "GET", path);
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(handler);
    }

    private void arrive(RoutingContext context) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        GatewayError error = RequestChecks.check(request);
        if (error != null) {
            refuse(context, error);
            return;
        }
        Cors policy = cors.get();
        if (policy.preflight(request)) {
            return;
        }
        policy.decorate(request, response);
        response.putHeader("x-content-type-options", "nosniff")
                .putHeader("referrer-policy", "no-referrer")
                .putHeader("cache-control", "no-store")
                .putHeader("x-request-id", id(request));
        context.next();
    }

    private void page(RoutingContext context) {
        context.response()
                .putHeader("content-type", "text/html; charset=utf-8")
                .putHeader("content-security-policy", Welcome.POLICY)
                .putHeader("x-frame-options", "DENY");
        end(context.response(), Buffer.buffer(welcome.get().html(ready.getAsBoolean())));
    }

    private void readiness(RoutingContext context) {
        boolean yes = ready.getAsBoolean();
        text(context, yes ? 200 : 503, yes ? "ready\n" : "not ready\n");
    }

    private void allModels(RoutingContext context) {
        ifMayPass(context, NEEDS, allowed -> {
            Grant grant = allowed.grant();
            ApiSchema schema = schema(context);
            Predicate<String> names = grant.mayUseAllModels() ? ModelCatalog.EVERY : grant::mayUseModel;
            json(
                    context,
                    schema == ApiSchema.ANTHROPIC_MESSAGES
                            ? page(context.request(), names)
                            : models.all(schema, names));
        });
    }

    private Buffer page(HttpServerRequest request, Predicate<String> allowed) {
        String limit = request.getParam("limit");
        boolean counts = limit != null && limit.length() <= 4 && limit.chars().allMatch(c -> c >= '0' && c <= '9');
        int most = counts && !limit.isEmpty() ? Math.max(1, Integer.parseInt(limit)) : Integer.MAX_VALUE;
        return models.page(request.getParam("after_id"), request.getParam("before_id"), most, allowed);
    }

    private void oneModel(RoutingContext context) {
        ifMayPass(context, NEEDS, allowed -> showModel(context, allowed.grant()));
    }

    private void showModel(RoutingContext context, Grant grant) {
        String name = decoded(path(context).substring(MODELS.length() + 1));
        // What the caller may not use is not there for it.
        Buffer body = grant.mayUseModel(name) ? models.byName(schema(context), name) : null;
        if (body != null) {
            json(context, body);
            return;
        }
        String nearest =
                grant.mayUseAllModels() ? models.nearest(name) : new AllowedModels(grant, models).nearest(name);
        refuse(
                context,
                GatewayError.builder(Kind.MODEL_NOT_FOUND, "There is no such model here.")
                        .param("model")
                        .code("model_not_found")
                        .hint(
                                nearest == null
                                        ? "GET /v1/models lists the models."
                                        : "Did you mean \"" + nearest + "\"?")
                        .build());
    }

    private void usage(RoutingContext context) {
        ifMayPass(context, NEEDS_OF_USAGE, allowed -> {
            HttpServerRequest request = context.request();
            usage.usage(allowed.who(), context.queryParams(), request.getHeader("accept"))
                    .onSuccess(answer -> {
                        context.response().putHeader("content-type", answer.contentType());
                        if (answer.next() != null) {
                            context.response().putHeader("x-penstock-next", answer.next());
                        }
                        end(context.response(), Buffer.buffer(answer.body()));
                    })
                    .onFailure(failed -> {
                        if (failed instanceof GatewayError refused) {
                            refuse(context, refused);
                        } else {
                            context.fail(failed);
                        }
                    });
        });
    }

    private void ifMayPass(RoutingContext context, Right needs, Consumer<Verdict.Allowed> then) {
        Verdict now = KeyFields.authenticate(
                auth, key.get(), addresses.get(), context.request(), needs, later -> judge(context, later, then));
        if (now != null) {
            judge(context, now, then);
        }
    }

    private void judge(RoutingContext context, Verdict verdict, Consumer<Verdict.Allowed> then) {
        switch (verdict) {
            case Verdict.Allowed allowed -> {
                if (!context.response().closed()) {
                    then.accept(allowed);
                }
            }
            case Verdict.Refused refused -> {
                listener.onCallerRefused(String.valueOf(refused.error().code()));
                refuse(context, refused.error());
            }
        }
    }

    private void nothingHere(RoutingContext context) {
        String path = path(context);
        String methods = path.startsWith(MODELS + "/") ? PATHS.get(MODELS) : PATHS.get(path);
        if (methods != null) {
            context.response().putHeader("allow", methods);
            refuse(
                    context,
                    GatewayError.builder(Kind.METHOD_NOT_ALLOWED, "This path does not offer the method of the request.")
                            .hint("Use " + methods + ".")
                            .build());
            return;
        }
        refuse(
                context,
                GatewayError.builder(Kind.NOT_FOUND, "There is nothing at this path.")
                        .hint(hint(path))
                        .build());
    }

    private static String path(RoutingContext context) {
        String path = context.request().path();
        return path == null ? "" : path;
    }

    private static @Nullable String hint(String path) {
        String nearest = nearestPath(path);
        return nearest == null ? null : "Did you mean " + methodOf(nearest) + " " + nearest + "?";
    }

    private static String methodOf(String path) {
        return "POST".equals(PATHS.get(path)) ? "POST" : "GET";
    }

    /** The known path that ends with the asked one or differs least from it, if it differs little. */
    static @Nullable String nearestPath(String path) {
        if (path.length() > MAX_HINTED_PATH) {
            return null;
        }
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String known : PATHS.keySet()) {
            boolean tail = path.length() > 4 && (known.endsWith(path) || path.endsWith(known)) && known.length() > 1;
            int distance = tail ? 0 : distance(path, known);
            if (distance < least) {
                least = distance;
                best = known;
            }
        }
        return least <= Math.max(2, path.length() / 3) && !"/".equals(best) ? best : null;
    }

    /** Levenshtein's distance, one row at a time. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** Percent escapes of a path; a plus stands for itself there. The guard has checked the escapes. */
    private static String decoded(String segment) {
        return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private void refuse(RoutingContext context, GatewayError error) {
        ErrorRenderer.render(context.request(), schema(context), error, id(context.request()), null);
    }

    private static ApiSchema schema(RoutingContext context) {
        return Doors.schemaOf(path(context), context.request().getHeader("anthropic-version"));
    }

    private String id(HttpServerRequest request) {
        String given = request.response().headers().get("x-request-id");
        return given != null ? given : ids.of(request.getHeader("x-request-id"));
    }

    private static void text(RoutingContext context, int status, String text) {
        context.response().setStatusCode(status).putHeader("content-type", "text/plain; charset=utf-8");
        end(context.response(), Buffer.buffer(text));
    }

    private static void json(RoutingContext context, Buffer body) {
        context.response().putHeader("content-type", "application/json");
        end(context.response(), body);
    }

    private static void end(HttpServerResponse response) {
        response.end();
    }

    private static void end(HttpServerResponse response, Buffer body) {
        response.end(body);
    }
}
