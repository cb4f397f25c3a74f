// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

/**
 * The silences of one stream, counted in fixed buckets: eight for each doubling, from 16 us to a minute, so that a quantile is at most an
 * eighth too large. Made once for a stream; counting is an addition in an array. Lives on the event loop of its exchange.
 */
final class Gaps {

    /** Buckets of a doubling, as a power of two. */
    private static final int FINE = 3;

    /** 2 to the power of 14 nanoseconds; shorter silences are all alike. */
    private static final int SHORTEST = 14;

    private static final int LONGEST = 36;

    /** Of whatever is longer than {@link #LONGEST}. */
    private static final int LAST = ((LONGEST - SHORTEST) << FINE) + 1;

    private final int[] counts = new int[LAST + 1];
    private int all;
    private long max = -1;

    void record(long nanos) {
        counts[bucket(nanos)]++;
        all++;
        max = Math.max(max, nanos);
    }

    /** The longest, or -1 where there was none. */
    long max() {
        return max;
    }

    /** 99 of 100 were not longer, by the upper end of its bucket; -1 where there was none. */
    long p99() {
        long rank = all - (long) all / 100;
        for (int i = 0; i < counts.length; i++) {
            rank -= counts[i];
            if (rank <= 0) {
                return Math.min(max, upperEnd(i));
            }
        }
        return max;
    }

    private static int bucket(long nanos) {
        if (nanos < 1L << SHORTEST) {
            return 0;
        }
        int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(nanos);
        if (doubling >= LONGEST) {
            return LAST;
        }
        int part = (int) (nanos >>> (doubling - FINE)) & ((1 << FINE) - 1);
        return ((doubling - SHORTEST) << FINE) + part + 1;
    }

    private static long upperEnd(int bucket) {
        if (bucket == 0) {
            return 1L << SHORTEST;
        }
        int doubling = SHORTEST + ((bucket - 1) >> FINE);
        long part = ((bucket - 1) & ((1 << FINE) - 1)) + 1L;
        return bucket == LAST ? Long.MAX_VALUE : (1L << doubling) + (part << (doubling - FINE));
    }
}
