// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A JSON key file of Google's, of one of the two kinds that need nothing but a token endpoint. */
sealed interface GoogleKey {

    /** The kinds that exist besides and are not read; other words of a file never reach a message. */
    Set<String> OTHERS = Set.of(
            "external_account",
            "external_account_authorized_user",
            "impersonated_service_account",
            "gdch_service_account");

    String USUAL_ENDPOINT = "https://oauth2.googleapis.com/token";

    /** Where the key is exchanged for a token. */
    URI tokenUri();

    /** Of a service account: it signs for itself. */
    record ServiceAccount(
            String email, PrivateKey key, @Nullable String keyId, URI tokenUri) implements GoogleKey {}

    /** Of a person, as gcloud leaves it. */
    record AuthorizedUser(
            String clientId,
            Secret clientSecret,
            Secret refreshToken,
            @Nullable String quotaProject,
            URI tokenUri) implements GoogleKey {}

    /**
     * Reads one. RSA keys take long the first time; not for the event loop.
     *
     * @param what how messages call the file
     */
    static GoogleKey read(String json, String what) throws NoCredentials {
        JsonNode object = Replies.object(json.getBytes(StandardCharsets.UTF_8), what);
        String type = Replies.text(object, "type");
        if ("service_account".equals(type)) {
            return new ServiceAccount(
                    required(object, "client_email", what),
                    privateKey(required(object, "private_key", what), what),
                    Replies.text(object, "private_key_id"),
                    endpoint(object, what));
        }
        if ("authorized_user".equals(type)) {
            String project = Replies.text(object, "quota_project_id");
            return new AuthorizedUser(
                    required(object, "client_id", what),
                    Secret.of(required(object, "client_secret", what)),
                    Secret.of(required(object, "refresh_token", what)),
                    project == null
                            ? null
                            : Replies.secret(project, what, "quota_project_id").reveal(),
                    endpoint(object, what));
        }
        String named = type != null && OTHERS.contains(type) ? "of type " + type : "of an unknown type";
        throw new NoCredentials(what + " is " + named + "; service_account and authorized_user are supported");
    }

    private static String required(JsonNode object, String member, String what) throws NoCredentials {
        String text = Replies.text(object, member);
        if (text == null || text.isEmpty()) {
            throw new NoCredentials(what + " has no " + member);
        }
        return text;
    }

    /** The key goes there, so it must be a place that nobody listens in on: TLS, or this machine. */
    private static URI endpoint(JsonNode object, String what) throws NoCredentials {
        String text = Replies.text(object, "token_uri");
        try {
            URI url = new URI(text == null || text.isEmpty() ? USUAL_ENDPOINT : text);
            boolean here = "http".equals(url.getScheme())
                    && Set.of("127.0.0.1", "localhost").contains(String.valueOf(url.getHost()));
            if (("https".equals(url.getScheme()) || here) && url.getHost() != null && url.getRawUserInfo() == null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Told below, without the text.
        }
        throw new NoCredentials("the token_uri in " + what + " is no https URL");
    }

    /** PEM of PKCS #8 (RFC 7468), as Google writes it. */
    private static PrivateKey privateKey(String pem, String what) throws NoCredentials {
        String begin = "-----BEGIN PRIVATE KEY-----";
        int from = pem.indexOf(begin);
        int to = pem.indexOf("-----END PRIVATE KEY-----");
        try {
            if (from >= 0 && to > from) {
                byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to));
                return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Told below: the message of the exception may hold bytes of the key.
        }
        throw new NoCredentials("the private_key in " + what + " is no RSA key in PKCS #8");
    }
}
