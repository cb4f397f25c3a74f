// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import com.fasterxml.jackson.core.JsonLocation;
import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/** What holds for the body of every request, whatever its schema. Errors name the place, never the content. */
public final class RequestBody {

    /** Longer names of models are refused. */
    public static final int MAX_MODEL_LENGTH = 512;

    private RequestBody() {}

    /**
     * Two parsers that guess an encoding may guess differently, and then read two different requests.
     *
     * @throws GatewayError of kind INVALID_REQUEST when the bytes are not plain UTF-8 text
     */
    public static void checkEncoding(byte[] body) {
        if (body.length == 0) {
            throw invalid("The request body is empty; a JSON object is expected.");
        }
        int invalid = Utf8.firstInvalid(body);
        if (invalid != Utf8.VALID) {
            throw invalid("The request body is not valid UTF-8 at byte " + invalid + ".");
        }
        if (body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF) {
            throw invalid("The request body begins with a byte order mark; RFC 8259 section 8.1 forbids it.");
        }
        // The parser guesses UTF-16 and UTF-32 from zero bytes at the start; only UTF-8 is spoken here.
        for (int i = 0; i < Math.min(4, body.length); i++) {
            if (body[i] == 0) {
                throw invalid("The request body is not UTF-8 encoded JSON (byte " + i + ").");
            }
        }
    }

    /** No control characters, no half surrogates, not too long: any other name would not survive a log line or a header. */
    public static boolean isModelName(String name) {
        return name.length() <= MAX_MODEL_LENGTH
                && name.codePoints()
                        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
    }

    /** A place for a person, with a space before it; empty when it is not known. */
    public static String at(@Nullable JsonLocation place) {
        return place == null
                ? ""
                : " at line " + place.getLineNr() + ", column " + place.getColumnNr() + " (byte "
                        + place.getByteOffset() + ")";
    }

    private static GatewayError invalid(String message) {
        return GatewayError.of(GatewayError.Kind.INVALID_REQUEST, message);
    }
}
