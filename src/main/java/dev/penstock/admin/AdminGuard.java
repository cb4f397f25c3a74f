// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.Secret;
import dev.penstock.exchange.Right;
import dev.penstock.exchange.Route;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the admin API: who sends the admin token, and who sends a key whose role may. Without a token: who is on this machine
 * and says so in the header {@code Host}, which a web page that points its own name at 127.0.0.1 (DNS rebinding) cannot. A change,
 * moreover, must then not come from another site's page: browsers send {@code Origin} with it.
 *
 * <p>First everybody is asked who it is, whatever the path; then each route asks for what it needs.
 */
final class AdminGuard implements Handler<RoutingContext> {

    private static final Set<String> LOOPBACK_NAMES =
            Set.of("localhost", "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1");
    private static final String BEARER = "bearer ";
    private static final String CALLER = "penstock.caller";

    private final Supplier<@Nullable Secret> token;
    private final AdminAccess.Callers callers;
    private final AdminAudit audit;

    AdminGuard(Supplier<@Nullable Secret> token, AdminAccess.Callers callers, AdminAudit audit) {
        this.token = token;
        this.callers = callers;
        this.audit = audit;
    }

    static boolean isLoopback(String host) {
        return LOOPBACK_NAMES.contains(host) || isInLoopbackNet(host);
    }

    @Override
    public void handle(RoutingContext ctx) {
        Secret expected = token.get();
        HttpServerRequest request = ctx.request();
        String sent = bearer(request);
        AdminCaller caller = sent == null ? null : caller(sent, expected, request);
        if (caller == null && expected == null) {
            AdminErrors stranger = refuseStranger(request);
            if (stranger != null) {
                audit.refused("", stranger.code(), AuditRoutes.source(ctx));
                stranger.send(ctx);
                return;
            }
            caller = AdminCaller.LOCAL;
        }
        if (caller == null) {
            AdminErrors why = sent == null ? AdminErrors.TOKEN_MISSING : AdminErrors.TOKEN_WRONG;
            audit.refused("", why.code(), AuditRoutes.source(ctx));
            why.send(ctx);
            return;
        }
        ctx.put(CALLER, caller);
        ctx.next();
    }

    /** What a declared route asks of the caller. */
    Handler<RoutingContext> needs(Route route) {
        Right right = route.needs();
        return ctx -> {
            if (right != null && !caller(ctx).may().contains(right)) {
                audit.refused(caller(ctx).actor(), AdminErrors.NOT_ALLOWED.code(), AuditRoutes.source(ctx));
                AdminErrors.NOT_ALLOWED.send(ctx);
            } else {
                ctx.next();
            }
        };
    }

    /** Who was let in. */
    static AdminCaller caller(RoutingContext ctx) {
        AdminCaller caller = ctx.get(CALLER);
        return caller == null ? new AdminCaller("", Set.of()) : caller;
    }

    private @Nullable AdminCaller caller(String sent, @Nullable Secret expected, HttpServerRequest request) {
        boolean isToken = expected != null && isEqual(sent, expected.reveal());
        return isToken
                ? AdminCaller.TOKEN
                : callers.of(sent, () -> request.remoteAddress().hostAddress());
    }

    /** Null when none was sent; the empty string for more than one: whoever stands in front could have looked at another. */
    private static @Nullable String bearer(HttpServerRequest request) {
        List<String> sent = request.headers().getAll("authorization");
        if (sent.size() > 1) {
            return "";
        }
        boolean bearer = !sent.isEmpty() && sent.getFirst().regionMatches(true, 0, BEARER, 0, BEARER.length());
        return bearer ? sent.getFirst().substring(BEARER.length()).trim() : null;
    }

    private static @Nullable AdminErrors refuseStranger(HttpServerRequest request) {
        HostAndPort host = request.authority();
        boolean isLocal = request.remoteAddress().hostAddress() != null
                && isLoopback(request.remoteAddress().hostAddress())
                && host != null
                && isLoopback(host.host());
        if (!isLocal) {
            return AdminErrors.NOT_LOCAL;
        }
        boolean isChange =
                !request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD);
        return isChange && request.getHeader("origin") != null ? AdminErrors.CROSS_ORIGIN : null;
    }

    /** Compares digests, so that neither the length nor the first wrong character shows in the time it takes. */
    private static boolean isEqual(String sent, String expected) {
        return MessageDigest.isEqual(sha256(sent), sha256(expected));
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** 127.0.0.0/8 as a literal; names are not looked up here. */
    private static boolean isInLoopbackNet(String host) {
        return host.startsWith("127.") && host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }
}
