// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;

/**
 * What a service account says of itself and signs (RS256), to be given a token for it.
 *
 * <p>Source: RFC 7523, and "Using OAuth 2.0 for Server to Server Applications", Google Identity, November 2026.
 */
final class ServiceAssertion {

    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    /** The longest that Google accepts. */
    private static final int SECONDS = 3600;

    private ServiceAssertion() {}

    /** Takes a millisecond or two; not for the event loop. */
    static String of(GoogleKey.ServiceAccount account, Instant now) throws NoCredentials {
        JsonObject head = new JsonObject().put("alg", "RS256").put("typ", "JWT");
        if (account.keyId() != null) {
            head.put("kid", account.keyId());
        }
        JsonObject claims = new JsonObject()
                .put("iss", account.email())
                .put("scope", SCOPE)
                .put("aud", account.tokenUri().toString())
                .put("iat", now.getEpochSecond())
                .put("exp", now.getEpochSecond() + SECONDS);
        String text = base64(head.encode()) + "." + base64(claims.encode());
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(account.key());
            signature.update(text.getBytes(StandardCharsets.US_ASCII));
            return text + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new NoCredentials("the private_key of the service account cannot sign");
        }
    }

    private static String base64(String text) {
        return base64(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
