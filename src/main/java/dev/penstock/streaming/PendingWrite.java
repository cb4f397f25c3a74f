// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one stream has to write at the end of this read. A single piece passes through untouched; several become one buffer over
 * the pieces as they are, so that a burst of events costs one system call. Nothing is joined on the heap: Netty copies
 * the pieces once, into the pooled memory that the system call reads from, as it does with a single one.
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
        ByteBuf[] parts = new ByteBuf[count];
        for (int i = 0; i < count; i++) {
            parts[i] = ((BufferInternal) pieces[i]).getByteBuf();
        }
        return BufferInternal.buffer(Unpooled.wrappedUnmodifiableBuffer(parts));
    }
}
