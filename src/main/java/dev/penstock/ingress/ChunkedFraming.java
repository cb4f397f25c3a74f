// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Follows a chunked request body (RFC 9112 section 7.1) to know where the next request begins, without holding a byte of
 * it. Only the plain form passes: hexadecimal digits, CR LF, data, CR LF, and after the last chunk one empty line. Chunk
 * extensions and trailers are refused: nothing here uses them, and each has been a way to smuggle a request (CVE-2025-58056).
 */
final class ChunkedFraming {

    private static final int MAX_SIZE_DIGITS = 8;

    private enum At {
        SIZE,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        LAST_LF,
        END_CR,
        END_LF,
        DONE
    }

    private At state = At.SIZE;
    private int digits;
    private long size;
    private @Nullable Refusal refusal;

    void restart() {
        state = At.SIZE;
        digits = 0;
        size = 0;
    }

    boolean done() {
        return state == At.DONE;
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    /** Goes on as far as the body and the bytes reach. Returns the index after the last accepted byte. */
    int skip(ByteBuf in, int from, int end) {
        int at = from;
        while (at < end && state != At.DONE) {
            if (state == At.DATA) {
                int n = (int) Math.min(size, end - at);
                at += n;
                size -= n;
                state = size == 0 ? At.DATA_CR : At.DATA;
            } else if (accept(in.getByte(at))) {
                at++;
            } else {
                return at;
            }
        }
        return at;
    }

    private boolean accept(byte b) {
        return switch (state) {
            case SIZE -> size(b);
            case SIZE_LF -> expect(b, '\n', At.DATA, Refusal.CHUNK_SIZE);
            case DATA_CR -> expect(b, '\r', At.DATA_LF, Refusal.CHUNK_END);
            case DATA_LF -> nextChunk(b);
            case LAST_LF -> expect(b, '\n', At.END_CR, Refusal.CHUNK_SIZE);
            case END_CR -> expect(b, '\r', At.END_LF, Refusal.TRAILER);
            case END_LF -> expect(b, '\n', At.DONE, Refusal.TRAILER);
            case DATA, DONE -> false;
        };
    }

    private boolean size(byte b) {
        int digit = Character.digit(b, 16);
        if (digit >= 0 && digits < MAX_SIZE_DIGITS) {
            size = size << 4 | digit;
            digits++;
            return true;
        }
        if (b == '\r' && digits > 0) {
            state = size == 0 ? At.LAST_LF : At.SIZE_LF;
            return true;
        }
        refusal = Refusal.CHUNK_SIZE;
        return false;
    }

    private boolean nextChunk(byte b) {
        boolean fits = expect(b, '\n', At.SIZE, Refusal.CHUNK_END);
        digits = 0;
        return fits;
    }

    private boolean expect(byte b, char wanted, At next, Refusal otherwise) {
        if (b != wanted) {
            refusal = otherwise;
            return false;
        }
        state = next;
        return true;
    }
}
