// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.AuthConfig;
import dev.penstock.config.OidcIssuer;
import dev.penstock.config.RolesConfig;
import dev.penstock.config.SessionCheck;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.Ticker;
import dev.penstock.sidecall.SideCalls;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who calls, by all ways of the configuration. Each request is judged by one way, and there is no second one after a refusal:
 *
 * <ul>
 *   <li>a bearer in the form of a signed token belongs to the identity providers, where there are any;
 *   <li>a field for keys, or a bearer that begins as the gateway's own keys do, belongs to the keys;
 *   <li>any other bearer is a key when there is such a key, and else may be a session's;
 *   <li>the fields of a session belong to the application.
 * </ul>
 *
 * Where a request could go several of these ways the configured order decides; a token and a key in one request are refused, for two
 * readers could think differently of it. One per shard; called on its event loop, and answers there.
 */
public final class Authenticator {

    private final Vertx vertx;
    private final SideCalls calls;
    private final Ticker ticker;
    private final AuthListener listener;
    private AuthConfig config = AuthConfig.NONE;
    private List<TenantConfig> tenants = List.of();
    private RolesConfig roles = RolesConfig.NONE;
    private Map<OidcIssuer, JwksSource> sources = Map.of();
    private @Nullable OidcTokens tokens;
    private @Nullable SessionAnswers sessions;

    /** With keys only, until {@link #use} says more. */
    public Authenticator(Vertx vertx, SideCalls calls, Ticker ticker, AuthListener listener) {
        this.vertx = vertx;
        this.calls = calls;
        this.ticker = ticker;
        this.listener = listener;
    }

    /**
     * Takes a configuration over. What is remembered of tokens and sessions is forgotten where it changes anything; the keys of
     * an issuer that stays the same are kept.
     *
     * @param customers whose data may have to stay somewhere
     * @param rights what the roles may; of several that a caller has the first known one counts
     */
    public void use(AuthConfig next, List<TenantConfig> customers, RolesConfig rights) {
        Map<String, String> regions = new HashMap<>();
        customers.forEach(tenant -> regions.put(tenant.name(), tenant.region()));
        Map<String, Grant> grants = new HashMap<>();
        rights.roles().forEach((name, role) -> grants.put(name, Grant.of(role)));
        CallerReader callers = new CallerReader(tenant -> regions.getOrDefault(tenant, ""), grants);
        Map<OidcIssuer, JwksSource> kept = new LinkedHashMap<>();
        for (OidcIssuer issuer : next.issuers()) {
            JwksSource old = sources.get(issuer);
            kept.put(issuer, old != null ? old : new JwksSource(issuer, vertx, calls, ticker, listener));
        }
        SessionCheck session = next.session();
        sources = kept;
        tokens = kept.isEmpty() ? null : new OidcTokens(vertx, ticker, kept, callers);
        sessions = session == null ? null : new SessionAnswers(vertx, session, calls, ticker, callers);
        config = next;
        tenants = List.copyOf(customers);
        roles = rights;
    }

    /** As {@link #use}, unless nothing of it has changed. */
    public void useIfNew(AuthConfig next, List<TenantConfig> customers, RolesConfig rights) {
        if (!next.equals(config) || !customers.equals(tenants) || !rights.equals(roles)) {
            use(next, customers, rights);
        }
    }

    /**
     * The verdict, or null: then {@code later} hears it once, on this event loop and never before this returns.
     *
     * @param open whether there are no keys, so that {@code keys} would let everybody pass
     * @param keys what the keys say; asked at most once and at once
     */
    public @Nullable Verdict authenticate(
            Credentials sent, boolean open, Supplier<Verdict> keys, Consumer<Verdict> later) {
        if (config.isKeysOnly()) {
            return keys.get();
        }
        OidcTokens oidc = tokens;
        String authorization = sent.authorization();
        if (oidc != null
                && authorization != null
                && !sent.keyField()
                && !isSessionBefore(AuthConfig.Method.OIDC, sent)) {
            Verdict known = oidc.known(authorization);
            if (known != null) {
                return known;
            }
        }
        String bearer = sent.bearer();
        if (oidc != null && authorization != null && bearer != null && Credentials.looksSigned(bearer)) {
            if (sent.keyField()) {
                return Refusals.several();
            }
            if (!isSessionBefore(AuthConfig.Method.OIDC, sent)) {
                return oidc.check(authorization, bearer, later);
            }
        }
        boolean withKeys = config.apiKeys() && !open;
        SessionAnswers application = sessions;
        if (application == null || !application.concerns(sent)) {
            return withKeys ? keys.get() : refused(sent);
        }
        if (withKeys && sent.isKeyForSure(bearer)) {
            // Whatever the order: a key of the gateway is no business of the application's.
            return keys.get();
        }
        if (withKeys && bearer != null && !isSessionBefore(AuthConfig.Method.KEY, sent)) {
            Verdict byKey = keys.get();
            if (byKey instanceof Verdict.Allowed) {
                return byKey;
            }
        }
        return application.check(sent, later);
    }

    /** Tells who listens that somebody was not let in. */
    public void refused(String code, String source) {
        listener.refused(code, source);
    }

    private boolean isSessionBefore(AuthConfig.Method other, Credentials sent) {
        SessionAnswers application = sessions;
        return application != null
                && config.order().indexOf(AuthConfig.Method.SESSION)
                        < config.order().indexOf(other)
                && application.concerns(sent);
    }

    private static Verdict refused(Credentials sent) {
        return sent.authorization() == null && !sent.keyField() ? Refusals.nothingSent() : Refusals.notAccepted();
    }
}
