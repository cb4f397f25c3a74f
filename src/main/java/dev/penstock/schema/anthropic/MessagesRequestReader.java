// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.RequestBody;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a messages request (model, stream, the inputs of an estimate) and changes its model name. The whole body is
 * checked on the way (UTF-8, JSON grammar, depth, trailing bytes), because a body that two parsers read differently would let a client
 * pass one model by the gateway's policy and another one to the provider; a key that the gateway acts on may therefore stand in
 * the body once only, however it is spelled.
 *
 * <p>One instance reads one body; {@link #read} is the door. Errors name the place, never the content.
 */
public final class MessagesRequestReader {

    /** Deeper nesting is refused. JSON schemas in tools stay far below. */
    static final int MAX_DEPTH = 64;
    /** The reference knows about thirty fields. */
    static final int MAX_FIELDS = 1_000;
    /** Up to here copying is cheaper than two more buffers on their way to the socket. */
    static final int COPY_UP_TO = 16 * 1024;

    private static final int MAX_DIGITS = 1_000;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final Set<String> ONCE = Set.of("model", "stream", "messages", "max_tokens", "system");

    private final byte[] body;
    private final JsonParser json;
    private final JsonCursor text = new JsonCursor();
    private final Set<String> seen = new HashSet<>();

    private @Nullable String model;
    private int modelFrom;
    private int modelTo;
    private boolean stream;
    private boolean messages;
    private boolean maxTokens;
    private long promptBytes;

    private MessagesRequestReader(byte[] body, JsonParser json) {
        this.body = body;
        this.json = json;
    }

    /**
     * Reads the head of a body.
     *
     * @throws GatewayError INVALID_REQUEST with the place in the body, and the field when it is a field's fault
     */
    public static MessagesRequestHead read(byte[] body) {
        return read(body, true);
    }

    /** The same for a request whose tokens are to be counted: it needs no {@code max_tokens}. */
    public static MessagesRequestHead readToCount(byte[] body) {
        return read(body, false);
    }

    private static MessagesRequestHead read(byte[] body, boolean needsMaxTokens) {
        RequestBody.checkEncoding(body);
        try (JsonParser json = FACTORY.createParser(body)) {
            return new MessagesRequestReader(body, json).head(needsMaxTokens);
        } catch (StreamConstraintsException e) {
            throw invalid(
                    null,
                    "The request body goes beyond a limit (nesting depth " + MAX_DEPTH + ", " + MAX_DIGITS
                            + " digits in a number)" + RequestBody.at(e.getLocation()) + ".");
        } catch (JsonProcessingException e) {
            throw invalid(null, "The request body is not valid JSON" + RequestBody.at(e.getLocation()) + ".");
        } catch (IOException e) {
            throw invalid(null, "The request body is not valid JSON.");
        }
    }

    /**
     * Replaces the model name; the rest of the body survives byte for byte. Large bodies are not copied: the pieces are views.
     *
     * @param body the client's body, unchanged since {@code head} was read from it
     * @param model the provider's name of the model
     * @return the pieces to send, in order
     */
    public static List<Buffer> splice(byte[] body, MessagesRequestHead head, String model) {
        if (head.model().equals(model)) {
            return List.of(view(body, 0, body.length));
        }
        byte[] name = quoted(model);
        int rest = body.length - head.modelTo();
        if (body.length > COPY_UP_TO) {
            return List.of(
                    view(body, 0, head.modelFrom()), view(name, 0, name.length), view(body, head.modelTo(), rest));
        }
        byte[] out = new byte[head.modelFrom() + name.length + rest];
        System.arraycopy(body, 0, out, 0, head.modelFrom());
        System.arraycopy(name, 0, out, head.modelFrom(), name.length);
        System.arraycopy(body, head.modelTo(), out, head.modelFrom() + name.length, rest);
        return List.of(view(out, 0, out.length));
    }

    /** {@code Buffer.buffer(byte[])} copies; wrapping needs the internal door of the same library. */
    private static Buffer view(byte[] bytes, int from, int length) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, from, length));
    }

    private static byte[] quoted(String value) {
        byte[] escaped = JsonStringEncoder.getInstance().quoteAsUTF8(value);
        byte[] out = new byte[escaped.length + 2];
        out[0] = '"';
        System.arraycopy(escaped, 0, out, 1, escaped.length);
        out[out.length - 1] = '"';
        return out;
    }

    private MessagesRequestHead head(boolean needsMaxTokens) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw invalid(null, "The request body must be a JSON object.");
        }
        int fields = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            if (++fields > MAX_FIELDS) {
                throw invalid(null, "The request body has more than " + MAX_FIELDS + " fields.");
            }
            field(json.currentName());
        }
        if (json.nextToken() != null) {
            throw invalid(
                    null,
                    "The request body has more bytes after the JSON object"
                            + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        if (model == null) {
            throw missing("model");
        }
        if (!messages) {
            throw missing("messages");
        }
        if (needsMaxTokens && !maxTokens) {
            throw missing("max_tokens");
        }
        return new MessagesRequestHead(model, stream, promptBytes, modelFrom, modelTo);
    }

    private void field(String name) throws IOException {
        JsonToken value = json.nextToken();
        if (ONCE.contains(name) && !seen.add(name)) {
            throw invalid(
                    name, "The field '" + name + "' appears twice" + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        switch (name) {
            case "model" -> model(value);
            case "stream" -> stream = flag(name, value);
            case "messages" -> messages(value);
            case "max_tokens" -> maxTokens(value);
            case "system" -> countText(false);
            case "tools" -> {
                int from = tokenOffset();
                json.skipChildren();
                promptBytes += offset() - from;
            }
            default -> json.skipChildren();
        }
    }

    private void model(JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw wrongType("model", "a string");
        }
        modelFrom = tokenOffset();
        String name = json.getText();
        modelTo = offset();
        if (name.isEmpty()) {
            throw invalid("model", "The field 'model' is empty" + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        if (!RequestBody.isModelName(name)) {
            throw invalid(
                    "model",
                    "The field 'model' is longer than " + RequestBody.MAX_MODEL_LENGTH
                            + " characters or holds characters that no model name has"
                            + RequestBody.at(json.currentTokenLocation())
                            + ".");
        }
        model = name;
    }

    private boolean flag(String name, JsonToken value) {
        return switch (value) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw wrongType(name, "a boolean");
        };
    }

    private void messages(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            throw wrongType("messages", "an array");
        }
        countText(true);
        if (!messages) {
            throw invalid(
                    "messages", "The field 'messages' is empty" + RequestBody.at(json.currentTokenLocation()) + ".");
        }
    }

    /** 0 is allowed: it warms the prompt cache. */
    private void maxTokens(JsonToken value) throws IOException {
        if (!value.isNumeric()) {
            throw wrongType("max_tokens", "an integer");
        }
        double number = json.getDoubleValue();
        if (number < 0 || number > Integer.MAX_VALUE || number != Math.rint(number)) {
            throw invalid(
                    "max_tokens",
                    "The field 'max_tokens' must be an integer from 0 to " + Integer.MAX_VALUE
                            + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        maxTokens = true;
    }

    /** Measures the text of the value, and in an array of messages looks that each one is an object. */
    private void countText(boolean ofMessages) throws IOException {
        int from = tokenOffset();
        if (ofMessages) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() != JsonToken.START_OBJECT) {
                    throw wrongType("messages", "an array of objects");
                }
                messages = true;
                json.skipChildren();
            }
        } else if (json.currentToken() == JsonToken.VALUE_STRING) {
            // A string is read only when somebody asks; its end is needed here.
            json.finishToken();
        } else {
            json.skipChildren();
        }
        text.on(body, from, offset(), true);
        text.text();
        promptBytes += text.textBytes();
    }

    // ------------------------------------------------------------------ places and errors

    private int tokenOffset() {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    private int offset() {
        return (int) json.currentLocation().getByteOffset();
    }

    private static GatewayError missing(String param) {
        return invalid(param, "The field '" + param + "' is missing.");
    }

    private GatewayError wrongType(String param, String expected) {
        return invalid(
                param,
                "The field '" + param + "' must be " + expected + RequestBody.at(json.currentTokenLocation()) + ".");
    }

    private static GatewayError invalid(@Nullable String param, String message) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .param(param)
                .build();
    }
}
