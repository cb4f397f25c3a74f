// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.sse.SseFramer;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of a stream. One instance per stream.
 *
 * <pre>
 *   message-start (content-start content-delta* content-end | tool-plan-delta
 *                 | tool-call-start tool-call-delta* tool-call-end | citation-start citation-end)* message-end [DONE]
 * </pre>
 *
 * <p>The name of an event stands in its data as well, and that is what counts. {@code message-end} is the last word; {@code [DONE]}
 * behind it ends the answer, and where it does not come, the end of the bytes does. A {@code [DONE]} alone proves nothing. What goes
 * wrong in the middle is told by {@code message-end} too, see {@link FinishReasons}.
 */
public final class CohereStreamDecoder implements StreamDecoder {

    private static final int NO_DATA = -1;

    private final CohereEvent said = new CohereEvent();
    private final OpenCalls calls = new OpenCalls();

    private boolean started;
    private boolean finished;
    private boolean ended;
    private @Nullable GatewayError error;
    /** Characters of text so far, and those before the content that is being told: citations count from there. */
    private int textLength;

    private int textBefore;

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        int at = from;
        int dataFrom = NO_DATA;
        int dataTo = NO_DATA;
        ByteArrayOutputStream joined = null;
        while (at < to) {
            int end = SseFramer.lineEnd(bytes, at, to);
            int value = dataValue(bytes, at, end);
            if (value != NO_DATA && dataFrom == NO_DATA) {
                dataFrom = value;
                dataTo = end;
            } else if (value != NO_DATA) {
                joined = joined == null ? begun(bytes, dataFrom, dataTo) : joined;
                joined.write('\n');
                joined.write(bytes, value, end - value);
            }
            at = end + 1;
        }
        if (joined != null) {
            return data(joined.toByteArray(), 0, joined.size(), sink);
        }
        return dataFrom == NO_DATA ? bare(bytes, from, to, sink) : data(bytes, dataFrom, dataTo, sink);
    }

    private static ByteArrayOutputStream begun(byte[] bytes, int from, int to) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream(to - from + 256);
        joined.write(bytes, from, to - from);
        return joined;
    }

    /** Where the value of a {@code data} line begins. */
    private static int dataValue(byte[] bytes, int from, int end) {
        int start = end - from >= 3 && bytes[from] == (byte) 0xEF ? from + 3 : from;
        if (end - start < 5
                || bytes[start] != 'd'
                || bytes[start + 1] != 'a'
                || bytes[start + 2] != 't'
                || bytes[start + 3] != 'a'
                || bytes[start + 4] != ':') {
            return NO_DATA;
        }
        int value = start + 5;
        return value < end && bytes[value] == ' ' ? value + 1 : value;
    }

    /** An error of whatever stands before the provider may come without the form of an event. */
    private boolean bare(byte[] bytes, int from, int to, AnswerSink sink) {
        int at = from;
        while (at < to && bytes[at] <= ' ' && bytes[at] >= 0) {
            at++;
        }
        return at == to || bytes[at] != '{' || payload(bytes, at, to, sink);
    }

    private boolean data(byte[] bytes, int from, int to, AnswerSink sink) {
        if (from == to) {
            return true;
        }
        if (bytes[from] == '[' && to - from >= 6 && bytes[from + 1] == 'D') {
            finish(sink);
            return true;
        }
        return payload(bytes, from, to, sink);
    }

    private boolean payload(byte[] bytes, int from, int to, AnswerSink sink) {
        if (!said.read(bytes, from, to)) {
            return false;
        }
        if (finished || error != null) {
            return true;
        }
        return switch (said.type()) {
            case CONTENT_DELTA -> content(sink);
            case CONTENT_START -> {
                textBefore = textLength;
                yield content(sink);
            }
            case MESSAGE_START -> {
                start(sink);
                yield true;
            }
            case PLAN_DELTA -> thought(said.plan(), sink);
            case CALL_START -> callStart(sink);
            case CALL_DELTA -> arguments(sink);
            case CALL_END -> {
                end(calls.at(said.index()), sink);
                yield true;
            }
            case CITATION_START -> citation(sink);
            case MESSAGE_END -> messageEnd(sink);
            case OTHER -> true;
            case NONE -> noEvent(sink);
        };
    }

    @Override
    public boolean terminal() {
        return finished;
    }

    @Override
    public void finish(AnswerSink sink) {
        if (finished && !ended) {
            ended = true;
            sink.end();
        }
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    private boolean fail(GatewayError why, AnswerSink sink) {
        error = why;
        sink.failed(why);
        return true;
    }

    // ------------------------------------------------------------------ events

    /** The model is not in the stream. */
    private void start(AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start(said.id(), "");
        }
    }

    private boolean content(AnswerSink sink) {
        thought(said.thought(), sink);
        String text = said.text();
        if (!text.isEmpty()) {
            start(sink);
            textLength += text.length();
            sink.text(text);
        }
        return true;
    }

    private boolean thought(String piece, AnswerSink sink) {
        if (!piece.isEmpty()) {
            start(sink);
            sink.thought(piece);
        }
        return true;
    }

    private boolean callStart(AnswerSink sink) {
        if (calls.full()) {
            return false;
        }
        start(sink);
        long index = said.index() < 0 ? calls.count() : said.index();
        // A second begin of the same index without an end between them ends the first.
        end(calls.at(index), sink);
        int call = calls.begin(index);
        sink.toolStart(call, said.callId().isEmpty() ? "call_" + call : said.callId(), said.callName());
        if (!said.arguments().isEmpty()) {
            sink.toolArguments(call, said.arguments());
        }
        return true;
    }

    /** Arguments of a call that never began belong to nobody: the stream is broken. */
    private boolean arguments(AnswerSink sink) {
        int call = calls.at(said.index());
        if (call == OpenCalls.NONE) {
            return said.arguments().isEmpty();
        }
        if (!said.arguments().isEmpty()) {
            sink.toolArguments(call, said.arguments());
        }
        return true;
    }

    private void end(int call, AnswerSink sink) {
        if (call != OpenCalls.NONE) {
            calls.end(call);
            sink.toolEnd(call);
        }
    }

    private boolean citation(AnswerSink sink) {
        for (int i = 0; i < said.sources(); i++) {
            start(sink);
            sink.citation(said.source(i, textBefore));
        }
        return true;
    }

    private boolean messageEnd(AnswerSink sink) {
        start(sink);
        for (int call = calls.at(-1); call != OpenCalls.NONE; call = calls.at(-1)) {
            end(call, sink);
        }
        GatewayError broken = FinishReasons.error(said.finishReason(), said.error());
        if (broken != null) {
            return fail(broken, sink);
        }
        finished = true;
        sink.finish(FinishReasons.finish(said.finishReason(), calls.count()));
        if (said.usageSeen()) {
            sink.usage(said.tokens());
        }
        return true;
    }

    private boolean noEvent(AnswerSink sink) {
        String words = said.message().isEmpty() ? said.error() : said.message();
        return words.isEmpty() || fail(CohereErrorReader.inStream(words), sink);
    }
}
