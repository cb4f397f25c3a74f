// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.config.JwtAlgorithm;
import dev.penstock.config.OidcIssuer;
import dev.penstock.kit.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Published vectors (Wycheproof's for JOSE) and a collection of attacks, when the recordings are given
 * ({@code -Dpenstock.recordings=<folder>}): the folder {@code corpora/attacks/jwt} beside them. What is signed with an algorithm that
 * this gateway does not know may never pass, valid or not.
 */
final class RecordedJwtVectorsTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<JwtAlgorithm> ALL = EnumSet.allOf(JwtAlgorithm.class);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ISSUER = "https://idp.example";
    private static final SigningKey RSA = SigningKey.make("k1", "RS256");
    private static final SigningKey EC = SigningKey.make("k2", "ES256");
    private static final SigningKey ATTACKER = SigningKey.make("k1", "RS256");

    private static List<Path> files(String... names) {
        if (FOLDER.isEmpty()) {
            return List.of();
        }
        Path folder =
                Path.of(FOLDER).resolveSibling("corpora").resolve("attacks").resolve("jwt");
        return Stream.of(names)
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> publishedVectorsPassWhereTheyAreValidAndOfAKnownAlgorithm() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files("json_web_signature_test.json", "json_web_crypto_test.json", "json_web_key_test.json")) {
            for (JsonNode group : JSON.readTree(file.toFile()).path("testGroups")) {
                JsonNode shown = group.has("public") ? group.get("public") : group.get("private");
                for (JsonNode vector : group.path("tests")) {
                    if (vector.has("jws") && vector.get("jws").isTextual()) {
                        String name =
                                file.getFileName() + " " + group.path("comment").asText() + " "
                                        + vector.path("tcId").asInt() + " "
                                        + vector.path("comment").asText();
                        boolean pass = vector.path("result").asText().equals("valid")
                                && isKnown(shown)
                                && isToken(vector.get("jws").asText(), shown);
                        tests.add(DynamicTest.dynamicTest(name, () -> assertThat(
                                        verifies(vector.get("jws").asText(), shown))
                                .isEqualTo(pass)));
                    }
                }
            }
        }
        return tests.stream();
    }

    /** A key that says ES521 says nothing: there is no such algorithm, though RFC 7520 section 3.1 has a key of that size. */
    private static boolean isKnown(JsonNode shown) {
        JsonNode one = shown.has("keys") ? shown.get("keys").get(0) : shown;
        return JwtAlgorithm.of(one.path("alg").asText()) != null;
    }

    /** Valid as signed data, but no token: there is nothing in it, or its key says that it is for another algorithm. */
    private static boolean isToken(String jws, JsonNode shown) throws IOException {
        String[] parts = jws.split("\\.");
        JsonNode one = shown.has("keys") ? null : shown.get("alg");
        JsonNode alg =
                JSON.readTree(java.util.Base64.getUrlDecoder().decode(parts[0])).path("alg");
        return !parts[1].isEmpty() && (one == null || one.asText().equals(alg.asText()));
    }

    private static boolean verifies(String jws, JsonNode shown) {
        try {
            JwksKeys keys = new JwksReader(ALL).read(asSet(shown));
            JwtToken token = JwtToken.parse(jws);
            JwksKey key = keys.find(token.kid(), token.algorithm());
            return key != null && JwtSignatures.verify(token.algorithm(), key.key(), token.signed(), token.signature());
        } catch (JwtFault e) {
            return false;
        }
    }

    /** Some groups have the private key only: its secret half is taken off, as a provider would. */
    private static byte[] asSet(JsonNode shown) {
        ObjectNode set = JSON.createObjectNode();
        if (shown.has("keys")) {
            set.set("keys", shown.get("keys").deepCopy());
        } else {
            set.putArray("keys").add(shown.deepCopy());
        }
        for (JsonNode key : set.get("keys")) {
            if (!key.path("kty").asText().equals("oct")) {
                ((ObjectNode) key).remove(List.of("d", "p", "q", "dp", "dq", "qi"));
            }
        }
        return set.toString().getBytes(StandardCharsets.UTF_8);
    }

    @TestFactory
    Stream<DynamicTest> attacksAreRefused() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files("jwt_attacks.jsonl")) {
            for (String line : Files.readAllLines(file)) {
                JsonNode attack = JSON.readTree(line);
                String name = attack.path("note").asText() + " " + attack.path("header");
                tests.add(DynamicTest.dynamicTest(name, () -> check(attack)));
            }
        }
        return tests.stream();
    }

    private static void check(JsonNode attack) throws Exception {
        OidcIssuer issuer = new OidcIssuer("", ISSUER, "gateway", null, ALL, Duration.ofSeconds(60), AuthRoom.CLAIMS);
        JwksKeys keys = new JwksReader(ALL)
                .read(SigningKey.json(Map.of("keys", List.of(RSA.jwk(), EC.jwk())))
                        .getBytes(StandardCharsets.UTF_8));
        JwtVerifier.Outcome outcome =
                JwtVerifier.verify(token(attack), Map.of(ISSUER, new JwtVerifier.Known(issuer, keys)), NOW);
        assertThat(outcome instanceof JwtVerifier.Outcome.Believed)
                .isEqualTo(attack.path("expect").asText().startsWith("accept"));
        if (outcome instanceof JwtVerifier.Outcome.Believed believed) {
            Verdict verdict =
                    new CallerReader(tenant -> "", AuthRoom.ROLES).read(believed.claims(), AuthRoom.CLAIMS, "oidc");
            assertThat(verdict).as("nothing names its tenant").isInstanceOf(Verdict.Refused.class);
        }
    }

    private static String token(JsonNode attack) throws Exception {
        JsonNode given = attack.get("token");
        if (given != null && !given.isNull()) {
            return given.asText();
        }
        if (attack.path("header").isNull() || attack.path("header").isMissingNode()) {
            return "eyJ" + "A".repeat(2 << 20) + ".e30.AAAA";
        }
        String signed = part(attack.get("header")) + "." + part(attack.get("claims"));
        byte[] bytes = signed.getBytes(StandardCharsets.US_ASCII);
        byte[] spki = RSA.pair().getPublic().getEncoded();
        byte[] signature =
                switch (attack.path("signature").asText()) {
                    case "valid" -> SigningKey.sign("RS256", RSA.pair().getPrivate(), bytes);
                    case "attacker_key" ->
                        SigningKey.sign("RS256", ATTACKER.pair().getPrivate(), bytes);
                    case "hmac_with_rsa_public_pem" ->
                        hmac(
                                ("-----BEGIN PUBLIC KEY-----\n"
                                                + java.util.Base64.getMimeEncoder(64, new byte[] {'\n'})
                                                        .encodeToString(spki)
                                                + "\n-----END PUBLIC KEY-----\n")
                                        .getBytes(StandardCharsets.US_ASCII),
                                bytes);
                    case "hmac_with_rsa_public_der" -> hmac(spki, bytes);
                    case "hmac_with_jwk_json" ->
                        hmac(SigningKey.json(RSA.jwk()).getBytes(StandardCharsets.UTF_8), bytes);
                    case "hmac_known_file", "hmac_empty_key" -> hmac(new byte[1], bytes);
                    case "zeros_64" -> new byte[64];
                    case "der_signature" -> {
                        java.security.Signature der = java.security.Signature.getInstance("SHA256withECDSA");
                        der.initSign(EC.pair().getPrivate());
                        der.update(bytes);
                        yield der.sign();
                    }
                    case "random_256" ->
                        new java.util.Random(1)
                                .ints(256)
                                .collect(
                                        () -> new java.io.ByteArrayOutputStream(),
                                        (out, i) -> out.write(i),
                                        (a, b) -> {})
                                .toByteArray();
                    default -> throw new AssertionError("unknown kind of signature");
                };
        return signed + "." + SigningKey.text(signature);
    }

    private static byte[] hmac(byte[] secret, byte[] bytes) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return mac.doFinal(bytes);
    }

    private static String part(JsonNode object) {
        return SigningKey.text(object.toString().getBytes(StandardCharsets.UTF_8));
    }
}
