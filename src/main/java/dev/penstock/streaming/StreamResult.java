// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import org.jspecify.annotations.Nullable;

/**
 * How a stream ended and what was seen of it.
 *
 * @param failure why it did not end well, or null when the provider's terminal marker was relayed
 * @param committed whether the client has been sent any of it
 * @param events complete events relayed, comments not counted
 * @param usage what the provider reported, or null
 * @param finishReason of the first choice, or null
 * @param contentBytes JSON bytes of the content seen, the basis of an estimate
 * @param firstTokenNanos arrival of the request to first content, or -1
 * @param maxGapNanos longest silence between reads with events after the first content, or -1
 * @param gapP99Nanos 99 of 100 of these silences were not longer, or -1
 * @param limited whether it was ended because no more of it may be had; the client has been told as its schema tells it
 */
public record StreamResult(
        @Nullable GatewayError failure,
        boolean committed,
        long events,
        @Nullable Usage usage,
        @Nullable String finishReason,
        long contentBytes,
        long firstTokenNanos,
        long maxGapNanos,
        long gapP99Nanos,
        boolean limited) {

    /**
     * Of an answer whose beginning came from a stream before this one. Its usage and text are this one's alone; of the silences the
     * longer quantile of the two stands for both.
     */
    public StreamResult after(StreamResult before) {
        return new StreamResult(
                failure,
                true,
                before.events + events,
                usage,
                finishReason,
                contentBytes,
                before.firstTokenNanos,
                Math.max(before.maxGapNanos, maxGapNanos),
                Math.max(before.gapP99Nanos, gapP99Nanos),
                limited);
    }
}
