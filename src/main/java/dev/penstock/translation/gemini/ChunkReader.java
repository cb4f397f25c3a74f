// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Finish;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.SafeText;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hot. Reads the {@code GenerateContentResponse}s of one answer, one after another, and says what is in them. A whole answer is one such
 * object, a stream is many. Walks over the bytes with a cursor; what it makes per event is the text itself.
 *
 * <p>What a chunk leaves open is kept: whether the answer was begun, the last finish reason (Vertex used to send STOP with every
 * chunk, and a different word with the last), the counts, the call whose arguments come piece by piece. Only the first candidate is
 * read; more are never asked for.
 *
 * <p>Most calls have no id. The gateway mints {@code call_<responseId>_<n>}: the same bytes give the same id, two answers do not share
 * one, and 40 characters, the most that OpenAI takes, are enough.
 */
final class ChunkReader {

    static final String SIGNATURE_KIND = "thought_signature";

    private static final int MAX_RESPONSE_ID = 28;
    private static final String STOP = "STOP";

    private final JsonCursor json = new JsonCursor();
    private final Counts counts = new Counts();
    private final Citations citations = new Citations();
    private byte[] bytes = new byte[0];
    private int to;
    private boolean lineEndsAreSpace;

    // ---- what is known of the answer

    private boolean started;
    private String responseId = "";
    private String model = "";
    private @Nullable String finishReason;
    private @Nullable String blockReason;
    private @Nullable GatewayError error;
    private boolean ended;
    private boolean anyContent;
    private boolean textLast;
    private boolean ascii = true;
    private int calls;
    /** The call whose arguments still come, and those so far. */
    private @Nullable PartialArguments open;

    // ---- the part that is being read

    private @Nullable String text;
    private @Nullable String signature;
    private boolean thought;
    private boolean isCall;
    private boolean isOther;
    private @Nullable String callId;
    private @Nullable String callName;
    private @Nullable String args;
    private int partialFrom;
    private boolean goesOn;

    /**
     * Reads {@code bytes[from, to)}: one object, or an array of them.
     *
     * @param lineEndsMayBeSpace false for the single line of an event
     * @return false when it is not JSON
     */
    boolean read(byte[] source, int from, int end, boolean lineEndsMayBeSpace, AnswerSink sink) {
        bytes = source;
        to = end;
        lineEndsAreSpace = lineEndsMayBeSpace;
        json.on(source, from, end, lineEndsMayBeSpace);
        boolean ok = json.peek() == '[' ? chunks(sink) : chunk(sink);
        return ok && json.onlySpaceFollows();
    }

    /** Whether the end of the bytes would be the end of the answer. */
    boolean terminal() {
        return error == null && (finishReason != null || blockReason != null);
    }

    @Nullable
    GatewayError error() {
        return error;
    }

    /** Whether anything was said that a client can see. */
    boolean anyContent() {
        return anyContent;
    }

    /** The bytes have ended: says what comes last. */
    void finish(AnswerSink sink) {
        if (ended || error != null) {
            return;
        }
        ended = true;
        closeCall(sink);
        sink.finish(reason());
        if (counts.known()) {
            sink.usage(counts.tokens());
        }
        sink.end();
    }

    private Finish reason() {
        String word = finishReason;
        if (word != null) {
            Finish.Reason reason = FinishWord.reason(word, calls > 0);
            return new Finish(reason == null ? Finish.Reason.STOP : reason, word, null);
        }
        String block = blockReason;
        return block == null
                ? new Finish(calls > 0 ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP, "", null)
                : new Finish(Finish.Reason.CONTENT_FILTER, block, null);
    }

    // ------------------------------------------------------------------ one chunk

    /** Without alt=sse a stream is one array, and some errors come in one. */
    private boolean chunks(AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (!chunk(sink)) {
                return false;
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean chunk(AnswerSink sink) {
        if (json.peek() != '{') {
            return false;
        }
        if (error != null || ended) {
            return json.skipValue();
        }
        if (!started && !begin(sink)) {
            return false;
        }
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(sink)) {
                return false;
            }
            state = json.nextMember();
        }
        if (state == JsonCursor.END) {
            failOnFinishReason(sink);
        }
        return state == JsonCursor.END;
    }

    /** Id and model stand behind the first content: look ahead for them. An error begins no answer. */
    private boolean begin(AnswerSink sink) {
        int from = json.at();
        boolean isError = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean string = json.peek() == '"';
            boolean isId = string && json.keyIs(GeminiKeys.RESPONSE_ID);
            boolean isModel = string && json.keyIs(GeminiKeys.MODEL_VERSION);
            isError |= json.keyIs(GeminiKeys.ERROR) && json.peek() != 'n';
            if (!json.skipValue()) {
                return false;
            }
            responseId = isId ? json.stringValue() : responseId;
            model = isModel ? json.stringValue() : model;
            state = json.nextMember();
        }
        json.on(bytes, from, to, lineEndsAreSpace);
        if (state == JsonCursor.END && !isError) {
            started = true;
            sink.start(responseId, model);
        }
        return state == JsonCursor.END;
    }

    private boolean member(AnswerSink sink) {
        if (error != null) {
            return json.skipValue();
        }
        if (json.keyIs(GeminiKeys.CANDIDATES)) {
            return json.peek() == '[' ? candidates(sink) : json.skipValue();
        }
        if (json.keyIs(GeminiKeys.USAGE_METADATA)) {
            return counts.read(json);
        }
        if (json.keyIs(GeminiKeys.PROMPT_FEEDBACK)) {
            return json.peek() == '{' ? promptFeedback(sink) : json.skipValue();
        }
        if (json.keyIs(GeminiKeys.ERROR)) {
            return errorMember(sink);
        }
        return json.skipValue();
    }

    private boolean errorMember(AnswerSink sink) {
        boolean isNull = json.peek() == 'n';
        int from = json.at();
        if (!json.skipValue()) {
            return false;
        }
        if (!isNull) {
            fail(GeminiErrorReader.inAnswer(Arrays.copyOfRange(bytes, from, json.at())), sink);
        }
        return true;
    }

    private void failOnFinishReason(AnswerSink sink) {
        String word = finishReason;
        if (error == null && word != null && FinishWord.reason(word, calls > 0) == null) {
            fail(FinishWord.failure(word), sink);
        }
    }

    private void fail(GatewayError why, AnswerSink sink) {
        error = why;
        if (started && counts.known()) {
            sink.usage(counts.tokens());
        }
        sink.failed(why);
    }

    /** A blocked prompt has no candidates; what Google says about it is for the client. */
    private boolean promptFeedback(AnswerSink sink) {
        String message = null;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(GeminiKeys.BLOCK_REASON)) {
                String word = word();
                if (word == null) {
                    return false;
                }
                boolean nothing = word.isEmpty() || word.equals("0") || word.endsWith("_UNSPECIFIED");
                blockReason = nothing ? blockReason : word;
            } else if (json.keyIs(GeminiKeys.BLOCK_REASON_MESSAGE) && json.peek() == '"') {
                if (!json.string()) {
                    return false;
                }
                message = SafeText.of(json.stringValue());
            } else if (!json.skipValue()) {
                return false;
            }
            state = json.nextMember();
        }
        if (blockReason != null && message != null && !message.isEmpty()) {
            sink.refusal(message);
            anyContent = true;
        }
        return state == JsonCursor.END;
    }

    // ------------------------------------------------------------------ candidates

    private boolean candidates(AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        boolean first = true;
        while (state == JsonCursor.MORE) {
            boolean read = first && json.peek() == '{';
            if (!(read ? candidate(sink) : json.skipValue())) {
                return false;
            }
            first = false;
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean candidate(AnswerSink sink) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!candidateMember(sink)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean candidateMember(AnswerSink sink) {
        if (json.keyIs(GeminiKeys.CONTENT)) {
            return json.peek() == '{' ? content(sink) : json.skipValue();
        }
        if (json.keyIs(GeminiKeys.FINISH_REASON)) {
            String word = word();
            if (word != null && !FinishWord.saysNothing(word)) {
                finishReason = word;
            }
            return word != null;
        }
        if (json.keyIs(GeminiKeys.GROUNDING_METADATA)) {
            return citations.readGrounding(json, bytes, ascii, sink);
        }
        if (json.keyIs(GeminiKeys.LOGPROBS_RESULT) && json.peek() == '{') {
            return Logprobs.read(json, bytes, to, lineEndsAreSpace, sink);
        }
        if (json.keyIs(GeminiKeys.CITATION_METADATA)) {
            return citations.readCitations(json, ascii, sink);
        }
        return json.skipValue();
    }

    /** An enum: a word, or its number; empty for anything else; null when it is not JSON. */
    private @Nullable String word() {
        int from = json.at();
        int first = json.peek();
        if (!json.skipValue()) {
            return null;
        }
        if (first == '"') {
            return json.stringIs(GeminiKeys.STOP) ? STOP : json.stringValue();
        }
        boolean number = first >= '0' && first <= '9' && json.at() - from < 4;
        return number ? new String(bytes, from, json.at() - from, StandardCharsets.US_ASCII) : "";
    }

    private boolean content(AnswerSink sink) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean parts = json.keyIs(GeminiKeys.PARTS) && json.peek() == '[';
            if (!(parts ? parts(sink) : json.skipValue())) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean parts(AnswerSink sink) {
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            if (!(json.peek() == '{' ? part(sink) : json.skipValue())) {
                return false;
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    // ------------------------------------------------------------------ a part

    /** Whether text is a thought is said behind it, so a part is read whole before anything of it is said. */
    private boolean part(AnswerSink sink) {
        text = null;
        signature = null;
        thought = false;
        isCall = false;
        isOther = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!partMember()) {
                return false;
            }
            state = json.nextMember();
        }
        if (state != JsonCursor.END) {
            return false;
        }
        return isCall ? sayCall(sink) : sayText(sink);
    }

    private boolean partMember() {
        boolean string = json.peek() == '"';
        if (json.keyIs(GeminiKeys.TEXT) && string) {
            boolean ok = json.string();
            text = ok ? json.stringValue() : null;
            return ok;
        }
        if (json.keyIs(GeminiKeys.THOUGHT)) {
            thought = json.peek() == 't';
            return json.skipValue();
        }
        if (json.keyIs(GeminiKeys.THOUGHT_SIGNATURE) && string) {
            boolean ok = json.string();
            signature = (ok && json.stringLength() > 0) ? json.stringValue() : null;
            return ok;
        }
        if (json.keyIs(GeminiKeys.FUNCTION_CALL) && json.peek() == '{') {
            isCall = true;
            return functionCall();
        }
        isOther = true;
        return json.skipValue();
    }

    /**
     * A signature on text stands before it, as the end of the thoughts that led to it; when text has come before, behind it, so that the
     * text is not cut in two. That of a part which cannot be told (a picture, a built-in tool) goes with the part.
     */
    private boolean sayText(AnswerSink sink) {
        String said = text == null ? "" : text;
        boolean tellsSignature = text != null || !isOther;
        if (thought) {
            if (!said.isEmpty()) {
                sink.thought(said);
                anyContent = true;
                textLast = false;
            }
            saySignature(sink);
            return true;
        }
        boolean signatureFirst = !textLast;
        if (tellsSignature && signatureFirst) {
            saySignature(sink);
        }
        if (!said.isEmpty()) {
            sink.text(said);
            anyContent = true;
            textLast = true;
            ascii = ascii && isAscii(said);
        }
        if (tellsSignature && !signatureFirst) {
            saySignature(sink);
        }
        return true;
    }

    private void saySignature(AnswerSink sink) {
        String value = signature;
        if (value != null) {
            sink.thoughtCarrier(carrier(value));
        }
    }

    private static Carrier carrier(String value) {
        return new Carrier(ApiSchema.GEMINI_GENERATE_CONTENT, SIGNATURE_KIND, value, null);
    }

    private static boolean isAscii(String piece) {
        for (int i = 0; i < piece.length(); i++) {
            if (piece.charAt(i) >= 128) {
                return false;
            }
        }
        return true;
    }

    // ------------------------------------------------------------------ calls

    private boolean functionCall() {
        callId = null;
        callName = null;
        args = null;
        partialFrom = -1;
        goesOn = false;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            int from = json.at();
            boolean isId = json.keyIs(GeminiKeys.ID);
            boolean isName = json.keyIs(GeminiKeys.NAME);
            boolean isArgs = json.keyIs(GeminiKeys.ARGS);
            boolean isPartial = json.keyIs(GeminiKeys.PARTIAL_ARGS);
            boolean isMore = json.keyIs(GeminiKeys.WILL_CONTINUE);
            if (!json.skipValue()) {
                return false;
            }
            if (isId && first == '"') {
                callId = json.stringValue();
            } else if (isName && first == '"') {
                callName = json.stringValue();
            } else if (isArgs && first == '{') {
                args = json.textSince(from);
            } else if (isPartial && first == '[') {
                partialFrom = from;
            } else if (isMore) {
                goesOn = first == 't';
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean sayCall(AnswerSink sink) {
        String name = callName;
        if (name == null || name.isEmpty()) {
            return continueCall(sink);
        }
        closeCall(sink);
        int call = calls++;
        anyContent = true;
        textLast = false;
        String id = callId;
        sink.toolStart(call, (id == null || id.isEmpty()) ? mint(call) : id, name);
        saySignature(call, sink);
        String arguments = args;
        if (arguments != null && !arguments.equals("{}")) {
            sink.toolArguments(call, arguments);
        }
        if (!goesOn && partialFrom < 0) {
            sink.toolEnd(call);
            return true;
        }
        open = new PartialArguments();
        return takePieces(sink);
    }

    /** A call without a name goes on with the one before; one without anything ends it. */
    private boolean continueCall(AnswerSink sink) {
        if (open == null) {
            return true;
        }
        saySignature(calls - 1, sink);
        return takePieces(sink);
    }

    private boolean takePieces(AnswerSink sink) {
        PartialArguments pieces = open;
        if (pieces != null && partialFrom >= 0) {
            JsonCursor inside = new JsonCursor();
            inside.on(bytes, partialFrom, to, lineEndsAreSpace);
            if (!pieces.read(inside, bytes)) {
                return false;
            }
        }
        if (!goesOn) {
            closeCall(sink);
        }
        return true;
    }

    private void closeCall(AnswerSink sink) {
        PartialArguments pieces = open;
        if (pieces == null) {
            return;
        }
        open = null;
        if (!pieces.isEmpty()) {
            sink.toolArguments(calls - 1, pieces.json());
        }
        sink.toolEnd(calls - 1);
    }

    private void saySignature(int call, AnswerSink sink) {
        String value = signature;
        if (value != null) {
            sink.toolCarrier(call, carrier(value));
        }
    }

    private String mint(int call) {
        StringBuilder id = new StringBuilder("call_");
        for (int i = 0; i < responseId.length() && id.length() < 5 + MAX_RESPONSE_ID; i++) {
            char c = responseId.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
            id.append(plain ? c : '_');
        }
        return id.append('_').append(call).toString();
    }
}
