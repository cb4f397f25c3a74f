// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.Keys;
import dev.penstock.sse.SseFramer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The stream of a provider that speaks Responses. The {@code type} inside the payload decides, not the {@code event:} line, which some
 * servers leave out. An {@code error} event is told at once; the {@code response.failed} that OpenAI sends behind it says the same
 * again. {@code [DONE]}, which OpenRouter adds, means nothing here.
 */
public final class ResponsesStreamDecoder implements StreamDecoder {

    private static final byte[] DATA = Keys.bytes("data");
    private static final byte[] DONE = Keys.bytes("[DONE]");

    private static final int TYPE = 0;
    private static final int DELTA = 1;
    private static final int OUTPUT_INDEX = 2;
    private static final int CONTENT_INDEX = 3;
    private static final int SUMMARY_INDEX = 4;
    private static final int TEXT = 5;
    private static final int REFUSAL = 6;
    private static final int ARGUMENTS = 7;
    private static final int INPUT = 8;
    private static final int ITEM = 9;
    private static final int ANNOTATION = 10;
    private static final int RESPONSE = 11;
    private static final int ERROR = 12;
    private static final int LOGPROBS = 13;
    private static final int SEQUENCE_NUMBER = 14;

    /** The events that say something, in the order of how often they come; all others are skipped. */
    private enum Type {
        TEXT_DELTA("response.output_text.delta"),
        REASONING_DELTA("response.reasoning_text.delta"),
        ARGUMENTS_DELTA("response.function_call_arguments.delta"),
        SUMMARY_DELTA("response.reasoning_summary_text.delta"),
        REFUSAL_DELTA("response.refusal.delta"),
        CUSTOM_INPUT_DELTA("response.custom_tool_call_input.delta"),
        ITEM_ADDED("response.output_item.added"),
        ITEM_DONE("response.output_item.done"),
        CREATED("response.created"),
        IN_PROGRESS("response.in_progress"),
        TEXT_DONE("response.output_text.done"),
        REASONING_DONE("response.reasoning_text.done"),
        ARGUMENTS_DONE("response.function_call_arguments.done"),
        SUMMARY_DONE("response.reasoning_summary_text.done"),
        REFUSAL_DONE("response.refusal.done"),
        CUSTOM_INPUT_DONE("response.custom_tool_call_input.done"),
        ANNOTATION_ADDED("response.output_text.annotation.added"),
        COMPLETED("response.completed"),
        INCOMPLETE("response.incomplete"),
        FAILED("response.failed"),
        ERROR("error");

        private static final Type[] ALL = values();
        private static final byte[][] WORDS = words();

        private final String word;

        Type(String word) {
            this.word = word;
        }

        private static byte[][] words() {
            byte[][] words = new byte[ALL.length][];
            for (int i = 0; i < ALL.length; i++) {
                words[i] = Keys.bytes(ALL[i].word);
            }
            return words;
        }
    }

    private final Members event = new Members(
            "type",
            "delta",
            "output_index",
            "content_index",
            "summary_index",
            "text",
            "refusal",
            "arguments",
            "input",
            "item",
            "annotation",
            "response",
            "error",
            "logprobs",
            "sequence_number");
    private final Members response = new Members(OutputReader.RESPONSE);
    private final OutputReader output = new OutputReader();
    private boolean terminal;
    private int nextNumber;

    /** A stream of which nothing has come. */
    public ResponsesStreamDecoder() {}

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        int begin = -1;
        int end = -1;
        byte[] joined = null;
        int at = isByteOrderMark(bytes, from, to) ? from + 3 : from;
        while (at < to) {
            int lineEnd = SseFramer.lineEnd(bytes, at, to);
            int value = dataValue(bytes, at, lineEnd);
            if (value >= 0) {
                joined = begin < 0 ? null : join(joined, bytes, begin, end, value, lineEnd);
                begin = begin < 0 ? value : begin;
                end = lineEnd;
            }
            at = lineEnd + 1;
        }
        if (joined != null) {
            return payload(joined, 0, joined.length, sink);
        }
        return begin < 0 || payload(bytes, begin, end, sink);
    }

    private static boolean isByteOrderMark(byte[] bytes, int from, int to) {
        return to - from >= 3
                && bytes[from] == (byte) 0xEF
                && bytes[from + 1] == (byte) 0xBB
                && bytes[from + 2] == (byte) 0xBF;
    }

    /** Where the value of a {@code data} line begins, or -1 for any other line. */
    private static int dataValue(byte[] bytes, int from, int to) {
        int colon = from + DATA.length;
        if (to - from < DATA.length || !Arrays.equals(bytes, from, colon, DATA, 0, DATA.length)) {
            return -1;
        }
        if (colon == to) {
            return to;
        }
        if (bytes[colon] != ':') {
            return -1;
        }
        return colon + 1 < to && bytes[colon + 1] == ' ' ? colon + 2 : colon + 1;
    }

    /** A payload over several lines, which the standard allows and no provider has been seen to send. */
    private static byte[] join(byte @Nullable [] before, byte[] bytes, int firstFrom, int firstTo, int from, int to) {
        EventBuffer all = new EventBuffer(256);
        all.raw(before == null ? Arrays.copyOfRange(bytes, firstFrom, firstTo) : before);
        return all.raw(new byte[] {'\n'})
                .raw(Arrays.copyOfRange(bytes, from, to))
                .take();
    }

    private boolean payload(byte[] bytes, int from, int to, AnswerSink sink) {
        if (from == to || Arrays.equals(bytes, from, to, DONE, 0, DONE.length)) {
            return true;
        }
        if (!event.scan(bytes, from, to)) {
            return false;
        }
        int known = event.oneOf(TYPE, Type.WORDS);
        // Of an event that tells of a failure the client sees the gateway's form, in its place.
        boolean replaced = known == Type.ERROR.ordinal() || known == Type.FAILED.ordinal();
        nextNumber = (int) event.number(SEQUENCE_NUMBER, nextNumber) + (replaced ? 0 : 1);
        if (known >= 0) {
            tell(Type.ALL[known], bytes, from, to, sink);
        } else if (!event.has(TYPE) && event.has(ERROR)) {
            output.fail(Arrays.copyOfRange(bytes, from, to), sink);
        }
        return true;
    }

    private void tell(Type type, byte[] bytes, int from, int to, AnswerSink sink) {
        terminal |= type == Type.COMPLETED || type == Type.INCOMPLETE || type == Type.FAILED;
        if (output.over()) {
            return;
        }
        int place = (int) event.number(OUTPUT_INDEX, 0);
        switch (type) {
            case TEXT_DELTA -> {
                piece(OutputReader.Piece.TEXT, place, CONTENT_INDEX, sink);
                logprobs(place, false, sink);
            }
            case REASONING_DELTA -> piece(OutputReader.Piece.REASONING, place, CONTENT_INDEX, sink);
            case SUMMARY_DELTA -> piece(OutputReader.Piece.SUMMARY, place, SUMMARY_INDEX, sink);
            case REFUSAL_DELTA -> piece(OutputReader.Piece.REFUSAL, place, CONTENT_INDEX, sink);
            case ARGUMENTS_DELTA, CUSTOM_INPUT_DELTA -> output.arguments(place, event.text(DELTA), sink);
            case TEXT_DONE -> {
                whole(OutputReader.Piece.TEXT, place, CONTENT_INDEX, TEXT, sink);
                logprobs(place, true, sink);
            }
            case REASONING_DONE -> whole(OutputReader.Piece.REASONING, place, CONTENT_INDEX, TEXT, sink);
            case SUMMARY_DONE -> whole(OutputReader.Piece.SUMMARY, place, SUMMARY_INDEX, TEXT, sink);
            case REFUSAL_DONE -> whole(OutputReader.Piece.REFUSAL, place, CONTENT_INDEX, REFUSAL, sink);
            case ARGUMENTS_DONE -> output.wholeArguments(place, event.text(ARGUMENTS), sink);
            case CUSTOM_INPUT_DONE -> output.wholeArguments(place, event.text(INPUT), sink);
            case ITEM_ADDED -> output.itemAdded(place, event, ITEM, sink);
            case ITEM_DONE -> output.itemDone(place, event, ITEM, sink);
            case ANNOTATION_ADDED ->
                output.annotation(place, (int) event.number(CONTENT_INDEX, 0), event, ANNOTATION, sink);
            case CREATED, IN_PROGRESS -> {
                if (response.scan(event, RESPONSE)) {
                    output.start(response, sink);
                }
            }
            case COMPLETED, INCOMPLETE -> {
                boolean unused = response.scan(event, RESPONSE);
                output.complete(response, sink);
            }
            case FAILED -> {
                boolean unused = response.scan(event, RESPONSE);
                output.failed(response, sink);
            }
            case ERROR -> output.fail(Arrays.copyOfRange(bytes, from, to), sink);
        }
    }

    private void piece(OutputReader.Piece kind, int place, int indexSlot, AnswerSink sink) {
        output.piece(kind, place, (int) event.number(indexSlot, 0), event.text(DELTA), sink);
    }

    private void whole(OutputReader.Piece kind, int place, int indexSlot, int textSlot, AnswerSink sink) {
        int index = (int) event.number(indexSlot, 0);
        if (!output.isTold(kind, place, index)) {
            output.piece(kind, place, index, event.text(textSlot), sink);
        }
    }

    private void logprobs(int place, boolean whole, AnswerSink sink) {
        String tokens = event.array(LOGPROBS);
        if (tokens != null) {
            output.logprobs(place, (int) event.number(CONTENT_INDEX, 0), whole, tokens, sink);
        }
    }

    /** The {@code sequence_number} of an event that would come now; servers that do not number are counted. */
    public int nextNumber() {
        return nextNumber;
    }

    @Override
    public boolean terminal() {
        return terminal;
    }

    /** Everything has been said with the terminal event, which holds the usage. */
    @Override
    public void finish(AnswerSink sink) {}

    @Override
    public @Nullable GatewayError error() {
        return output.error();
    }
}
