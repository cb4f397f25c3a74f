// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.io.ByteArrayOutputStream;

/**
 * A strict reader of the chunked coding (RFC 9112, section 7.1), fed with whatever pieces come. It knows whether the last
 * chunk was there, which is the only way to tell a complete answer from a cut one.
 */
final class ChunkedBody {

    private enum State {
        SIZE,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER,
        TRAILER_LF,
        LAST_LF,
        DONE,
        BROKEN
    }

    private final ByteArrayOutputStream out;
    private State state = State.SIZE;
    private long size;
    private int digits;
    private boolean extension;
    private boolean lineEmpty = true;
    private int chunks;
    private String problem = "";

    ChunkedBody(ByteArrayOutputStream out) {
        this.out = out;
    }

    /** Takes bytes up to the end of the body; returns how many belonged to it. */
    int feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && state != State.DONE && state != State.BROKEN) {
            if (state == State.DATA) {
                int n = (int) Math.min(size, to - at);
                out.write(bytes, at, n);
                at += n;
                size -= n;
                if (size == 0) {
                    state = State.DATA_CR;
                }
            } else {
                take(bytes[at++]);
            }
        }
        return at - from;
    }

    boolean done() {
        return state == State.DONE;
    }

    boolean broken() {
        return state == State.BROKEN;
    }

    String problem() {
        return problem;
    }

    /** True when the body ended in the middle of a chunk rather than between two. */
    boolean insideChunk() {
        return state != State.SIZE || digits > 0;
    }

    int chunks() {
        return chunks;
    }

    private void take(byte b) {
        switch (state) {
            case SIZE -> takeSize(b);
            case SIZE_LF -> expect(b, '\n', size == 0 ? State.TRAILER : State.DATA);
            case DATA_CR -> expect(b, '\r', State.DATA_LF);
            case DATA_LF -> {
                expect(b, '\n', State.SIZE);
                chunks++;
                digits = 0;
                extension = false;
            }
            case TRAILER -> {
                if (b == '\r') {
                    state = lineEmpty ? State.LAST_LF : State.TRAILER_LF;
                } else {
                    lineEmpty = false;
                }
            }
            case TRAILER_LF -> {
                expect(b, '\n', State.TRAILER);
                lineEmpty = true;
            }
            case LAST_LF -> expect(b, '\n', State.DONE);
            case DATA, DONE, BROKEN -> throw new IllegalStateException(state.toString());
        }
    }

    private void takeSize(byte b) {
        int digit = Character.digit(b, 16);
        if (b == '\r' && digits > 0) {
            state = State.SIZE_LF;
        } else if (b == ';' && digits > 0) {
            extension = true;
        } else if (digit >= 0 && !extension && digits < 15) {
            size = digits == 0 ? digit : size * 16 + digit;
            digits++;
        } else if (!extension) {
            fail("byte 0x%02x in a chunk size".formatted(b));
        }
    }

    private void expect(byte b, char wanted, State following) {
        if (b == wanted) {
            state = following;
        } else {
            fail("byte 0x%02x where 0x%02x belongs".formatted(b, (int) wanted));
        }
    }

    private void fail(String why) {
        state = State.BROKEN;
        problem = why;
    }
}
