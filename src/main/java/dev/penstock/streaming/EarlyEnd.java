// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import dev.penstock.exchange.Usage;
import dev.penstock.schema.openai.TokenEstimate;
import dev.penstock.sse.EndingReader;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.TranslatingReader;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * The end of an answer of which no more may be had.
 *
 * @param used what it took, as far as anybody knows
 * @param events that tell the client; null where it cannot be told well
 */
record EarlyEnd(Usage used, @Nullable Buffer events) {

    /**
     * Behind an event that has gone to the client.
     *
     * @param event read last, in {@code event[from, to)}
     */
    static EarlyEnd of(EventReader reader, OutputCap cap, byte[] event, int from, int to) {
        Usage used = used(reader, cap);
        byte[] told = reader instanceof EndingReader ends ? ends.limited(event, from, to, used) : null;
        if (told == null) {
            return new EarlyEnd(used, null);
        }
        Buffer events = BufferInternal.buffer(Unpooled.wrappedBuffer(told));
        // Nobody waits for the other half of a CRLF of the provider's.
        boolean insideCrlf = event[to - 1] == '\r' && !(reader instanceof TranslatingReader);
        return new EarlyEnd(used, insideCrlf ? Buffer.buffer("\n").appendBuffer(events) : events);
    }

    /** The provider has counted nothing, or the beginning: its input is exact then, and its output is not. */
    private static Usage used(EventReader reader, OutputCap cap) {
        long output = TokenEstimate.tokens(reader.contentBytes());
        Usage told = reader.usage();
        return told == null
                ? Usage.estimated(cap.promptTokens(), output)
                : new Usage(
                        told.inputTokens(),
                        told.cachedInputTokens(),
                        Math.max(told.outputTokens(), output),
                        told.reasoningTokens(),
                        true);
    }
}
