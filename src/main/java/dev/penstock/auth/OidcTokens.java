// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.OidcIssuer;
import dev.penstock.exchange.Ticker;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of identity providers. A token that was believed is remembered by the digest of all of its bytes, signature included, and is
 * answered at once until it ends, its key is withdrawn or the keys of its issuer have become too old. One that comes again and again is found
 * by its text, without a digest. Any other one is checked on a worker thread; however many requests bring it, once.
 *
 * <p>One per shard and configuration; called on its event loop, and answers there.
 */
final class OidcTokens {

    /** Tokens that are remembered, per event loop. */
    static final int REMEMBERED = 10_000;
    /** Characters of fields that are found by their text, per event loop: about a thousand tokens of usual length. */
    static final int AT_HAND = 1 << 20;

    private static final int LONGEST_AT_HAND = 4 << 10;
    /** Checks under way, per event loop. */
    static final int CHECKS = 256;
    /** Requests that wait for them. */
    static final int WAITING = 2_048;

    private static final String KEY_ID = "oidc";

    /** A token that was believed. */
    private record Believed(Verdict.Allowed verdict, JwksKey key, JwksSource source, long untilSecond) {}

    private final Vertx vertx;
    private final Ticker ticker;
    private final Map<String, JwksSource> sources;
    private final Map<String, OidcIssuer> issuers;
    private final CallerReader callers;
    private final Fingerprint.Maker fingerprints = new Fingerprint.Maker();
    private final RecentlyUsed<Believed> believed = new RecentlyUsed<>(REMEMBERED);
    private final AtHand<Believed> atHand = new AtHand<>(AT_HAND, LONGEST_AT_HAND);
    private final Flights checks = new Flights(CHECKS, WAITING);

    /** @param sources the keys of each issuer; outlive this object where the issuer stays the same */
    OidcTokens(Vertx vertx, Ticker ticker, Map<OidcIssuer, JwksSource> sources, CallerReader callers) {
        this.vertx = vertx;
        this.ticker = ticker;
        this.callers = callers;
        Map<String, JwksSource> byName = new HashMap<>();
        Map<String, OidcIssuer> issuersByName = new HashMap<>();
        sources.forEach((issuer, source) -> {
            byName.put(issuer.issuer(), source);
            issuersByName.put(issuer.issuer(), issuer);
        });
        this.sources = Map.copyOf(byName);
        this.issuers = Map.copyOf(issuersByName);
    }

    /**
     * The verdict about a field that has come with a believed token more than once; null says nothing about it.
     *
     * @param field whole, as it was sent
     */
    @Nullable
    Verdict known(String field) {
        Believed known = atHand.get(field);
        if (known == null) {
            return null;
        }
        if (holds(known)) {
            return known.verdict();
        }
        atHand.remove(field);
        return null;
    }

    /**
     * The verdict, or null: then {@code later} hears it, never before this returns.
     *
     * @param field that the token stood in, whole, with nothing else that could say who calls
     */
    @Nullable
    Verdict check(String field, String token, Consumer<Verdict> later) {
        if (token.length() > JwtToken.LONGEST) {
            return Refusals.token("it is longer than " + JwtToken.LONGEST + " characters");
        }
        Fingerprint fingerprint = fingerprints.of(token);
        Believed known = believed.get(fingerprint);
        if (known != null) {
            if (holds(known)) {
                atHand.put(field, known);
                return known.verdict();
            }
            believed.remove(fingerprint);
        }
        switch (checks.board(fingerprint, later)) {
            // In a turn of its own: a worker may be done before its result is asked for, and would be heard within this
            // call.
            case FIRST -> vertx.runOnContext(go -> verify(token, fingerprint, true));
            case JOINED -> {}
            case FULL -> {
                return Refusals.unavailable("too many tokens are being checked", JwksSource.FIRST_APART);
            }
        }
        return null;
    }

    private boolean holds(Believed known) {
        return ticker.now().getEpochSecond() < known.untilSecond()
                && !known.key().isRetired()
                && known.source().isUsable();
    }

    /** @param again whether keys may be fetched for it */
    private void verify(String token, Fingerprint fingerprint, boolean again) {
        Map<String, JwtVerifier.Known> known = new HashMap<>();
        issuers.forEach((name, issuer) -> known.put(name, new JwtVerifier.Known(issuer, keys(name))));
        Instant now = ticker.now();
        vertx.executeBlocking(() -> JwtVerifier.verify(token, known, now), false)
                .onComplete(result -> {
                    if (result.failed()) {
                        checks.land(fingerprint, Refusals.token("it could not be checked"));
                        return;
                    }
                    switch (result.result()) {
                        case JwtVerifier.Outcome.Refused refused ->
                            checks.land(fingerprint, Refusals.token(refused.why()));
                        case JwtVerifier.Outcome.Believed ok -> checks.land(fingerprint, believe(ok, fingerprint));
                        case JwtVerifier.Outcome.KeyUnknown unknown -> {
                            if (again) {
                                source(unknown.issuer())
                                        .refresh()
                                        .onComplete(done -> verify(token, fingerprint, false));
                            } else {
                                checks.land(fingerprint, keyUnknown(source(unknown.issuer())));
                            }
                        }
                    }
                });
    }

    private @Nullable JwksKeys keys(String issuer) {
        JwksSource source = sources.get(issuer);
        return source != null && source.isUsable() ? source.current() : null;
    }

    private JwksSource source(OidcIssuer issuer) {
        JwksSource source = sources.get(issuer.issuer());
        if (source == null) {
            throw new IllegalStateException("an issuer without a source of keys");
        }
        return source;
    }

    private Verdict believe(JwtVerifier.Outcome.Believed token, Fingerprint fingerprint) {
        OidcIssuer issuer = token.issuer();
        String keyId = issuer.name().isEmpty() ? KEY_ID : KEY_ID + ":" + issuer.name();
        Verdict verdict = callers.read(token.claims(), issuer.claims(), keyId);
        // A key may have been withdrawn meanwhile: then the next request finds out.
        if (verdict instanceof Verdict.Allowed allowed) {
            believed.put(
                    fingerprint,
                    new Believed(
                            allowed, token.key(), source(issuer), token.until().getEpochSecond()));
        }
        return verdict;
    }

    /** A provider that does not answer may have a new key that nobody here has seen. */
    private static Verdict keyUnknown(JwksSource source) {
        return source.hasFailed() || source.current() == null
                ? Refusals.unavailable("the keys of the identity provider could not be fetched", source.pause())
                : Refusals.token("the identity provider has no such key");
    }

    /** Fields that are found by their text. */
    int atHand() {
        return atHand.size();
    }

    /** Tokens that are remembered. */
    int remembered() {
        return believed.size();
    }
}
