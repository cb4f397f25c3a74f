// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether a token is to be believed (RFC 7519 section 7.2, RFC 8725). First what it takes to find the key, then the signature, and only
 * then what it says about itself, so that nobody learns anything from a token of his own making. Without state; takes up to a
 * millisecond: not for an event loop.
 */
final class JwtVerifier {

    /** The end of the year 9999. */
    private static final double LATEST = 253_402_300_799d;

    private JwtVerifier() {}

    /**
     * An issuer and the keys that it has shown.
     *
     * @param keys null as long as there are none
     */
    record Known(OidcIssuer issuer, @Nullable JwksKeys keys) {}

    /** What was found out. */
    sealed interface Outcome {

        /**
         * To be believed.
         *
         * @param key that has signed it
         * @param until when it ends, leeway included
         */
        record Believed(OidcIssuer issuer, JwksKey key, JsonNode claims, Instant until) implements Outcome {}

        /** Not to be believed. */
        record Refused(String why) implements Outcome {}

        /** Its key is not among those that are known. */
        record KeyUnknown(OidcIssuer issuer) implements Outcome {}
    }

    /** @param issuers by what stands in {@code iss} */
    static Outcome verify(String token, Map<String, Known> issuers, Instant now) {
        try {
            return checked(JwtToken.parse(token), issuers, now);
        } catch (JwtFault e) {
            return new Outcome.Refused(e.why());
        }
    }

    private static Outcome checked(JwtToken token, Map<String, Known> issuers, Instant now) throws JwtFault {
        JsonNode claims = token.claims();
        String iss = StrictJson.text(claims, "iss");
        Known known = iss == null ? null : issuers.get(iss);
        if (known == null) {
            throw new JwtFault("its issuer (iss) is not one of this gateway's");
        }
        OidcIssuer issuer = known.issuer();
        JwtAlgorithm algorithm = token.algorithm();
        if (!issuer.algorithms().contains(algorithm)) {
            throw new JwtFault("it is not signed with an algorithm that is accepted here");
        }
        JwksKey key = known.keys() == null ? null : known.keys().find(token.kid(), algorithm);
        if (key == null) {
            return new Outcome.KeyUnknown(issuer);
        }
        if (!JwtSignatures.verify(algorithm, key.key(), token.signed(), token.signature())) {
            throw new JwtFault("its signature is wrong");
        }
        return believed(claims, issuer, key, now);
    }

    private static Outcome believed(JsonNode claims, OidcIssuer issuer, JwksKey key, Instant now) throws JwtFault {
        Duration leeway = issuer.leeway();
        Instant until = moment(claims, "exp");
        if (until == null) {
            throw new JwtFault("it has no end (exp)");
        }
        Instant end = until.plus(leeway);
        if (!now.isBefore(end)) {
            throw new JwtFault("it has expired (exp)");
        }
        Instant latest = now.plus(leeway);
        Instant from = moment(claims, "nbf");
        if (from != null && from.isAfter(latest)) {
            throw new JwtFault("it is not valid yet (nbf)");
        }
        Instant made = moment(claims, "iat");
        if (made != null && made.isAfter(latest)) {
            throw new JwtFault("it was made in the future (iat)");
        }
        if (!isFor(claims.get("aud"), issuer.audience())) {
            throw new JwtFault("it is made for another audience (aud)");
        }
        return new Outcome.Believed(issuer, key, claims, end);
    }

    /** Seconds since 1970, perhaps with a fraction, which is left out (RFC 7519 section 2). */
    private static @Nullable Instant moment(JsonNode claims, String name) throws JwtFault {
        JsonNode value = claims.get(name);
        if (value == null) {
            return null;
        }
        double seconds = value.isNumber() ? value.doubleValue() : -1;
        if (!(seconds >= 0 && seconds <= LATEST)) {
            throw new JwtFault("its " + name + " is not a moment in time");
        }
        return Instant.ofEpochSecond((long) seconds);
    }

    private static boolean isFor(@Nullable JsonNode aud, String audience) {
        if (aud != null && aud.isArray()) {
            for (JsonNode each : aud) {
                if (audience.equals(each.textValue())) {
                    return true;
                }
            }
        }
        return aud != null && audience.equals(aud.textValue());
    }
}
