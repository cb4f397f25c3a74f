// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Tokens;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of one event of a ConverseStream. An object is read whole before anything of it can be asked for, whatever the order of its
 * members. One instance per stream; what it says holds until the next event is read.
 */
final class ConverseEvent {

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
    enum Holds {
        NOTHING,
        TEXT,
        TOOL_INPUT,
        THOUGHT,
        SIGNATURE,
        REDACTED,
        CITATION
    }

    private final JsonCursor json = new JsonCursor();
    private final long[] number = new long[1];

    // The object under the cursor.
    private long index;
    private Holds holds = Holds.NOTHING;
    private String piece = "";
    private boolean toolSeen;
    private boolean serverTool;
    private String toolId = "";
    private String toolName = "";
    private @Nullable String title;
    private @Nullable String url;
    private @Nullable String source;
    private @Nullable StringBuilder quote;
    private String stopReason = "";
    private @Nullable String stopSequence;
    private UsageTally tally = new UsageTally();
    private boolean usageSeen;
    private boolean hour;
    private long detailTokens;

    /** Puts the reader on the payload of an event. */
    void on(byte[] bytes, int from, int to) {
        json.on(bytes, from, to, true);
    }

    // ------------------------------------------------------------------ events: false when the payload is not such an
    // object

    boolean isObject() {
        return json.skipValue() && json.onlySpaceFollows();
    }

    boolean blockStart() {
        index = 0;
        toolSeen = false;
        serverTool = false;
        toolId = "";
        toolName = "";
        return whole(In.START_EVENT);
    }

    boolean delta() {
        index = 0;
        holds = Holds.NOTHING;
        piece = "";
        return whole(In.DELTA_EVENT);
    }

    boolean blockStop() {
        index = 0;
        return whole(In.STOP_EVENT);
    }

    boolean messageStop() {
        stopReason = "";
        stopSequence = null;
        return whole(In.MESSAGE_STOP);
    }

    boolean metadata() {
        tally = new UsageTally();
        usageSeen = false;
        return whole(In.METADATA);
    }

    // ------------------------------------------------------------------ what they say

    /** Of the block. */
    long index() {
        return index;
    }

    Holds holds() {
        return holds;
    }

    /** Of what the delta holds; empty when it holds nothing. */
    String piece() {
        return piece;
    }

    /** Whether the block is a tool's. */
    boolean toolSeen() {
        return toolSeen;
    }

    /** Whether the provider runs the tool itself. */
    boolean serverTool() {
        return serverTool;
    }

    String toolId() {
        return toolId;
    }

    String toolName() {
        return toolName;
    }

    String stopReason() {
        return stopReason;
    }

    @Nullable
    String stopSequence() {
        return stopSequence;
    }

    boolean usageSeen() {
        return usageSeen;
    }

    Tokens tokens() {
        return tally.tokens();
    }

    /** Its place is a place in the source, not in the answer, so that is unknown. */
    Citation citation() {
        String address = url;
        if (address == null && source != null && (source.startsWith("https://") || source.startsWith("http://"))) {
            address = source;
        }
        return new Citation(address, title, quote == null ? null : quote.toString(), -1, -1);
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
