// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.Secret;
import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The one key of the gateway ({@code server.api_key}). Keys are compared as SHA-256 digests in constant time, so neither the
 * length nor a common prefix of a guess can be measured. Without a configured key everybody may call.
 *
 * <p>A key arrives as {@code Authorization: Bearer} (OpenAI's SDKs) or as {@code x-api-key} (Anthropic's). When both are
 * there, both must be right: a request about which two readers could disagree is refused.
 */
public final class GatewayKey {

    private static final String BEARER = "Bearer ";
    private static final Verdict ALLOWED = new Verdict.Allowed();
    private static final Verdict MISSING = refused(
            "No API key was sent.",
            "Send the gateway's key as 'Authorization: Bearer <key>' or as 'x-api-key: <key>'.");
    private static final Verdict WRONG =
            refused("The API key is not valid.", "Use the key of this gateway (server.api_key), not a provider's.");

    private final byte @Nullable [] digest;

    private GatewayKey(byte @Nullable [] digest) {
        this.digest = digest;
    }

    public static GatewayKey of(@Nullable Secret key) {
        return new GatewayKey(key == null ? null : sha256(key.reveal()));
    }

    /** Nobody needs a key. */
    public boolean open() {
        return digest == null;
    }

    public Verdict check(@Nullable String authorization, @Nullable String xApiKey) {
        if (digest == null) {
            return ALLOWED;
        }
        if (authorization == null && xApiKey == null) {
            return MISSING;
        }
        boolean right = true;
        if (authorization != null) {
            right = isRight(bearer(authorization), digest);
        }
        if (xApiKey != null) {
            right &= isRight(xApiKey, digest);
        }
        return right ? ALLOWED : WRONG;
    }

    /** The token of a bearer credential (RFC 6750; the scheme has no case); of anything else the empty string. */
    private static String bearer(String authorization) {
        boolean bearer = authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return bearer ? authorization.substring(BEARER.length()).strip() : "";
    }

    private static boolean isRight(String presented, byte[] digest) {
        return MessageDigest.isEqual(sha256(presented), digest);
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
