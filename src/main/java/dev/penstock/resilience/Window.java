// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.Arrays;

/**
 * How attempts went within the last while: a ring of slices, each with its counts, of which the oldest falls away as time goes on.
 * So the rate looks back between nine and ten tenths of the window. Guarded by its owner's lock.
 */
final class Window {

    private static final int SLICES = 10;

    private final long sliceNanos;
    private final int[] calls = new int[SLICES];
    private final int[] failures = new int[SLICES];
    private long origin;
    private long current;

    Window(long windowNanos, long now) {
        this.sliceNanos = Math.max(1, windowNanos / SLICES);
        this.origin = now;
    }

    void add(boolean failed, long now) {
        int slot = turnTo(now);
        calls[slot]++;
        if (failed) {
            failures[slot]++;
        }
    }

    int calls() {
        return sum(calls);
    }

    int failures() {
        return sum(failures);
    }

    void clear(long now) {
        Arrays.fill(calls, 0);
        Arrays.fill(failures, 0);
        origin = now;
        current = 0;
    }

    /** Clears the slices that have gone by since the last look, and answers which one is filled now. */
    private int turnTo(long now) {
        long slice = Math.max(current, (now - origin) / sliceNanos);
        long passed = Math.min(SLICES, slice - current);
        for (long i = 1; i <= passed; i++) {
            int slot = (int) ((current + i) % SLICES);
            calls[slot] = 0;
            failures[slot] = 0;
        }
        current = slice;
        return (int) (slice % SLICES);
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int count : counts) {
            sum += count;
        }
        return sum;
    }
}
