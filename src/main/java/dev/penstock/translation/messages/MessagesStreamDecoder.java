// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.JsonCursor;
import dev.penstock.schema.Keys;
import dev.penstock.schema.anthropic.MessagesEvent;
import dev.penstock.schema.anthropic.MessagesProviderError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A provider's messages stream, told as an answer. Blocks are kept by index; those of the provider's own tools (calls, results,
 * compaction) are skipped, because nobody but the provider can use them.
 *
 * <p>The finish is held back until {@code message_stop}, because some servers begin a second {@code message_start} in one stream when
 * another model goes on: what it says joins what was said before. When it begins in the middle of a tool call, the call can neither be
 * completed nor unsaid, and the stream has failed.
 */
public final class MessagesStreamDecoder implements StreamDecoder {

    private static final byte NONE = 0;
    private static final byte TEXT = 1;
    private static final byte THINKING = 2;
    private static final byte TOOL = 3;
    private static final byte SKIPPED = 4;
    private static final int MOST_BLOCKS = 65_536;

    private static final byte[] TEXT_DELTA = Keys.bytes("text_delta");
    private static final byte[] THINKING_NAME = Keys.bytes("thinking");
    private static final byte[] THINKING_DELTA = Keys.bytes("thinking_delta");
    private static final byte[] REDACTED_THINKING = Keys.bytes("redacted_thinking");
    private static final byte[] TOOL_USE = Keys.bytes("tool_use");
    private static final byte[] PARTIAL_JSON = Keys.bytes("partial_json");
    private static final byte[] INPUT = Keys.bytes("input");
    private static final byte[] NAME = Keys.bytes("name");
    private static final byte[] MODEL = Keys.bytes("model");
    private static final byte[] CITATION = Keys.bytes("citation");
    private static final byte[] CITED_TEXT = Keys.bytes("cited_text");
    private static final byte[] TITLE = Keys.bytes("title");
    private static final byte[] DOCUMENT_TITLE = Keys.bytes("document_title");
    private static final byte[] SOURCE = Keys.bytes("source");
    private static final byte[] STOP_REASON = Keys.bytes("stop_reason");
    private static final byte[] STOP_SEQUENCE = Keys.bytes("stop_sequence");

    private final MessagesEvent event = new MessagesEvent();
    private final JsonCursor json = new JsonCursor();
    private final UsageFields usage = new UsageFields();

    // Blocks by index.
    private byte[] kinds = new byte[8];
    private int[] callOf = new int[8];
    private boolean[] pieces = new boolean[8];
    private @Nullable String wholeInput;

    private int calls;
    private int openCalls;
    private @Nullable StringBuilder signature;
    private @Nullable String stopReason;
    private @Nullable String stopSequence;
    private boolean started;
    private boolean stopped;
    private @Nullable GatewayError error;

    // What the object under the cursor said.
    private @Nullable String objectText;
    private @Nullable String objectId;
    private @Nullable String objectName;
    private @Nullable String objectSignature;
    private @Nullable String objectInput;
    private @Nullable String objectData;
    private byte objectKind;
    private boolean objectRedacted;
    private @Nullable Citation objectCitation;

    @Override
    public boolean event(byte[] bytes, int from, int to, AnswerSink sink) {
        if (stopped || error != null) {
            return true;
        }
        return switch (event.read(bytes, from, to)) {
            case BLOCK_DELTA -> delta(sink);
            case BLOCK_START -> blockStart(sink);
            case BLOCK_STOP -> blockStop(sink);
            case MESSAGE_START -> messageStart(sink);
            case MESSAGE_DELTA -> messageDelta(sink);
            case MESSAGE_STOP -> messageStop(sink);
            case ERROR -> failed(MessagesProviderError.inStream(event.payload()), sink);
            case PING, OTHER -> true;
            case BROKEN -> false;
        };
    }

    @Override
    public boolean terminal() {
        return stopped;
    }

    @Override
    public boolean finishing() {
        return stopped || stopReason != null;
    }

    /** Nothing comes after {@code message_stop}. */
    @Override
    public void finish(AnswerSink sink) {}

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    private boolean failed(GatewayError why, AnswerSink sink) {
        error = why;
        sink.failed(why);
        return true;
    }

    // ------------------------------------------------------------------ the message

    private boolean messageStart(AnswerSink sink) {
        if (openCalls > 0) {
            return failed(
                    GatewayError.of(
                            GatewayError.Kind.INVALID_UPSTREAM,
                            "The provider began its answer anew in the middle of a tool call."),
                    sink);
        }
        Arrays.fill(kinds, NONE);
        stopReason = null;
        stopSequence = null;
        String id = "";
        String model = "";
        int usageAt = -1;
        if (event.innerAt() >= 0) {
            json.on(event.bytes(), event.innerAt(), event.to(), true);
            json.enter();
            int state = json.firstMember();
            while (state == JsonCursor.MORE) {
                boolean string = json.peek() == '"';
                boolean isId = string && json.keyIs(Keys.ID);
                boolean isModel = string && json.keyIs(MODEL);
                usageAt = (json.peek() == '{' && json.keyIs(Keys.USAGE)) ? json.at() : usageAt;
                if (!json.skipValue()) {
                    return false;
                }
                id = isId ? json.stringValue() : id;
                model = isModel ? json.stringValue() : model;
                state = json.nextMember();
            }
            if (state != JsonCursor.END || !readUsage(usageAt)) {
                return false;
            }
        }
        start(id, model, sink);
        // What is said of the output now is a guess of the provider's.
        sink.usage(usage.inputSide());
        return true;
    }

    private boolean readUsage(int at) {
        if (at < 0) {
            return true;
        }
        json.on(event.bytes(), at, event.to(), true);
        return usage.read(json);
    }

    private void start(String id, String model, AnswerSink sink) {
        if (!started) {
            started = true;
            sink.start(id, model);
        }
    }

    private boolean messageDelta(AnswerSink sink) {
        if (event.innerAt() >= 0) {
            json.on(event.bytes(), event.innerAt(), event.to(), true);
            json.enter();
            int state = json.firstMember();
            while (state == JsonCursor.MORE) {
                boolean string = json.peek() == '"';
                boolean reason = string && json.keyIs(STOP_REASON);
                boolean sequence = string && json.keyIs(STOP_SEQUENCE);
                if (!json.skipValue()) {
                    return false;
                }
                stopReason = reason ? json.stringValue() : stopReason;
                stopSequence = sequence ? json.stringValue() : stopSequence;
                state = json.nextMember();
            }
            if (state != JsonCursor.END) {
                return false;
            }
        }
        if (!readUsage(event.usageAt())) {
            return false;
        }
        if (event.usageAt() >= 0) {
            sink.usage(usage.all());
        }
        return true;
    }

    private boolean messageStop(AnswerSink sink) {
        start("", "", sink);
        endThought(sink);
        for (int i = 0; i < kinds.length && openCalls > 0; i++) {
            endCall(i, sink);
        }
        stopped = true;
        sink.finish(StopReasons.finish(stopReason, stopSequence, calls > 0));
        sink.end();
        return true;
    }

    // ------------------------------------------------------------------ blocks

    private boolean blockStart(AnswerSink sink) {
        int index = index();
        if (index < 0 || event.innerAt() < 0) {
            return true;
        }
        if (!object()) {
            return false;
        }
        start("", "", sink);
        endThought(sink);
        kinds[index] = objectKind;
        pieces[index] = false;
        switch (objectKind) {
            case TEXT -> text(objectText, sink);
            case THINKING -> {
                thought(objectText, sink);
                sign(objectSignature);
            }
            case TOOL -> {
                callOf[index] = calls++;
                openCalls++;
                wholeInput = objectInput;
                sink.toolStart(callOf[index], orEmpty(objectId), orEmpty(objectName));
            }
            default -> {
                if (objectRedacted && objectData != null) {
                    sink.thoughtCarrier(
                            new Carrier(ApiSchema.ANTHROPIC_MESSAGES, SignatureText.REDACTED, objectData, null));
                }
            }
        }
        return true;
    }

    private boolean delta(AnswerSink sink) {
        int index = index();
        if (index < 0 || event.innerAt() < 0) {
            return true;
        }
        if (!object()) {
            return false;
        }
        start("", "", sink);
        // Some servers leave out the start of a text block: what is no call and not skipped says itself what it is.
        switch (kinds[index]) {
            case TOOL -> {
                if (objectInput != null && !objectInput.isEmpty()) {
                    pieces[index] = true;
                    sink.toolArguments(callOf[index], objectInput);
                }
            }
            case SKIPPED -> {}
            default -> {
                if (objectKind == TEXT) {
                    text(objectText, sink);
                } else if (objectKind == THINKING) {
                    thought(objectText, sink);
                }
                sign(objectSignature);
                if (objectCitation != null) {
                    sink.citation(objectCitation);
                }
            }
        }
        return true;
    }

    private boolean blockStop(AnswerSink sink) {
        int index = index();
        if (index >= 0) {
            endThought(sink);
            endCall(index, sink);
            kinds[index] = NONE;
        }
        return true;
    }

    private void endCall(int index, AnswerSink sink) {
        if (kinds[index] != TOOL) {
            return;
        }
        if (!pieces[index] && wholeInput != null) {
            // Compatible servers send the arguments whole with the start.
            sink.toolArguments(callOf[index], wholeInput);
        }
        kinds[index] = NONE;
        wholeInput = null;
        openCalls--;
        sink.toolEnd(callOf[index]);
    }

    private void sign(@Nullable String piece) {
        if (piece != null && !piece.isEmpty()) {
            signature = signature == null ? new StringBuilder() : signature;
            signature.append(piece);
        }
    }

    private void endThought(AnswerSink sink) {
        if (signature != null) {
            String value = signature.toString();
            signature = null;
            sink.thoughtCarrier(new Carrier(ApiSchema.ANTHROPIC_MESSAGES, SignatureText.SIGNATURE, value, null));
        }
    }

    private static void text(@Nullable String piece, AnswerSink sink) {
        if (piece != null && !piece.isEmpty()) {
            sink.text(piece);
        }
    }

    private static void thought(@Nullable String piece, AnswerSink sink) {
        if (piece != null && !piece.isEmpty()) {
            sink.thought(piece);
        }
    }

    private static String orEmpty(@Nullable String value) {
        return value == null ? "" : value;
    }

    /** The index of the block, with room for it; -1 beyond any that makes sense. */
    private int index() {
        long index = event.index();
        if (index >= MOST_BLOCKS) {
            return -1;
        }
        if (index >= kinds.length) {
            int size = (int) Math.max(index + 1, kinds.length * 2L);
            kinds = Arrays.copyOf(kinds, size);
            callOf = Arrays.copyOf(callOf, size);
            pieces = Arrays.copyOf(pieces, size);
        }
        return (int) index;
    }

    // ------------------------------------------------------------------ the object under the cursor

    /** A content block or a delta: both say in {@code type} what they are, and the names of their fields do not overlap. */
    private boolean object() {
        objectText = null;
        objectId = null;
        objectName = null;
        objectSignature = null;
        objectInput = null;
        objectData = null;
        objectKind = SKIPPED;
        objectRedacted = false;
        objectCitation = null;
        json.on(event.bytes(), event.innerAt(), event.to(), true);
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
        if (first == '{') {
            return json.keyIs(INPUT) ? input() : json.keyIs(CITATION) ? citation() : json.skipValue();
        }
        if (first != '"') {
            return json.skipValue();
        }
        if (json.keyIs(Keys.TYPE)) {
            return type();
        }
        if (json.keyIs(Keys.TEXT) || json.keyIs(THINKING_NAME)) {
            boolean ok = json.string();
            objectText = json.stringValue();
            return ok;
        }
        if (json.keyIs(PARTIAL_JSON)) {
            boolean ok = json.string();
            objectInput = json.stringValue();
            return ok;
        }
        return labels();
    }

    private boolean labels() {
        boolean id = json.keyIs(Keys.ID);
        boolean name = json.keyIs(NAME);
        boolean signed = json.keyIs(Keys.SIGNATURE);
        boolean data = json.keyIs(Keys.DATA);
        if (!json.string()) {
            return false;
        }
        objectId = id ? json.stringValue() : objectId;
        objectName = name ? json.stringValue() : objectName;
        objectSignature = signed ? json.stringValue() : objectSignature;
        objectData = data ? json.stringValue() : objectData;
        return true;
    }

    private boolean type() {
        if (!json.string()) {
            return false;
        }
        if (json.stringIs(TEXT_DELTA) || json.stringIs(Keys.TEXT)) {
            objectKind = TEXT;
        } else if (json.stringIs(THINKING_NAME) || json.stringIs(THINKING_DELTA)) {
            objectKind = THINKING;
        } else if (json.stringIs(TOOL_USE)) {
            objectKind = TOOL;
        } else {
            objectRedacted = json.stringIs(REDACTED_THINKING);
        }
        return true;
    }

    /** The empty object at the start of a call stands for arguments to come. */
    private boolean input() {
        int from = json.at();
        boolean ok = json.skipValue();
        if (ok && !json.isEmptySince(from)) {
            objectInput = new String(event.bytes(), from, json.at() - from, StandardCharsets.UTF_8);
        }
        return ok;
    }

    private boolean citation() {
        String url = null;
        String title = null;
        String quote = null;
        json.enter();
        int state = json.firstMember();
        while (state == JsonCursor.MORE) {
            boolean string = json.peek() == '"';
            boolean isUrl = string && (json.keyIs(Keys.URL) || json.keyIs(SOURCE));
            boolean isTitle = string && (json.keyIs(TITLE) || json.keyIs(DOCUMENT_TITLE));
            boolean isQuote = string && json.keyIs(CITED_TEXT);
            if (!json.skipValue()) {
                return false;
            }
            url = isUrl ? json.stringValue() : url;
            title = isTitle ? json.stringValue() : title;
            quote = isQuote ? json.stringValue() : quote;
            state = json.nextMember();
        }
        objectCitation = new Citation(url, title, quote, -1, -1);
        return state == JsonCursor.END;
    }
}
