// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.responses;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.openai.OpenAiErrors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes errors as clients of the Responses API know them: the error object of all OpenAI APIs as long as nothing has been sent,
 * the {@code error} event inside a stream. Types and codes are those of chat, for clients branch on the same words. Thread-safe.
 */
public final class ResponsesErrorWriter {

    /** Everything outside ASCII is escaped: half a surrogate pair in a provider's message can then do no harm. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();

    private static final byte[] EVENT_START = bytes("event: error\ndata: ");
    private static final byte[] EVENT_END = bytes("\n\n");
    private static final byte[] NOTHING = new byte[0];

    /** Something that writes the fields of one object and may fail with an IOException that memory never raises. */
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    private ResponsesErrorWriter() {}

    /**
     * The whole body of an HTTP response.
     *
     * @param requestId of the exchange, for the client to quote
     */
    public static byte[] error(GatewayError error, String requestId) {
        return write(NOTHING, NOTHING, json -> {
            json.writeObjectFieldStart("error");
            json.writeStringField("message", error.getMessage());
            json.writeStringField("type", OpenAiErrors.type(error));
            json.writeStringField("param", error.param());
            json.writeStringField("code", OpenAiErrors.code(error));
            ids(json, error, requestId);
            json.writeEndObject();
        });
    }

    /**
     * One whole event of a stream, with its blank line.
     *
     * @param requestId of the exchange, for the client to quote
     * @param sequenceNumber one more than that of the event before it
     */
    public static byte[] errorEvent(GatewayError error, String requestId, int sequenceNumber) {
        return write(EVENT_START, EVENT_END, json -> {
            json.writeStringField("type", "error");
            json.writeStringField("code", OpenAiErrors.code(error));
            json.writeStringField("message", error.getMessage());
            json.writeStringField("param", error.param());
            json.writeNumberField("sequence_number", sequenceNumber);
            ids(json, error, requestId);
        });
    }

    private static void ids(JsonGenerator json, GatewayError error, String requestId) throws IOException {
        json.writeStringField("request_id", requestId);
        if (error.hint() != null) {
            json.writeStringField("hint", error.hint());
        }
    }

    private static byte[] write(byte[] before, byte[] after, Fields fields) {
        ByteArrayBuilder out = new ByteArrayBuilder(256);
        out.write(before, 0, before.length);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        out.write(after, 0, after.length);
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
