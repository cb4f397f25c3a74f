// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.GatewayError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** JSON of requests, whole answers and errors as a tree: keys keep their order and numbers their digits. Warm; thread-safe. */
public final class JsonTree {

    public static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private JsonTree() {}

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** The object that the text spells, or null when it spells anything else. */
    public static @Nullable ObjectNode objectOf(String text) {
        try {
            return MAPPER.readTree(text) instanceof ObjectNode object ? object : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** The object that the bytes spell, or null when they spell anything else. */
    public static @Nullable ObjectNode objectIn(byte[] body) {
        try {
            return MAPPER.readTree(body) instanceof ObjectNode object ? object : null;
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Compact UTF-8. Through a writer of characters, because the generator of bytes refuses half a surrogate pair, and a client
     * that cut its text in the middle of an emoji would get no answer at all; the half becomes a question mark.
     */
    public static byte[] bytes(ObjectNode tree) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(4096);
        try (Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                JsonGenerator json = MAPPER.createGenerator(writer)) {
            MAPPER.writeTree(json, tree);
        } catch (IOException e) {
            throw GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request is nested too deeply.");
        }
        return out.toByteArray();
    }
}
