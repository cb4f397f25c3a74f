// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.penstock.exchange.GatewayError;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a request: model, stream, the inputs of an estimate, and whatever else its heir acts on. The whole body is
 * checked on the way (UTF-8, JSON grammar, depth, trailing bytes), because a body that two parsers read differently would let
 * a client pass one model by the gateway's policy and another one to the provider; a key that the gateway acts on may therefore
 * stand in the body once only, however it is spelled.
 *
 * <p>One instance reads one body. Errors are of kind INVALID_REQUEST and name the place, never the content.
 */
public abstract class HeadReader {

    /** Deeper nesting is refused. JSON schemas in tools stay far below. */
    public static final int MAX_DEPTH = 64;
    /** The references know about forty fields at most. */
    public static final int MAX_FIELDS = 1_000;

    private static final int MAX_DIGITS = 1_000;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    protected final JsonParser json;

    private final byte[] body;
    private final Set<String> once;
    private final Set<String> seen = new HashSet<>();
    private final JsonCursor text = new JsonCursor();
    private @Nullable String model;
    private int modelFrom;
    private int modelTo;
    private long promptBytes;

    /**
     * On a body that {@link #read} has opened.
     *
     * @param once keys that may stand in it once only
     */
    protected HeadReader(byte[] body, JsonParser json, Set<String> once) {
        this.body = body;
        this.json = json;
        this.once = once;
    }

    /** What is done with an open body. */
    @FunctionalInterface
    protected interface Reading<H> {
        H head(JsonParser json) throws IOException;
    }

    /** Opens a body and says in a client's words what is wrong with it. */
    protected static <H> H read(byte[] body, Reading<H> reading) {
        RequestBody.checkEncoding(body);
        try (JsonParser json = FACTORY.createParser(body)) {
            return reading.head(json);
        } catch (StreamConstraintsException e) {
            throw invalid("The request body goes beyond a limit (nesting depth " + MAX_DEPTH + ", " + MAX_DIGITS
                    + " digits in a number)" + RequestBody.at(e.getLocation()) + ".");
        } catch (JsonProcessingException e) {
            throw invalid("The request body is not valid JSON" + RequestBody.at(e.getLocation()) + ".");
        } catch (IOException e) {
            throw invalid("The request body is not valid JSON.");
        }
    }

    /** Reads one member of the body, whose value is the current token, to its end. */
    protected abstract void field(String name, JsonToken value) throws IOException;

    /** Reads all members. */
    protected final void readFields() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw invalid("The request body must be a JSON object.");
        }
        int fields = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            if (++fields > MAX_FIELDS) {
                throw invalid("The request body has more than " + MAX_FIELDS + " fields.");
            }
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (once.contains(name) && !seen.add(name)) {
                throw invalid(name, "The field '" + name + "' appears twice" + here() + ".");
            }
            if (name.equals("model")) {
                readModel(value);
            } else {
                field(name, value);
            }
        }
        if (json.nextToken() != null) {
            throw invalid("The request body has more bytes after the JSON object" + here() + ".");
        }
    }

    private void readModel(JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw wrongType("model", "a string");
        }
        modelFrom = tokenOffset();
        String name = json.getText();
        modelTo = offset();
        if (name.isEmpty()) {
            throw invalid("model", "The field 'model' is empty" + here() + ".");
        }
        if (!RequestBody.isModelName(name)) {
            throw invalid(
                    "model",
                    "The field 'model' is longer than " + RequestBody.MAX_MODEL_LENGTH
                            + " characters or holds characters that no model name has" + here() + ".");
        }
        model = name;
    }

    // ------------------------------------------------------------------ what has been read

    /** The name as the client means it, escapes resolved. */
    protected final String model() {
        if (model == null) {
            throw missing("model");
        }
        return model;
    }

    /** Where the model's value begins in the body: its quote. */
    protected final int modelFrom() {
        return modelFrom;
    }

    /** Behind the last byte of the model's value. */
    protected final int modelTo() {
        return modelTo;
    }

    /** Raw bytes of what has been counted. */
    protected final long promptBytes() {
        return promptBytes;
    }

    // ------------------------------------------------------------------ values

    protected final boolean flag(String name, JsonToken value) {
        return switch (value) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw wrongType(name, "a boolean");
        };
    }

    /** Some clients write every number with a fraction: 100.0 is an integer. */
    protected final long integer(String name, JsonToken value, long min, long max) throws IOException {
        if (!value.isNumeric()) {
            throw wrongType(name, "an integer");
        }
        double number = json.getDoubleValue();
        if (number < min || number > max || number != Math.rint(number)) {
            throw invalid(
                    name, "The field '" + name + "' must be an integer from " + min + " to " + max + here() + ".");
        }
        return (long) number;
    }

    /** Reads over an array of messages, which must not be empty, and counts the text in it. */
    protected final void messages(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            throw wrongType("messages", "an array");
        }
        int from = tokenOffset();
        boolean empty = true;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw wrongType("messages", "an array of objects");
            }
            empty = false;
            json.skipChildren();
        }
        if (empty) {
            throw invalid("messages", "The field 'messages' is empty" + here() + ".");
        }
        countTextFrom(from);
    }

    /** Reads over the value and counts the text in it. */
    protected final void countText() throws IOException {
        int from = tokenOffset();
        json.skipChildren();
        countTextFrom(from);
    }

    /** Counts the text from there up to the end of the value that has been read. */
    protected final void countTextFrom(int from) throws IOException {
        // The parser reads a string when it is asked for it, and its end is known then.
        json.finishToken();
        text.on(body, from, offset(), true);
        text.text();
        promptBytes += text.textBytes();
    }

    /** Reads over the value and counts all of it. */
    protected final void countAll() throws IOException {
        int from = tokenOffset();
        json.skipChildren();
        promptBytes += offset() - from;
    }

    // ------------------------------------------------------------------ places and errors

    /** First byte of the current token. */
    protected final int tokenOffset() {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    /** Behind the last byte that was read. */
    protected final int offset() {
        return (int) json.currentLocation().getByteOffset();
    }

    private String here() {
        return RequestBody.at(json.currentTokenLocation());
    }

    protected final GatewayError wrongType(String param, String expected) {
        return invalid(param, "The field '" + param + "' must be " + expected + here() + ".");
    }

    protected static GatewayError missing(String param) {
        return invalid(param, "The field '" + param + "' is missing.");
    }

    private static GatewayError invalid(String message) {
        return GatewayError.of(GatewayError.Kind.INVALID_REQUEST, message);
    }

    private static GatewayError invalid(String param, String message) {
        return GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, message)
                .param(param)
                .build();
    }
}
