// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * Compares the bytes of one answer with what {@link Wire} says must arrive, event by event, wherever the bytes were cut.
 *
 * <p>Whole content events inside one buffer are compared in words; anything cut takes the slow path, byte by byte. SSE comments
 * between events are allowed, because a gateway may send keep-alives. Everything else that differs is an error, with its place.
 */
final class StreamCheck implements AnswerCheck {
    private static final ByteBuf CONTENT =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(Wire.CONTENT));
    private static final int TAIL = Wire.CONTENT.length - Wire.TAIL_AT;

    private final Sink sink;
    private long events;
    private long wrap;
    private boolean plain;

    private byte[] expected = Wire.ROLE;
    private long next;
    private int at;
    private long seq;
    private long stamp;
    private boolean comment;
    private boolean newline;
    private boolean complete;

    StreamCheck(Sink sink) {
        this.sink = sink;
    }

    @Override
    public void begin(Mode mode) {
        plain = mode instanceof Mode.Unary;
        wrap = mode instanceof Mode.Flood ? Wire.FLOOD_BLOCK : Long.MAX_VALUE;
        events = switch (mode) {
            case Mode.Burst burst -> burst.events();
            case Mode.Paced paced -> paced.events();
            default -> Long.MAX_VALUE;
        };
        expected = plain ? Wire.UNARY_BODY : Wire.ROLE;
        next = 0;
        at = 0;
        comment = false;
        complete = false;
    }

    /** And nothing after it. */
    @Override
    public boolean complete() {
        return complete;
    }

    /** At the first byte that differs it is over. */
    @Override
    public void accept(ByteBuf in, int start, int length) {
        int index = start;
        int end = start + length;
        while (index < end) {
            if (complete) {
                throw new Mismatch("bytes after the end: " + excerpt(in, index, end));
            }
            if (at == 0
                    && expected == Wire.CONTENT
                    && end - index >= Wire.CONTENT.length
                    && !comment
                    && whole(in, index)) {
                index += Wire.CONTENT.length;
                continue;
            }
            slow(in, index, end);
            index++;
        }
    }

    private boolean whole(ByteBuf in, int index) {
        if (!ByteBufUtil.equals(CONTENT, 0, in, index, Wire.SEQ_AT)
                || !ByteBufUtil.equals(CONTENT, Wire.TAIL_AT, in, index + Wire.TAIL_AT, TAIL)) {
            return false;
        }
        seq = digits(in, index + Wire.SEQ_AT, Wire.SEQ_DIGITS);
        stamp = digits(in, index + Wire.STAMP_AT, Wire.STAMP_DIGITS);
        endEvent();
        return true;
    }

    private static long digits(ByteBuf in, int at, int count) {
        long value = 0;
        for (int i = at; i < at + count; i++) {
            value = value * 10 + in.getByte(i) - '0';
        }
        return value;
    }

    private void slow(ByteBuf in, int index, int end) {
        byte b = in.getByte(index);
        if (comment) {
            comment = !(newline && b == '\n');
            newline = b == '\n';
            return;
        }
        if (at == 0 && b == ':' && !plain) {
            comment = true;
            newline = false;
            return;
        }
        if (expected == Wire.CONTENT && at >= Wire.SEQ_AT && at < Wire.TAIL_AT && at != Wire.STAMP_AT - 1) {
            digit(b);
        } else if (b != expected[at]) {
            throw new Mismatch("event " + next + " differs at byte " + at + ": " + excerpt(in, index, end));
        }
        at++;
        if (at == expected.length) {
            endEvent();
        }
    }

    private void digit(byte b) {
        if (b < '0' || b > '9') {
            throw new Mismatch("event " + next + " has no digit at byte " + at);
        }
        if (at < Wire.STAMP_AT) {
            seq = (at == Wire.SEQ_AT ? 0 : seq * 10) + b - '0';
        } else {
            stamp = (at == Wire.STAMP_AT ? 0 : stamp * 10) + b - '0';
        }
    }

    private void endEvent() {
        at = 0;
        if (plain || expected == Wire.DONE) {
            complete = true;
            if (plain) {
                sink.onContent(0);
            }
            return;
        }
        if (expected == Wire.FINISH) {
            expected = Wire.DONE;
            return;
        }
        if (expected == Wire.CONTENT) {
            if (seq != next % wrap) {
                throw new Mismatch("event " + next + " carries number " + seq);
            }
            next++;
            sink.onContent(stamp);
        }
        expected = next < events ? Wire.CONTENT : Wire.FINISH;
    }

    private static String excerpt(ByteBuf in, int index, int end) {
        return in.toString(index, Math.min(80, end - index), java.nio.charset.StandardCharsets.ISO_8859_1)
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }
}
