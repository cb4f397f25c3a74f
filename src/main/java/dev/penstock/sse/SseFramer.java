// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds where events end. An event is everything up to and including its blank line, so the slices between the offsets that
 * {@link #nextEventEnd} returns, put together, are the input: nothing is copied, dropped or rewritten. Lines end with LF, CRLF
 * or CR, mixed as the sender likes; a byte order mark at the very start is not part of the first line. State is kept across
 * chunks, so a chunk may end anywhere.
 *
 * <p>An event is complete with the <em>first</em> byte that proves its blank line, because an event is written on in the turn
 * in which it became complete. When that byte is a CR at the end of a chunk, the LF that may follow still belongs to the same
 * line end: it becomes the first byte of the next slice and counts neither as a blank line nor as the inside of an event.
 * Within one chunk {@code CR LF} is never parted. A blank line that follows no field (some servers send them to keep the
 * connection alive) ends a slice of its own, so that it is passed on at once.
 *
 * <pre>
 *   LINE_START --LF, CR--&gt; event end         LINE_START --other--&gt; IN_LINE
 *   IN_LINE    --LF, CR--&gt; LINE_START        (an LF right after a CR is skipped in every state)
 * </pre>
 *
 * <p>Source: WHATWG HTML 9.2.6, "Interpreting an event stream".
 */
public final class SseFramer implements Framer {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** Bytes below this are line ends or rare control characters: one comparison finds LF and CR together. */
    private static final long BELOW_SHIFT_OUT = 0x0E0E0E0E0E0E0E0EL;

    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final byte LF = '\n';
    private static final byte CR = '\r';
    private static final int BOM_DONE = -1;

    private boolean atLineStart = true;
    private boolean afterCr;
    private boolean inside;
    /** Bytes of the byte order mark seen so far, or {@link #BOM_DONE} when its place has passed. */
    private int bom;

    @Override
    public int nextEventEnd(byte[] bytes, int from, int to) {
        int at = from;
        if (bom != BOM_DONE) {
            at = skipByteOrderMark(bytes, at, to);
        }
        if (afterCr && at < to) {
            afterCr = false;
            at = bytes[at] == LF ? at + 1 : at;
        }
        while (at < to) {
            if (atLineStart) {
                byte first = bytes[at];
                if (first == LF || first == CR) {
                    inside = false;
                    return afterLineEnd(bytes, at, to);
                }
                atLineStart = false;
                inside = true;
            }
            at = lineEnd(bytes, at, to);
            if (at == to) {
                return -1;
            }
            atLineStart = true;
            at = afterLineEnd(bytes, at, to);
        }
        return -1;
    }

    /** True when bytes of an unfinished event have been seen since the last event end. */
    public boolean insideEvent() {
        return inside;
    }

    public void reset() {
        atLineStart = true;
        afterCr = false;
        inside = false;
        bom = 0;
    }

    /** The offset of the first LF or CR in {@code bytes[from, to)}, or {@code to}. */
    public static int lineEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (at <= to - Long.BYTES) {
            long word = (long) LONGS.get(bytes, at);
            long low = (word - BELOW_SHIFT_OUT) & ~word & HIGH_BITS;
            if (low == 0) {
                at += Long.BYTES;
                continue;
            }
            at += Long.numberOfTrailingZeros(low) >>> 3;
            if (bytes[at] == LF || bytes[at] == CR) {
                return at;
            }
            at++;
        }
        while (at < to && bytes[at] != LF && bytes[at] != CR) {
            at++;
        }
        return at;
    }

    /** Steps over the line end at {@code at}; when a CR is the last byte of the chunk, remembers that an LF may follow. */
    private int afterLineEnd(byte[] bytes, int at, int to) {
        int next = at + 1;
        if (bytes[at] == LF) {
            return next;
        }
        if (next == to) {
            afterCr = true;
            return next;
        }
        return bytes[next] == LF ? next + 1 : next;
    }

    private int skipByteOrderMark(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bom != BOM_DONE) {
            if (bytes[at] != markByte(bom)) {
                // A part of the mark is no mark: those bytes began a line.
                atLineStart = bom == 0;
                inside = bom > 0;
                bom = BOM_DONE;
                return at;
            }
            at++;
            bom = bom == 2 ? BOM_DONE : bom + 1;
        }
        return at;
    }

    private static byte markByte(int index) {
        return (byte) (index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF);
    }
}
