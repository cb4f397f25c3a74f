// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.config.JwtAlgorithm;
import dev.penstock.kit.SigningKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys of a set may be used. */
final class JwksReaderTest {

    private static final SigningKey RS = SigningKey.make("rs", "RS256");
    private static final SigningKey ES = SigningKey.make("es", "ES256");

    private final JwksReader reader = new JwksReader(EnumSet.allOf(JwtAlgorithm.class));

    private JwksKeys read(List<?> keys) {
        try {
            return reader.read(SigningKey.json(Map.of("keys", keys)).getBytes(StandardCharsets.UTF_8));
        } catch (JwtFault e) {
            throw new AssertionError(e);
        }
    }

    /** Beside a good key, so that the set itself is fine. */
    private boolean isUsed(Map<String, Object> jwk) {
        return read(List.of(jwk, SigningKey.make("good", "ES384").jwk())).all().size() == 2;
    }

    private static Map<String, Object> with(Map<String, Object> jwk, String name, Object value) {
        jwk.put(name, value);
        return jwk;
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"})
    void aKeyFitsWhatItSaysAndNothingElse(String alg) {
        JwksKey key = read(List.of(SigningKey.make("k", alg).jwk())).all().getFirst();
        for (JwtAlgorithm each : JwtAlgorithm.values()) {
            assertThat(key.fits(each)).as(each.label()).isEqualTo(each.label().equals(alg));
        }
    }

    @Test
    void withoutAWordAnRsaKeyFitsAllOfItsKind() {
        Map<String, Object> jwk = RS.jwk();
        jwk.remove("alg");
        jwk.remove("use");
        JwksKey key = read(List.of(jwk)).all().getFirst();
        assertThat(key.fits(JwtAlgorithm.RS512)).isTrue();
        assertThat(key.fits(JwtAlgorithm.PS256)).isTrue();
        assertThat(key.fits(JwtAlgorithm.ES256)).isFalse();
    }

    @Test
    void keysForSomethingElseArePassedOver() {
        assertThat(isUsed(with(RS.jwk(), "use", "enc"))).isFalse();
        assertThat(isUsed(with(RS.jwk(), "key_ops", List.of("encrypt")))).isFalse();
        assertThat(isUsed(with(RS.jwk(), "key_ops", List.of("verify")))).isTrue();
        assertThat(isUsed(with(RS.jwk(), "alg", "RSA-OAEP"))).isFalse();
        assertThat(isUsed(with(RS.jwk(), "alg", "ES256"))).isFalse();
        assertThat(isUsed(with(RS.jwk(), "kty", "oct"))).isFalse();
        assertThat(isUsed(with(ES.jwk(), "kty", "RSA"))).isFalse();
        assertThat(isUsed(with(ES.jwk(), "alg", "RS256"))).isFalse();
    }

    @Test
    void aKeyThatIsShownWithItsSecretIsPassedOver() {
        assertThat(isUsed(with(RS.jwk(), "d", "AQAB"))).isFalse();
        assertThat(isUsed(new java.util.LinkedHashMap<>(Map.of("kty", "oct", "kid", "k", "k", "c2VjcmV0"))))
                .isFalse();
    }

    @Test
    void weakKeysArePassedOver() {
        assertThat(isUsed(with(RS.jwk(), "e", "AQ"))).isFalse();
        assertThat(isUsed(with(RS.jwk(), "e", "Ag"))).isFalse();
        byte[] short1024 = new byte[128];
        Arrays.fill(short1024, (byte) 0xff);
        assertThat(isUsed(with(RS.jwk(), "n", SigningKey.text(short1024)))).isFalse();
        byte[] huge = new byte[2048];
        Arrays.fill(huge, (byte) 0xff);
        assertThat(isUsed(with(RS.jwk(), "n", SigningKey.text(huge)))).isFalse();
    }

    @Test
    void keysOfTheBrokenChipArePassedOver() {
        BigInteger product = BigInteger.ONE;
        for (int prime = 3; prime <= 167; prime++) {
            if (BigInteger.valueOf(prime).isProbablePrime(30)) {
                product = product.multiply(BigInteger.valueOf(prime));
            }
        }
        BigInteger power = BigInteger.valueOf(65537).modPow(BigInteger.valueOf(1234567), product);
        Random random = new Random(5);
        BigInteger modulus = power;
        while (modulus.bitLength() != 2048 || !modulus.testBit(0)) {
            modulus = power.add(product.multiply(new BigInteger(2048 - product.bitLength() + 1, random)));
        }
        assertThat(RocaKeys.isOne(modulus)).isTrue();
        assertThat(isUsed(with(RS.jwk(), "n", SigningKey.text(Arrays.copyOfRange(modulus.toByteArray(), 1, 257)))))
                .isFalse();
        assertThat(isUsed(RS.jwk())).isTrue();
    }

    @Test
    void pointsThatAreNotOnTheirCurveArePassedOver() {
        String x = String.valueOf(ES.jwk().get("x"));
        assertThat(isUsed(with(ES.jwk(), "y", x))).isFalse();
        assertThat(isUsed(with(ES.jwk(), "crv", "P-384"))).isFalse();
        assertThat(isUsed(with(ES.jwk(), "crv", "secp256k1"))).isFalse();
        assertThat(isUsed(with(ES.jwk(), "x", "!!"))).isFalse();
    }

    @Test
    void twoKeysOfOneNameAndUseAreNoKey() {
        List<Object> keys = new ArrayList<>();
        keys.add(RS.jwk());
        keys.add(with(SigningKey.make("other", "RS256").jwk(), "kid", "rs"));
        keys.add(with(ES.jwk(), "kid", "rs"));
        JwksKeys read = read(keys);
        assertThat(read.find("rs", JwtAlgorithm.RS256)).isNull();
        assertThat(read.find("rs", JwtAlgorithm.ES256)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"keys\":{}}",
                "{\"keys\":[]}",
                "{\"keys\":[7]}",
                "{\"keys\":[],\"keys\":[]}",
                "<html>"
            })
    void whatHoldsNoUsableKeyIsRefusedAsAWhole(String body) {
        assertThatThrownBy(() -> reader.read(body.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JwtFault.class)
                .hasMessageNotContaining("html");
    }

    @Test
    void whatIsShownAgainStaysAndWhatIsGoneIsRetired() {
        JwksKeys before = read(List.of(RS.jwk(), ES.jwk()));
        JwksKeys now = read(List.of(ES.jwk())).after(before);
        assertThat(now.all()).containsExactly(before.find("es", JwtAlgorithm.ES256));
        assertThat(before.all()).extracting(JwksKey::isRetired).containsExactly(true, false);
    }
}
