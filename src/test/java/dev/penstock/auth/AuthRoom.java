// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.CallerClaims;
import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A shard's event loop with the parts of this room on it, time moved by hand, and short words for asking. */
final class AuthRoom implements AutoCloseable {

    /** What the roles of the gateway may, in these tests: as much as a key. */
    static final Map<String, Grant> ROLES = Map.of("writer", Grant.OF_A_KEY, "admin", Grant.OF_A_KEY);

    static final CallerClaims CLAIMS = new CallerClaims("org", true, "", "sub", "roles");
    private static final int PATIENCE_SECONDS = 20;

    final Vertx vertx = Vertx.vertx();
    final ManualTime time = new ManualTime();
    private final Context loop = vertx.getOrCreateContext();
    final SideCalls calls = on(() -> SideCalls.over(vertx));

    /** A question that may be answered at once or later. */
    interface Question {
        @Nullable
        Verdict ask(Consumer<Verdict> later);
    }

    static OidcIssuer issuer(String issuer) {
        return issuer("", issuer, "gateway");
    }

    static OidcIssuer issuer(String name, String issuer, String audience) {
        return new OidcIssuer(
                name, issuer, audience, null, EnumSet.allOf(JwtAlgorithm.class), Duration.ofSeconds(60), CLAIMS);
    }

    /** The claims of a good token at the beginning of {@link ManualTime}, good for an hour. */
    Map<String, Object> claims(String issuer) {
        long now = time.now().getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", issuer);
        claims.put("aud", "gateway");
        claims.put("sub", "u-1");
        claims.put("org", "acme");
        claims.put("iat", now);
        claims.put("exp", now + 3600);
        return claims;
    }

    /** Runs on the event loop and waits for the result. */
    <T> T on(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.runOnContext(go -> {
            try {
                result.complete(task.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return await(result);
    }

    void advance(Duration span) {
        on(() -> {
            time.advance(span);
            return true;
        });
    }

    /** The verdict, now or later; a later one must come on the same event loop. */
    CompletableFuture<Verdict> start(Question question) {
        CompletableFuture<Verdict> heard = new CompletableFuture<>();
        on(() -> {
            Thread thread = Thread.currentThread();
            Verdict now = question.ask(later -> {
                if (Thread.currentThread() == thread) {
                    heard.complete(later);
                } else {
                    heard.completeExceptionally(new AssertionError("heard on another thread"));
                }
            });
            if (now != null) {
                heard.complete(now);
            }
            return true;
        });
        return heard;
    }

    Verdict ask(Question question) {
        return await(start(question));
    }

    /** The verdict that is known at once, or null. */
    @Nullable
    Verdict now(Question question) {
        CompletableFuture<Verdict> heard = new CompletableFuture<>();
        return on(() -> java.util.Optional.ofNullable(question.ask(heard::complete)))
                .orElse(null);
    }

    static Identity who(@Nullable Verdict verdict) {
        if (verdict instanceof Verdict.Allowed allowed) {
            return allowed.who();
        }
        throw new AssertionError("not allowed: " + verdict);
    }

    static GatewayError refusal(@Nullable Verdict verdict) {
        if (verdict instanceof Verdict.Refused refused) {
            return refused.error();
        }
        throw new AssertionError("not refused: " + verdict);
    }

    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        on(() -> {
            calls.close();
            return true;
        });
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
