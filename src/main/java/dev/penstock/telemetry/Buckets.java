// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fixed bucket bounds, of our own in the series 1, 2.5, 5 per decade: few enough for a scrape, and round numbers, so that an objective
 * such as "250 ms" is a bucket bound. The bucket of a value is found by its leading zeros and at most two comparisons.
 */
final class Buckets {

    /** Overhead of the gateway itself: 10 us to 100 ms. */
    static final Buckets OVERHEAD = between(Duration.ofNanos(10_000), Duration.ofMillis(100));

    /** Time to the first token: 1 ms to 100 s. */
    static final Buckets FIRST_TOKEN = between(Duration.ofMillis(1), Duration.ofSeconds(100));

    /** Gaps between events: 100 us (a burst) to 50 s (a stall that the idle timer allows). */
    static final Buckets GAP = between(Duration.ofNanos(100_000), Duration.ofSeconds(50));

    /** Whole exchanges: 1 ms (a static answer) to 1,000 s. */
    static final Buckets EXCHANGE = between(Duration.ofMillis(1), Duration.ofSeconds(1000));

    /** Delay of event loops: 100 us to 10 s. */
    static final Buckets LAG = between(Duration.ofNanos(100_000), Duration.ofSeconds(10));

    /** Token counts, as the conventions for generative AI want them. */
    static final Buckets TOKENS = new Buckets(GenAiConventions.tokenBounds(), 1);

    /** Calls of models, as the conventions want them. */
    static final Buckets OPERATION = seconds(GenAiConventions.OPERATION_SECONDS);

    /** Time to the first token, as the conventions want it. */
    static final Buckets SERVER_FIRST_TOKEN = seconds(GenAiConventions.FIRST_TOKEN_SECONDS);

    /** Time for each later token, as the conventions want it. */
    static final Buckets SERVER_OUTPUT_TOKEN = seconds(GenAiConventions.OUTPUT_TOKEN_SECONDS);

    private static final double NANOS = 1e9;

    private final long[] nanos;
    /** How many of what is counted are one of what is shown. */
    private final double perUnit;

    private final byte[] firstByLeadingZeros = new byte[Long.SIZE + 1];

    private Buckets(long[] nanos, double perUnit) {
        this.nanos = nanos;
        this.perUnit = perUnit;
        for (int zeros = 0; zeros <= Long.SIZE; zeros++) {
            long smallest = zeros == Long.SIZE ? 0 : Long.MIN_VALUE >>> zeros;
            firstByLeadingZeros[zeros] = (byte) (zeros == 0 ? 0 : scan(0, smallest));
        }
    }

    /** Both ends must stand in the series. */
    static Buckets between(Duration lowest, Duration highest) {
        List<Long> bounds = new ArrayList<>();
        for (long decade = lowest.toNanos(); decade <= highest.toNanos(); decade *= 10) {
            bounds.add(decade);
            bounds.add(decade * 5 / 2);
            bounds.add(decade * 5);
        }
        bounds.removeIf(bound -> bound > highest.toNanos());
        return new Buckets(bounds.stream().mapToLong(Long::longValue).toArray(), NANOS);
    }

    private static Buckets seconds(double[] bounds) {
        return new Buckets(
                Arrays.stream(bounds)
                        .mapToLong(bound -> Math.round(bound * NANOS))
                        .toArray(),
                NANOS);
    }

    /** Number of buckets, the one without an upper bound included. */
    int size() {
        return nanos.length + 1;
    }

    /** The bucket whose upper bound is the smallest that is not below the value. */
    int indexOf(long valueNanos) {
        return valueNanos <= 0 ? 0 : scan(firstByLeadingZeros[Long.numberOfLeadingZeros(valueNanos)], valueNanos);
    }

    private int scan(int from, long valueNanos) {
        int i = from;
        while (i < nanos.length && valueNanos > nanos[i]) {
            i++;
        }
        return i;
    }

    /** Upper bounds in the unit that is shown, the last one infinite, as Prometheus wants them. */
    double[] upperBounds() {
        double[] bounds = new double[size()];
        for (int i = 0; i < nanos.length; i++) {
            bounds[i] = shown(nanos[i]);
        }
        bounds[nanos.length] = Double.POSITIVE_INFINITY;
        return bounds;
    }

    /** A value in the unit that is shown. */
    double shown(long value) {
        return value / perUnit;
    }
}
