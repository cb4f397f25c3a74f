// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

/** Finds where the events of a stream end. Keeps its state across chunks; one instance per stream; not thread-safe. */
@FunctionalInterface
public interface Framer {

    /**
     * Scans {@code bytes[from, to)}; the state continues from the previous call.
     *
     * @return the offset just after the end of the next complete event, or -1 when the chunk ends first. After a return of
     *     0 or more call again with {@code from} = that offset.
     */
    int nextEventEnd(byte[] bytes, int from, int to);
}
