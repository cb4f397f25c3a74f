// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.chat;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.schema.openai.ProviderErrorReader;
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
    private static final byte[] SEARCH_RESULTS = Keys.bytes("search_results");
    private static final byte[] CITATIONS = Keys.bytes("citations");
    private static final byte[] STOP = Keys.bytes("stop");
    private static final int NOWHERE = -1;

    private final JsonCursor json = new JsonCursor();
    private byte[] bytes = new byte[0];
    private int limit;
    private boolean wholeText;

    // The object under the cursor.
    private int choicesAt;
    private boolean errorFound;
    private boolean usageFound;
    private final ChatUsage usage;

    // The choice under the cursor.
    private final long[] choiceIndex = new long[1];
    private int deltaAt;
    private int messageAt;
    private int textAt;
    private int logprobsAt;
    private boolean choiceError;
    private String choiceFinish = "";
    private @Nullable String choiceStop;

    // The answer so far.
    private String id = "";
    private String model = "";
    private boolean started;
    private boolean over;
    private @Nullable String finish;
    private @Nullable String stopSequence;
    private Tokens tokens = Tokens.UNKNOWN;
    private @Nullable GatewayError error;
    private final ToolCalls calls = new ToolCalls();
    private final Sources sources = new Sources();
    private final PartReader parts = new PartReader(json, calls, sources);

    ChunkReader(ChatDialect dialect) {
        usage = new ChatUsage(dialect);
    }

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
        parts.rest(sink);
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
        logprobsAt = NOWHERE;
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
            } else if (json.keyIs(Keys.LOGPROBS)) {
                logprobsAt = json.at();
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
            seek(part);
            parts.read(bytes, limit, wholeText, logprobsAt, sink);
        } else if (textAt != NOWHERE) {
            seek(textAt);
            json.string();
            parts.text(json.stringValue(), sink);
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
}
