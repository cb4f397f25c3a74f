// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import dev.penstock.exchange.Usage;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.sse.EventReader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What Penstock reads of the events of one stream, and what it remembers of them. What an event said counts only when all of it was
 * readable.
 *
 * <p>Usage is cumulative: what a later event says takes the place of what an earlier one said, field by field, and is never added.
 * {@code input_tokens} leaves out what was read from and written to the cache.
 */
final class MessagesPayload {

    private static final byte[] STOP_REASON = Keys.bytes("stop_reason");
    private static final byte[] PARTIAL_JSON = Keys.bytes("partial_json");
    private static final byte[] CITATION = Keys.bytes("citation");
    private static final byte[] CITATIONS = Keys.bytes("citations");
    private static final byte[] TOOL_USE = Keys.bytes("tool_use");
    private static final byte[] SERVER_TOOL_USE = Keys.bytes("server_tool_use");
    private static final byte[] CACHE_READ = Keys.bytes("cache_read_input_tokens");
    private static final byte[] CACHE_CREATION = Keys.bytes("cache_creation_input_tokens");
    private static final byte[] THINKING_TOKENS = Keys.bytes("thinking_tokens");

    private static final byte[][] STOP_BYTES = {
        Keys.bytes("end_turn"),
        Keys.bytes("tool_use"),
        Keys.bytes("max_tokens"),
        Keys.bytes("stop_sequence"),
        Keys.bytes("pause_turn"),
        Keys.bytes("refusal")
    };
    private static final String[] STOP_WORDS = {
        "end_turn", "tool_use", "max_tokens", "stop_sequence", "pause_turn", "refusal"
    };

    private static final int INPUT = 0;
    private static final int READ = 1;
    private static final int WRITTEN = 2;
    private static final int OUTPUT = 3;
    private static final int THINKING = 4;

    private final JsonCursor json = new JsonCursor();

    // The event under the cursor; taken over when all of it was readable.
    private int flags;
    private long eventBytes;
    private @Nullable String eventStop;
    private final long[] eventCounts = new long[5];
    private boolean eventCounted;

    // The answer so far.
    private final long[] counts = new long[5];
    private boolean counted;
    private boolean outputCounted;
    private long contentBytes;
    private @Nullable String stopReason;
    private boolean stopped;

    /**
     * Reads what the event holds.
     *
     * @return flags of {@link EventReader}; {@link EventReader#MALFORMED} alone when it cannot be read
     */
    int read(MessagesEvent.Type type, MessagesEvent event) {
        beginEvent();
        boolean readable = event.innerAt() < 0 || inner(type, event);
        if (readable && type == MessagesEvent.Type.MESSAGE_DELTA && event.usageAt() >= 0) {
            readable = usage(event, event.usageAt());
        }
        if (!readable) {
            return EventReader.MALFORMED;
        }
        return commit(type);
    }

    private void beginEvent() {
        flags = 0;
        eventBytes = 0;
        eventStop = null;
        eventCounted = false;
    }

    private int commit(MessagesEvent.Type type) {
        contentBytes += eventBytes;
        if (eventStop != null) {
            stopReason = eventStop;
            flags |= EventReader.FINISH;
        }
        if (eventCounted) {
            flags |= EventReader.USAGE;
            counted = true;
            for (int i = 0; i < counts.length; i++) {
                counts[i] = eventCounts[i] >= 0 ? eventCounts[i] : counts[i];
            }
            outputCounted |= type == MessagesEvent.Type.MESSAGE_DELTA && eventCounts[OUTPUT] >= 0;
        }
        if (type == MessagesEvent.Type.MESSAGE_STOP) {
            stopped = true;
            flags |= EventReader.DONE;
        }
        return flags;
    }

    // ------------------------------------------------------------------ the answer so far

    @Nullable
    Usage usage() {
        if (!counted) {
            return null;
        }
        long input = counts[INPUT] + counts[READ] + counts[WRITTEN];
        long output = outputCounted ? counts[OUTPUT] : Math.max(counts[OUTPUT], TokenEstimate.tokens(contentBytes));
        return new Usage(
                input, counts[READ], output, Math.min(counts[THINKING], output), !outputCounted, counts[WRITTEN]);
    }

    @Nullable
    String stopReason() {
        return stopReason;
    }

    long contentBytes() {
        return contentBytes;
    }

    boolean stopped() {
        return stopped;
    }

    // ------------------------------------------------------------------ what an event holds

    private boolean inner(MessagesEvent.Type type, MessagesEvent event) {
        json.on(event.bytes(), event.innerAt(), event.to(), true);
        return switch (type) {
            case BLOCK_DELTA, BLOCK_START -> content();
            case MESSAGE_DELTA -> messageDelta();
            case MESSAGE_START -> message(event);
            case BLOCK_STOP, MESSAGE_STOP, PING, ERROR, OTHER, BROKEN -> true;
        };
    }

    /** A block or a delta: text, thinking, arguments, or something that only later models know. */
    private boolean content() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!contentMember()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean contentMember() {
        if (json.keyIs(Keys.TYPE) && json.peek() == '"') {
            boolean ok = json.string();
            if (json.stringIs(TOOL_USE) || json.stringIs(SERVER_TOOL_USE)) {
                flags |= EventReader.CONTENT | EventReader.TOOL;
            }
            return ok;
        }
        if (json.keyIs(Keys.ID)) {
            return json.skipValue();
        }
        boolean arguments = json.keyIs(PARTIAL_JSON);
        boolean opaque = json.keyIs(Keys.SIGNATURE) || json.keyIs(Keys.DATA);
        // What is cited was the client's own.
        boolean cited = json.keyIs(CITATION) || json.keyIs(CITATIONS);
        json.peek();
        boolean ok = json.text();
        if (json.textSeen()) {
            flags |= arguments ? EventReader.CONTENT | EventReader.TOOL : EventReader.CONTENT;
            eventBytes += opaque || cited ? 0 : json.textBytes();
        }
        return ok;
    }

    private boolean messageDelta() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(STOP_REASON) && json.peek() == '"') {
                if (!json.string()) {
                    return false;
                }
                eventStop = json.stringLength() > 0 ? stopWord() : eventStop;
            } else if (!json.skipValue()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private String stopWord() {
        for (int i = 0; i < STOP_BYTES.length; i++) {
            if (json.stringIs(STOP_BYTES[i])) {
                return STOP_WORDS[i];
            }
        }
        return json.stringValue();
    }

    /** Of the message only the usage is known yet. */
    private boolean message(MessagesEvent event) {
        int usageAt = -1;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (json.keyIs(Keys.USAGE) && json.peek() == '{') {
                usageAt = json.at();
            }
            if (!json.skipValue()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END && (usageAt < 0 || usage(event, usageAt));
    }

    private boolean usage(MessagesEvent event, int at) {
        eventCounted = true;
        Arrays.fill(eventCounts, -1);
        json.on(event.bytes(), at, event.to(), true);
        return countMembers();
    }

    private boolean countMembers() {
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            if (!countMember()) {
                return false;
            }
            state = json.nextMember();
        }
        return state == JsonCursor.END;
    }

    private boolean countMember() {
        if (json.keyIs(Keys.OUTPUT_TOKENS_DETAILS) && json.peek() == '{') {
            return countMembers();
        }
        int slot = slot();
        return (slot < 0 || json.peek() == 'n') ? json.skipValue() : json.count(eventCounts, slot);
    }

    private int slot() {
        if (json.keyIs(Keys.INPUT_TOKENS)) {
            return INPUT;
        }
        if (json.keyIs(Keys.OUTPUT_TOKENS)) {
            return OUTPUT;
        }
        if (json.keyIs(CACHE_READ)) {
            return READ;
        }
        if (json.keyIs(CACHE_CREATION)) {
            return WRITTEN;
        }
        return json.keyIs(THINKING_TOKENS) ? THINKING : -1;
    }
}
