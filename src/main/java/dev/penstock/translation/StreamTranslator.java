// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.Finish;
import dev.penstock.conversation.StreamDecoder;
import dev.penstock.conversation.StreamEncoder;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.TranslatingReader;
import org.jspecify.annotations.Nullable;

/** A decoder of the provider's schema with an encoder of the client's behind it, as the stream's machine wants to see them. */
final class StreamTranslator implements TranslatingReader {

    private final StreamDecoder decoder;
    private final StreamEncoder encoder;
    private final AnswerTap tap;

    StreamTranslator(StreamDecoder decoder, StreamEncoder encoder) {
        this(decoder, encoder, new AnswerTap(encoder));
    }

    /** With something between the tap and the encoder. */
    StreamTranslator(StreamDecoder decoder, StreamEncoder encoder, AnswerTap tap) {
        this.decoder = decoder;
        this.encoder = encoder;
        this.tap = tap;
    }

    @Override
    public int read(byte[] bytes, int from, int to) {
        tap.forget();
        if (!decoder.event(bytes, from, to, tap)) {
            return MALFORMED;
        }
        int flags = tap.flags();
        return flags == 0 ? COMMENT : flags;
    }

    @Override
    public byte[] take() {
        return encoder.take();
    }

    @Override
    public void finish() {
        if (!tap.ended()) {
            decoder.finish(tap);
        }
    }

    @Override
    public byte[] limited(byte[] bytes, int from, int to, Usage used) {
        tap.finish(new Finish(Finish.Reason.LENGTH, "length", null));
        tap.usage(new Tokens(used.inputTokens(), -1, -1, -1, used.outputTokens(), -1));
        tap.end();
        return encoder.take();
    }

    @Override
    public byte[] errorEvent(GatewayError error, String requestId) {
        return encoder.error(error, requestId);
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
}
