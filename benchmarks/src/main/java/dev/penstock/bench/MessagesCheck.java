// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.buffer.ByteBuf;

/**
 * Looks at answers that the gateway has translated to Anthropic's Messages: every text that {@link Wire} sends must arrive once and
 * in order, and the answer must have Messages' own end. The frame around it is the gateway's business and its tests'.
 */
final class MessagesCheck implements AnswerCheck {
    private static final byte[] TEXT = Wire.ascii("\"text\":\"");
    private static final byte[] STREAM_END = Wire.ascii("\"type\":\"message_stop\"");
    private static final byte[] WHOLE_END = Wire.ascii("\"stop_reason\":\"end_turn\"");

    private final Sink sink;
    private byte[] end = STREAM_END;
    private long events;
    private long next;
    private int inText;
    private int inEnd;
    /** Digits of the number and the clock read so far, or negative outside of a text. */
    private int digit = -1;

    private long seq;
    private long stamp;
    private boolean complete;

    MessagesCheck(Sink sink) {
        this.sink = sink;
    }

    @Override
    public void begin(Mode mode) {
        boolean whole = mode instanceof Mode.Unary;
        end = whole ? WHOLE_END : STREAM_END;
        events = switch (mode) {
            case Mode.Burst burst -> burst.events();
            case Mode.Paced paced -> paced.events();
            case Mode.Unary unary -> 0;
            default -> throw new IllegalArgumentException("not translated: " + mode);
        };
        next = 0;
        inText = 0;
        inEnd = 0;
        digit = -1;
        complete = false;
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public void accept(ByteBuf in, int start, int length) {
        for (int i = start; i < start + length; i++) {
            byte b = in.getByte(i);
            if (digit >= 0) {
                number(b);
                continue;
            }
            inText = step(TEXT, inText, b);
            if (inText == TEXT.length) {
                inText = 0;
                digit = events == 0 ? -1 : 0;
            }
            inEnd = step(end, inEnd, b);
            if (inEnd == end.length) {
                end();
            }
        }
    }

    /** Both words begin with the only quote after which they can begin anew. */
    private static int step(byte[] word, int at, byte b) {
        return b == word[at] ? at + 1 : b == word[0] ? 1 : 0;
    }

    private void number(byte b) {
        if (digit == 0 && b == '"') {
            // The empty text with which a block begins.
            digit = -1;
            return;
        }
        boolean isSpace = digit == Wire.SEQ_DIGITS;
        if (isSpace ? b != ' ' : b < '0' || b > '9') {
            throw new Mismatch("event " + next + " has no number and clock");
        }
        if (digit == 0) {
            seq = 0;
            stamp = 0;
        }
        if (digit < Wire.SEQ_DIGITS) {
            seq = seq * 10 + b - '0';
        } else if (!isSpace) {
            stamp = stamp * 10 + b - '0';
        }
        if (++digit == Wire.SEQ_DIGITS + 1 + Wire.STAMP_DIGITS) {
            digit = -1;
            if (seq != next) {
                throw new Mismatch("event " + next + " carries number " + seq);
            }
            next++;
            sink.onContent(stamp);
        }
    }

    private void end() {
        inEnd = 0;
        if (complete || next < events) {
            throw new Mismatch("ended after " + next + " of " + events + " events");
        }
        complete = true;
        if (events == 0) {
            sink.onContent(0);
        }
    }
}
