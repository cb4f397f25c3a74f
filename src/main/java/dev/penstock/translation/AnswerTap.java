// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import dev.penstock.conversation.AnswerSink;
import dev.penstock.conversation.Carrier;
import dev.penstock.conversation.Citation;
import dev.penstock.conversation.Finish;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.EventReader;
import org.jspecify.annotations.Nullable;

/** Hands an answer on and notes what settlement needs of it. An error is noted and not handed on: the pipeline speaks it. */
final class AnswerTap implements AnswerSink {

    /** An event of the answer that none of the reader's flags is about. */
    private static final int STARTED = 512;

    private final AnswerSink next;
    private int flags;
    private long contentBytes;
    private Tokens tokens = Tokens.UNKNOWN;
    private @Nullable String finishReason;
    private @Nullable GatewayError error;
    private boolean ended;

    AnswerTap(AnswerSink next) {
        this.next = next;
    }

    /** Before the next event. */
    void forget() {
        flags = 0;
    }

    /** {@link EventReader} flags of what came since {@link #forget}; 0 when nothing came. */
    int flags() {
        return flags;
    }

    long contentBytes() {
        return contentBytes;
    }

    @Nullable
    String finishReason() {
        return finishReason;
    }

    @Nullable
    GatewayError error() {
        return error;
    }

    boolean ended() {
        return ended;
    }

    /** Null when the provider has not counted both sides. */
    @Nullable
    Usage usage() {
        if (tokens.input() < 0 || tokens.output() < 0) {
            return null;
        }
        return new Usage(
                tokens.input(),
                Math.max(0, tokens.cacheRead()),
                tokens.output(),
                Math.max(0, tokens.reasoning()),
                false,
                Math.max(0, tokens.cacheWrite()));
    }

    @Override
    public void start(String id, String model) {
        flags |= STARTED;
        next.start(id, model);
    }

    @Override
    public void text(String piece) {
        content(piece);
        next.text(piece);
    }

    @Override
    public void thought(String piece) {
        content(piece);
        next.thought(piece);
    }

    @Override
    public void thoughtCarrier(Carrier carrier) {
        flags |= EventReader.CONTENT;
        next.thoughtCarrier(carrier);
    }

    @Override
    public void refusal(String piece) {
        content(piece);
        next.refusal(piece);
    }

    @Override
    public void toolStart(int call, String id, String name) {
        flags |= EventReader.CONTENT | EventReader.TOOL;
        next.toolStart(call, id, name);
    }

    @Override
    public void toolArguments(int call, String piece) {
        content(piece);
        next.toolArguments(call, piece);
    }

    @Override
    public void toolCarrier(int call, Carrier carrier) {
        flags |= EventReader.CONTENT;
        next.toolCarrier(call, carrier);
    }

    @Override
    public void toolEnd(int call) {
        flags |= STARTED;
        next.toolEnd(call);
    }

    @Override
    public void logprobs(String probabilities) {
        flags |= STARTED;
        next.logprobs(probabilities);
    }

    @Override
    public void citation(Citation citation) {
        flags |= EventReader.CONTENT;
        next.citation(citation);
    }

    @Override
    public void finish(Finish finish) {
        flags |= EventReader.FINISH;
        finishReason = finish.nativeWord();
        next.finish(finish);
    }

    @Override
    public void usage(Tokens counted) {
        flags |= EventReader.USAGE;
        tokens = tokens.with(counted);
        next.usage(counted);
    }

    @Override
    public void end() {
        flags |= EventReader.DONE;
        ended = true;
        next.end();
    }

    @Override
    public void failed(GatewayError why) {
        flags |= EventReader.ERROR;
        error = why;
    }

    private void content(String piece) {
        flags |= EventReader.CONTENT;
        contentBytes += utf8Length(piece);
    }

    private static long utf8Length(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // Each half of a pair counts two: four for the character.
                bytes += c >= 0x800 && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return bytes;
    }
}
