// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import dev.penstock.kit.SigningKey;
import dev.penstock.kit.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is believed of a token, and above all what is not. Each attack is made here from keys of its own. */
final class JwtVerifierTest {

    private static final String ISSUER = "https://id.example.com";
    private static final SigningKey RS = SigningKey.make("rs", "RS256");
    private static final SigningKey ES = SigningKey.make("es", "ES256");
    private static final SigningKey STRANGER = SigningKey.make("rs", "RS256");

    private final ManualTime time = new ManualTime();
    private final Map<String, Object> claims = claims();

    private Map<String, Object> claims() {
        long now = time.now().getEpochSecond();
        Map<String, Object> good = new LinkedHashMap<>();
        good.put("iss", ISSUER);
        good.put("aud", "gateway");
        good.put("sub", "u-1");
        good.put("iat", now);
        good.put("exp", now + 3600);
        return good;
    }

    private JwtVerifier.Outcome verify(String token, SigningKey... shown) {
        return verify(token, EnumSet.allOf(JwtAlgorithm.class), shown);
    }

    private JwtVerifier.Outcome verify(String token, Set<JwtAlgorithm> allowed, SigningKey... shown) {
        OidcIssuer issuer =
                new OidcIssuer("", ISSUER, "gateway", null, allowed, Duration.ofSeconds(60), AuthRoom.CLAIMS);
        return JwtVerifier.verify(
                token, Map.of(ISSUER, new JwtVerifier.Known(issuer, keys(allowed, shown))), time.now());
    }

    private static JwksKeys keys(Set<JwtAlgorithm> allowed, SigningKey... shown) {
        try {
            List<Map<String, Object>> all =
                    Arrays.stream(shown).map(SigningKey::jwk).toList();
            return new JwksReader(allowed)
                    .read(SigningKey.json(Map.of("keys", all)).getBytes(StandardCharsets.UTF_8));
        } catch (JwtFault e) {
            throw new AssertionError(e);
        }
    }

    private static String why(JwtVerifier.Outcome outcome) {
        return outcome instanceof JwtVerifier.Outcome.Refused refused
                ? refused.why()
                : "believed or unknown: " + outcome;
    }

    private static void believed(JwtVerifier.Outcome outcome) {
        assertThat(outcome).isInstanceOf(JwtVerifier.Outcome.Believed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void everyAlgorithmOfTheListIsVerifiedAndAChangedPayloadIsNot(String alg) {
        SigningKey key = SigningKey.make("k", alg);
        String token = key.token(claims);
        believed(verify(token, key));

        claims.put("sub", "somebody else");
        String[] parts = token.split("\\.");
        String forged = parts[0] + "." + SigningKey.text(SigningKey.json(claims).getBytes(StandardCharsets.UTF_8)) + "."
                + parts[2];
        assertThat(why(verify(forged, key))).isEqualTo("its signature is wrong");
    }

    @Test
    void theEndThatIsRememberedCountsTheLeewayIn() {
        JwtVerifier.Outcome.Believed ok = (JwtVerifier.Outcome.Believed) verify(RS.token(claims), RS);
        assertThat(ok.until()).isEqualTo(time.now().plusSeconds(3660));
        assertThat(ok.claims().path("sub").asText()).isEqualTo("u-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "HS256", "hs256", "HS256 ", "rs256", "RS1", "dir"})
    void whateverIsNotOnTheListIsRefusedBeforeAKeyIsLookedFor(String alg) {
        for (String signature : List.of("", "AAAA")) {
            String token = encoded(Map.of("alg", alg)) + "." + encoded(claims) + "." + signature;
            assertThat(why(verify(token, RS))).isNotEqualTo("believed").doesNotContain("Believed", "KeyUnknown");
        }
    }

    @Test
    void anAlgorithmThatIsNotAllowedIsRefusedThoughItsKeyIsThere() {
        assertThat(why(verify(ES.token(claims), Set.of(JwtAlgorithm.RS256), RS, ES)))
                .isEqualTo("it is not signed with an algorithm that is accepted here");
    }

    @Test
    void aPublicKeyIsNoSecretOfAnHmac() throws Exception {
        RSAPublicKey key = (RSAPublicKey) RS.pair().getPublic();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
        List<byte[]> secrets = List.of(
                pem.getBytes(StandardCharsets.US_ASCII),
                key.getEncoded(),
                SigningKey.json(RS.jwk()).getBytes(StandardCharsets.UTF_8),
                key.getModulus().toByteArray());
        for (byte[] secret : secrets) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            String signed = encoded(Map.of("alg", "HS256", "kid", "rs")) + "." + encoded(claims);
            String token = signed + "." + SigningKey.text(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
            assertThat(why(verify(token, RS))).contains("algorithm");
        }
    }

    @Test
    void aKeyOfOneKindChecksNothingOfAnother() {
        // The header says ES256, the key of that name is for RS256.
        String token = RS.token(Map.of("alg", "ES256", "kid", "rs"), SigningKey.json(claims));
        assertThat(verify(token, RS)).isInstanceOf(JwtVerifier.Outcome.KeyUnknown.class);
        // RSA keys can do both, but this one says that it is for RS256.
        String pss = RS.token(Map.of("alg", "PS256", "kid", "rs"), SigningKey.json(claims));
        assertThat(verify(pss, RS)).isInstanceOf(JwtVerifier.Outcome.KeyUnknown.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../../dev/null",
                "/dev/null",
                "key1|/usr/bin/id",
                "x' UNION SELECT 'k'-- ",
                "",
                "\u0000",
                "http://evil.example/k",
                "key1\r\nX: y",
                "${jndi:ldap://127.0.0.1/a}"
            })
    void theNameOfAKeyIsANameAndNothingElse(String kid) {
        String token = STRANGER.token(Map.of("alg", "RS256", "kid", kid), SigningKey.json(claims));
        assertThat(verify(token, RS)).isInstanceOf(JwtVerifier.Outcome.KeyUnknown.class);
    }

    @Test
    void aNameThatIsNoNameIsRefused() {
        for (Object kid : List.of("k".repeat(257), 7, List.of("rs"), Map.of("kid", "rs"))) {
            String token = RS.token(Map.of("alg", "RS256", "kid", kid), SigningKey.json(claims));
            assertThat(why(verify(token, RS))).isEqualTo("its key has no usable name");
        }
    }

    @Test
    void keysThatATokenBringsAlongOrPointsToAreNotLookedAt() {
        for (Map<String, Object> more : List.of(
                Map.<String, Object>of("jwk", STRANGER.jwk()),
                Map.<String, Object>of("jku", "http://127.0.0.1:9/keys"),
                Map.<String, Object>of("x5u", "http://127.0.0.1:9/cert"),
                Map.<String, Object>of("x5c", List.of("MIIB")))) {
            Map<String, Object> header = new LinkedHashMap<>(STRANGER.header());
            header.putAll(more);
            assertThat(why(verify(STRANGER.token(header, SigningKey.json(claims)), RS)))
                    .isEqualTo("its signature is wrong");
            Map<String, Object> honest = new LinkedHashMap<>(RS.header());
            honest.putAll(more);
            believed(verify(RS.token(honest, SigningKey.json(claims)), RS));
        }
    }

    @Test
    void extensionsAreRefusedHoweverTheyAreAskedFor() {
        for (Map<String, Object> more : List.of(
                Map.<String, Object>of("crit", List.of("exp")),
                Map.<String, Object>of("crit", List.of()),
                Map.<String, Object>of("crit", List.of("unknown"), "unknown", 1),
                Map.<String, Object>of("crit", List.of("b64"), "b64", false),
                Map.<String, Object>of("b64", false))) {
            Map<String, Object> header = new LinkedHashMap<>(RS.header());
            header.putAll(more);
            assertThat(why(verify(RS.token(header, SigningKey.json(claims)), RS)))
                    .isEqualTo("its header asks for an extension");
        }
    }

    @ParameterizedTest
    @CsvSource({"JWT,true", "jwt,true", "at+jwt,true", "application/at+jwt,true", "logout+jwt,false", "dpop+jwt,false"})
    void aTokenForSomethingElseIsRefused(String type, boolean fine) {
        String token = RS.token(Map.of("alg", "RS256", "kid", "rs", "typ", type), SigningKey.json(claims));
        assertThat(verify(token, RS) instanceof JwtVerifier.Outcome.Believed).isEqualTo(fine);
    }

    @Test
    void signaturesOfCurvesHaveOneForm() {
        String signed = encoded(ES.header()) + "." + encoded(claims);
        byte[] good = SigningKey.sign("ES256", ES.pair().getPrivate(), signed.getBytes(StandardCharsets.US_ASCII));
        believed(verify(signed + "." + SigningKey.text(good), ES));
        List<byte[]> bad = List.of(
                new byte[64],
                zero(good, 0),
                zero(good, 32),
                Arrays.copyOf(good, 65),
                Arrays.copyOf(good, 63),
                der(good));
        for (byte[] signature : bad) {
            assertThat(why(verify(signed + "." + SigningKey.text(signature), ES)))
                    .isEqualTo("its signature is wrong");
        }
    }

    private static byte[] zero(byte[] signature, int from) {
        byte[] half = signature.clone();
        Arrays.fill(half, from, from + 32, (byte) 0);
        return half;
    }

    private static byte[] der(byte[] signature) {
        byte[] out = new byte[72];
        out[0] = 0x30;
        out[1] = 70;
        for (int part = 0; part < 2; part++) {
            int at = 2 + part * 35;
            out[at] = 2;
            out[at + 1] = 33;
            System.arraycopy(signature, part * 32, out, at + 3, 32);
        }
        return out;
    }

    @Test
    void timesAreComparedWithTheLeewayAndNotASecondMore() {
        long now = time.now().getEpochSecond();
        claims.put("exp", now - 59);
        believed(verify(RS.token(claims), RS));
        claims.put("exp", now - 60);
        assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it has expired (exp)");
        claims.put("exp", now + 10);
        claims.put("nbf", now + 60);
        believed(verify(RS.token(claims), RS));
        claims.put("nbf", now + 61);
        assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it is not valid yet (nbf)");
        claims.put("nbf", now);
        claims.put("iat", now + 61);
        assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it was made in the future (iat)");
        claims.remove("iat");
        claims.put("exp", now + 10.5);
        believed(verify(RS.token(claims), RS));
    }

    @Test
    void aTokenWithoutAnEndOrWithAnOddOneIsRefused() {
        claims.remove("exp");
        assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it has no end (exp)");
        for (Object exp : List.of("4102444800", -1, 1e300, true, List.of(4102444800L), 253402300800L)) {
            claims.put("exp", exp);
            assertThat(why(verify(RS.token(claims), RS))).isEqualTo("its exp is not a moment in time");
        }
    }

    @Test
    void theAudienceIsOneOfThoseNamedAndToTheLetter() {
        claims.put("aud", List.of("other", "gateway"));
        believed(verify(RS.token(claims), RS));
        for (Object aud :
                List.of("other", "Gateway", "gateway ", List.of(), List.of("other"), 7, Map.of("gateway", 1))) {
            claims.put("aud", aud);
            assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it is made for another audience (aud)");
        }
        claims.remove("aud");
        assertThat(why(verify(RS.token(claims), RS))).isEqualTo("it is made for another audience (aud)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://id.example.com/",
                "https://id.example.com.evil.example",
                "HTTPS://id.example.com",
                "id.example.com",
                ""
            })
    void theIssuerIsTheConfiguredOneToTheLetter(String issuer) {
        claims.put("iss", issuer);
        assertThat(why(verify(RS.token(claims), RS))).contains("issuer");
    }

    @Test
    void membersThatAreThereTwiceAreRefused() {
        String twice = SigningKey.json(claims).replaceFirst("\\{", "{\"sub\":\"admin\",");
        assertThat(why(verify(RS.token(RS.header(), twice), RS))).isEqualTo("its payload is not a well-formed object");
        String header =
                SigningKey.text("{\"alg\":\"RS256\",\"kid\":\"rs\",\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(why(verify(header + "." + encoded(claims) + ".AAAA", RS)))
                .isEqualTo("its header is not a well-formed object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "\"text\"", "{} {}", "{\"iss\":}", "\uFEFF{}", ""})
    void aPayloadThatIsNoObjectIsRefused(String payload) {
        assertThat(why(verify(RS.token(RS.header(), payload), RS))).contains("payload");
    }

    @Test
    void onlyUtf8IsRead() {
        String signed = encoded(RS.header()) + "."
                + SigningKey.text(SigningKey.json(claims).getBytes(StandardCharsets.UTF_16LE));
        byte[] signature = SigningKey.sign("RS256", RS.pair().getPrivate(), signed.getBytes(StandardCharsets.US_ASCII));
        assertThat(why(verify(signed + "." + SigningKey.text(signature), RS))).contains("payload");
    }

    @Test
    void whatIsDeepOrLongIsRefusedAtOnce() {
        String deep = "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
        assertThat(why(verify("eyJhbGciOiJSUzI1NiJ9." + SigningKey.text(new byte[2 << 20]) + ".AAAA", RS)))
                .isEqualTo("it is longer than 16384 characters");
        assertThat(why(verify(RS.token(RS.header(), deep.substring(0, 9_000)), RS)))
                .contains("payload");
        assertThat(why(verify(RS.token(RS.header(), "{\"a\":" + "9".repeat(5_000) + "}"), RS)))
                .contains("payload");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "..", "a.b", "a.b.c.d", "e30.e30.e30", "e30.e30.", "....", "{\"alg\":\"none\"}.{}."})
    void whatIsNoTokenIsRefused(String token) {
        assertThat(why(verify(token, RS))).doesNotContain("believed or unknown");
    }

    @Test
    void aTokenIsWrittenInOneWayOnly() {
        String token = RS.token(claims);
        int last = token.length() - 1;
        for (String other : List.of(
                token + "=",
                token + "\n",
                " " + token,
                token.replaceFirst("\\.", "=."),
                token.replaceFirst("\\.", "\n."),
                // 256 bytes leave four bits of the last character unused.
                token.substring(0, last) + sibling(token.charAt(last)))) {
            assertThat(why(verify(other, RS))).contains("base64url");
        }
    }

    private static char sibling(char c) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet.charAt(alphabet.indexOf(c) ^ 1);
    }

    @Test
    void withoutANameTheOnlyKeyOfItsKindIsMeantAndTwoAreNotTried() {
        String token = RS.token(Map.of("alg", "RS256"), SigningKey.json(claims));
        believed(verify(token, RS, ES));
        SigningKey second = SigningKey.make("second", "RS256");
        assertThat(verify(token, RS, second)).isInstanceOf(JwtVerifier.Outcome.KeyUnknown.class);
    }

    @Test
    void noReasonHoldsAnythingOfTheToken() throws Exception {
        claims.put("sub", "canary-7f3a");
        claims.put("aud", "canary-aud");
        String reason = why(verify(RS.token(claims), RS));
        assertThat(reason).doesNotContain("canary");
        assertThat(new ObjectMapper()
                        .writeValueAsString(
                                AuthRoom.refusal(Refusals.token(reason)).getMessage()))
                .doesNotContain("canary", "eyJ");
    }

    private static String encoded(Map<String, ?> object) {
        return SigningKey.text(SigningKey.json(object).getBytes(StandardCharsets.UTF_8));
    }
}
