// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.JwtAlgorithm;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;

/** Checks signatures (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). Takes up to a millisecond: not for an event loop. */
final class JwtSignatures {

    private JwtSignatures() {}

    static boolean verify(JwtAlgorithm algorithm, PublicKey key, byte[] signed, byte[] signature) {
        int half = half(algorithm);
        if (half > 0 && (signature.length != 2 * half || isZero(signature, 0, half) || isZero(signature, half, half))) {
            // r and s of full length, and neither of them zero (CVE-2022-21449), whatever the platform makes of them.
            return false;
        }
        try {
            Signature check = of(algorithm);
            check.initVerify(key);
            check.update(signed);
            return check.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static Signature of(JwtAlgorithm algorithm) throws GeneralSecurityException {
        return switch (algorithm) {
            case RS256 -> Signature.getInstance("SHA256withRSA");
            case RS384 -> Signature.getInstance("SHA384withRSA");
            case RS512 -> Signature.getInstance("SHA512withRSA");
            case PS256 -> pss("SHA-256", MGF1ParameterSpec.SHA256, 32);
            case PS384 -> pss("SHA-384", MGF1ParameterSpec.SHA384, 48);
            case PS512 -> pss("SHA-512", MGF1ParameterSpec.SHA512, 64);
            case ES256 -> Signature.getInstance("SHA256withECDSAinP1363Format");
            case ES384 -> Signature.getInstance("SHA384withECDSAinP1363Format");
            case ES512 -> Signature.getInstance("SHA512withECDSAinP1363Format");
            case EDDSA -> Signature.getInstance("Ed25519");
        };
    }

    private static Signature pss(String digest, MGF1ParameterSpec mask, int salt) throws GeneralSecurityException {
        Signature check = Signature.getInstance("RSASSA-PSS");
        check.setParameter(new PSSParameterSpec(digest, "MGF1", mask, salt, 1));
        return check;
    }

    /** Bytes of r and of s; 0 where a signature has no such parts. */
    private static int half(JwtAlgorithm algorithm) {
        return switch (algorithm) {
            case ES256 -> 32;
            case ES384 -> 48;
            case ES512 -> 66;
            case RS256, RS384, RS512, PS256, PS384, PS512, EDDSA -> 0;
        };
    }

    private static boolean isZero(byte[] bytes, int from, int length) {
        int all = 0;
        for (int i = from; i < from + length; i++) {
            all |= bytes[i];
        }
        return all == 0;
    }
}
