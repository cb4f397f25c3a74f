// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.config.Secret;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who may use the admin API. With a token: who sends it. Without one: who is on this machine and says so in the header
 * {@code Host}, which a web page that points its own name at 127.0.0.1 (DNS rebinding) cannot. A change, moreover, must not
 * come from another site's page: browsers send {@code Origin} with it.
 */
final class AdminGuard implements Handler<RoutingContext> {

    private static final Set<String> LOOPBACK_NAMES =
            Set.of("localhost", "127.0.0.1", "::1", "[::1]", "0:0:0:0:0:0:0:1");
    private static final String BEARER = "bearer ";

    private final Supplier<@Nullable Secret> token;

    AdminGuard(Supplier<@Nullable Secret> token) {
        this.token = token;
    }

    static boolean isLoopback(String host) {
        return LOOPBACK_NAMES.contains(host) || isInLoopbackNet(host);
    }

    @Override
    public void handle(RoutingContext ctx) {
        Secret expected = token.get();
        AdminErrors refusal = expected == null ? refuseStranger(ctx.request()) : refuseToken(ctx.request(), expected);
        if (refusal == null) {
            ctx.next();
        } else {
            refusal.send(ctx);
        }
    }

    private static @Nullable AdminErrors refuseToken(HttpServerRequest request, Secret expected) {
        String sent = request.getHeader("authorization");
        if (sent == null || !sent.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return AdminErrors.TOKEN_MISSING;
        }
        return isEqual(sent.substring(BEARER.length()).trim(), expected.reveal()) ? null : AdminErrors.TOKEN_WRONG;
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
