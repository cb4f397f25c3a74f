// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bounded queue of lines between one event loop and the one writer, as bytes in a ring: a line is copied in and copied
 * out, and nothing is allocated. A line that does not fit is refused whole; the event loop never waits.
 *
 * <pre>
 *   head (writer) ------ lines to be written ------> tail (event loop) ------ free ------> head + capacity
 * </pre>
 */
final class LineRing {

    private static final VarHandle HEAD;
    private static final VarHandle TAIL;

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(LineRing.class, "head", long.class);
            TAIL = MethodHandles.lookup().findVarHandle(LineRing.class, "tail", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final byte[] ring;
    private long head;
    private long tail;

    LineRing(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity " + capacity + " (expected: a power of two)");
        }
        this.ring = new byte[capacity];
    }

    /** Called by the event loop. */
    boolean offer(byte[] line, int length) {
        if (ring.length - (tail - (long) HEAD.getAcquire(this)) < length) {
            return false;
        }
        int at = index(tail);
        int first = Math.min(length, ring.length - at);
        System.arraycopy(line, 0, ring, at, first);
        System.arraycopy(line, first, ring, 0, length - first);
        // Volatile, not release: the event loop looks next whether the writer sleeps, and the two must not change
        // places.
        TAIL.setVolatile(this, tail + length);
        return true;
    }

    /** Called by the event loop: whether the writer should be woken before its time. */
    boolean isHalfFull() {
        return tail - (long) HEAD.getAcquire(this) > ring.length / 2;
    }

    boolean isEmpty() {
        return (long) HEAD.getVolatile(this) == (long) TAIL.getVolatile(this);
    }

    /** Called by the writer: takes all lines there are, whole ones only, and says how many bytes they have. */
    int drainTo(byte[] target) {
        int length = (int) ((long) TAIL.getVolatile(this) - head);
        int at = index(head);
        int first = Math.min(length, ring.length - at);
        System.arraycopy(ring, at, target, 0, first);
        System.arraycopy(ring, 0, target, first, length - first);
        HEAD.setRelease(this, head + length);
        return length;
    }

    int capacity() {
        return ring.length;
    }

    private int index(long position) {
        return (int) position & (ring.length - 1);
    }
}
