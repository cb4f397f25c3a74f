// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import org.jspecify.annotations.Nullable;

/**
 * Looks at one complete SSE event of a messages stream without building objects. {@link #DONE} is {@code message_stop}, and only it
 * makes the answer complete: {@code message_delta} with a stop reason is the end of the bill, not of the stream. One instance per
 * stream; not thread-safe; an event of plain content allocates nothing.
 */
public final class MessagesEventReader implements EventReader {

    private final MessagesEvent event = new MessagesEvent();
    private final MessagesPayload payload = new MessagesPayload();
    private byte @Nullable [] errorText;

    @Override
    public int read(byte[] bytes, int from, int to) {
        MessagesEvent.Type type = event.read(bytes, from, to);
        return switch (type) {
            case BROKEN -> MALFORMED;
            case PING -> COMMENT;
            case OTHER -> event.empty() ? COMMENT : 0;
            case ERROR -> {
                errorText = event.payload();
                yield ERROR;
            }
            case MESSAGE_START, BLOCK_START, BLOCK_DELTA, BLOCK_STOP, MESSAGE_DELTA, MESSAGE_STOP ->
                payload.read(type, event);
        };
    }

    /** Exact after {@code message_delta}; before it the input is exact and the output an estimate. */
    @Override
    public @Nullable Usage usage() {
        return payload.usage();
    }

    /** The {@code stop_reason}. */
    @Override
    public @Nullable String finishReason() {
        return payload.stopReason();
    }

    @Override
    public long contentBytes() {
        return payload.contentBytes();
    }

    @Override
    public boolean complete() {
        return payload.stopped();
    }

    @Override
    public @Nullable GatewayError error() {
        return errorText == null ? null : MessagesProviderError.inStream(errorText);
    }
}
