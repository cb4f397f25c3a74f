// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one stream has to write at the end of this read. A single piece passes through untouched; several are joined
 * once, into an array of the exact size, so that a burst of events costs one system call and one copy.
 */
final class PendingWrite {

    private Buffer[] pieces = new Buffer[4];
    private int count;
    private int length;

    void add(Buffer piece) {
        if (count == pieces.length) {
            pieces = Arrays.copyOf(pieces, count * 2);
        }
        pieces[count++] = piece;
        length += piece.length();
    }

    boolean isEmpty() {
        return count == 0;
    }

    int length() {
        return length;
    }

    /** Hands everything over and is empty again. */
    @Nullable
    Buffer take() {
        if (count == 0) {
            return null;
        }
        Buffer whole = count == 1 ? pieces[0] : join();
        Arrays.fill(pieces, 0, count, null);
        count = 0;
        length = 0;
        return whole;
    }

    private Buffer join() {
        byte[] all = new byte[length];
        int at = 0;
        for (int i = 0; i < count; i++) {
            Buffer piece = pieces[i];
            piece.getBytes(all, at);
            at += piece.length();
        }
        // Buffer.buffer(byte[]) would copy once more.
        return BufferInternal.buffer(Unpooled.wrappedBuffer(all));
    }
}
