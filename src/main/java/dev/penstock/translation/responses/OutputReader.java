// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.responses;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.Keys;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells one answer to a sink, piece by piece or item by item. An item that is done repeats what its pieces have said, and some
 * servers send only one of the two: so whatever has been told in pieces is remembered by its place and not told again. Places are
 * numbers; the ids of items change from event to event behind GitHub Copilot.
 */
final class OutputReader {

    /** What of the parts of an answer is told. */
    enum Piece {
        TEXT(1),
        REFUSAL(2),
        SUMMARY(3),
        REASONING(4),
        ANNOTATIONS(5),
        LOGPROBS(6);

        private final long number;

        Piece(long number) {
            this.number = number;
        }
    }

    static final String[] RESPONSE = {"id", "model", "status", "error", "incomplete_details", "output", "usage"};
    static final int ID = 0;
    static final int MODEL = 1;
    static final int STATUS = 2;
    static final int ERROR = 3;
    private static final int INCOMPLETE_DETAILS = 4;
    static final int OUTPUT = 5;
    private static final int USAGE = 6;

    private static final int TYPE = 0;
    private static final int ITEM_ID = 1;
    private static final int CALL_ID = 2;
    private static final int NAME = 3;
    private static final int ARGUMENTS = 4;
    private static final int INPUT = 5;
    private static final int CONTENT = 6;
    private static final int SUMMARY = 7;
    private static final int ENCRYPTED_CONTENT = 8;

    private static final int TEXT = 1;
    private static final int REFUSAL = 2;
    private static final int ANNOTATIONS = 3;
    private static final int LOGPROBS = 4;

    private static final int URL = 1;
    private static final int TITLE = 2;
    private static final int START_INDEX = 3;
    private static final int END_INDEX = 4;
    private static final int FILE_NAME = 5;
    private static final int INDEX = 6;

    private static final int INPUT_TOKENS = 0;
    private static final int OUTPUT_TOKENS = 1;
    private static final int INPUT_DETAILS = 2;
    private static final int OUTPUT_DETAILS = 3;

    private static final int CACHED_TOKENS = 0;
    private static final int CACHE_WRITE_TOKENS = 1;
    private static final int REASONING_TOKENS = 2;
    private static final int REASON = 3;

    private static final byte[][] ITEM_TYPES = {
        Keys.bytes("message"), Keys.bytes("reasoning"), Keys.bytes("function_call"), Keys.bytes("custom_tool_call")
    };
    private static final int MESSAGE = 0;
    private static final int REASONING = 1;
    private static final int FUNCTION_CALL = 2;
    private static final int CUSTOM_TOOL_CALL = 3;
    private static final byte[] REFUSAL_PART = Keys.bytes("refusal");
    private static final byte[] CONTENT_FILTER = Keys.bytes("content_filter");
    private static final byte[] URL_CITATION = Keys.bytes("url_citation");

    private static final String PART_BREAK = "\n\n";
    private static final String CUSTOM_START = "{\"input\":\"";
    private static final String CUSTOM_END = "\"}";

    /** One call, by its place in the output. */
    private static final class Call {
        private final int place;
        private final int number;
        private final String id;
        private final boolean custom;
        private boolean told;
        private boolean ended;

        Call(int place, int number, String id, boolean custom) {
            this.place = place;
            this.number = number;
            this.id = id;
            this.custom = custom;
        }
    }

    private final Members item = new Members(
            "type", "id", "call_id", "name", "arguments", "input", "content", "summary", "encrypted_content");
    private final Members part = new Members("type", "text", "refusal", "annotations", "logprobs");
    private final Members annotation =
            new Members("type", "url", "title", "start_index", "end_index", "filename", "index");
    private final Members usage =
            new Members("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details");
    private final Members details = new Members("cached_tokens", "cache_write_tokens", "reasoning_tokens", "reason");

    private final List<Call> calls = new ArrayList<>();
    private final List<CarrierText.Placed> early = new ArrayList<>();
    private long[] told = new long[8];
    private int toldCount;
    private long lastTold = -1;
    private boolean started;
    private boolean over;
    private boolean itemsSeen;
    private boolean thinking;
    private int textLength;
    private int partStart;
    private @Nullable GatewayError error;

    boolean over() {
        return over;
    }

    @Nullable
    GatewayError error() {
        return error;
    }

    void start(Members response, AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start(response.text(ID), response.text(MODEL));
        }
    }

    /** For servers that begin in the middle. */
    private void begun(AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start("", "");
        }
    }

    // ------------------------------------------------------------------ pieces

    /** A piece of the part {@code index} of the item at {@code place}. */
    void piece(Piece kind, int place, int index, String piece, AnswerSink sink) {
        begun(sink);
        if (piece.isEmpty()) {
            return;
        }
        boolean isNew = isNew(kind, place, index);
        switch (kind) {
            case TEXT -> {
                partStart = isNew ? textLength : partStart;
                textLength += piece.length();
                thinking = false;
                sink.text(piece);
            }
            case REFUSAL -> {
                thinking = false;
                sink.refusal(piece);
            }
            case SUMMARY, REASONING -> {
                if (isNew && thinking) {
                    sink.thought(PART_BREAK);
                }
                thinking = true;
                sink.thought(piece);
            }
            case ANNOTATIONS, LOGPROBS -> {}
        }
    }

    /** The whole part, if none of its pieces has come. */
    private void whole(Piece kind, int place, int index, String text, AnswerSink sink) {
        if (!text.isEmpty() && !isTold(kind, place, index)) {
            piece(kind, place, index, text, sink);
        }
    }

    /** What the tokens of a piece of text were worth, or those of all of it if nothing has been told about its pieces. */
    void logprobs(int place, int index, boolean whole, @Nullable String tokens, AnswerSink sink) {
        if (tokens != null && !(whole && isTold(Piece.LOGPROBS, place, index))) {
            boolean unused = isNew(Piece.LOGPROBS, place, index);
            sink.logprobs(tokens);
        }
    }

    void annotation(int place, int index, Members holder, int slot, AnswerSink sink) {
        boolean unused = isNew(Piece.ANNOTATIONS, place, index);
        if (annotation.scan(holder, slot)) {
            citation(sink);
        }
    }

    private void citation(AnswerSink sink) {
        begun(sink);
        thinking = false;
        if (annotation.is(TYPE, URL_CITATION)) {
            int from = (int) annotation.number(START_INDEX, -1);
            int to = (int) annotation.number(END_INDEX, -1);
            sink.citation(new Citation(
                    annotation.string(URL),
                    annotation.string(TITLE),
                    null,
                    from < 0 ? -1 : partStart + from,
                    to < 0 ? -1 : partStart + to));
        } else if (annotation.has(FILE_NAME)) {
            int at = (int) annotation.number(INDEX, -1);
            sink.citation(new Citation(null, annotation.string(FILE_NAME), null, at < 0 ? -1 : partStart + at, -1));
        }
    }

    private static long key(Piece kind, int place, int index) {
        return (kind.number << 56) | ((long) place << 24) | index;
    }

    private boolean isNew(Piece kind, int place, int index) {
        long key = key(kind, place, index);
        if (key == lastTold) {
            return false;
        }
        lastTold = key;
        if (isTold(key)) {
            return false;
        }
        if (toldCount == told.length) {
            told = Arrays.copyOf(told, toldCount * 2);
        }
        told[toldCount++] = key;
        return true;
    }

    /** Whether a piece of that part has been told. */
    boolean isTold(Piece kind, int place, int index) {
        return isTold(key(kind, place, index));
    }

    private boolean isTold(long key) {
        for (int i = toldCount - 1; i >= 0; i--) {
            if (told[i] == key) {
                return true;
            }
        }
        return false;
    }

    // ------------------------------------------------------------------ calls

    void arguments(int place, String piece, AnswerSink sink) {
        Call call = call(place);
        if (call != null && !call.ended && !piece.isEmpty()) {
            tell(call, piece, sink);
        }
    }

    /** The whole arguments, if none of their pieces has come. */
    void wholeArguments(int place, String arguments, AnswerSink sink) {
        Call call = call(place);
        if (call != null && !call.told) {
            arguments(place, arguments, sink);
        }
    }

    /** What a custom tool takes is not JSON; as a function it takes one object with one text. */
    private static void tell(Call call, String piece, AnswerSink sink) {
        if (!call.custom) {
            sink.toolArguments(call.number, piece);
        } else {
            String escaped = new String(JsonStringEncoder.getInstance().quoteAsString(piece));
            sink.toolArguments(call.number, call.told ? escaped : CUSTOM_START + escaped);
        }
        call.told = true;
    }

    private @Nullable Call call(int place) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (calls.get(i).place == place) {
                return calls.get(i);
            }
        }
        return null;
    }

    private Call begin(int place, boolean custom, AnswerSink sink) {
        begun(sink);
        thinking = false;
        String id = item.text(CALL_ID);
        if (id.isEmpty()) {
            id = item.text(ITEM_ID);
        }
        Call call = new Call(place, calls.size(), id.isEmpty() ? "call_" + calls.size() : id, custom);
        calls.add(call);
        sink.toolStart(call.number, call.id, item.text(NAME));
        for (int i = 0; i < early.size(); i++) {
            if (call.id.equals(early.get(i).call())) {
                sink.toolCarrier(call.number, early.remove(i).carrier());
                break;
            }
        }
        return call;
    }

    private static void end(Call call, AnswerSink sink) {
        if (call.ended) {
            return;
        }
        call.ended = true;
        if (call.custom) {
            sink.toolArguments(call.number, call.told ? CUSTOM_END : CUSTOM_START + CUSTOM_END);
        }
        sink.toolEnd(call.number);
    }

    // ------------------------------------------------------------------ items

    void itemAdded(int place, Members holder, int slot, AnswerSink sink) {
        itemsSeen = true;
        if (!item.scan(holder, slot)) {
            return;
        }
        int type = item.oneOf(TYPE, ITEM_TYPES);
        if ((type == FUNCTION_CALL || type == CUSTOM_TOOL_CALL) && call(place) == null) {
            Call unused = begin(place, type == CUSTOM_TOOL_CALL, sink);
        }
    }

    void itemDone(int place, Members holder, int slot, AnswerSink sink) {
        itemsSeen = true;
        if (item.scan(holder, slot)) {
            tellItem(place, sink);
        }
    }

    /** Every item of a whole answer. Carriers of calls are looked for first, for they belong between begin and end of a call. */
    void items(Members response, AnswerSink sink) {
        Members.Elements all = response.elements(OUTPUT);
        while (all.next(item)) {
            CarrierText.Placed placed = carrier();
            if (placed != null && placed.call() != null) {
                early.add(placed);
            }
        }
        all = response.elements(OUTPUT);
        for (int place = 0; all.next(item); place++) {
            CarrierText.Placed placed = carrier();
            if (placed == null || placed.call() == null) {
                tellItem(place, sink);
            }
        }
    }

    /** The carrier in the item that is being looked at, or null. */
    private CarrierText.@Nullable Placed carrier() {
        if (item.oneOf(TYPE, ITEM_TYPES) != REASONING) {
            return null;
        }
        String content = item.text(ENCRYPTED_CONTENT);
        return content.isEmpty() ? null : CarrierText.read(content, item.string(ITEM_ID));
    }

    private void tellItem(int place, AnswerSink sink) {
        begun(sink);
        switch (item.oneOf(TYPE, ITEM_TYPES)) {
            case MESSAGE -> {
                Members.Elements parts = item.elements(CONTENT);
                for (int index = 0; parts.next(part); index++) {
                    contentPart(place, index, sink);
                }
            }
            case REASONING -> thought(place, sink);
            case FUNCTION_CALL -> callDone(place, false, item.text(ARGUMENTS), sink);
            case CUSTOM_TOOL_CALL -> callDone(place, true, item.text(INPUT), sink);
            default -> {}
        }
    }

    private void contentPart(int place, int index, AnswerSink sink) {
        if (part.is(TYPE, REFUSAL_PART)) {
            whole(Piece.REFUSAL, place, index, part.text(REFUSAL), sink);
            return;
        }
        whole(Piece.TEXT, place, index, part.text(TEXT), sink);
        logprobs(place, index, true, part.array(LOGPROBS), sink);
        Members.Elements annotations = part.elements(ANNOTATIONS);
        boolean known = isTold(Piece.ANNOTATIONS, place, index);
        while (!known && annotations.next(annotation)) {
            citation(sink);
        }
    }

    private void thought(int place, AnswerSink sink) {
        Members.Elements summary = item.elements(SUMMARY);
        for (int index = 0; summary.next(part); index++) {
            whole(Piece.SUMMARY, place, index, part.text(TEXT), sink);
        }
        Members.Elements content = item.elements(CONTENT);
        for (int index = 0; content.next(part); index++) {
            whole(Piece.REASONING, place, index, part.text(TEXT), sink);
        }
        CarrierText.Placed placed = carrier();
        if (placed == null) {
            return;
        }
        if (placed.call() == null) {
            thinking = false;
            sink.thoughtCarrier(placed.carrier());
        } else {
            callCarrier(placed, placed.call(), placed.carrier(), sink);
        }
    }

    private void callCarrier(CarrierText.Placed placed, String id, Carrier carrier, AnswerSink sink) {
        for (Call call : calls) {
            if (!call.ended && call.id.equals(id)) {
                sink.toolCarrier(call.number, carrier);
                return;
            }
        }
        early.add(placed);
    }

    private void callDone(int place, boolean custom, String arguments, AnswerSink sink) {
        Call known = call(place);
        Call call = known == null ? begin(place, custom, sink) : known;
        if (!call.told) {
            arguments(place, arguments, sink);
        }
        end(call, sink);
    }

    // ------------------------------------------------------------------ the end

    /** The last word: why it ended, what it cost. */
    void complete(Members response, AnswerSink sink) {
        start(response, sink);
        // A server that sends nothing but the last event.
        if (!itemsSeen && toldCount == 0) {
            items(response, sink);
        }
        over = true;
        for (Call call : calls) {
            end(call, sink);
        }
        sink.finish(finish(response));
        if (usage.scan(response, USAGE)) {
            sink.usage(tokens());
        }
        sink.end();
    }

    private Finish finish(Members response) {
        boolean reason = details.scan(response, INCOMPLETE_DETAILS) && details.has(REASON);
        boolean incomplete = reason || "incomplete".equals(response.string(STATUS));
        if (!incomplete) {
            return new Finish(calls.isEmpty() ? Finish.Reason.STOP : Finish.Reason.TOOL_CALLS, "completed", null);
        }
        String word = details.text(REASON);
        return new Finish(
                details.is(REASON, CONTENT_FILTER) ? Finish.Reason.CONTENT_FILTER : Finish.Reason.LENGTH,
                word.isEmpty() ? "incomplete" : word,
                null);
    }

    private Tokens tokens() {
        boolean unused = details.scan(usage, INPUT_DETAILS);
        long cached = details.number(CACHED_TOKENS, -1);
        long written = details.number(CACHE_WRITE_TOKENS, -1);
        unused = details.scan(usage, OUTPUT_DETAILS);
        return new Tokens(
                usage.number(INPUT_TOKENS, -1),
                cached,
                written,
                -1,
                usage.number(OUTPUT_TOKENS, -1),
                details.number(REASONING_TOKENS, -1));
    }

    /** An error in the place of the rest; the JSON holds it in one of the forms that {@link ProviderErrorReader} knows. */
    void fail(byte[] json, AnswerSink sink) {
        if (over) {
            return;
        }
        over = true;
        GatewayError said = ProviderErrorReader.inStream(json);
        error = said;
        sink.failed(said);
    }

    /** The error of a {@code response} object that failed. */
    void failed(Members response, AnswerSink sink) {
        fail(
                response.has(ERROR)
                        ? new EventBuffer(64)
                                .raw(EventBuffer.bytes("{\"error\":"))
                                .raw(response.json(ERROR))
                                .raw(EventBuffer.bytes("}"))
                                .take()
                        : EventBuffer.bytes("{\"error\":{\"message\":\"The answer failed.\"}}"),
                sink);
    }
}
