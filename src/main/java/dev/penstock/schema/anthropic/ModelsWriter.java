// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The list of models as Anthropic's SDKs expect it ({@code GET /v1/models}, Anthropic API reference, seen 2026-11-21). Their pagers go
 * on behind {@code last_id} until a page is empty, whatever {@code has_more} says.
 */
public final class ModelsWriter {

    private static final JsonFactory FACTORY = new JsonFactory();

    /** Required, and unknown here: Anthropic says that the epoch stands for an unknown date. */
    private static final String UNKNOWN_DATE = "1970-01-01T00:00:00Z";

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    private ModelsWriter() {}

    /**
     * One page of them.
     *
     * @param hasMore whether there are others behind it, in the direction that was asked for
     */
    public static Buffer page(List<String> ids, boolean hasMore) {
        return body(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (String id : ids) {
                model(json, id);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", hasMore);
            name(json, "first_id", ids.isEmpty() ? null : ids.get(0));
            name(json, "last_id", ids.isEmpty() ? null : ids.get(ids.size() - 1));
            json.writeEndObject();
        });
    }

    /** One of them. */
    public static Buffer one(String id) {
        return body(json -> model(json, id));
    }

    private static void model(JsonGenerator json, String id) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "model");
        json.writeStringField("id", id);
        json.writeStringField("display_name", id);
        json.writeStringField("created_at", UNKNOWN_DATE);
        json.writeEndObject();
    }

    private static void name(JsonGenerator json, String field, @Nullable String id) throws IOException {
        json.writeFieldName(field);
        json.writeString(id);
    }

    private static Buffer body(Body body) {
        ByteArrayBuilder out = new ByteArrayBuilder();
        try (JsonGenerator json = FACTORY.createGenerator(out)) {
            body.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return BufferInternal.buffer(Unpooled.wrappedBuffer(out.toByteArray()));
    }
}
