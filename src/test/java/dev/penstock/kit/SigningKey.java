// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A key pair of an identity provider, as it shows it and as it signs with it.
 *
 * @param kid its name
 * @param alg what it signs with, as in the header of a token
 * @param pair the keys
 */
public record SigningKey(String kid, String alg, KeyPair pair) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** A new one. */
    public static SigningKey make(String kid, String alg) {
        try {
            return new SigningKey(kid, alg, generator(alg).generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPairGenerator generator(String alg) throws GeneralSecurityException {
        if (alg.equals("EdDSA")) {
            return KeyPairGenerator.getInstance("Ed25519");
        }
        if (!alg.startsWith("ES")) {
            KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
            rsa.initialize(2048);
            return rsa;
        }
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
        ec.initialize(new ECGenParameterSpec(
                switch (alg) {
                    case "ES256" -> "secp256r1";
                    case "ES384" -> "secp384r1";
                    default -> "secp521r1";
                }));
        return ec;
    }

    /** The public half (RFC 7517), with its name, use and algorithm. */
    public Map<String, Object> jwk() {
        Map<String, Object> jwk = new LinkedHashMap<>();
        jwk.put("kid", kid);
        jwk.put("use", "sig");
        jwk.put("alg", alg);
        PublicKey key = pair.getPublic();
        if (key instanceof RSAPublicKey rsa) {
            jwk.put("kty", "RSA");
            jwk.put("n", text(fixed(rsa.getModulus(), 256)));
            jwk.put("e", text(rsa.getPublicExponent().toByteArray()));
        } else if (key instanceof ECPublicKey ec) {
            int size = (ec.getParams().getOrder().bitLength() + 7) / 8;
            jwk.put("kty", "EC");
            jwk.put("crv", size == 32 ? "P-256" : size == 48 ? "P-384" : "P-521");
            jwk.put("x", text(fixed(ec.getW().getAffineX(), size)));
            jwk.put("y", text(fixed(ec.getW().getAffineY(), size)));
        } else {
            byte[] encoded = key.getEncoded();
            jwk.put("kty", "OKP");
            jwk.put("crv", "Ed25519");
            jwk.put("x", text(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
        }
        return jwk;
    }

    private static byte[] fixed(BigInteger number, int size) {
        byte[] bytes = number.toByteArray();
        byte[] out = new byte[size];
        int length = Math.min(size, bytes.length);
        System.arraycopy(bytes, bytes.length - length, out, size - length, length);
        return out;
    }

    /** A token with the usual header. */
    public String token(Map<String, ?> claims) {
        return token(header(), json(claims));
    }

    /** The usual header. */
    public Map<String, Object> header() {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("alg", alg);
        header.put("typ", "JWT");
        header.put("kid", kid);
        return header;
    }

    /** A token with this header and this text as payload, signed with what the key signs with, whatever the header says. */
    public String token(Map<String, ?> header, String payload) {
        String signed = text(json(header).getBytes(StandardCharsets.UTF_8)) + "."
                + text(payload.getBytes(StandardCharsets.UTF_8));
        return signed + "." + text(sign(alg, pair.getPrivate(), signed.getBytes(StandardCharsets.US_ASCII)));
    }

    /** A signature in the form of RFC 7518. */
    public static byte[] sign(String alg, PrivateKey key, byte[] bytes) {
        try {
            Signature signature = signature(alg);
            signature.initSign(key);
            signature.update(bytes);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Signature signature(String alg) throws GeneralSecurityException {
        String bits = alg.substring(2);
        if (alg.equals("EdDSA")) {
            return Signature.getInstance("Ed25519");
        }
        if (alg.startsWith("RS")) {
            return Signature.getInstance("SHA" + bits + "withRSA");
        }
        if (alg.startsWith("ES")) {
            return Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
        }
        Signature pss = Signature.getInstance("RSASSA-PSS");
        String hash = "SHA-" + bits;
        pss.setParameter(
                new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), Integer.parseInt(bits) / 8, 1));
        return pss;
    }

    /** Base64url without padding. */
    public static String text(byte[] bytes) {
        return BASE64.encodeToString(bytes);
    }

    public static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
