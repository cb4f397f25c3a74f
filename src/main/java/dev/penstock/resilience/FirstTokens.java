// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.util.concurrent.TimeUnit;

/**
 * What is known of a target's times to the first token. Two views of the same samples:
 *
 * <ul>
 *   <li>a peak-sensitive moving average for choosing between targets: a slow answer raises it at once, faster ones lower it with
 *       a time constant, and silence does too, so that a target is tried again in time (as Finagle's peak EWMA balancer does);
 *   <li>a histogram for hedging, in buckets a quarter of an octave wide (19 %), whose counts are halved now and then so that what
 *       was long ago fades.
 * </ul>
 *
 * <p>Guarded by its owner's lock, but for {@link #average}, which may be asked from any thread and may then mix the samples before
 * and after.
 */
final class FirstTokens {

    private static final double TIME_CONSTANT = TimeUnit.SECONDS.toNanos(10);
    private static final long FADING = TimeUnit.MINUTES.toNanos(10);
    private static final int ENOUGH = 20;
    private static final int MANY = 1_024;

    /** 65 microseconds; below, nothing is told apart. */
    private static final int UNIT_BITS = 16;

    /** Four buckets to the octave. */
    private static final int FINE_BITS = 2;

    private static final int FINE = 1 << FINE_BITS;
    private static final int BUCKETS = 128;

    private final int[] counts = new int[BUCKETS];
    private int total;
    private long fadedAt;
    private volatile long stamp;
    private volatile double average;

    FirstTokens(long now) {
        this.fadedAt = now;
        this.stamp = now;
    }

    void add(long nanos, long now) {
        addToAverage(nanos, now);
        count(nanos, now);
    }

    /** Of a sample that is no time to a first token and says something about the target all the same. */
    void addToAverage(long nanos, long now) {
        double left = Math.exp(-Math.max(0, now - stamp) / TIME_CONSTANT);
        double held = average * left;
        average = nanos >= held ? nanos : held + nanos * (1 - left);
        stamp = now;
    }

    /** Nanoseconds; 0 while none is known. */
    double average(long now) {
        double value = average;
        return value <= 0 ? 0 : value * Math.exp(-Math.max(0, now - stamp) / TIME_CONSTANT);
    }

    /** Nanoseconds within which that share of the first tokens came, or -1 while too few are known. */
    long percentile(double share) {
        if (total < ENOUGH) {
            return -1;
        }
        double wanted = share * total;
        int seen = 0;
        int bucket = 0;
        while (bucket < BUCKETS - 1) {
            seen += counts[bucket];
            if (seen >= wanted) {
                break;
            }
            bucket++;
        }
        return bound(bucket);
    }

    private void count(long nanos, long now) {
        if (total >= MANY || now - fadedAt >= FADING) {
            fade(now);
        }
        counts[bucket(nanos)]++;
        total++;
    }

    private void fade(long now) {
        fadedAt = now;
        total = 0;
        for (int i = 0; i < BUCKETS; i++) {
            counts[i] >>= 1;
            total += counts[i];
        }
    }

    private static int bucket(long nanos) {
        long units = Math.max(0, nanos) >>> UNIT_BITS;
        if (units < FINE) {
            return (int) units;
        }
        int octave = 63 - Long.numberOfLeadingZeros(units) - FINE_BITS;
        int fine = (int) (units >>> octave) & (FINE - 1);
        return Math.min(BUCKETS - 1, (octave + 1) * FINE + fine);
    }

    /** The end of a bucket. */
    private static long bound(int bucket) {
        int octave = Math.max(0, bucket / FINE - 1);
        long units = bucket < FINE ? bucket + 1 : (long) (FINE + bucket % FINE + 1) << octave;
        return units << UNIT_BITS;
    }
}
