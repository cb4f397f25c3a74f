// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Priority;
import java.util.Arrays;

/**
 * How many exchanges an event loop has room for, learned from how late it is. A loop that is late has more to do in each turn
 * than it should, and everything that arrives waits for that turn, a refusal too. So while the median of its pulses is late, the
 * number of exchanges is cut to the part that would have been in time; while it is in time, the number grows; and when nobody has
 * been refused for a while, it is forgotten. Increase by addition and decrease by multiplication is how TCP shares a line (Chiu
 * and Jain, 1989); the number of open exchanges is known at once, which a delay never is, so what is admitted does not swing.
 *
 * <p>Batch has a number of its own, which is cut first: interactive requests are refused only when the loop is late without new
 * batch. The median, so that a pause of the collector or of the machine refuses nobody. Used on its event loop.
 */
final class LoopRoom {

    /** Between two decisions, at least. */
    static final long WINDOW_NANOS = 100_000_000;

    /** So long late before the first cut: a new process compiles itself, a machine pauses, and neither is a crowd. */
    static final long PATIENCE_NANOS = 500_000_000;
    /** Windows without a refusal after which there is no limit any more. */
    static final int CALM = 20;

    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;
    private static final int FEWEST_PULSES = 2;
    private static final int MOST_PULSES = 64;
    /** So few are never a crowd, whatever makes the loop late. */
    static final double FEWEST = 32;
    /** No cut is deeper, because one measure may be wrong; nor smaller, because it should show. */
    private static final double DEEPEST_CUT = 0.1;

    private static final double SMALLEST_CUT = 0.9;
    private static final double GROWTH = 0.03;
    private static final double LEAST_GROWTH = 0.5;
    /** The part of all exchanges beyond which no batch is let in. */
    private static final double BATCH_MOST = 0.6;
    /** Windows that a cut of batch has to show before interactive requests are cut. */
    private static final int BATCH_LEAVES = 5;

    private final long[] late = new long[MOST_PULSES];
    private int pulses;
    private long windowNanos;
    private double limit = NO_LIMIT;
    private double batchLimit = NO_LIMIT;
    private long lateFor;
    private int calmWindows;
    private int batchLeaves;
    // What happened in this window:
    private boolean refusedSome;
    private boolean refusedInteractive;
    private boolean admittedBatch;

    /** Whether one more of this priority, which is counted in {@code live} already, is one too many. */
    boolean isFull(Priority priority, int live) {
        boolean batch = priority == Priority.BATCH;
        if (live <= (batch ? batchLimit : limit)) {
            admittedBatch |= batch;
            return false;
        }
        refusedSome = true;
        refusedInteractive |= !batch;
        return true;
    }

    /**
     * A pulse came.
     *
     * @param lateNanos by how much too late
     * @param sinceNanos after the one before
     * @param bound how late the median may be
     * @param live exchanges of this loop
     */
    void pulse(long lateNanos, long sinceNanos, long bound, int live) {
        late[pulses++] = lateNanos;
        windowNanos += sinceNanos;
        if ((windowNanos >= WINDOW_NANOS && pulses >= FEWEST_PULSES) || pulses == MOST_PULSES) {
            Arrays.sort(late, 0, pulses);
            long median = late[(pulses - 1) / 2];
            if (median > bound) {
                cut(Math.clamp((double) bound / median, DEEPEST_CUT, SMALLEST_CUT), live);
            } else {
                grow(live);
            }
            pulses = 0;
            windowNanos = 0;
            refusedSome = false;
            refusedInteractive = false;
            admittedBatch = false;
        }
    }

    /** Forgets what was learned. */
    void clear() {
        limit = NO_LIMIT;
        batchLimit = NO_LIMIT;
        lateFor = 0;
        calmWindows = 0;
        batchLeaves = 0;
    }

    private void cut(double share, int live) {
        lateFor += windowNanos;
        calmWindows = 0;
        if (batchLimit == NO_LIMIT && lateFor < PATIENCE_NANOS) {
            return;
        }
        if (admittedBatch) {
            batchLimit = share * Math.min(live, batchLimit);
            batchLeaves = BATCH_LEAVES;
        } else if (batchLeaves > 0 && live > batchLimit) {
            batchLeaves--;
        } else if (live <= limit) {
            limit = Math.max(FEWEST, share * live);
            batchLimit = Math.min(batchLimit, BATCH_MOST * limit);
        }
        // Otherwise the last cut has still to show: those who are in stay.
    }

    private void grow(int live) {
        lateFor = 0;
        batchLeaves = 0;
        calmWindows = refusedSome ? 0 : calmWindows + 1;
        // There is room at least for those that are here.
        limit = Math.max(live, more(limit));
        batchLimit = refusedInteractive
                ? SMALLEST_CUT * batchLimit
                : Math.min(Math.max(live, more(batchLimit)), BATCH_MOST * limit);
        if (calmWindows >= CALM) {
            clear();
        }
    }

    private static double more(double number) {
        return number + Math.max(LEAST_GROWTH, GROWTH * number);
    }
}
