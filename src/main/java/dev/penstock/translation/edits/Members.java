// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.edits;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.penstock.schema.RequestBody;
import dev.penstock.translation.edits.Json.Span;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of one body while some of them change. Where a name stands several times the last one holds, as in every common parser; a
 * change leaves only one of them.
 */
final class Members {

    /** In the place of a value: the member goes. No value is empty. */
    private static final byte[] GONE = {};

    private final byte[] body;
    private final List<Span> spans;
    /** Other values, by the place of their member. */
    private final Map<Integer, byte[]> instead = new HashMap<>();

    private final Map<String, byte[]> added = new LinkedHashMap<>();

    private Members(byte[] body, List<Span> spans) {
        this.body = body;
        this.spans = spans;
    }

    /**
     * Of a whole body.
     *
     * @throws dev.penstock.exchange.GatewayError of kind INVALID_REQUEST when it is no JSON object
     */
    static Members of(byte[] body) {
        RequestBody.checkEncoding(body);
        return new Members(body, Json.spans(body, 0, body.length, JsonToken.START_OBJECT));
    }

    /** Where the member stands in the body, or null when it does not. */
    @Nullable
    Span span(String name) {
        Span last = null;
        for (Span span : spans) {
            last = span.name().equals(name) ? span : last;
        }
        return last;
    }

    /** The value as the client sent it; a missing node where it sent none or null. */
    JsonNode sent(String name) {
        Span span = span(name);
        if (span == null) {
            return MissingNode.getInstance();
        }
        JsonNode value = Json.tree(body, span.value(), span.to());
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    /** In the place of what has this name, or behind all others. */
    void set(String name, JsonNode value) {
        set(name, Json.bytes(value));
    }

    /** The same with a value that is spelled already. */
    void set(String name, byte[] value) {
        remove(name);
        Span span = span(name);
        if (span == null) {
            added.put(name, value);
        } else {
            instead.put(spans.indexOf(span), value);
        }
    }

    void remove(String name) {
        added.remove(name);
        for (int i = 0; i < spans.size(); i++) {
            if (spans.get(i).name().equals(name)) {
                instead.put(i, GONE);
            }
        }
    }

    /** The body with its changes; the client's own array when there are none. */
    byte[] bytes() {
        if (instead.isEmpty() && added.isEmpty()) {
            return body;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(body.length + 256);
        int begin = spans.isEmpty() ? behindOpening() : spans.getFirst().from();
        int end = spans.isEmpty() ? begin : spans.getLast().to();
        out.write(body, 0, begin);
        boolean first = true;
        for (int i = 0; i < spans.size(); i++) {
            byte[] value = instead.get(i);
            if (value == null || value.length > 0) {
                member(i, value, first, out);
                first = false;
            }
        }
        for (Map.Entry<String, byte[]> member : added.entrySet()) {
            if (!first) {
                out.write(',');
            }
            first = false;
            out.writeBytes(Json.bytes(TextNode.valueOf(member.getKey())));
            out.write(':');
            out.writeBytes(member.getValue());
        }
        out.write(body, end, body.length - end);
        return out.toByteArray();
    }

    /** Between two members stand a comma and white space; they go with the second. */
    private void member(int index, byte @Nullable [] value, boolean first, ByteArrayOutputStream out) {
        Span span = spans.get(index);
        int from = first ? span.from() : spans.get(index - 1).to();
        int to = value == null ? span.to() : span.value();
        out.write(body, from, to - from);
        if (value != null) {
            out.writeBytes(value);
        }
    }

    private int behindOpening() {
        int at = 0;
        while (body[at] != '{') {
            at++;
        }
        return at + 1;
    }
}
