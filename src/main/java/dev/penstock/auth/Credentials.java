// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a request brings along to show who calls. Never printed.
 *
 * @param authorization the field of that name, or null
 * @param keyField whether there is a field that only holds keys, such as {@code x-api-key}
 * @param header any field by its name in small letters, its values joined when there are several; null when it is absent
 */
public record Credentials(@Nullable String authorization, boolean keyField, UnaryOperator<@Nullable String> header) {

    private static final String BEARER = "Bearer ";
    /** Every key that the gateway makes begins so. */
    private static final String OWN_KEY = "ps-";
    /** The beginning of an object of JSON in base64url. */
    private static final String OBJECT = "eyJ";

    /** The token of a bearer credential (RFC 6750; the scheme has no case), or null. */
    @Nullable
    String bearer() {
        String field = authorization;
        return field != null && field.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? field.substring(BEARER.length()).strip()
                : null;
    }

    /** Whether a bearer is in the form of a signed token; whether it is one shows when it is read. */
    static boolean looksSigned(String bearer) {
        int first = bearer.startsWith(OBJECT) ? bearer.indexOf('.') : -1;
        int second = first < 0 ? -1 : bearer.indexOf('.', first + 1);
        return second > 0 && bearer.indexOf('.', second + 1) < 0;
    }

    /** Whether this can only be meant as a key of this gateway, right or wrong. */
    boolean isKeyForSure(@Nullable String bearer) {
        return keyField || (bearer != null && bearer.startsWith(OWN_KEY));
    }

    @Override
    public String toString() {
        return "Credentials";
    }
}
