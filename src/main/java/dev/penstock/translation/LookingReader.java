// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Nobody;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.schema.responses.ResponsesErrorWriter;
import dev.penstock.sse.EventReader;
import dev.penstock.translation.responses.ResponsesStreamDecoder;
import org.jspecify.annotations.Nullable;

/** Hears what a stream means that is passed on as it came. */
final class LookingReader implements EventReader {

    private final StreamDecoder decoder;
    private final AnswerTap tap;

    LookingReader(StreamDecoder decoder) {
        this(decoder, Nobody.LISTENS);
    }

    /** With somebody who hears it, too. */
    LookingReader(StreamDecoder decoder, AnswerSink listener) {
        this.decoder = decoder;
        this.tap = new AnswerTap(listener);
    }

    @Override
    public int read(byte[] bytes, int from, int to) {
        tap.forget();
        return decoder.event(bytes, from, to, tap) ? tap.flags() : MALFORMED;
    }

    @Override
    public @Nullable Usage usage() {
        return tap.usage();
    }

    @Override
    public @Nullable String finishReason() {
        return tap.finishReason();
    }

    @Override
    public long contentBytes() {
        return tap.contentBytes();
    }

    @Override
    public boolean complete() {
        return tap.ended() || decoder.terminal();
    }

    @Override
    public @Nullable GatewayError error() {
        return tap.error();
    }

    /** Only in Responses do events have numbers, and clients may look for a gap in them. */
    @Override
    public byte @Nullable [] errorEvent(GatewayError error, String requestId) {
        return decoder instanceof ResponsesStreamDecoder numbered
                ? ResponsesErrorWriter.errorEvent(error, requestId, numbered.nextNumber())
                : null;
    }
}
