// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.JwtAlgorithm;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a set of keys (RFC 7517, RFC 7518 section 6, RFC 8037 section 2). Keys that may not be used are passed over: such that are for
 * encryption, weak, not on their curve, secret, or of the same name and use as another. Takes a while: not for an event loop.
 */
final class JwksReader {

    private static final int MOST_KEYS = 100;
    private static final int RSA_LEAST_BITS = 2048;
    private static final int RSA_MOST_BITS = 8192;
    private static final int EXPONENT_MOST_BITS = 64;
    private static final byte[] ED25519_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final int ED25519_BYTES = 32;
    private static final Set<JwtAlgorithm> RSA = EnumSet.of(
            JwtAlgorithm.RS256,
            JwtAlgorithm.RS384,
            JwtAlgorithm.RS512,
            JwtAlgorithm.PS256,
            JwtAlgorithm.PS384,
            JwtAlgorithm.PS512);
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final Set<JwtAlgorithm> allowed;

    /** @param allowed what tokens may be signed with; other keys are of no use */
    JwksReader(Set<JwtAlgorithm> allowed) {
        this.allowed = allowed;
    }

    JwksKeys read(byte[] body) throws JwtFault {
        JsonNode object = StrictJson.object(body);
        JsonNode keys = object == null ? null : object.get("keys");
        if (keys == null || !keys.isArray() || keys.size() > MOST_KEYS) {
            throw new JwtFault("what was answered is not a set of keys");
        }
        List<JwksKey> usable = new ArrayList<>();
        keys.forEach(jwk -> {
            JwksKey key = key(jwk);
            if (key != null) {
                usable.add(key);
            }
        });
        List<JwksKey> clear =
                usable.stream().filter(key -> !hasTwin(key, usable)).toList();
        if (clear.isEmpty()) {
            throw new JwtFault("none of the keys can be used");
        }
        return new JwksKeys(clear);
    }

    /** Two keys of one name: a token could be checked by either, and nobody could say which was meant. */
    private static boolean hasTwin(JwksKey key, List<JwksKey> all) {
        return key.kid() != null
                && all.stream().anyMatch(other -> other != key && key.kid().equals(other.kid()) && key.overlaps(other));
    }

    private @Nullable JwksKey key(JsonNode jwk) {
        if (!isForSignatures(jwk) || isSecret(jwk)) {
            return null;
        }
        try {
            PublicKey key = publicKey(jwk);
            Set<JwtAlgorithm> fits = key == null ? Set.of() : fits(jwk);
            return key == null || fits.isEmpty() ? null : new JwksKey(StrictJson.text(jwk, "kid"), key, fits);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean isForSignatures(JsonNode jwk) {
        JsonNode use = jwk.get("use");
        JsonNode operations = jwk.get("key_ops");
        boolean sig = use == null || "sig".equals(use.textValue());
        boolean verify = operations == null;
        if (operations != null && operations.isArray()) {
            for (JsonNode operation : operations) {
                verify |= "verify".equals(operation.textValue());
            }
        }
        return jwk.isObject() && sig && verify;
    }

    /** Shown to everybody with its secret half, it can be anybody's. */
    private static boolean isSecret(JsonNode jwk) {
        return jwk.has("d") || jwk.has("k") || jwk.has("p") || jwk.has("q");
    }

    private @Nullable PublicKey publicKey(JsonNode jwk) throws GeneralSecurityException {
        String type = StrictJson.text(jwk, "kty");
        if ("RSA".equals(type)) {
            return rsa(number(jwk, "n"), number(jwk, "e"));
        }
        String curve = StrictJson.text(jwk, "crv");
        if ("EC".equals(type) && curve != null) {
            return ec(curve, number(jwk, "x"), number(jwk, "y"));
        }
        return "OKP".equals(type) && "Ed25519".equals(curve) ? ed25519(bytes(jwk, "x")) : null;
    }

    private static @Nullable PublicKey rsa(BigInteger modulus, BigInteger exponent) throws GeneralSecurityException {
        int bits = modulus.bitLength();
        boolean strong = bits >= RSA_LEAST_BITS && bits <= RSA_MOST_BITS && modulus.testBit(0);
        boolean sound = exponent.testBit(0)
                && exponent.compareTo(BigInteger.ONE) > 0
                && exponent.bitLength() <= EXPONENT_MOST_BITS;
        return strong && sound && !RocaKeys.isOne(modulus)
                ? KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent))
                : null;
    }

    private static @Nullable PublicKey ec(String curve, BigInteger x, BigInteger y) throws GeneralSecurityException {
        String name =
                switch (curve) {
                    case "P-256" -> "secp256r1";
                    case "P-384" -> "secp384r1";
                    case "P-521" -> "secp521r1";
                    default -> "";
                };
        if (name.isEmpty()) {
            return null;
        }
        AlgorithmParameters named = AlgorithmParameters.getInstance("EC");
        named.init(new ECGenParameterSpec(name));
        ECParameterSpec parameters = named.getParameterSpec(ECParameterSpec.class);
        return isOn(parameters, x, y)
                ? KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), parameters))
                : null;
    }

    /** y^2 = x^3 + ax + b: a point elsewhere gives secrets away or lets signatures be made up. */
    private static boolean isOn(ECParameterSpec parameters, BigInteger x, BigInteger y) {
        BigInteger p = ((ECFieldFp) parameters.getCurve().getField()).getP();
        BigInteger a = parameters.getCurve().getA();
        BigInteger b = parameters.getCurve().getB();
        boolean inField = x.compareTo(p) < 0 && y.compareTo(p) < 0;
        return inField
                && y.multiply(y)
                        .mod(p)
                        .equals(x.multiply(x)
                                .multiply(x)
                                .add(a.multiply(x))
                                .add(b)
                                .mod(p));
    }

    private static @Nullable PublicKey ed25519(byte[] point) throws GeneralSecurityException {
        if (point.length != ED25519_BYTES) {
            return null;
        }
        byte[] encoded = new byte[ED25519_HEAD.length + ED25519_BYTES];
        System.arraycopy(ED25519_HEAD, 0, encoded, 0, ED25519_HEAD.length);
        System.arraycopy(point, 0, encoded, ED25519_HEAD.length, ED25519_BYTES);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    }

    /** What the key can check, what it says that it is for, and what is allowed: all three. */
    private Set<JwtAlgorithm> fits(JsonNode jwk) {
        JsonNode alg = jwk.get("alg");
        Set<JwtAlgorithm> able = able(jwk);
        return able.stream()
                .filter(allowed::contains)
                .filter(algorithm -> alg == null || algorithm.label().equals(alg.textValue()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Set<JwtAlgorithm> able(JsonNode jwk) {
        if ("RSA".equals(StrictJson.text(jwk, "kty"))) {
            return RSA;
        }
        String curve = StrictJson.text(jwk, "crv");
        return switch (curve == null ? "" : curve) {
            case "P-256" -> Set.of(JwtAlgorithm.ES256);
            case "P-384" -> Set.of(JwtAlgorithm.ES384);
            case "P-521" -> Set.of(JwtAlgorithm.ES512);
            case "Ed25519" -> Set.of(JwtAlgorithm.EDDSA);
            default -> Set.of();
        };
    }

    private static BigInteger number(JsonNode jwk, String name) {
        return new BigInteger(1, bytes(jwk, name));
    }

    private static byte[] bytes(JsonNode jwk, String name) {
        String text = StrictJson.text(jwk, name);
        if (text == null) {
            throw new IllegalArgumentException("a key without " + name);
        }
        return DECODER.decode(text);
    }
}
