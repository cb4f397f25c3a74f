// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.GatewayError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Trees of JSON for what is not hot: requests, whole answers and errors. */
final class CohereJson {

    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private CohereJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** The object that the bytes spell, or null when they spell anything else. */
    static @Nullable JsonNode objectIn(byte[] body) {
        try {
            return MAPPER.readTree(body) instanceof ObjectNode object ? object : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Compact UTF-8. Half a surrogate pair becomes a question mark: the generator of bytes would refuse the whole request. */
    static byte[] bytes(ObjectNode tree) {
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
