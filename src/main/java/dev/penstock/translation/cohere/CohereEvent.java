// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Tokens;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of one event. An event is read whole before anything of it can be asked for, whatever the order of its members: no two
 * kinds of event use one path for different things. One instance per stream; what it says holds until the next event is read.
 */
final class CohereEvent {

    private static final byte[] TYPE_MESSAGE_START = Keys.bytes("message-start");
    private static final byte[] TYPE_CONTENT_START = Keys.bytes("content-start");
    private static final byte[] TYPE_CONTENT_DELTA = Keys.bytes("content-delta");
    private static final byte[] TYPE_PLAN_DELTA = Keys.bytes("tool-plan-delta");
    private static final byte[] TYPE_CALL_START = Keys.bytes("tool-call-start");
    private static final byte[] TYPE_CALL_DELTA = Keys.bytes("tool-call-delta");
    private static final byte[] TYPE_CALL_END = Keys.bytes("tool-call-end");
    private static final byte[] TYPE_CITATION_START = Keys.bytes("citation-start");
    private static final byte[] TYPE_MESSAGE_END = Keys.bytes("message-end");

    private static final byte[] TOOL_PLAN = Keys.bytes("tool_plan");
    private static final byte[] CITATIONS = Keys.bytes("citations");
    private static final byte[] THINKING = Keys.bytes("thinking");
    private static final byte[] FUNCTION = Keys.bytes("function");
    private static final byte[] NAME = Keys.bytes("name");
    private static final byte[] ARGUMENTS = Keys.bytes("arguments");
    private static final byte[] TOKENS = Keys.bytes("tokens");
    private static final byte[] START = Keys.bytes("start");
    private static final byte[] END = Keys.bytes("end");
    private static final byte[] SOURCES = Keys.bytes("sources");
    private static final byte[] DOCUMENT = Keys.bytes("document");
    private static final byte[] TOOL_OUTPUT = Keys.bytes("tool_output");
    private static final byte[] TITLE = Keys.bytes("title");
    private static final byte[] SNIPPET = Keys.bytes("snippet");
    private static final byte[] TEXT_CONTENT = Keys.bytes("TEXT_CONTENT");

    /** What has happened. */
    enum Type {
        MESSAGE_START,
        CONTENT_START,
        CONTENT_DELTA,
        PLAN_DELTA,
        CALL_START,
        CALL_DELTA,
        CALL_END,
        CITATION_START,
        MESSAGE_END,
        /** Nothing that a client hears of, or nothing that is known. */
        OTHER,
        /** Not an event at all, but an object as errors are. */
        NONE
    }

    /** The objects that are read, for the one loop over members. */
    private enum In {
        EVENT,
        DELTA,
        MESSAGE,
        CONTENT,
        CALL,
        FUNCTION,
        CITATION,
        SOURCE,
        SOURCE_DATA,
        USAGE,
        TOKENS
    }

    private final JsonCursor json = new JsonCursor();
    private final long[] number = new long[1];

    private Type type = Type.NONE;
    private String string = "";
    private String id = "";
    private long index;
    private String text = "";
    private String thought = "";
    private String plan = "";
    private String callId = "";
    private String callName = "";
    private String arguments = "";
    private String finishReason = "";
    private String error = "";
    private String message = "";

    private boolean usageSeen;
    private long input;
    private long output;
    private long cached;

    // The citation, and the source of it that is being read.
    private boolean ofText;
    private long citedFrom;
    private long citedTo;
    private final List<Citation> sources = new ArrayList<>(0);
    private @Nullable String url;
    private @Nullable String title;
    private @Nullable String quote;

    /**
     * Reads the event in {@code bytes[from, to)}.
     *
     * @return false when it is not a JSON object
     */
    boolean read(byte[] bytes, int from, int to) {
        forget();
        json.on(bytes, from, to, true);
        return json.peek() == '{' && object(In.EVENT) && json.onlySpaceFollows();
    }

    private void forget() {
        type = Type.NONE;
        id = "";
        index = -1;
        text = "";
        thought = "";
        plan = "";
        callId = "";
        callName = "";
        arguments = "";
        finishReason = "";
        error = "";
        message = "";
        usageSeen = false;
        input = -1;
        output = -1;
        cached = -1;
        ofText = true;
        citedFrom = -1;
        citedTo = -1;
        sources.clear();
    }

    // ------------------------------------------------------------------ what it says

    Type type() {
        return type;
    }

    /** Of the answer. */
    String id() {
        return id;
    }

    /** Of the content or of the call, or -1. */
    long index() {
        return index;
    }

    String text() {
        return text;
    }

    String thought() {
        return thought;
    }

    String plan() {
        return plan;
    }

    String callId() {
        return callId;
    }

    String callName() {
        return callName;
    }

    String arguments() {
        return arguments;
    }

    String finishReason() {
        return finishReason;
    }

    /** What went wrong in the middle of an answer, in the provider's words. */
    String error() {
        return error;
    }

    /** The words of an object that is no event. */
    String message() {
        return message;
    }

    boolean usageSeen() {
        return usageSeen;
    }

    /** What the model read and wrote, not what is on the bill; what came from a cache is inside. */
    Tokens tokens() {
        return new Tokens(input, cached, -1, -1, output, -1);
    }

    int sources() {
        return ofText ? sources.size() : 0;
    }

    /**
     * One source of the citation. A citation of a thought or of a plan has none.
     *
     * @param before characters of the answer before the text that the event counts in
     */
    Citation source(int number, int before) {
        Citation source = sources.get(number);
        int from = citedFrom < 0 ? -1 : place(before + citedFrom);
        int to = citedTo < 0 ? -1 : place(before + citedTo);
        return new Citation(source.url(), source.title(), source.quote(), from, to);
    }

    private static int place(long at) {
        return (int) Math.min(at, Integer.MAX_VALUE);
    }

    // ------------------------------------------------------------------ JSON

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
            case EVENT -> eventMember();
            case DELTA -> deltaMember();
            case MESSAGE -> messageMember();
            case CONTENT -> contentMember();
            case CALL -> callMember();
            case FUNCTION -> functionMember();
            case CITATION -> citationMember();
            case SOURCE -> sourceMember();
            case SOURCE_DATA -> sourceDataMember();
            case USAGE -> usageMember();
            case TOKENS -> tokensMember();
        };
    }

    /** The object at the cursor; what stands there instead of one is skipped. */
    private boolean nested(In in) {
        return json.peek() == '{' ? object(in) : json.skipValue();
    }

    /** Reads a string into {@link #string}; anything else is as good as an empty one. */
    private boolean string() {
        if (json.peek() != '"') {
            string = "";
            return json.skipValue();
        }
        boolean ok = json.string();
        string = ok && json.stringLength() > 0 ? json.stringValue() : "";
        return ok;
    }

    private boolean eventMember() {
        if (json.keyIs(Keys.TYPE)) {
            return typeWord();
        }
        if (json.keyIs(Keys.DELTA)) {
            return nested(In.DELTA);
        }
        if (json.keyIs(Keys.INDEX) && isNumber(json.peek())) {
            boolean ok = json.count(number, 0);
            index = number[0];
            return ok;
        }
        if (json.keyIs(Keys.ID)) {
            boolean ok = string();
            id = string;
            return ok;
        }
        if (json.keyIs(Keys.MESSAGE)) {
            boolean ok = string();
            message = string;
            return ok;
        }
        if (json.keyIs(Keys.ERROR)) {
            boolean ok = string();
            error = string;
            return ok;
        }
        return json.skipValue();
    }

    private boolean typeWord() {
        if (json.peek() != '"') {
            return json.skipValue();
        }
        boolean ok = json.string();
        type = ok ? typeOf() : Type.OTHER;
        return ok;
    }

    private Type typeOf() {
        return switch (json.stringLength()) {
            case 11 -> json.stringIs(TYPE_MESSAGE_END) ? Type.MESSAGE_END : Type.OTHER;
            case 13 ->
                json.stringIs(TYPE_CONTENT_DELTA)
                        ? Type.CONTENT_DELTA
                        : json.stringIs(TYPE_CONTENT_START)
                                ? Type.CONTENT_START
                                : json.stringIs(TYPE_MESSAGE_START)
                                        ? Type.MESSAGE_START
                                        : json.stringIs(TYPE_CALL_END) ? Type.CALL_END : Type.OTHER;
            case 14 -> json.stringIs(TYPE_CITATION_START) ? Type.CITATION_START : Type.OTHER;
            case 15 ->
                json.stringIs(TYPE_CALL_DELTA)
                        ? Type.CALL_DELTA
                        : json.stringIs(TYPE_PLAN_DELTA)
                                ? Type.PLAN_DELTA
                                : json.stringIs(TYPE_CALL_START) ? Type.CALL_START : Type.OTHER;
            default -> Type.OTHER;
        };
    }

    private boolean deltaMember() {
        if (json.keyIs(Keys.MESSAGE)) {
            return nested(In.MESSAGE);
        }
        if (json.keyIs(Keys.FINISH_REASON)) {
            boolean ok = string();
            finishReason = string;
            return ok;
        }
        if (json.keyIs(Keys.USAGE)) {
            usageSeen |= json.peek() == '{';
            return nested(In.USAGE);
        }
        if (json.keyIs(Keys.ERROR)) {
            boolean ok = string();
            error = string;
            return ok;
        }
        return json.skipValue();
    }

    /** The lists of a beginning are empty and skipped; in pieces the same members are objects. */
    private boolean messageMember() {
        if (json.keyIs(Keys.CONTENT)) {
            return nested(In.CONTENT);
        }
        if (json.keyIs(TOOL_PLAN)) {
            boolean ok = string();
            plan = string;
            return ok;
        }
        if (json.keyIs(Keys.TOOL_CALLS)) {
            return nested(In.CALL);
        }
        return json.keyIs(CITATIONS) ? nested(In.CITATION) : json.skipValue();
    }

    private boolean contentMember() {
        if (json.keyIs(Keys.TEXT)) {
            boolean ok = string();
            text = string;
            return ok;
        }
        if (json.keyIs(THINKING)) {
            boolean ok = string();
            thought = string;
            return ok;
        }
        return json.skipValue();
    }

    private boolean callMember() {
        if (json.keyIs(FUNCTION)) {
            return nested(In.FUNCTION);
        }
        if (json.keyIs(Keys.ID)) {
            boolean ok = string();
            callId = string;
            return ok;
        }
        return json.skipValue();
    }

    private boolean functionMember() {
        if (json.keyIs(ARGUMENTS)) {
            boolean ok = string();
            arguments = string;
            return ok;
        }
        if (json.keyIs(NAME)) {
            boolean ok = string();
            callName = string;
            return ok;
        }
        return json.skipValue();
    }

    private boolean usageMember() {
        if (json.keyIs(TOKENS)) {
            return nested(In.TOKENS);
        }
        if (json.keyIs(Keys.CACHED_TOKENS) && isNumber(json.peek())) {
            boolean ok = json.count(number, 0);
            cached = number[0];
            return ok;
        }
        return json.skipValue();
    }

    private boolean tokensMember() {
        boolean isInput = json.keyIs(Keys.INPUT_TOKENS);
        boolean isOutput = json.keyIs(Keys.OUTPUT_TOKENS);
        if (!(isInput || isOutput) || !isNumber(json.peek())) {
            return json.skipValue();
        }
        boolean ok = json.count(number, 0);
        input = isInput ? number[0] : input;
        output = isOutput ? number[0] : output;
        return ok;
    }

    // ------------------------------------------------------------------ citations

    private boolean citationMember() {
        if (json.keyIs(SOURCES) && json.peek() == '[') {
            return sourceList();
        }
        if (json.keyIs(Keys.TYPE) && json.peek() == '"') {
            boolean ok = json.string();
            ofText = ok && json.stringIs(TEXT_CONTENT);
            return ok;
        }
        boolean isStart = json.keyIs(START);
        if ((isStart || json.keyIs(END)) && isNumber(json.peek())) {
            boolean ok = json.count(number, 0);
            citedFrom = isStart ? number[0] : citedFrom;
            citedTo = isStart ? citedTo : number[0];
            return ok;
        }
        return json.skipValue();
    }

    private boolean sourceList() {
        json.enter();
        int state = json.firstElement();
        while (state == JsonCursor.MORE) {
            url = null;
            title = null;
            quote = null;
            boolean isObject = json.peek() == '{';
            if (!nested(In.SOURCE)) {
                return false;
            }
            if (isObject) {
                sources.add(new Citation(url, title, quote, -1, -1));
            }
            state = json.nextElement();
        }
        return state == JsonCursor.END;
    }

    /** What has no title is called by its id, as the prompt does. */
    private boolean sourceMember() {
        if (json.keyIs(DOCUMENT) || json.keyIs(TOOL_OUTPUT)) {
            return nested(In.SOURCE_DATA);
        }
        if (json.keyIs(Keys.ID)) {
            boolean ok = string();
            title = title == null && !string.isEmpty() ? string : title;
            return ok;
        }
        return json.skipValue();
    }

    /** Free in form; these are the names that Cohere's own guides use. */
    private boolean sourceDataMember() {
        boolean isUrl = json.keyIs(Keys.URL);
        boolean isTitle = json.keyIs(TITLE);
        if (!(isUrl || isTitle || json.keyIs(SNIPPET))) {
            return json.skipValue();
        }
        boolean ok = string();
        if (string.isEmpty()) {
            return ok;
        }
        if (isTitle) {
            title = string;
        } else if (!isUrl) {
            quote = string;
        } else if (string.startsWith("https://") || string.startsWith("http://")) {
            url = string;
        }
        return ok;
    }

    /** Not {@code null}: what is not told is not zero. */
    private static boolean isNumber(int first) {
        return first == '-' || (first >= '0' && first <= '9');
    }
}
