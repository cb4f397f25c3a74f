// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the JSON objects of one answer say, be they the chunks of a stream or the one object of a whole answer. No tree and
 * no parser object: a cursor walks over the bytes, in two passes, because members may stand in any order. The first pass finds
 * the places and proves that the text is JSON; only then the second one speaks, so a broken object says nothing.
 *
 * <p>Finish, usage and the ends of tool calls are kept until {@link #end}: servers send content with or after the finish reason
 * (vLLM), repeat the reason (OpenRouter) and count after it. Only the choice with index 0 is told.
 *
 * <p>Deviations covered, each by a test: no or null {@code choices} and empty {@code id} (Azure's first chunk), a choice without
 * {@code delta} (Azure's filter-only chunks), {@code delta} and {@code message} together (Perplexity), {@code delta} and
 * {@code text} together (Together), content as an array of typed parts (Mistral), empty strings for "absent" (Snowflake), the
 * same reasoning under two names, usage in {@code x_groq} (Groq), flat errors (vLLM), an error inside a choice (OpenRouter).
 */
final class ChunkReader {

    private static final byte[] MODEL = Keys.bytes("model");
    private static final byte[] STOP_REASON = Keys.bytes("stop_reason");
    private static final byte[] ANNOTATIONS = Keys.bytes("annotations");
    private static final byte[] EXTRA_CONTENT = Keys.bytes("extra_content");
    private static final byte[] GOOGLE = Keys.bytes("google");
    private static final byte[] THOUGHT_SIGNATURE = Keys.bytes("thought_signature");
    private static final byte[] SEARCH_RESULTS = Keys.bytes("search_results");
    private static final byte[] CITATIONS = Keys.bytes("citations");
    private static final byte[] THINKING = Keys.bytes("thinking");
    private static final byte[] FUNCTION = Keys.bytes("function");
    private static final byte[] NAME = Keys.bytes("name");
    private static final byte[] ARGUMENTS = Keys.bytes("arguments");
    private static final byte[] STOP = Keys.bytes("stop");
    private static final int NOWHERE = -1;
    private static final int NESTING = 8;

    private final JsonCursor json = new JsonCursor();
    private byte[] bytes = new byte[0];
    private int limit;
    private boolean wholeText;

    // The object under the cursor.
    private int choicesAt;
    private boolean errorFound;
    private boolean usageFound;
    private final ChatUsage usage = new ChatUsage();

    // The choice under the cursor.
    private final long[] choiceIndex = new long[1];
    private int deltaAt;
    private int messageAt;
    private int textAt;
    private boolean choiceError;
    private String choiceFinish = "";
    private @Nullable String choiceStop;

    // The delta under the cursor.
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
    private String id = "";
    private String model = "";
    private boolean started;
    private boolean over;
    private @Nullable String finish;
    private @Nullable String stopSequence;
    private Tokens tokens = Tokens.UNKNOWN;
    private @Nullable GatewayError error;
    private boolean plainWords;
    private final ToolCalls calls = new ToolCalls();
    private final ReasoningDetails details = new ReasoningDetails();
    private final Sources sources = new Sources();
    private final Halves textHalves = new Halves();
    private final Halves thoughtHalves = new Halves();

    /**
     * Reads the object in {@code source[from, to)} and tells what it says.
     *
     * @param isWholeText line ends are white space; otherwise the object stands in one line
     * @return false when it is not a JSON object
     */
    boolean read(byte[] source, int from, int to, boolean isWholeText, AnswerSink sink) {
        bytes = source;
        limit = to;
        wholeText = isWholeText;
        json.on(source, from, to, isWholeText);
        if (!envelope()) {
            return false;
        }
        if (over) {
            return true;
        }
        if (errorFound) {
            fail(ProviderErrorReader.inStream(Arrays.copyOfRange(source, from, to)), sink);
            return true;
        }
        if (choicesAt != NOWHERE) {
            seek(choicesAt);
            choices(sink);
        }
        if (usageFound && !over) {
            count(sink);
        }
        return true;
    }

    /** Whether the object in {@code source[from, to)} is an error. */
    boolean isError(byte[] source, int from, int to) {
        bytes = source;
        limit = to;
        wholeText = true;
        json.on(source, from, to, true);
        return envelope() && errorFound;
    }

    /** The provider broke off with this; nothing comes after it. */
    void fail(GatewayError why, AnswerSink sink) {
        if (!over) {
            over = true;
            error = why;
            sink.failed(why);
        }
    }

    boolean started() {
        return started;
    }

    boolean finished() {
        return finish != null;
    }

    boolean over() {
        return over;
    }

    @Nullable
    GatewayError error() {
        return error;
    }

    /** Says what comes last. Without a finish reason the answer counts as stopped. */
    void end(AnswerSink sink) {
        if (over) {
            return;
        }
        over = true;
        start(sink);
        rest(sink);
        calls.end(sink);
        sources.end(sink);
        String word = finish == null ? "" : finish;
        Finish.Reason reason = FinishWords.reason(word, calls.any());
        if (stopSequence != null && reason == Finish.Reason.STOP) {
            reason = Finish.Reason.STOP_SEQUENCE;
        }
        sink.finish(new Finish(reason, word, stopSequence));
        if (!tokens.equals(Tokens.UNKNOWN)) {
            sink.usage(tokens);
        }
        sink.end();
    }

    private void rest(AnswerSink sink) {
        String thought = thoughtHalves.rest();
        if (!thought.isEmpty()) {
            sink.thought(thought);
        }
        String text = textHalves.rest();
        if (!text.isEmpty()) {
            sink.text(text);
        }
    }

    private void start(AnswerSink sink) {
        if (!started) {
            started = true;
            calls.answerId(id);
            sink.start(id, model);
        }
    }

    private void count(AnswerSink sink) {
        Tokens counted = usage.tokens();
        if (counted != null) {
            tokens = tokens.with(counted);
            if (started) {
                sink.usage(tokens);
            }
        }
    }

    private void seek(int at) {
        json.on(bytes, at, limit, wholeText);
    }

    // ------------------------------------------------------------------ the envelope

    private boolean envelope() {
        choicesAt = NOWHERE;
        errorFound = false;
        usageFound = false;
        if (json.peek() != '{') {
            return false;
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!envelopeMember()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END && json.onlySpaceFollows();
    }

    private boolean envelopeMember() {
        int first = json.peek();
        switch (json.keyLength()) {
            case 2 -> {
                if (json.keyIs(Keys.ID) && first == '"') {
                    return envelopeId();
                }
            }
            case 5 -> {
                if (json.keyIs(MODEL) && first == '"') {
                    return envelopeModel();
                }
                if (json.keyIs(Keys.USAGE)) {
                    return usageObject();
                }
                if (json.keyIs(Keys.ERROR)) {
                    errorFound |= isTrue(first);
                }
            }
            case 6 -> {
                if (json.keyIs(Keys.X_GROQ) && first == '{') {
                    return groq();
                }
                if (json.keyIs(Keys.OBJECT) && first == '"') {
                    boolean ok = json.string();
                    errorFound |= json.stringIs(Keys.ERROR);
                    return ok;
                }
            }
            case 7 -> {
                if (json.keyIs(Keys.CHOICES) && first == '[') {
                    choicesAt = json.at();
                }
            }
            case 9 -> {
                if (json.keyIs(CITATIONS)) {
                    return sources.addresses(json, bytes, wholeText);
                }
            }
            case 14 -> {
                if (json.keyIs(SEARCH_RESULTS)) {
                    return sources.results(json, bytes, wholeText);
                }
            }
            default -> {}
        }
        return json.skipValue();
    }

    /** The same in every chunk: made into a string once. */
    private boolean envelopeId() {
        boolean ok = json.string();
        if (!started && json.stringLength() > 0) {
            id = json.stringValue();
        }
        return ok;
    }

    private boolean envelopeModel() {
        boolean ok = json.string();
        if (!started && json.stringLength() > 0) {
            model = json.stringValue();
        }
        return ok;
    }

    private boolean usageObject() {
        if (json.peek() != '{') {
            return json.skipValue();
        }
        usageFound = true;
        return usage.read(json);
    }

    /** Groq: usage and a late error stand in {@code x_groq}. */
    private boolean groq() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean ok;
            if (json.keyIs(Keys.USAGE)) {
                ok = usageObject();
            } else {
                errorFound |= json.keyIs(Keys.ERROR) && isTrue(json.peek());
                ok = json.skipValue();
            }
            if (!ok) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    /** As the official clients take an {@code error}: null, false, 0 and the empty string are none. */
    private boolean isTrue(int first) {
        int at = json.at();
        boolean emptyString = first == '"' && at + 1 < limit && bytes[at + 1] == '"';
        boolean emptyObject = first == '{' && at + 1 < limit && bytes[at + 1] == '}';
        return first != 'n' && first != 'f' && first != '0' && !emptyString && !emptyObject;
    }

    // ------------------------------------------------------------------ choices

    private void choices(AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        int position = 0;
        while (state == JsonCursor.MORE) {
            int from = json.at();
            if (json.peek() == '{') {
                choice(position);
                int after = json.at();
                if (choiceIndex[0] == 0) {
                    start(sink);
                    tellChoice(from, after, sink);
                }
                seek(after);
            } else {
                json.skipValue();
            }
            position++;
            state = json.nextElement();
        }
    }

    private void choice(int position) {
        choiceIndex[0] = position;
        deltaAt = NOWHERE;
        messageAt = NOWHERE;
        textAt = NOWHERE;
        choiceError = false;
        choiceFinish = "";
        choiceStop = null;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            choiceMember();
            state = json.nextMember();
        }
    }

    private void choiceMember() {
        int first = json.peek();
        if (json.keyIs(Keys.INDEX) && first != 'n') {
            json.count(choiceIndex, 0);
            return;
        }
        if (first == '{') {
            if (json.keyIs(Keys.DELTA)) {
                deltaAt = json.at();
            } else if (json.keyIs(Keys.MESSAGE)) {
                messageAt = json.at();
            } else if (json.keyIs(Keys.ERROR)) {
                choiceError = isTrue(first);
            }
        } else if (first == '"') {
            if (json.keyIs(Keys.TEXT)) {
                textAt = json.at();
            } else if (json.keyIs(Keys.FINISH_REASON)) {
                json.string();
                choiceFinish = json.stringIs(STOP) ? "stop" : json.stringValue();
                return;
            } else if (json.keyIs(STOP_REASON)) {
                json.string();
                choiceStop = json.stringLength() == 0 ? null : json.stringValue();
                return;
            }
        }
        json.skipValue();
    }

    private void tellChoice(int from, int to, AnswerSink sink) {
        // What stands beside a delta repeats it.
        int part = deltaAt != NOWHERE ? deltaAt : messageAt;
        if (part != NOWHERE) {
            part(part, sink);
        } else if (textAt != NOWHERE) {
            seek(textAt);
            json.string();
            text(json.stringValue(), sink);
        }
        if (choiceError) {
            fail(ProviderErrorReader.inStream(Arrays.copyOfRange(bytes, from, to)), sink);
        } else if (FinishWords.isFailure(choiceFinish)) {
            fail(
                    GatewayError.builder(
                                    GatewayError.Kind.PROVIDER_ERROR,
                                    "The provider broke the answer off with an error that it did not describe.")
                            .build(),
                    sink);
        } else if (!choiceFinish.isEmpty()) {
            finish = choiceFinish;
            stopSequence = choiceStop == null ? stopSequence : choiceStop;
        }
    }

    // ------------------------------------------------------------------ a delta or a message

    private void part(int at, AnswerSink sink) {
        findMembers(at);
        plainWords |= reasoning(sink);
        if (detailsAt != NOWHERE) {
            details(sink);
        }
        if (contentAt != NOWHERE) {
            seek(contentAt);
            content(0, sink);
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

    private void findMembers(int at) {
        contentAt = NOWHERE;
        refusalAt = NOWHERE;
        reasoningAt = NOWHERE;
        detailsAt = NOWHERE;
        toolCallsAt = NOWHERE;
        functionCallAt = NOWHERE;
        annotationsAt = NOWHERE;
        extraAt = NOWHERE;
        seek(at);
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

    private void text(String piece, AnswerSink sink) {
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
