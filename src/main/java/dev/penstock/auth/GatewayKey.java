// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.Secret;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys that open the gateway: the one for everybody ({@code server.api_key}) and those of the tenants. Keys are compared as SHA-256
 * digests in constant time and always with all of them, so neither the length nor a common prefix of a guess can be measured, nor whose
 * key came near. Without a configured key everybody may call, and is nobody in particular.
 *
 * <p>A key arrives as {@code Authorization: Bearer} (OpenAI's SDKs), as {@code x-api-key} (Anthropic's) or as {@code x-goog-api-key}
 * (Google's). When several are there, all must be keys of the same caller: a request about which two readers could disagree is refused.
 */
public final class GatewayKey {

    private static final String BEARER = "Bearer ";
    private static final Verdict ALLOWED = new Verdict.Allowed(Identity.NONE);
    private static final Verdict MISSING = refused(
            "No API key was sent.",
            "Send the gateway's key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'.");
    private static final Verdict WRONG = refused(
            "The API key is not valid.",
            "Use a key of this gateway (server.api_key, or one of a tenant), not a provider's.");

    /** A key without its secret, and the answer to those who send it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Known(byte[] digest, Verdict.Allowed allowed) {}

    private final List<Known> keys;

    private GatewayKey(List<Known> keys) {
        this.keys = List.copyOf(keys);
    }

    /** One key, or none. */
    public static GatewayKey of(@Nullable Secret key) {
        return of(key, List.of());
    }

    /**
     * All keys of a configuration.
     *
     * @param key of callers that belong to no tenant, or null
     */
    public static GatewayKey of(@Nullable Secret key, List<TenantConfig> tenants) {
        List<Known> keys = new ArrayList<>();
        if (key != null) {
            keys.add(known(key, Identity.NONE));
        }
        for (TenantConfig tenant : tenants) {
            tenant.keys()
                    .forEach(own ->
                            keys.add(known(own.secret(), new Identity(tenant.name(), tenant.region(), own.id()))));
        }
        return new GatewayKey(keys);
    }

    private static Known known(Secret secret, Identity who) {
        return new Known(sha256(secret.reveal()), new Verdict.Allowed(who));
    }

    /** Nobody needs a key. */
    public boolean open() {
        return keys.isEmpty();
    }

    /** What the three fields hold, null for those that are not there. */
    public Verdict check(@Nullable String authorization, @Nullable String xApiKey, @Nullable String xGoogApiKey) {
        if (open()) {
            return ALLOWED;
        }
        Verdict verdict = MISSING;
        if (authorization != null) {
            verdict = owner(bearer(authorization));
        }
        if (xApiKey != null) {
            verdict = both(verdict, owner(xApiKey));
        }
        return xGoogApiKey == null ? verdict : both(verdict, owner(xGoogApiKey));
    }

    /** The token of a bearer credential (RFC 6750; the scheme has no case); of anything else the empty string. */
    private static String bearer(String authorization) {
        boolean bearer = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return bearer ? authorization.substring(BEARER.length()).strip() : "";
    }

    private Verdict owner(String presented) {
        byte[] digest = sha256(presented);
        Verdict owner = WRONG;
        for (Known key : keys) {
            // No early end: all keys take the same time.
            owner = MessageDigest.isEqual(digest, key.digest()) ? key.allowed() : owner;
        }
        return owner;
    }

    /** Of a field and those before it. */
    private static Verdict both(Verdict before, Verdict now) {
        return before.equals(MISSING) || before.equals(now) ? now : WRONG;
    }

    private static byte[] sha256(String value) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Verdict refused(String message, String hint) {
        return new Verdict.Refused(GatewayError.builder(GatewayError.Kind.UNAUTHENTICATED, message)
                .code("invalid_api_key")
                .hint(hint)
                .build());
    }
}
