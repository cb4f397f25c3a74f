// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Arrays;

/** The beginning of an event whose end has not arrived yet. */
final class Carry {

    private static final byte[] EMPTY = new byte[0];

    private final int most;
    private byte[] bytes = EMPTY;
    private int length;

    /** For events of at most that many bytes. */
    Carry(int most) {
        this.most = most;
    }

    /** Adds {@code more[from, to)}. False when the event is too large with it. */
    boolean add(byte[] more, int from, int to) {
        int needed = length + (to - from);
        if (needed > most) {
            return false;
        }
        if (needed > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(needed, Math.min(bytes.length * 2, most)));
        }
        System.arraycopy(more, from, bytes, length, to - from);
        length = needed;
        return true;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Whether this may be an event, and not just the other half of the line end of the one before it. */
    boolean hasWords() {
        return !LineEnds.isNothingElse(bytes, length);
    }

    /** As it lies, up to {@link #length()}. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** It has been read, and nobody shall see it. */
    void forget() {
        length = 0;
    }

    /** Hands it over and is empty again. The array belongs to the buffer from now on. */
    Buffer take() {
        Buffer event = BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, 0, length));
        bytes = EMPTY;
        length = 0;
        return event;
    }
}
