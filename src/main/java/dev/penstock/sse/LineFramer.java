// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds where the lines of an NDJSON stream end. A line is everything up to and including its LF; the CR of a CRLF stays in it, as
 * white space. JSON writes a line end inside of a text as an escape and no byte of a longer UTF-8 character is an LF, so a cut is never
 * made inside a value, and the slices between the offsets, put together, are the input. State is kept across chunks, so a chunk may
 * end anywhere.
 *
 * <pre>
 *   IN_LINE --LF--&gt; IN_LINE (line end)
 *   IN_LINE --more than {@link #MAX_LINE} bytes--&gt; BROKEN (every rest of a chunk is one "line")
 * </pre>
 *
 * <p>What comes behind the limit is given out as if it were a line: no reader takes it for JSON, and the stream fails where the reader
 * looks at it.
 *
 * <p>Source: the NDJSON specification 1.0.0 (github.com/ndjson/ndjson-spec).
 */
public final class LineFramer implements Framer {

    /** More than any answer has in one piece. What a gateway is willing to hold is a smaller limit of its own. */
    static final int MAX_LINE = 16 * 1024 * 1024;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final byte LF = '\n';
    private static final long LINE_FEEDS = ONES * LF;
    private static final int BROKEN = -1;

    /** Bytes of the open line in earlier chunks, or {@link #BROKEN}. */
    private int open;

    @Override
    public int nextEventEnd(byte[] bytes, int from, int to) {
        if (from >= to) {
            return -1;
        }
        if (open == BROKEN) {
            return to;
        }
        int end = lineFeed(bytes, from, to);
        if (end < to) {
            open = 0;
            return end + 1;
        }
        if (to - from > MAX_LINE - open) {
            open = BROKEN;
            return to;
        }
        open += to - from;
        return -1;
    }

    /** Whether a line was too long: no later byte of this stream means anything. */
    public boolean broken() {
        return open == BROKEN;
    }

    /** The offset of the first LF in {@code bytes[from, to)}, or {@code to}. */
    private static int lineFeed(byte[] bytes, int from, int to) {
        int at = from;
        while (at <= to - Long.BYTES) {
            long word = (long) LONGS.get(bytes, at) ^ LINE_FEEDS;
            long found = (word - ONES) & ~word & HIGH_BITS;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
            at += Long.BYTES;
        }
        while (at < to && bytes[at] != LF) {
            at++;
        }
        return at;
    }
}
