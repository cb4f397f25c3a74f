// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.config.JwtAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A signed token in compact form, taken apart and not believed yet (RFC 7515 sections 3.1 and 5.2). Of its header three things are read:
 * the algorithm, the name of the key and the type. What the header says about where keys are ({@code jku}, {@code x5u}) or brings along
 * itself ({@code jwk}, {@code x5c}) is never looked at.
 *
 * @param algorithm what it says that it is signed with
 * @param kid the name of the key, or null
 * @param payload what it says
 * @param signed the bytes that the signature covers
 * @param signature not checked yet
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
record JwtToken(JwtAlgorithm algorithm, @Nullable String kid, byte[] payload, byte[] signed, byte[] signature) {

    /** In characters. Longer than any that fits beside other fields into a usual header block. */
    static final int LONGEST = 16 << 10;

    private static final int LONGEST_KID = 256;
    /** RFC 7519 section 5.1 and RFC 9068 section 2.1; a type of its own means that a token is for something else. */
    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/jwt", "application/at+jwt");

    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    static JwtToken parse(String token) throws JwtFault {
        if (token.length() > LONGEST) {
            throw new JwtFault("it is longer than " + LONGEST + " characters");
        }
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0 || token.indexOf('.', second + 1) >= 0) {
            throw new JwtFault("it does not have three parts");
        }
        JsonNode header = object(bytes(token.substring(0, first), "header"), "header");
        JwtAlgorithm algorithm = algorithm(header);
        if (header.has("crit") || header.has("b64")) {
            // Nothing that could stand there is understood here, so all of it must be refused (RFC 7515 section
            // 4.1.11).
            throw new JwtFault("its header asks for an extension");
        }
        type(header);
        String kid = kid(header);
        return new JwtToken(
                algorithm,
                kid,
                bytes(token.substring(first + 1, second), "payload"),
                token.substring(0, second).getBytes(StandardCharsets.US_ASCII),
                bytes(token.substring(second + 1), "signature"));
    }

    private static JwtAlgorithm algorithm(JsonNode header) throws JwtFault {
        String label = StrictJson.text(header, "alg");
        JwtAlgorithm algorithm = label == null ? null : JwtAlgorithm.of(label);
        if (algorithm == null) {
            throw new JwtFault("it is not signed with an algorithm that is accepted here");
        }
        return algorithm;
    }

    private static void type(JsonNode header) throws JwtFault {
        JsonNode type = header.get("typ");
        if (type != null
                && !(type.isTextual() && TYPES.contains(type.textValue().toLowerCase(Locale.ROOT)))) {
            throw new JwtFault("it is of another type than an access token");
        }
    }

    private static @Nullable String kid(JsonNode header) throws JwtFault {
        JsonNode kid = header.get("kid");
        if (kid == null) {
            return null;
        }
        if (!kid.isTextual() || kid.textValue().length() > LONGEST_KID) {
            throw new JwtFault("its key has no usable name");
        }
        return kid.textValue();
    }

    /** What it says about who calls. */
    JsonNode claims() throws JwtFault {
        return object(payload, "payload");
    }

    private static JsonNode object(byte[] bytes, String what) throws JwtFault {
        JsonNode object = StrictJson.object(bytes);
        if (object == null) {
            throw new JwtFault("its " + what + " is not a well-formed object");
        }
        return object;
    }

    /** Base64url without padding, in the one way in which these bytes are written (RFC 7515 section 2). */
    private static byte[] bytes(String part, String what) throws JwtFault {
        try {
            byte[] bytes = DECODER.decode(part);
            if (bytes.length > 0 && ENCODER.encodeToString(bytes).equals(part)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the same answer.
        }
        throw new JwtFault("its " + what + " is not base64url");
    }
}
