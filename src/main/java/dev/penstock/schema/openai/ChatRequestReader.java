// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.HeadReader;
import dev.penstock.schema.openai.ChatRequestHead.Span;
import dev.penstock.schema.openai.ChatRequestHead.StreamOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a request in one of OpenAI's schemas, chat above all: model, stream, stream options, the inputs of an
 * estimate, and nothing else. {@link #read(byte[])} is the door.
 */
public final class ChatRequestReader extends HeadReader {

    /** OpenAI's own limit for {@code n}; it multiplies what an answer costs. */
    static final int MAX_N = 128;

    private static final long MAX_TOKENS = Integer.MAX_VALUE;

    private static final String MESSAGES = "messages";
    /** Keys that may stand in a body once only, by the field that holds its prompt. */
    private static final Map<String, Set<String>> ONCE =
            Map.of(MESSAGES, once(MESSAGES), "prompt", once("prompt"), "input", once("input"));

    /** The field that holds the prompt. */
    private final String prompt;

    private boolean stream;
    private boolean includeUsage;
    private @Nullable StreamOptions streamOptions;
    private boolean prompted;
    private long tokenBytes;
    private OptionalLong maxTokens = OptionalLong.empty();
    private OptionalLong maxCompletionTokens = OptionalLong.empty();
    private int n = 1;

    private ChatRequestReader(byte[] body, JsonParser json, String prompt) {
        super(body, json, ONCE.getOrDefault(prompt, Set.of()));
        this.prompt = prompt;
    }

    /**
     * Reads the head of a chat request.
     *
     * @throws GatewayError INVALID_REQUEST with the place in the body, and the field when it is a field's fault
     */
    public static ChatRequestHead read(byte[] body) {
        return read(body, MESSAGES);
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

    private static Set<String> once(String prompt) {
        return Set.of("model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", prompt);
    }

    private static ChatRequestHead read(byte[] body, String prompt) {
        return read(body, json -> new ChatRequestReader(body, json, prompt).head());
    }

    private ChatRequestHead head() throws IOException {
        readFields();
        String model = model();
        if (!prompted) {
            throw missing(prompt);
        }
        return new ChatRequestHead(
                model,
                new Span(modelFrom(), modelTo()),
                stream,
                includeUsage,
                streamOptions,
                promptBytes() + tokenBytes,
                maxCompletionTokens.isPresent() ? maxCompletionTokens : maxTokens,
                n);
    }

    @Override
    protected void field(String name, JsonToken value) throws IOException {
        if (name.equals(prompt)) {
            prompt(value);
            return;
        }
        switch (name) {
            case "stream" -> stream = flag(name, value);
            case "stream_options" -> streamOptions(value);
            case "max_tokens" -> maxTokens = count(name, value);
            case "max_completion_tokens" -> maxCompletionTokens = count(name, value);
            case "n" -> n = value == JsonToken.VALUE_NULL ? 1 : (int) integer("n", value, 1, MAX_N);
            case "tools", "functions", "response_format" -> countAll();
            default -> json.skipChildren();
        }
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
        prompted = true;
        if (prompt.equals(MESSAGES)) {
            messages(value);
        } else {
            plainPrompt(value);
        }
    }

    private void plainPrompt(JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING && value != JsonToken.START_ARRAY) {
            throw wrongType(prompt, "a string or an array");
        }
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
        countTextFrom(from);
        if (tokens) {
            // A token's number is about as long as the text that it stands for.
            tokenBytes += offset() - from;
        }
    }

    private OptionalLong count(String name, JsonToken value) throws IOException {
        return value == JsonToken.VALUE_NULL
                ? OptionalLong.empty()
                : OptionalLong.of(integer(name, value, 0, MAX_TOKENS));
    }
}
