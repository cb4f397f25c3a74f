// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import org.jspecify.annotations.Nullable;

/**
 * Hot. Reads the objects of one answer, one after another, and says what is in them. A whole answer is one such object, a stream is a line
 * for each. Walks over the bytes with a cursor; what it makes per line is the text itself. A line is read to its end before anything
 * of it is said, so a line that is cut says nothing.
 *
 * <pre>
 *   {"model":..,"created_at":..,"message":{"role":..,"content":..,"thinking":..,"tool_calls":[..]},"done":false}
 *   {.., "done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":298, durations in ns}
 *   {"error":".."}
 * </pre>
 */
final class LineReader {

    private static final byte[] STOP = Keys.bytes("stop");
    private static final int NONE = -1;
    private static final int INPUT = 0;
    private static final int OUTPUT = 1;

    private final JsonCursor json = new JsonCursor();
    /** What the counts of the last line said; -1 where it said nothing. */
    private final long[] counts = {-1, -1};

    // ---- what is known of the answer

    private boolean started;
    private String model = "";
    private String createdAt = "";
    private @Nullable ToolCalls calls;
    private boolean anyContent;
    private boolean ended;
    private @Nullable GatewayError error;

    // ---- the line that is being read

    private boolean isLine;
    private boolean isError;
    private boolean done;
    private String doneReason = "";
    private @Nullable String thinking;
    private @Nullable String content;
    private int callsFrom;
    private int callsTo;

    /**
     * Reads the object {@code bytes[from, to)}. Behind the end or an error nothing more is said.
     *
     * @param lineEndsMayBeSpace false for a line
     * @return false when it is not a JSON object
     */
    boolean read(byte[] bytes, int from, int to, boolean lineEndsMayBeSpace, AnswerSink sink) {
        json.on(bytes, from, to, lineEndsMayBeSpace);
        if (json.peek() != '{' || !members() || !json.onlySpaceFollows()) {
            return false;
        }
        if (ended || error != null) {
            return true;
        }
        if (isError) {
            fail(OllamaErrorReader.inAnswer(bytes, from, to), sink);
            return true;
        }
        return !isLine || say(bytes, sink);
    }

    boolean started() {
        return started;
    }

    /** Whether the line with {@code done} has come. */
    boolean ended() {
        return ended;
    }

    @Nullable
    GatewayError error() {
        return error;
    }

    // ------------------------------------------------------------------ reading

    private boolean members() {
        isLine = false;
        isError = false;
        done = false;
        doneReason = "";
        thinking = null;
        content = null;
        callsFrom = NONE;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member() {
        int first = json.peek();
        if (first == 'n') {
            return json.skipValue();
        }
        if (json.keyIs(Keys.MESSAGE)) {
            isLine = true;
            return first == '{' ? message() : json.skipValue();
        }
        if (json.keyIs(OllamaKeys.DONE)) {
            isLine = true;
            done = first == 't';
            return json.skipValue();
        }
        if (json.keyIs(OllamaKeys.DONE_REASON) && first == '"') {
            boolean ok = json.string();
            doneReason = !ok ? "" : json.stringIs(STOP) ? "stop" : json.stringValue();
            return ok;
        }
        if (json.keyIs(OllamaKeys.PROMPT_EVAL_COUNT)) {
            return json.count(counts, INPUT);
        }
        if (json.keyIs(OllamaKeys.EVAL_COUNT)) {
            return json.count(counts, OUTPUT);
        }
        if (json.keyIs(Keys.ERROR)) {
            boolean ok = json.skipValue();
            isError = first == '"' ? json.stringLength() > 0 : first != 'f';
            return ok;
        }
        return started ? json.skipValue() : head(first == '"');
    }

    /** What only the first line is asked for. */
    private boolean head(boolean text) {
        boolean isModel = text && json.keyIs(OllamaKeys.MODEL);
        boolean isTime = text && json.keyIs(OllamaKeys.CREATED_AT);
        if (!json.skipValue()) {
            return false;
        }
        model = isModel ? json.stringValue() : model;
        createdAt = isTime ? json.stringValue() : createdAt;
        return true;
    }

    private boolean message() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            int first = json.peek();
            int from = json.at();
            boolean isContent = first == '"' && json.keyIs(Keys.CONTENT);
            boolean isThinking = first == '"' && json.keyIs(OllamaKeys.THINKING);
            boolean isCalls = first == '[' && json.keyIs(Keys.TOOL_CALLS);
            if (!json.skipValue()) {
                return false;
            }
            if (isContent && json.stringLength() > 0) {
                content = json.stringValue();
            } else if (isThinking && json.stringLength() > 0) {
                thinking = json.stringValue();
            } else if (isCalls) {
                callsFrom = from;
                callsTo = json.at();
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    // ------------------------------------------------------------------ saying

    private boolean say(byte[] bytes, AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start("", model);
        }
        if (thinking != null) {
            anyContent = true;
            sink.thought(thinking);
        }
        if (content != null) {
            anyContent = true;
            sink.text(content);
        }
        if (callsFrom != NONE) {
            if (calls == null) {
                calls = new ToolCalls(createdAt);
            }
            if (!calls.read(bytes, callsFrom, callsTo, sink)) {
                return false;
            }
        }
        if (done) {
            finish(sink);
        }
        return true;
    }

    private void finish(AnswerSink sink) {
        boolean called = calls != null && calls.count() > 0;
        boolean nothing = !anyContent && !called;
        if (nothing && (doneReason.equals("load") || doneReason.equals("unload"))) {
            fail(
                    GatewayError.builder(
                                    GatewayError.Kind.PROVIDER_ERROR,
                                    "The provider loaded or unloaded the model and gave no answer.")
                            .code(doneReason)
                            .build(),
                    sink);
            return;
        }
        Finish.Reason reason = doneReason.equals("length")
                ? Finish.Reason.LENGTH
                : called ? Finish.Reason.TOOL_CALLS : Finish.Reason.STOP;
        sink.finish(new Finish(reason, doneReason, null));
        if (counts[INPUT] >= 0 || counts[OUTPUT] >= 0) {
            sink.usage(new Tokens(counts[INPUT], -1, -1, -1, counts[OUTPUT], -1));
        }
        ended = true;
        sink.end();
    }

    private void fail(GatewayError why, AnswerSink sink) {
        error = why;
        sink.failed(why);
    }
}
