// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.Keys;
import dev.penstock.schema.bedrock.EventStreamFrame;
import dev.penstock.translation.converse.ConverseEvent.Holds;
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

    /** In the place of a call's number. */
    private static final int HIDDEN = -1;

    private static final int ANSWER = -2;

    private final EventStreamFrame frame = new EventStreamFrame();
    private final ConverseEvent said = new ConverseEvent();

    // The answer so far.
    private boolean started;
    private boolean finished;
    private boolean counted;
    private boolean ended;
    private @Nullable GatewayError error;
    private int calls;
    private final OpenBlocks blocks = new OpenBlocks();
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
                ConverseErrors.Said why = ConverseErrors.said(bytes, frame.payloadFrom(), frame.payloadTo());
                yield fail(ConverseErrors.of(frame.exceptionType(), 0, why, null), sink);
            }
            case ERROR -> {
                ConverseErrors.Said why = new ConverseErrors.Said(null, frame.errorMessage(), 0);
                yield fail(ConverseErrors.of(frame.errorCode(), 0, why, null), sink);
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
        said.on(bytes, frame.payloadFrom(), frame.payloadTo());
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
        if (!said.isObject()) {
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
        if (!said.blockStart()) {
            return false;
        }
        if (!said.toolSeen() || finished) {
            return true;
        }
        start(sink);
        endThought(sink);
        if (blocks.full()) {
            return false;
        }
        // A second start of the same block without a stop between them ends the first.
        close(said.index(), sink);
        String name = said.toolName();
        if (said.serverTool()) {
            blocks.open(said.index(), HIDDEN);
        } else if (name.equals(ConverseTools.ANSWER)) {
            blocks.open(said.index(), ANSWER);
        } else {
            blocks.open(said.index(), calls);
            sink.toolStart(calls++, said.toolId(), name);
        }
        return true;
    }

    private boolean delta(AnswerSink sink) {
        if (!said.delta()) {
            return false;
        }
        Holds holds = said.holds();
        String piece = said.piece();
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
            case CITATION -> sink.citation(said.citation());
            case TOOL_INPUT -> {
                return arguments(piece, sink);
            }
        }
        return true;
    }

    /** Arguments of a call that never began belong to nobody: the stream is broken. */
    private boolean arguments(String piece, AnswerSink sink) {
        int call = blocks.call(said.index());
        if (call == OpenBlocks.NONE) {
            return false;
        }
        if (call >= 0) {
            sink.toolArguments(call, piece);
        } else if (call == ANSWER) {
            sink.text(piece);
        }
        return true;
    }

    private boolean blockStop(AnswerSink sink) {
        if (!said.blockStop()) {
            return false;
        }
        if (!finished) {
            endThought(sink);
            close(said.index(), sink);
        }
        return true;
    }

    private boolean messageStop(AnswerSink sink) {
        if (!said.messageStop()) {
            return false;
        }
        if (finished) {
            return true;
        }
        String word = said.stopReason();
        start(sink);
        endThought(sink);
        while (!blocks.isEmpty()) {
            close(blocks.first(), sink);
        }
        GatewayError malformed = StopReasons.error(word);
        if (malformed != null) {
            return fail(malformed, sink);
        }
        finished = true;
        sink.finish(StopReasons.finish(word, said.stopSequence(), calls));
        if (counted) {
            finish(sink);
        }
        return true;
    }

    private boolean metadata(AnswerSink sink) {
        if (!said.metadata()) {
            return false;
        }
        start(sink);
        if (said.usageSeen()) {
            sink.usage(said.tokens());
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

    private void close(long block, AnswerSink sink) {
        int call = blocks.close(block);
        if (call >= 0) {
            sink.toolEnd(call);
        }
    }
}
