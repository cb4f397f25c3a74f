// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.exchange.GatewayError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** JSON of a request's body, as places in its bytes and as trees of the few values that change. */
final class Json {

    /** The gateway bounds bodies; a picture in one string may fill them. Numbers keep their digits. */
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /**
     * A member of an object or an element of an array.
     *
     * @param name the member's name with its escapes resolved; empty for an element
     * @param from first byte of it: the quote of the name, or the value
     * @param value first byte of its value
     * @param to behind its last byte
     */
    record Span(String name, int from, int value, int to) {}

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /**
     * What stands directly in the object or array that is at {@code [from, to)}.
     *
     * @param opening how it must begin
     * @throws GatewayError of kind INVALID_REQUEST when it does not, or is not JSON
     */
    static List<Span> spans(byte[] body, int from, int to, JsonToken opening) {
        List<Span> spans = new ArrayList<>();
        try (JsonParser json = MAPPER.getFactory().createParser(body, from, to - from)) {
            if (json.nextToken() != opening) {
                throw invalid();
            }
            for (JsonToken token = json.nextToken(); token != null && !token.isStructEnd(); token = json.nextToken()) {
                spans.add(span(json, from));
            }
            if (json.nextToken() != null) {
                throw invalid();
            }
        } catch (IOException e) {
            throw invalid();
        }
        return spans;
    }

    private static Span span(JsonParser json, int base) throws IOException {
        int from = base + tokenOffset(json);
        String name = "";
        if (json.currentToken() == JsonToken.FIELD_NAME) {
            name = json.currentName();
            json.nextToken();
        }
        int value = base + tokenOffset(json);
        json.skipChildren();
        // The parser reads a string or a number when it is asked for it, and its end is known then.
        json.finishToken();
        return new Span(name, from, value, base + (int) json.currentLocation().getByteOffset());
    }

    private static int tokenOffset(JsonParser json) {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    static JsonNode tree(byte[] body, int from, int to) {
        try {
            return MAPPER.readTree(body, from, to - from);
        } catch (IOException e) {
            throw invalid();
        }
    }

    /** Of a value out of the configuration. */
    static JsonNode treeOf(Object value) {
        return MAPPER.valueToTree(value);
    }

    /** Compact UTF-8; half a surrogate pair becomes a question mark, as in all that the gateway writes. */
    static byte[] bytes(JsonNode tree) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                JsonGenerator json = MAPPER.createGenerator(writer)) {
            MAPPER.writeTree(json, tree);
        } catch (IOException e) {
            throw invalid();
        }
        return out.toByteArray();
    }

    static GatewayError invalid() {
        return GatewayError.of(GatewayError.Kind.INVALID_REQUEST, "The request body is not a valid JSON object.");
    }
}
