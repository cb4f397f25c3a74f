// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.OidcIssuer;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCall;
import dev.penstock.sidecall.SideCallFailed;
import dev.penstock.sidecall.SideCalls;
import dev.penstock.sidecall.SideReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one identity provider, found by OpenID Connect Discovery 1.0 section 4 and fetched again while they are used.
 *
 * <pre>
 *   none --first token--> fetching --keys--> fresh --10 min, used--> fresh, fetching
 *    ^                       |                 |                          |
 *    +-failure: 1 s pause----+                 +--unknown kid: at most once in 10 s
 *
 *   fresh --24 h without an answer of the provider--> none
 * </pre>
 *
 * While the provider is down, the keys that it showed last hold for a day. One per issuer and shard; used on its event loop.
 */
final class JwksSource {

    static final Duration LOOK_AGAIN = Duration.ofMinutes(10);
    static final Duration HOLD = Duration.ofHours(24);
    /** Between two fetches, whoever asks: names of keys can be made up as fast as one can write. */
    static final Duration APART = Duration.ofSeconds(10);
    /** While there are no keys at all, nothing is served, and a second try hurts nobody. */
    static final Duration FIRST_APART = Duration.ofSeconds(1);

    private static final Duration TIMEOUT = Duration.ofSeconds(4);
    private static final String WELL_KNOWN = "/.well-known/openid-configuration";
    private static final Map<String, String> ACCEPT = Map.of("accept", "application/json");

    private final OidcIssuer issuer;
    private final Vertx vertx;
    private final SideCalls calls;
    private final Ticker ticker;
    private final AuthListener listener;
    private final JwksReader reader;
    private @Nullable JwksKeys keys;
    private long fetchedNanos;
    private long askedNanos;
    private boolean asked;
    private boolean failed;
    private @Nullable Promise<Void> asking;

    JwksSource(OidcIssuer issuer, Vertx vertx, SideCalls calls, Ticker ticker, AuthListener listener) {
        this.issuer = issuer;
        this.vertx = vertx;
        this.calls = calls;
        this.ticker = ticker;
        this.listener = listener;
        this.reader = new JwksReader(issuer.algorithms());
    }

    /** The keys that hold; null when there are none. */
    @Nullable
    JwksKeys current() {
        return keys != null && ticker.nanos() - fetchedNanos < HOLD.toNanos() ? keys : null;
    }

    /** As {@link #current}, by somebody who is served with it: looks for new keys in time, while nobody waits. */
    boolean isUsable() {
        JwksKeys now = current();
        if (now != null && asking == null && ticker.nanos() - fetchedNanos >= LOOK_AGAIN.toNanos()) {
            Future<Void> unused = refresh();
        }
        return now != null;
    }

    /** Whether the last fetch was in vain. */
    boolean hasFailed() {
        return failed;
    }

    /** When it makes sense to ask again. */
    Duration pause() {
        return current() == null ? FIRST_APART : APART;
    }

    /** Fetches the keys, or waits for who does. Never fails; does nothing when that was done just now. */
    Future<Void> refresh() {
        Promise<Void> running = asking;
        if (running != null) {
            return running.future();
        }
        long now = ticker.nanos();
        if (asked && now - askedNanos < pause().toNanos()) {
            return Future.succeededFuture();
        }
        asked = true;
        askedNanos = now;
        Promise<Void> done = Promise.promise();
        asking = done;
        // A step that throws has failed like any other.
        Future.succeededFuture().compose(go -> where()).compose(this::fetch).onComplete(result -> {
            asking = null;
            failed = result.failed();
            if (failed) {
                listener.keysNotFetched(issuer.issuer(), current() != null, why(result.cause()));
            } else {
                keys = result.result().after(keys);
                fetchedNanos = ticker.nanos();
            }
            done.complete();
        });
        return done.future();
    }

    private Future<URI> where() {
        URI told = issuer.jwks();
        if (told != null) {
            return Future.succeededFuture(told);
        }
        String base = issuer.issuer();
        URI discovery = URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + WELL_KNOWN);
        return get(discovery).compose(reply -> {
            try {
                return Future.succeededFuture(discovered(reply));
            } catch (JwtFault e) {
                return Future.failedFuture(e);
            }
        });
    }

    /** The document must speak of this very issuer (section 4.3), and no keys are taken from a line that others can write on. */
    private URI discovered(SideReply reply) throws JwtFault {
        JsonNode document = StrictJson.object(reply.body());
        if (document == null || !issuer.issuer().equals(StrictJson.text(document, "issuer"))) {
            throw new JwtFault("what was discovered is not about this issuer");
        }
        String text = StrictJson.text(document, "jwks_uri");
        try {
            URI uri = URI.create(text == null ? "" : text);
            boolean https = "https".equals(uri.getScheme());
            // What is asked over http is on loopback; then its keys may be, too.
            boolean local = "http".equals(uri.getScheme()) && issuer.issuer().startsWith("http:") && isNeighbour(uri);
            if (uri.getHost() != null && uri.getRawUserInfo() == null && (https || local)) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the same answer.
        }
        throw new JwtFault("what was discovered names no safe address of keys");
    }

    private boolean isNeighbour(URI uri) {
        String own = URI.create(issuer.issuer()).getHost();
        return own != null && own.equals(uri.getHost());
    }

    private Future<JwksKeys> fetch(URI url) {
        return get(url).compose(reply -> vertx.executeBlocking(() -> reader.read(reply.body()), false));
    }

    private Future<SideReply> get(URI url) {
        return calls.send(SideCall.get(url, ACCEPT, TIMEOUT))
                .compose(reply -> reply.status() == 200
                        ? Future.succeededFuture(reply)
                        : Future.failedFuture(new JwtFault("it answered with status " + reply.status())));
    }

    /** Only messages that were written to be shown are. */
    private static String why(Throwable cause) {
        return cause instanceof JwtFault || cause instanceof SideCallFailed
                ? String.valueOf(cause.getMessage())
                : "an unexpected " + cause.getClass().getSimpleName();
    }
}
