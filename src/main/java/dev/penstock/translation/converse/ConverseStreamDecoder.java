// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.schema.bedrock.EventStreamFrame;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a ConverseStream. One instance per stream.
 *
 * <pre>
 *   messageStart? (contentBlockStart? contentBlockDelta* contentBlockStop)* messageStop metadata?
 * </pre>
 *
 * <p>Only blocks of tools have a start; text and reasoning begin with their first delta. Usage comes after the stop, in
 * {@code metadata}, which is the last event: the answer ends there, or with the bytes when it does not come. Some recordings have it
 * before the stop, so the order of the two is not relied on. An exception is a frame of its own kind and ends everything.
 *
 * <p>Tools that the provider runs itself ({@code server_tool_use}, and the results beside them) are not told: the client has nothing
 * to do for them. The arguments of {@link ConverseTools#ANSWER} are told as text.
 *
 * <p>An object is read whole before anything is told of it, whatever the order of its members.
 */
public final class ConverseStreamDecoder implements StreamDecoder {

    private static final byte[] MESSAGE_START = Keys.bytes("messageStart");
    private static final byte[] BLOCK_START = Keys.bytes("contentBlockStart");
    private static final byte[] BLOCK_DELTA = Keys.bytes("contentBlockDelta");
    private static final byte[] BLOCK_STOP = Keys.bytes("contentBlockStop");
    private static final byte[] MESSAGE_STOP = Keys.bytes("messageStop");
    private static final byte[] METADATA = Keys.bytes("metadata");

    private static final byte[] BLOCK_INDEX = Keys.bytes("contentBlockIndex");
    private static final byte[] START = Keys.bytes("start");
    private static final byte[] TOOL_USE = Keys.bytes("toolUse");
    private static final byte[] TOOL_USE_ID = Keys.bytes("toolUseId");
    private static final byte[] NAME = Keys.bytes("name");
    private static final byte[] INPUT = Keys.bytes("input");
    private static final byte[] SERVER_TOOL = Keys.bytes("server_tool_use");
    private static final byte[] REASONING_CONTENT = Keys.bytes("reasoningContent");
    private static final byte[] REDACTED_CONTENT = Keys.bytes("redactedContent");
    private static final byte[] CITATION = Keys.bytes("citation");
    private static final byte[] SOURCE_CONTENT = Keys.bytes("sourceContent");
    private static final byte[] SOURCE = Keys.bytes("source");
    private static final byte[] TITLE = Keys.bytes("title");
    private static final byte[] LOCATION = Keys.bytes("location");
    private static final byte[] WEB = Keys.bytes("web");
    private static final byte[] STOP_REASON = Keys.bytes("stopReason");
    private static final byte[] ADDITIONAL = Keys.bytes("additionalModelResponseFields");
    private static final byte[] STOP_SEQUENCE = Keys.bytes("stop_sequence");
    private static final byte[] INPUT_TOKENS = Keys.bytes("inputTokens");
    private static final byte[] OUTPUT_TOKENS = Keys.bytes("outputTokens");
    private static final byte[] CACHE_READ = Keys.bytes("cacheReadInputTokens");
    private static final byte[] CACHE_WRITE = Keys.bytes("cacheWriteInputTokens");
    private static final byte[] CACHE_DETAILS = Keys.bytes("cacheDetails");
    private static final byte[] TTL = Keys.bytes("ttl");
    private static final byte[] HOUR = Keys.bytes("1h");

    /** The objects that are read, for the one loop over members. */
    private enum In {
        DELTA_EVENT,
        DELTA,
        DELTA_TOOL,
        DELTA_REASONING,
        CITATION,
        CITATION_LOCATION,
        CITATION_WEB,
        CITATION_PIECE,
        START_EVENT,
        START,
        START_TOOL,
        STOP_EVENT,
        MESSAGE_STOP,
        STOP_FIELDS,
        METADATA,
        USAGE,
        CACHE_DETAIL
    }

    /** What a delta holds. */
    private enum Holds {
        NOTHING,
        TEXT,
        TOOL_INPUT,
        THOUGHT,
        SIGNATURE,
        REDACTED,
        CITATION
    }

    /** More blocks open at a time than any answer has: they do not even interleave. */
    private static final int MAX_OPEN = 1_024;
    /** In the place of a call's number. */
    private static final int HIDDEN = -1;

    private static final int ANSWER = -2;

    private final EventStreamFrame frame = new EventStreamFrame();
    private final JsonCursor json = new JsonCursor();
    private final long[] number = new long[1];

    // The object under the cursor.
    private long index;
    private Holds holds = Holds.NOTHING;
    private String piece = "";
    private boolean toolSeen;
    private boolean serverTool;
    private @Nullable String toolId;
    private @Nullable String toolName;
    private @Nullable String title;
    private @Nullable String url;
    private @Nullable String source;
    private @Nullable StringBuilder quote;
    private @Nullable String stopReason;
    private @Nullable String stopSequence;
    private UsageTally tally = new UsageTally();
    private boolean usageSeen;
    private boolean hour;
    private long detailTokens;

    // The answer so far.
    private boolean started;
    private boolean finished;
    private boolean counted;
    private boolean ended;
    private @Nullable GatewayError error;
    private int calls;
    /** Blocks of tools that are open: their index, and the number of the call or what it is instead. */
    private long[] openIndex = new long[4];

    private int[] openCall = new int[4];
    private int open;
    /** A signature, until its block ends. */
    private @Nullable StringBuilder signature;

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        if (!frame.read(bytes, from, to)) {
            return false;
        }
        if (ended || error != null) {
            return true;
        }
        return switch (frame.type()) {
            case EVENT -> named(bytes, sink);
            case EXCEPTION -> {
                ConverseErrors.Said said = ConverseErrors.said(bytes, frame.payloadFrom(), frame.payloadTo());
                yield fail(ConverseErrors.of(frame.exceptionType(), 0, said, null), sink);
            }
            case ERROR -> {
                ConverseErrors.Said said = new ConverseErrors.Said(null, frame.errorMessage(), 0);
                yield fail(ConverseErrors.of(frame.errorCode(), 0, said, null), sink);
            }
            case OTHER -> true;
        };
    }

    @Override
    public boolean terminal() {
        return finished && error == null;
    }

    @Override
    public void finish(AnswerSink sink) {
        if (terminal() && !ended) {
            ended = true;
            sink.end();
        }
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    private boolean named(byte[] bytes, AnswerSink sink) {
        json.on(bytes, frame.payloadFrom(), frame.payloadTo(), true);
        return switch (frame.eventTypeLength()) {
            case 8 -> !frame.isEvent(METADATA) || metadata(sink);
            case 11 -> !frame.isEvent(MESSAGE_STOP) || messageStop(sink);
            case 12 -> !frame.isEvent(MESSAGE_START) || messageStart(sink);
            case 16 -> !frame.isEvent(BLOCK_STOP) || blockStop(sink);
            case 17 -> frame.isEvent(BLOCK_DELTA) ? delta(sink) : !frame.isEvent(BLOCK_START) || blockStart(sink);
            default -> true;
        };
    }

    private boolean fail(GatewayError why, AnswerSink sink) {
        error = why;
        sink.failed(why);
        return true;
    }

    // ------------------------------------------------------------------ events

    private boolean messageStart(AnswerSink sink) {
        if (!json.skipValue() || !json.onlySpaceFollows()) {
            return false;
        }
        start(sink);
        return true;
    }

    /** Neither id nor model stand in the stream; the id is a header of the response. */
    private void start(AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start("", "");
        }
    }

    private boolean blockStart(AnswerSink sink) {
        index = 0;
        toolSeen = false;
        serverTool = false;
        toolId = null;
        toolName = null;
        if (!whole(In.START_EVENT)) {
            return false;
        }
        if (!toolSeen || finished) {
            return true;
        }
        start(sink);
        endThought(sink);
        if (open == MAX_OPEN) {
            return false;
        }
        // A second start of the same block without a stop between them ends the first.
        close(index, sink);
        String name = toolName == null ? "" : toolName;
        if (serverTool) {
            open(index, HIDDEN);
        } else if (name.equals(ConverseTools.ANSWER)) {
            open(index, ANSWER);
        } else {
            open(index, calls);
            sink.toolStart(calls++, toolId == null ? "" : toolId, name);
        }
        return true;
    }

    private boolean delta(AnswerSink sink) {
        index = 0;
        holds = Holds.NOTHING;
        piece = "";
        if (!whole(In.DELTA_EVENT)) {
            return false;
        }
        if (finished || (piece.isEmpty() && holds != Holds.CITATION)) {
            return true;
        }
        start(sink);
        if (holds != Holds.SIGNATURE) {
            endThought(sink);
        }
        switch (holds) {
            case NOTHING -> {}
            case TEXT -> sink.text(piece);
            case THOUGHT -> sink.thought(piece);
            case SIGNATURE -> signature = signature == null ? new StringBuilder(piece) : signature.append(piece);
            case REDACTED -> sink.thoughtCarrier(new Carrier(ApiSchema.BEDROCK_CONVERSE, "redacted", piece, null));
            case CITATION -> sink.citation(citation());
            case TOOL_INPUT -> {
                return arguments(sink);
            }
        }
        return true;
    }

    /** Arguments of a call that never began belong to nobody: the stream is broken. */
    private boolean arguments(AnswerSink sink) {
        int slot = slot(index);
        if (slot < 0) {
            return false;
        }
        int call = openCall[slot];
        if (call >= 0) {
            sink.toolArguments(call, piece);
        } else if (call == ANSWER) {
            sink.text(piece);
        }
        return true;
    }

    /** Its place is a place in the source, not in the answer, so that is unknown. */
    private Citation citation() {
        String address = url;
        if (address == null && source != null && (source.startsWith("https://") || source.startsWith("http://"))) {
            address = source;
        }
        return new Citation(address, title, quote == null ? null : quote.toString(), -1, -1);
    }

    private boolean blockStop(AnswerSink sink) {
        index = 0;
        if (!whole(In.STOP_EVENT)) {
            return false;
        }
        if (!finished) {
            endThought(sink);
            close(index, sink);
        }
        return true;
    }

    private boolean messageStop(AnswerSink sink) {
        stopReason = null;
        stopSequence = null;
        if (!whole(In.MESSAGE_STOP)) {
            return false;
        }
        if (finished) {
            return true;
        }
        String word = stopReason == null ? "" : stopReason;
        start(sink);
        endThought(sink);
        while (open > 0) {
            close(openIndex[0], sink);
        }
        GatewayError malformed = StopReasons.error(word);
        if (malformed != null) {
            return fail(malformed, sink);
        }
        finished = true;
        sink.finish(StopReasons.finish(word, stopSequence, calls));
        if (counted) {
            finish(sink);
        }
        return true;
    }

    private boolean metadata(AnswerSink sink) {
        tally = new UsageTally();
        usageSeen = false;
        if (!whole(In.METADATA)) {
            return false;
        }
        start(sink);
        if (usageSeen) {
            sink.usage(tally.tokens());
        }
        counted = true;
        finish(sink);
        return true;
    }

    private void endThought(AnswerSink sink) {
        if (signature != null) {
            Carrier carrier = new Carrier(ApiSchema.BEDROCK_CONVERSE, "signature", signature.toString(), null);
            signature = null;
            sink.thoughtCarrier(carrier);
        }
    }

    // ------------------------------------------------------------------ blocks of tools

    private void open(long block, int call) {
        if (open == openIndex.length) {
            openIndex = Arrays.copyOf(openIndex, open * 2);
            openCall = Arrays.copyOf(openCall, open * 2);
        }
        openIndex[open] = block;
        openCall[open++] = call;
    }

    private int slot(long block) {
        for (int i = 0; i < open; i++) {
            if (openIndex[i] == block) {
                return i;
            }
        }
        return -1;
    }

    private void close(long block, AnswerSink sink) {
        int slot = slot(block);
        if (slot < 0) {
            return;
        }
        int call = openCall[slot];
        open--;
        System.arraycopy(openIndex, slot + 1, openIndex, slot, open - slot);
        System.arraycopy(openCall, slot + 1, openCall, slot, open - slot);
        if (call >= 0) {
            sink.toolEnd(call);
        }
    }

    // ------------------------------------------------------------------ JSON

    private boolean whole(In in) {
        return json.peek() == '{' && object(in) && json.onlySpaceFollows();
    }

    private boolean object(In in) {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!member(in)) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean member(In in) {
        return switch (in) {
            case DELTA_EVENT -> json.keyIs(Keys.DELTA) ? nested(In.DELTA) : indexOrSkip();
            case DELTA -> deltaMember();
            case DELTA_TOOL -> json.keyIs(INPUT) ? piece(Holds.TOOL_INPUT) : json.skipValue();
            case DELTA_REASONING -> reasoningMember();
            case CITATION -> citationMember();
            case CITATION_LOCATION -> json.keyIs(WEB) ? nested(In.CITATION_WEB) : json.skipValue();
            case CITATION_WEB -> json.keyIs(Keys.URL) ? string() && setUrl() : json.skipValue();
            case CITATION_PIECE -> json.keyIs(Keys.TEXT) ? string() && addQuote() : json.skipValue();
            case START_EVENT -> json.keyIs(START) ? nested(In.START) : indexOrSkip();
            case START -> json.keyIs(TOOL_USE) ? startTool() : json.skipValue();
            case START_TOOL -> toolMember();
            case STOP_EVENT -> indexOrSkip();
            case MESSAGE_STOP ->
                json.keyIs(STOP_REASON)
                        ? string() && setStopReason()
                        : json.keyIs(ADDITIONAL) ? nested(In.STOP_FIELDS) : json.skipValue();
            case STOP_FIELDS -> json.keyIs(STOP_SEQUENCE) ? string() && setStopSequence() : json.skipValue();
            case METADATA -> json.keyIs(Keys.USAGE) ? usage() : json.skipValue();
            case USAGE -> usageMember();
            case CACHE_DETAIL -> detailMember();
        };
    }

    /** The object at the cursor; what stands there instead of one is skipped. */
    private boolean nested(In in) {
        return json.peek() == '{' ? object(in) : json.skipValue();
    }

    private boolean indexOrSkip() {
        if (!json.keyIs(BLOCK_INDEX)) {
            return json.skipValue();
        }
        boolean ok = json.count(number, 0);
        index = number[0];
        return ok;
    }

    private boolean deltaMember() {
        if (json.keyIs(Keys.TEXT)) {
            return piece(Holds.TEXT);
        }
        if (json.keyIs(TOOL_USE)) {
            return nested(In.DELTA_TOOL);
        }
        if (json.keyIs(REASONING_CONTENT)) {
            return nested(In.DELTA_REASONING);
        }
        if (json.keyIs(CITATION) && json.peek() == '{') {
            return citationObject();
        }
        return json.skipValue();
    }

    private boolean reasoningMember() {
        if (json.keyIs(Keys.TEXT)) {
            return piece(Holds.THOUGHT);
        }
        if (json.keyIs(Keys.SIGNATURE)) {
            return piece(Holds.SIGNATURE);
        }
        return json.keyIs(REDACTED_CONTENT) ? piece(Holds.REDACTED) : json.skipValue();
    }

    private boolean piece(Holds kind) {
        if (!string()) {
            return false;
        }
        holds = kind;
        return true;
    }

    /** Reads a string into {@link #piece}; anything else is as good as an empty one. */
    private boolean string() {
        if (json.peek() != '"') {
            piece = "";
            return json.skipValue();
        }
        boolean ok = json.string();
        piece = ok ? json.stringValue() : "";
        return ok;
    }

    private boolean citationObject() {
        holds = Holds.CITATION;
        title = null;
        url = null;
        source = null;
        quote = null;
        return object(In.CITATION);
    }

    private boolean citationMember() {
        if (json.keyIs(TITLE)) {
            boolean ok = string();
            title = piece.isEmpty() ? null : piece;
            return ok;
        }
        if (json.keyIs(SOURCE)) {
            boolean ok = string();
            source = piece;
            return ok;
        }
        if (json.keyIs(LOCATION)) {
            return nested(In.CITATION_LOCATION);
        }
        return json.keyIs(SOURCE_CONTENT) ? objects(In.CITATION_PIECE) : json.skipValue();
    }

    private boolean objects(In in) {
        if (json.peek() != '[') {
            return json.skipValue();
        }
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            hour = false;
            detailTokens = -1;
            if (!nested(in)) {
                return false;
            }
            if (in == In.CACHE_DETAIL && hour) {
                tally.addHour(detailTokens);
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    private boolean setUrl() {
        url = piece.isEmpty() ? null : piece;
        return true;
    }

    private boolean addQuote() {
        quote = (quote == null ? new StringBuilder() : quote).append(piece);
        return true;
    }

    private boolean setStopReason() {
        stopReason = piece;
        return true;
    }

    private boolean setStopSequence() {
        stopSequence = piece.isEmpty() ? null : piece;
        return true;
    }

    private boolean startTool() {
        toolSeen |= json.peek() == '{';
        return nested(In.START_TOOL);
    }

    private boolean toolMember() {
        if (json.keyIs(TOOL_USE_ID)) {
            boolean ok = string();
            toolId = piece;
            return ok;
        }
        if (json.keyIs(NAME)) {
            boolean ok = string();
            toolName = piece;
            return ok;
        }
        if (json.keyIs(Keys.TYPE) && json.peek() == '"') {
            boolean ok = json.string();
            serverTool = ok && json.stringIs(SERVER_TOOL);
            return ok;
        }
        return json.skipValue();
    }

    private boolean usage() {
        usageSeen |= json.peek() == '{';
        return nested(In.USAGE);
    }

    private boolean usageMember() {
        if (json.keyIs(CACHE_DETAILS)) {
            return objects(In.CACHE_DETAIL);
        }
        boolean input = json.keyIs(INPUT_TOKENS);
        boolean output = json.keyIs(OUTPUT_TOKENS);
        boolean read = json.keyIs(CACHE_READ);
        boolean write = json.keyIs(CACHE_WRITE);
        if (!(input || output || read || write) || !isNumber(json.peek())) {
            return json.skipValue();
        }
        boolean ok = json.count(number, 0);
        if (input) {
            tally.input = number[0];
        } else if (output) {
            tally.output = number[0];
        } else if (read) {
            tally.cacheRead = number[0];
        } else {
            tally.cacheWrite = number[0];
        }
        return ok;
    }

    private boolean detailMember() {
        if (json.keyIs(TTL) && json.peek() == '"') {
            boolean ok = json.string();
            hour = ok && json.stringIs(HOUR);
            return ok;
        }
        if (json.keyIs(INPUT_TOKENS) && isNumber(json.peek())) {
            boolean ok = json.count(number, 0);
            detailTokens = number[0];
            return ok;
        }
        return json.skipValue();
    }

    /** Not {@code null}: what is not told is not zero. */
    private static boolean isNumber(int first) {
        return first == '-' || (first >= '0' && first <= '9');
    }
}
