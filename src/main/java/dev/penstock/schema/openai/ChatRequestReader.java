// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.RequestBody;
import dev.penstock.schema.openai.ChatRequestHead.Span;
import dev.penstock.schema.openai.ChatRequestHead.StreamOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a request in one of OpenAI's schemas, chat above all: model, stream, stream options, the inputs of an estimate, and nothing else. The whole body
 * is checked on the way (UTF-8, JSON grammar, depth, trailing bytes), because a body that two parsers read differently would let
 * a client pass one model by the gateway's policy and another one to the provider; a key that the gateway acts on may therefore
 * stand in the body once only, however it is spelled.
 *
 * <p>One instance reads one body; {@link #read} is the door. Errors name the place, never the content.
 */
public final class ChatRequestReader {

    /** Deeper nesting is refused. JSON schemas in tools stay far below. */
    public static final int MAX_DEPTH = 64;
    /** The reference knows about forty fields. */
    static final int MAX_FIELDS = 1_000;
    /** OpenAI's own limit for {@code n}; it multiplies what an answer costs. */
    static final int MAX_N = 128;

    private static final int MAX_DIGITS = 1_000;
    private static final long MAX_TOKENS = Integer.MAX_VALUE;

    private static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_DIGITS)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final Set<String> ONCE =
            Set.of("model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n");

    private final byte[] body;
    private final JsonParser json;
    /** The field that holds the prompt. */
    private final String prompt;

    private final JsonCursor text = new JsonCursor();
    private final Set<String> seen = new HashSet<>();

    private @Nullable String model;
    private Span modelValue = new Span(0, 0);
    private boolean stream;
    private boolean includeUsage;
    private @Nullable StreamOptions streamOptions;
    private boolean prompted;
    private long promptBytes;
    private OptionalLong maxTokens = OptionalLong.empty();
    private OptionalLong maxCompletionTokens = OptionalLong.empty();
    private int n = 1;

    private ChatRequestReader(byte[] body, JsonParser json, String prompt) {
        this.body = body;
        this.json = json;
        this.prompt = prompt;
    }

    /**
     * Reads the head of a chat request.
     *
     * @throws GatewayError INVALID_REQUEST with the place in the body, and the field when it is a field's fault
     */
    public static ChatRequestHead read(byte[] body) {
        return read(body, "messages");
    }

    /** Reads the head of a legacy completion request, whose prompt is a text, texts or tokens; throws as {@link #read(byte[])}. */
    public static ChatRequestHead readCompletion(byte[] body) {
        return read(body, "prompt");
    }

    /** Reads the head of a request for embeddings, whose input is a text, texts or tokens; throws as {@link #read(byte[])}. */
    public static ChatRequestHead readEmbeddings(byte[] body) {
        return read(body, "input");
    }

    /** Reads the head of a request for a response, whose input is a text or items; throws as {@link #read(byte[])}. */
    public static ChatRequestHead readResponses(byte[] body) {
        return read(body, "input");
    }

    private static ChatRequestHead read(byte[] body, String prompt) {
        RequestBody.checkEncoding(body);
        try (JsonParser json = FACTORY.createParser(body)) {
            return new ChatRequestReader(body, json, prompt).head();
        } catch (StreamConstraintsException e) {
            throw invalid("The request body goes beyond a limit (nesting depth " + MAX_DEPTH + ", " + MAX_DIGITS
                    + " digits in a number)" + RequestBody.at(e.getLocation()) + ".");
        } catch (JsonProcessingException e) {
            throw invalid("The request body is not valid JSON" + RequestBody.at(e.getLocation()) + ".");
        } catch (IOException e) {
            throw invalid("The request body is not valid JSON.");
        }
    }

    private ChatRequestHead head() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw invalid("The request body must be a JSON object.");
        }
        int fields = 0;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            if (++fields > MAX_FIELDS) {
                throw invalid("The request body has more than " + MAX_FIELDS + " fields.");
            }
            field(json.currentName());
        }
        if (json.nextToken() != null) {
            throw invalid("The request body has more bytes after the JSON object"
                    + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        if (model == null) {
            throw invalid("model", "The field 'model' is missing.");
        }
        if (!prompted) {
            throw invalid(prompt, "The field '" + prompt + "' is missing.");
        }
        return new ChatRequestHead(
                model,
                modelValue,
                stream,
                includeUsage,
                streamOptions,
                promptBytes,
                maxCompletionTokens.isPresent() ? maxCompletionTokens : maxTokens,
                n);
    }

    private void field(String name) throws IOException {
        JsonToken value = json.nextToken();
        boolean isPrompt = name.equals(prompt);
        if ((isPrompt || ONCE.contains(name)) && !seen.add(name)) {
            throw invalid(
                    name, "The field '" + name + "' appears twice" + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        if (isPrompt) {
            prompt(value);
            return;
        }
        switch (name) {
            case "model" -> model(value);
            case "stream" -> stream = flag(name, value);
            case "stream_options" -> streamOptions(value);
            case "max_tokens" -> maxTokens = count(name, value);
            case "max_completion_tokens" -> maxCompletionTokens = count(name, value);
            case "n" -> choices(value);
            case "tools", "functions", "response_format" -> {
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
        int from = tokenOffset();
        String name = json.getText();
        modelValue = new Span(from, offset());
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

    private void streamOptions(JsonToken value) throws IOException {
        int from = tokenOffset();
        if (value == JsonToken.VALUE_NULL) {
            streamOptions = new StreamOptions(new Span(from, from + 4), false, true, List.of());
            return;
        }
        if (value != JsonToken.START_OBJECT) {
            throw wrongType("stream_options", "an object");
        }
        boolean empty = true;
        List<Span> usageValues = new ArrayList<>(1);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            empty = false;
            boolean usage = json.currentName().equals("include_usage");
            JsonToken option = json.nextToken();
            if (usage) {
                // The last one wins in every common parser; the splicer sets them all.
                includeUsage = flag("stream_options.include_usage", option);
                int start = tokenOffset();
                usageValues.add(new Span(start, start + (option == JsonToken.VALUE_FALSE ? 5 : 4)));
            }
            json.skipChildren();
        }
        streamOptions = new StreamOptions(new Span(from, offset()), true, empty, List.copyOf(usageValues));
    }

    private void prompt(JsonToken value) throws IOException {
        int from = tokenOffset();
        if (prompt.equals("messages")) {
            messages(value);
        } else {
            plainPrompt(value);
        }
        // The parser reads a string when it is asked for it, and its place is known then.
        json.finishToken();
        text.on(body, from, offset(), true);
        text.text();
        promptBytes += text.textBytes();
    }

    private void messages(JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            throw wrongType("messages", "an array");
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw wrongType("messages", "an array of objects");
            }
            prompted = true;
            json.skipChildren();
        }
        if (!prompted) {
            throw invalid(
                    "messages", "The field 'messages' is empty" + RequestBody.at(json.currentTokenLocation()) + ".");
        }
    }

    private void plainPrompt(JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING && value != JsonToken.START_ARRAY) {
            throw wrongType(prompt, "a string or an array");
        }
        prompted = true;
        int from = tokenOffset();
        boolean tokens = false;
        for (int depth = value == JsonToken.START_ARRAY ? 1 : 0; depth > 0; ) {
            JsonToken next = json.nextToken();
            if (next.isStructStart()) {
                depth++;
            } else if (next.isStructEnd()) {
                depth--;
            }
            tokens |= next.isNumeric();
        }
        if (tokens) {
            // A token's number is about as long as the text that it stands for.
            promptBytes += offset() - from;
        }
    }

    private OptionalLong count(String name, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(integer(name, value, 0, MAX_TOKENS));
    }

    private void choices(JsonToken value) throws IOException {
        n = value == JsonToken.VALUE_NULL ? 1 : (int) integer("n", value, 1, MAX_N);
    }

    /** Some clients write every number with a fraction: 100.0 is an integer. */
    private long integer(String name, JsonToken value, long min, long max) throws IOException {
        if (!value.isNumeric()) {
            throw wrongType(name, "an integer");
        }
        double number = json.getDoubleValue();
        if (number < min || number > max || number != Math.rint(number)) {
            throw invalid(
                    name,
                    "The field '" + name + "' must be an integer from " + min + " to " + max
                            + RequestBody.at(json.currentTokenLocation()) + ".");
        }
        return (long) number;
    }

    // ------------------------------------------------------------------ places and errors

    private int tokenOffset() {
        return (int) json.currentTokenLocation().getByteOffset();
    }

    private int offset() {
        return (int) json.currentLocation().getByteOffset();
    }

    private GatewayError wrongType(String param, String expected) {
        return invalid(
                param,
                "The field '" + param + "' must be " + expected + RequestBody.at(json.currentTokenLocation()) + ".");
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
