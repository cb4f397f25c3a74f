// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/** A provider's stream, event by event. One instance per stream; not thread-safe. */
public interface StreamDecoder {

    /**
     * Takes one whole event in {@code bytes[from, to)} as the framer of the schema cut it; comments and unknown events are
     * skipped. Bytes may not be kept.
     *
     * @return false when the event is not in the schema at all (no JSON, a bad frame): the stream is broken
     */
    boolean event(byte[] bytes, int from, int to, AnswerSink sink);

    /** Whether the schema's own terminal marker has been seen: the end of the bytes proves nothing. */
    boolean terminal();

    /**
     * Whether the provider has said why its answer ended, so that no more of it is to be expected, even where its terminal marker
     * is still missing.
     */
    default boolean finishing() {
        return terminal();
    }

    /**
     * The bytes have ended after {@link #terminal()}: says {@code usage} and {@code end} where the schema lets them come last.
     */
    void finish(AnswerSink sink);

    /** The error that the stream reported, or null. */
    @Nullable
    GatewayError error();
}
