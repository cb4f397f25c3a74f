// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.roundtrip;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** JSON as both ends of the round trip write and read it. */
final class Wire {

    /** Numbers stay as they were written. */
    private static final ObjectMapper PLAIN = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** With everything outside ASCII escaped, so that half of a pair can stand alone. */
    private static final ObjectMapper ESCAPED = JsonMapper.builder(JsonFactory.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .build())
            .build();

    private Wire() {}

    static ObjectNode object() {
        return PLAIN.createObjectNode();
    }

    static ArrayNode array() {
        return PLAIN.createArrayNode();
    }

    static JsonNode read(String json) {
        try {
            return PLAIN.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + json, e);
        }
    }

    static JsonNode read(byte[] json) {
        return read(new String(json, StandardCharsets.UTF_8));
    }

    static byte[] bytes(JsonNode json) {
        return text(json, false).getBytes(StandardCharsets.UTF_8);
    }

    static String text(JsonNode json, boolean escaped) {
        try {
            return (escaped ? ESCAPED : PLAIN).writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * The text in pieces, none of them empty.
     *
     * @param anywhere whether a cut may stand between the halves of a surrogate pair
     */
    static List<String> pieces(String text, Random random, boolean anywhere) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = Math.min(text.length(), from + 1 + random.nextInt(7));
            if (!anywhere && to < text.length() && Character.isLowSurrogate(text.charAt(to))) {
                to++;
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
