// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes errors as Anthropic's clients expect them. The type follows from the status, as Anthropic's page "Errors" lists them: its
 * SDKs raise by status first and by type second.
 */
public final class MessagesErrorWriter {

    /** ASCII, because a generator of UTF-8 stumbles over half a surrogate pair. */
    private static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final byte[] EVENT_START = "event: error\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT_END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = new byte[0];

    private MessagesErrorWriter() {}

    /** The body of an answer with {@link GatewayError#status()}. */
    public static byte[] error(GatewayError error, String requestId) {
        return write(NOTHING, error, requestId, NOTHING);
    }

    /** The event that ends a stream after its head has gone out; no {@code message_stop} follows. */
    public static byte[] errorEvent(GatewayError error, String requestId) {
        return write(EVENT_START, error, requestId, EVENT_END);
    }

    /** Anthropic's word for a status. */
    static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 409 -> "conflict_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private static byte[] write(byte[] before, GatewayError error, String requestId, byte[] after) {
        ByteArrayBuilder out = new ByteArrayBuilder(256);
        out.write(before, 0, before.length);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeObjectFieldStart("error");
            json.writeStringField("type", type(error.status()));
            json.writeStringField("message", message(error));
            json.writeEndObject();
            json.writeStringField("request_id", requestId);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        out.write(after, 0, after.length);
        return out.toByteArray();
    }

    /** The schema has no place for a field and a hint of their own. */
    private static String message(GatewayError error) {
        String said = String.valueOf(error.getMessage());
        String hint = error.hint();
        return hint == null ? said : said + " " + hint;
    }
}
