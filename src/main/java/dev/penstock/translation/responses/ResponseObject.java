// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.conversation.Conversation;
import dev.penstock.conversation.Message;
import dev.penstock.conversation.OutputFormat;
import dev.penstock.conversation.Part;
import dev.penstock.conversation.Reasoning;
import dev.penstock.conversation.Tokens;
import dev.penstock.conversation.Tool;
import dev.penstock.conversation.ToolChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The {@code response} object of one answer. It repeats the request, and a stream says it three times: so what never changes is
 * written once, and only status, output and usage are put in between. Where the client said nothing, OpenAI's default
 * stands if this gateway keeps it ({@code truncation}, {@code parallel_tool_calls}), and null where the provider has its own.
 */
final class ResponseObject {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build();
    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    private static final byte[] BEFORE_ERROR = EventBuffer.bytes("\",\"background\":false,\"error\":");
    private static final byte[] BEFORE_INCOMPLETE = EventBuffer.bytes(",\"incomplete_details\":");
    private static final byte[] NULL = EventBuffer.bytes("null");
    private static final byte[] BEFORE_OUTPUT = EventBuffer.bytes(",\"output\":[");
    private static final byte[] BEFORE_USAGE = EventBuffer.bytes(",\"usage\":");

    /** How far an answer has come, in this schema's words. */
    enum Status {
        IN_PROGRESS,
        COMPLETED,
        INCOMPLETE,
        FAILED;

        private final String word = name().toLowerCase(Locale.ROOT);
    }

    private final byte[] beforeStatus;
    private final byte[] beforeOutput;
    private final byte[] afterOutput;
    private final byte[] afterUsage;
    private byte[] trailer = {};

    ResponseObject(AnswerInfo info) {
        Conversation request = info.request();
        beforeStatus = new EventBuffer(128)
                .raw(EventBuffer.bytes("{\"id\":\"resp_"))
                .string(info.id())
                .raw(EventBuffer.bytes("\",\"object\":\"response\",\"created_at\":"))
                .number(info.createdSeconds())
                .raw(EventBuffer.bytes(",\"status\":\""))
                .take();
        beforeOutput = members(json -> {
            json.writeStringField("instructions", request == null ? null : instructions(request));
            number(
                    json,
                    "max_output_tokens",
                    request == null ? null : request.sampling().maxTokens());
            extra(json, request, "max_tool_calls", null);
            json.writeStringField("model", info.model());
        });
        afterOutput = members(json -> echo(json, request));
        afterUsage = members(json -> {
            json.writeStringField("user", request == null ? null : request.user());
            extra(json, request, "metadata", "{}");
        });
    }

    /** From now on the object has a member {@code penstock}. */
    void trailer(String json) {
        trailer = (",\"penstock\":" + json).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the object.
     *
     * @param items finished output items, in order; empty ones are left out
     * @param why null, or {@code max_output_tokens} or {@code content_filter}
     * @param error null, or the {@code error} object as JSON
     */
    void write(
            EventBuffer out,
            Status status,
            List<byte[]> items,
            @Nullable String why,
            byte @Nullable [] error,
            Tokens tokens) {
        out.raw(beforeStatus).string(status.word).raw(BEFORE_ERROR).raw(error == null ? NULL : error);
        out.raw(BEFORE_INCOMPLETE);
        if (why == null) {
            out.raw(NULL);
        } else {
            out.raw(EventBuffer.bytes("{\"reason\":\"")).string(why).raw(EventBuffer.bytes("\"}"));
        }
        out.raw(beforeOutput).raw(BEFORE_OUTPUT);
        boolean first = true;
        for (byte[] item : items) {
            if (item.length > 0) {
                out.raw(EventBuffer.bytes(first ? "" : ",")).raw(item);
                first = false;
            }
        }
        out.raw(EventBuffer.bytes("]")).raw(afterOutput).raw(BEFORE_USAGE);
        if (tokens.input() < 0 && tokens.output() < 0) {
            out.raw(NULL);
        } else {
            usage(out, tokens);
        }
        out.raw(afterUsage).raw(trailer).raw(EventBuffer.bytes("}"));
    }

    private static void usage(EventBuffer out, Tokens tokens) {
        long input = Math.max(0, tokens.input());
        long output = Math.max(0, tokens.output());
        out.raw(EventBuffer.bytes("{\"input_tokens\":")).number(input);
        out.raw(EventBuffer.bytes(",\"input_tokens_details\":{\"cached_tokens\":"))
                .number(Math.max(0, tokens.cacheRead()));
        if (tokens.cacheWrite() >= 0) {
            out.raw(EventBuffer.bytes(",\"cache_write_tokens\":")).number(tokens.cacheWrite());
        }
        out.raw(EventBuffer.bytes("},\"output_tokens\":")).number(output);
        out.raw(EventBuffer.bytes(",\"output_tokens_details\":{\"reasoning_tokens\":"))
                .number(Math.max(0, tokens.reasoning()));
        out.raw(EventBuffer.bytes("},\"total_tokens\":")).number(input + output).raw(EventBuffer.bytes("}"));
    }

    // ------------------------------------------------------------------ the request, repeated

    /** Something that writes members and may fail with an IOException that memory never raises. */
    private interface Members {
        void write(JsonGenerator json) throws IOException;
    }

    /** {@code ,"a":1,"b":2}: members without the braces, with a comma before them. */
    private static byte[] members(Members members) {
        ByteArrayBuilder out = new ByteArrayBuilder(256);
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            members.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        byte[] object = out.toByteArray();
        byte[] bare = new byte[object.length - 1];
        System.arraycopy(object, 0, bare, 0, bare.length);
        bare[0] = ',';
        return bare;
    }

    private static void echo(JsonGenerator json, @Nullable Conversation request) throws IOException {
        Boolean parallel = request == null ? null : request.parallelTools();
        json.writeBooleanField("parallel_tool_calls", parallel == null || parallel);
        json.writeNullField("previous_response_id");
        extra(json, request, "prompt_cache_key", null);
        reasoning(json, request == null ? null : request.reasoning());
        extra(json, request, "safety_identifier", null);
        extra(json, request, "service_tier", null);
        // Whatever was asked for: nothing is stored here, and a client that believed otherwise would look it up.
        json.writeBooleanField("store", false);
        number(json, "temperature", request == null ? null : request.sampling().temperature());
        text(json, request);
        toolChoice(json, request);
        tools(json, request);
        Integer top = request == null ? null : request.sampling().topLogprobs();
        json.writeNumberField("top_logprobs", top == null ? 0 : top);
        number(json, "top_p", request == null ? null : request.sampling().topP());
        extra(json, request, "truncation", "\"disabled\"");
    }

    private static @Nullable String instructions(Conversation request) {
        if (request.messages().isEmpty()) {
            return null;
        }
        Message first = request.messages().get(0);
        boolean plain = first.role() == Message.Role.SYSTEM
                && first.parts().size() == 1
                && first.parts().get(0) instanceof Part.Text;
        return plain ? ((Part.Text) first.parts().get(0)).text() : null;
    }

    private static void reasoning(JsonGenerator json, @Nullable Reasoning reasoning) throws IOException {
        json.writeObjectFieldStart("reasoning");
        json.writeStringField("effort", reasoning == null ? null : reasoning.effort());
        json.writeStringField("summary", reasoning == null ? null : reasoning.summary());
        json.writeEndObject();
    }

    private static void text(JsonGenerator json, @Nullable Conversation request) throws IOException {
        json.writeObjectFieldStart("text");
        json.writeObjectFieldStart("format");
        OutputFormat format = request == null ? null : request.format();
        if (format == null) {
            json.writeStringField("type", "text");
        } else if (format.schema() == null) {
            json.writeStringField("type", "json_object");
        } else {
            json.writeStringField("type", "json_schema");
            json.writeStringField("name", format.name());
            json.writeStringField("description", format.description());
            json.writeFieldName("schema");
            MAPPER.writeTree(json, format.schema());
            flag(json, "strict", format.strict());
        }
        json.writeEndObject();
        extra(json, request, "verbosity", null);
        json.writeEndObject();
    }

    private static void toolChoice(JsonGenerator json, @Nullable Conversation request) throws IOException {
        ToolChoice choice = request == null ? ToolChoice.UNSAID : request.toolChoice();
        switch (choice.kind()) {
            case UNSAID -> extra(json, request, "tool_choice", "\"auto\"");
            case NONE, AUTO, REQUIRED ->
                json.writeStringField("tool_choice", choice.kind().name().toLowerCase(Locale.ROOT));
            case NAMED -> {
                json.writeObjectFieldStart("tool_choice");
                json.writeStringField("type", "function");
                json.writeStringField("name", choice.name());
                json.writeEndObject();
            }
        }
    }

    /** Functions and hosted tools, each at its place. */
    private static void tools(JsonGenerator json, @Nullable Conversation request) throws IOException {
        json.writeArrayFieldStart("tools");
        if (request != null) {
            Map<String, JsonNode> extras = request.extras();
            Iterator<Tool> functions = request.tools().iterator();
            JsonNode hosted = extras.get(ResponsesConversationReader.toolPath(0));
            for (int i = 0; hosted != null || functions.hasNext(); i++) {
                if (hosted != null) {
                    MAPPER.writeTree(json, hosted);
                } else {
                    function(json, functions.next());
                }
                hosted = extras.get(ResponsesConversationReader.toolPath(i + 1));
            }
        }
        json.writeEndArray();
    }

    private static void function(JsonGenerator json, Tool tool) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "function");
        json.writeStringField("name", tool.name());
        json.writeStringField("description", tool.description());
        json.writeFieldName("parameters");
        if (tool.parameters() == null) {
            json.writeNull();
        } else {
            MAPPER.writeTree(json, tool.parameters());
        }
        flag(json, "strict", tool.strict());
        json.writeEndObject();
    }

    private static void extra(
            JsonGenerator json, @Nullable Conversation request, String name, @Nullable String otherwise)
            throws IOException {
        JsonNode value = request == null ? null : request.extras().get(name);
        json.writeFieldName(name);
        if (value != null) {
            MAPPER.writeTree(json, value);
        } else if (otherwise != null) {
            json.writeRawValue(otherwise);
        } else {
            json.writeNull();
        }
    }

    private static void number(JsonGenerator json, String name, @Nullable Number value) throws IOException {
        json.writeFieldName(name);
        if (value == null) {
            json.writeNull();
        } else if (value instanceof Double d) {
            json.writeNumber(d);
        } else {
            json.writeNumber(value.longValue());
        }
    }

    private static void flag(JsonGenerator json, String name, @Nullable Boolean value) throws IOException {
        json.writeFieldName(name);
        if (value == null) {
            json.writeNull();
        } else {
            json.writeBoolean(value);
        }
    }
}
