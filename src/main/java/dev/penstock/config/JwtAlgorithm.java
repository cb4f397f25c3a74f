// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a token may be signed with (RFC 7518 section 3.1, RFC 8037). Only signatures of key pairs are here: {@code none} is no signature,
 * and for {@code HS256} the gateway would have to hold a secret that also makes tokens.
 */
public enum JwtAlgorithm {
    RS256("RS256"),
    RS384("RS384"),
    RS512("RS512"),
    PS256("PS256"),
    PS384("PS384"),
    PS512("PS512"),
    ES256("ES256"),
    ES384("ES384"),
    ES512("ES512"),
    EDDSA("EdDSA");

    private final String label;

    JwtAlgorithm(String label) {
        this.label = label;
    }

    /** As it stands in the header of a token. */
    public String label() {
        return label;
    }

    /** The one of this name, in exactly these letters; null for any other. */
    public static @Nullable JwtAlgorithm of(String label) {
        for (JwtAlgorithm known : values()) {
            if (known.label.equals(label)) {
                return known;
            }
        }
        return null;
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(JwtAlgorithm::label).toList();
    }
}
