// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes what Penstock says itself: the chunks and answers of its own providers, the model list, and errors. An event comes with
 * its {@code data: } and its blank line; strings are escaped, so no text can forge a line end, let alone a terminal marker.
 */
public final class ChatWriter {

    private static final JsonFactory FACTORY =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();
    private static final byte[] EVENT_START = bytes("data: ");
    private static final byte[] EVENT_END = bytes("\n\n");
    private static final byte[] DONE = bytes("data: [DONE]\n\n");
    private static final byte[] CONTENT_END = bytes("\"},\"finish_reason\":null}]}\n\n");

    /** Something that writes one object and may fail with an IOException that an array never raises. */
    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private ChatWriter() {}

    // ------------------------------------------------------------------ the stream

    /** The first chunk: who speaks, and nothing yet. */
    public static Buffer roleChunk(String id, long created, String model) {
        return chunk(id, created, model, json -> {
            json.writeStringField("role", "assistant");
            json.writeStringField("content", "");
            json.writeNullField("refusal");
        });
    }

    public static Buffer contentChunk(String id, long created, String model, String text) {
        // The one chunk of which there are many: no generator, one array.
        byte[] head = bytes("data: {\"id\":" + quoted(id) + ",\"object\":\"chat.completion.chunk\",\"created\":"
                + created + ",\"model\":" + quoted(model) + ",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"");
        byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(text);
        byte[] out = new byte[head.length + escaped.length + CONTENT_END.length];
        System.arraycopy(head, 0, out, 0, head.length);
        System.arraycopy(escaped, 0, out, head.length, escaped.length);
        System.arraycopy(CONTENT_END, 0, out, head.length + escaped.length, CONTENT_END.length);
        return view(out);
    }

    /** The last chunk of the choice. */
    public static Buffer finishChunk(String id, long created, String model, String reason) {
        return event(json -> {
            chunkHead(json, id, created, model);
            choiceHead(json);
            json.writeObjectFieldStart("delta");
            json.writeEndObject();
            json.writeStringField("finish_reason", reason);
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    /** The extra chunk that a client gets who asked for {@code include_usage}. */
    public static Buffer usageChunk(String id, long created, String model, Usage usage) {
        return event(json -> {
            chunkHead(json, id, created, model);
            json.writeArrayFieldStart("choices");
            json.writeEndArray();
            usage(json, usage);
        });
    }

    public static Buffer done() {
        return view(DONE);
    }

    /** The error inside a stream: the last event, with no terminal marker after it. */
    public static Buffer errorEvent(GatewayError error, @Nullable String requestId) {
        return event(json -> errorBody(json, error, requestId));
    }

    // ------------------------------------------------------------------ whole bodies

    public static Buffer completion(
            String id, long created, String model, String text, String finishReason, Usage usage) {
        return body(json -> {
            head(json, id, "chat.completion", created, model);
            choiceHead(json);
            json.writeObjectFieldStart("message");
            json.writeStringField("role", "assistant");
            json.writeStringField("content", text);
            json.writeNullField("refusal");
            json.writeEndObject();
            json.writeNullField("logprobs");
            json.writeStringField("finish_reason", finishReason);
            json.writeEndObject();
            json.writeEndArray();
            usage(json, usage);
        });
    }

    public static Buffer models(List<ModelEntry> models) {
        return body(json -> {
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (ModelEntry model : models) {
                json.writeStartObject();
                fields(json, model);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    public static Buffer model(ModelEntry model) {
        return body(json -> fields(json, model));
    }

    private static void fields(JsonGenerator json, ModelEntry model) throws IOException {
        json.writeStringField("id", model.id());
        json.writeStringField("object", "model");
        // Required by the clients, unknown here: the epoch, not an invented date.
        json.writeNumberField("created", 0);
        json.writeStringField("owned_by", model.ownedBy());
    }

    public static Buffer error(GatewayError error, @Nullable String requestId) {
        return body(json -> errorBody(json, error, requestId));
    }

    // ------------------------------------------------------------------ parts

    private static Buffer chunk(String id, long created, String model, Body delta) {
        return event(json -> {
            chunkHead(json, id, created, model);
            choiceHead(json);
            json.writeObjectFieldStart("delta");
            delta.write(json);
            json.writeEndObject();
            json.writeNullField("finish_reason");
            json.writeEndObject();
            json.writeEndArray();
        });
    }

    private static void chunkHead(JsonGenerator json, String id, long created, String model) throws IOException {
        head(json, id, "chat.completion.chunk", created, model);
    }

    private static void head(JsonGenerator json, String id, String object, long created, String model)
            throws IOException {
        json.writeStringField("id", id);
        json.writeStringField("object", object);
        json.writeNumberField("created", created);
        json.writeStringField("model", model);
    }

    /** The only choice; its object and the array are left open. */
    private static void choiceHead(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("choices");
        json.writeStartObject();
        json.writeNumberField("index", 0);
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("prompt_tokens", usage.inputTokens());
        json.writeNumberField("completion_tokens", usage.outputTokens());
        json.writeNumberField("total_tokens", usage.totalTokens());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", usage.cachedInputTokens());
        json.writeEndObject();
        json.writeObjectFieldStart("completion_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.reasoningTokens());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void errorBody(JsonGenerator json, GatewayError error, @Nullable String requestId)
            throws IOException {
        json.writeObjectFieldStart("error");
        json.writeStringField("message", error.getMessage());
        json.writeStringField("type", OpenAiErrors.type(error));
        json.writeStringField("param", error.param());
        json.writeStringField("code", OpenAiErrors.code(error));
        if (requestId != null) {
            json.writeStringField("request_id", requestId);
        }
        if (error.hint() != null) {
            json.writeStringField("hint", error.hint());
        }
        json.writeEndObject();
    }

    // ------------------------------------------------------------------ bytes

    private static Buffer event(Body fields) {
        return write(EVENT_START, fields, EVENT_END);
    }

    private static Buffer body(Body fields) {
        return write(new byte[0], fields, new byte[0]);
    }

    private static Buffer write(byte[] before, Body fields, byte[] after) {
        ByteArrayBuilder out = new ByteArrayBuilder(512);
        out.write(before, 0, before.length);
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        out.write(after, 0, after.length);
        return view(out.toByteArray());
    }

    private static String quoted(String value) {
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(value)) + '"';
    }

    /** {@code Buffer.buffer(byte[])} copies. */
    private static Buffer view(byte[] bytes) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
