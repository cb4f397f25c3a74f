// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Halves;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a {@code delta} of a stream or the {@code message} of a whole answer says: words and their probabilities, which stand
 * beside it, reasoning, refusal, tool calls, sources.
 * The object has been proved to be JSON before. Its members are found first and told afterwards, reasoning before words, because they
 * may stand in any order. One instance per answer, on the cursor of its {@link ChunkReader}.
 */
final class PartReader {

    private static final byte[] ANNOTATIONS = Keys.bytes("annotations");
    private static final byte[] EXTRA_CONTENT = Keys.bytes("extra_content");
    private static final byte[] GOOGLE = Keys.bytes("google");
    private static final byte[] THOUGHT_SIGNATURE = Keys.bytes("thought_signature");
    private static final byte[] THINKING = Keys.bytes("thinking");
    private static final byte[] FUNCTION = Keys.bytes("function");
    private static final byte[] NAME = Keys.bytes("name");
    private static final byte[] ARGUMENTS = Keys.bytes("arguments");
    private static final int NOWHERE = -1;
    private static final int NESTING = 8;
    /** Length of an empty array. */
    private static final int NO_TOKENS = 2;

    private final JsonCursor json;
    private final ToolCalls calls;
    private final Sources sources;
    private byte[] bytes = new byte[0];
    private int limit;
    private boolean wholeText;

    // The object under the cursor.
    private int contentAt;
    private int refusalAt;
    private int reasoningAt;
    private int detailsAt;
    private int toolCallsAt;
    private int functionCallAt;
    private int annotationsAt;
    private int extraAt;

    // The tool call under the cursor.
    private final long[] callIndex = new long[1];
    private String callId = "";
    private String callName = "";
    private String callArguments = "";
    private String signature = "";

    // The answer so far.
    private boolean plainWords;
    private final ReasoningDetails details = new ReasoningDetails();
    private final Halves textHalves = new Halves();
    private final Halves thoughtHalves = new Halves();

    PartReader(JsonCursor json, ToolCalls calls, Sources sources) {
        this.json = json;
        this.calls = calls;
        this.sources = sources;
    }

    /**
     * Tells what the object at the cursor says. The cursor is left somewhere inside of it.
     *
     * @param logprobsAt where the object of that name stands, or negative
     */
    void read(byte[] source, int to, boolean isWholeText, int logprobsAt, AnswerSink sink) {
        bytes = source;
        limit = to;
        wholeText = isWholeText;
        findMembers();
        plainWords |= reasoning(sink);
        if (detailsAt != NOWHERE) {
            details(sink);
        }
        if (contentAt != NOWHERE) {
            seek(contentAt);
            content(0, sink);
        }
        if (logprobsAt >= 0) {
            seek(logprobsAt);
            logprobs(sink);
        }
        if (refusalAt != NOWHERE) {
            seek(refusalAt);
            json.string();
            refusal(json.stringValue(), sink);
        }
        if (toolCallsAt != NOWHERE) {
            toolCalls(sink);
        }
        if (functionCallAt != NOWHERE) {
            functionCall(sink);
        }
        if (annotationsAt != NOWHERE) {
            annotations(sink);
        }
        if (extraAt != NOWHERE) {
            seek(extraAt);
            Carrier carrier = extraContent();
            if (carrier != null) {
                sink.thoughtCarrier(carrier);
            }
        }
    }

    /** Says half a character that was waiting for its other half. */
    void rest(AnswerSink sink) {
        String thought = thoughtHalves.rest();
        if (!thought.isEmpty()) {
            sink.thought(thought);
        }
        String text = textHalves.rest();
        if (!text.isEmpty()) {
            sink.text(text);
        }
    }

    private void findMembers() {
        contentAt = NOWHERE;
        refusalAt = NOWHERE;
        reasoningAt = NOWHERE;
        detailsAt = NOWHERE;
        toolCallsAt = NOWHERE;
        functionCallAt = NOWHERE;
        annotationsAt = NOWHERE;
        extraAt = NOWHERE;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            findMember(json.peek(), json.at());
            json.skipValue();
            state = json.nextMember();
        }
    }

    private void findMember(int first, int at) {
        switch (first) {
            case '"' -> {
                if (bytes[at + 1] == '"') {
                    return;
                }
                if (json.keyIs(Keys.CONTENT)) {
                    contentAt = at;
                } else if (json.keyIs(Keys.REASONING_CONTENT) || json.keyIs(Keys.REASONING)) {
                    // Servers send the same reasoning under two names for older and newer clients: one of them counts.
                    reasoningAt = at;
                } else if (json.keyIs(Keys.REFUSAL)) {
                    refusalAt = at;
                }
            }
            case '[' -> {
                if (json.keyIs(Keys.CONTENT)) {
                    contentAt = at;
                } else if (json.keyIs(Keys.TOOL_CALLS)) {
                    toolCallsAt = at;
                } else if (json.keyIs(Keys.REASONING_DETAILS)) {
                    detailsAt = at;
                } else if (json.keyIs(ANNOTATIONS)) {
                    annotationsAt = at;
                }
            }
            case '{' -> {
                if (json.keyIs(Keys.FUNCTION_CALL)) {
                    functionCallAt = at;
                } else if (json.keyIs(EXTRA_CONTENT)) {
                    extraAt = at;
                }
            }
            default -> {}
        }
    }

    private boolean reasoning(AnswerSink sink) {
        if (reasoningAt == NOWHERE) {
            return false;
        }
        seek(reasoningAt);
        json.string();
        thought(json.stringValue(), sink);
        return true;
    }

    private void details(AnswerSink sink) {
        seek(detailsAt);
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (json.peek() == '{') {
                details.read(json, bytes, plainWords, this, sink);
            } else {
                json.skipValue();
            }
            state = json.nextElement();
        }
    }

    /** A string, or typed parts (Mistral): {@code {"type":"thinking","thinking":[...]}}, {@code {"type":"text","text":...}}. */
    private void content(int depth, AnswerSink sink) {
        if (json.peek() == '"') {
            json.string();
            text(json.stringValue(), sink);
            return;
        }
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            contentPart(depth, false, sink);
            state = json.nextElement();
        }
    }

    private void contentPart(int depth, boolean thinking, AnswerSink sink) {
        if (json.peek() != '{' || depth > NESTING) {
            json.skipValue();
            return;
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            if (first == '"' && json.keyIs(Keys.TEXT)) {
                json.string();
                say(thinking, json.stringValue(), sink);
            } else if (first == '"' && json.keyIs(THINKING)) {
                json.string();
                thought(json.stringValue(), sink);
            } else if (first == '"' && json.keyIs(Keys.REFUSAL)) {
                json.string();
                refusal(json.stringValue(), sink);
            } else if (first == '[' && json.keyIs(THINKING)) {
                json.enter();
                int inner = json.firstElement();
                while (inner == JsonCursor.MORE) {
                    contentPart(depth + 1, true, sink);
                    inner = json.nextElement();
                }
            } else {
                json.skipValue();
            }
            state = json.nextMember();
        }
    }

    private void say(boolean thinking, String piece, AnswerSink sink) {
        if (thinking) {
            thought(piece, sink);
        } else {
            text(piece, sink);
        }
    }

    void text(String piece, AnswerSink sink) {
        String whole = textHalves.whole(piece);
        if (!whole.isEmpty()) {
            sink.text(whole);
        }
    }

    void thought(String piece, AnswerSink sink) {
        String whole = thoughtHalves.whole(piece);
        if (!whole.isEmpty()) {
            sink.thought(whole);
        }
    }

    private static void refusal(String piece, AnswerSink sink) {
        if (!piece.isEmpty()) {
            sink.refusal(piece);
        }
    }

    /** Of the words: no other schema has a place for those of a refusal. */
    private void logprobs(AnswerSink sink) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean tokens = json.peek() == '[' && json.keyIs(Keys.CONTENT);
            int from = json.at();
            json.skipValue();
            if (tokens) {
                String array = json.textSince(from);
                if (array.length() > NO_TOKENS) {
                    sink.logprobs(array);
                }
            }
            state = json.nextMember();
        }
    }

    private void annotations(AnswerSink sink) {
        seek(annotationsAt);
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (json.peek() == '{') {
                sources.annotation(json, sink);
            } else {
                json.skipValue();
            }
            state = json.nextElement();
        }
    }

    private void seek(int at) {
        json.on(bytes, at, limit, wholeText);
    }

    // ------------------------------------------------------------------ tool calls

    private void toolCalls(AnswerSink sink) {
        seek(toolCallsAt);
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (json.peek() == '{') {
                toolCall(sink);
            } else {
                json.skipValue();
            }
            state = json.nextElement();
        }
    }

    private void toolCall(AnswerSink sink) {
        forgetCall();
        Carrier carrier = null;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            if (json.keyIs(FUNCTION) && first == '{') {
                function();
            } else if (json.keyIs(Keys.INDEX) && first >= '0' && first <= '9') {
                json.count(callIndex, 0);
            } else if (json.keyIs(Keys.ID) && first == '"') {
                json.string();
                callId = json.stringValue();
            } else if (json.keyIs(EXTRA_CONTENT) && first == '{') {
                carrier = extraContent();
            } else {
                json.skipValue();
            }
            state = json.nextMember();
        }
        calls.fragment(callIndex[0], callId, callName, callArguments, carrier, sink);
    }

    /** The form before tools. Snowflake sends it empty with every answer. */
    private void functionCall(AnswerSink sink) {
        forgetCall();
        seek(functionCallAt);
        function();
        if (!callName.isEmpty() || !callArguments.isEmpty()) {
            calls.fragment(callIndex[0], "", callName, callArguments, null, sink);
        }
    }

    private void forgetCall() {
        callIndex[0] = -1;
        callId = "";
        callName = "";
        callArguments = "";
    }

    private void function() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            int from = json.at();
            if (first == '"') {
                json.string();
                if (json.keyIs(ARGUMENTS)) {
                    callArguments = json.stringValue();
                } else if (json.keyIs(NAME)) {
                    callName = json.stringValue();
                }
            } else {
                json.skipValue();
                if (json.keyIs(ARGUMENTS) && first == '{') {
                    // An object where the schema has its text.
                    callArguments = new String(bytes, from, json.at() - from, StandardCharsets.UTF_8);
                }
            }
            state = json.nextMember();
        }
    }

    /** Gemini's endpoint of this schema: what belongs to a part of the answer and must come back with it. */
    private @Nullable Carrier extraContent() {
        signature = "";
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(GOOGLE) && json.peek() == '{') {
                google();
            } else {
                json.skipValue();
            }
            state = json.nextMember();
        }
        return signature.isEmpty()
                ? null
                : new Carrier(ApiSchema.OPENAI_CHAT, CarrierForm.THOUGHT_SIGNATURE, signature, null);
    }

    private void google() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(THOUGHT_SIGNATURE) && json.peek() == '"') {
                json.string();
                signature = json.stringValue();
            } else {
                json.skipValue();
            }
            state = json.nextMember();
        }
    }
}
