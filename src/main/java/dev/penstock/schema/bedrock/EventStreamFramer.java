// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import dev.penstock.sse.Framer;
import java.util.zip.CRC32;

/**
 * Finds where the frames of an AWS event stream end. A frame says its length in its first four bytes, and the next eight prove it: a
 * length is believed only after the checksum of the prelude fits and it lies within what AWS allows, so a length that lies
 * never makes anybody wait for, or hold, bytes that do not come.
 *
 * <pre>
 *   u32 total length | u32 length of headers | u32 CRC of these eight | headers | payload | u32 CRC of all before
 *
 *   IN_PRELUDE --12 bytes, sound--&gt; IN_FRAME --total length--&gt; IN_PRELUDE (frame end)
 *   IN_PRELUDE --12 bytes, wrong--&gt; BROKEN   (every rest of a chunk is one "frame")
 * </pre>
 *
 * <p>Nothing can be found again behind a wrong prelude, for frames have no marker. The rest of the chunk is then given out as if it
 * were a frame: {@link EventStreamFrame#read} refuses it, and the stream fails where the reader looks at it.
 */
public final class EventStreamFramer implements Framer {

    static final int PRELUDE = 12;
    /** A prelude and the checksum of the message: a frame without headers and without payload. */
    static final int SHORTEST = PRELUDE + 4;

    static final int MAX_HEADERS = 128 * 1024;
    static final int MAX_FRAME = 16 * 1024 * 1024;

    private static final int BROKEN = -1;

    private final byte[] prelude = new byte[PRELUDE];
    private final CRC32 crc = new CRC32();
    /** Bytes of the prelude seen so far. */
    private int seen;
    /** Bytes of the frame that are still to come once its prelude is known, 0 before, or {@link #BROKEN}. */
    private int missing;

    @Override
    public int nextEventEnd(byte[] bytes, int from, int to) {
        int at = from;
        if (missing == 0) {
            at = readPrelude(bytes, from, to);
            if (missing == 0) {
                return -1;
            }
        }
        if (missing == BROKEN) {
            return from < to ? to : -1;
        }
        if (to - at < missing) {
            missing -= to - at;
            return -1;
        }
        int end = at + missing;
        missing = 0;
        return end;
    }

    /** Whether a prelude was wrong: no later byte of this stream means anything. */
    public boolean broken() {
        return missing == BROKEN;
    }

    /** Reads on in the prelude; with its last byte {@link #missing} is set. Returns the offset behind what was read. */
    private int readPrelude(byte[] bytes, int from, int to) {
        if (seen == 0 && to - from >= PRELUDE) {
            missing = rest(bytes, from, crc);
            return from + PRELUDE;
        }
        int count = Math.min(PRELUDE - seen, to - from);
        System.arraycopy(bytes, from, prelude, seen, count);
        seen += count;
        if (seen == PRELUDE) {
            seen = 0;
            missing = rest(prelude, 0, crc);
        }
        return from + count;
    }

    private static int rest(byte[] bytes, int from, CRC32 crc) {
        int total = totalLength(bytes, from, crc);
        return total == BROKEN ? BROKEN : total - PRELUDE;
    }

    /** The length of the frame whose whole prelude is at {@code from}, or -1 when the prelude is wrong. */
    static int totalLength(byte[] bytes, int from, CRC32 crc) {
        crc.reset();
        crc.update(bytes, from, 8);
        if ((int) crc.getValue() != int32(bytes, from + 8)) {
            return BROKEN;
        }
        int total = int32(bytes, from);
        int headers = int32(bytes, from + 4);
        boolean sane = total >= SHORTEST
                && total <= MAX_FRAME
                && headers >= 0
                && headers <= MAX_HEADERS
                && headers <= total - SHORTEST;
        return sane ? total : BROKEN;
    }

    static int int32(byte[] bytes, int at) {
        return bytes[at] << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8 | (bytes[at + 3] & 0xFF);
    }
}
