// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Fixed bucket bounds in the series 1, 2.5, 5 per decade: few enough for a scrape, and round numbers, so that an objective
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

    private final long[] nanos;
    private final byte[] firstByLeadingZeros = new byte[Long.SIZE + 1];

    private Buckets(long[] nanos) {
        this.nanos = nanos;
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
        return new Buckets(bounds.stream().mapToLong(Long::longValue).toArray());
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

    /** Upper bounds in seconds, the last one infinite, as Prometheus wants them. */
    double[] upperBoundsSeconds() {
        double[] seconds = new double[size()];
        for (int i = 0; i < nanos.length; i++) {
            seconds[i] = nanos[i] / 1e9;
        }
        seconds[nanos.length] = Double.POSITIVE_INFINITY;
        return seconds;
    }

    /** Upper bounds as Micrometer wants them: finite ones only. */
    Duration[] objectives() {
        return java.util.Arrays.stream(nanos).mapToObj(Duration::ofNanos).toArray(Duration[]::new);
    }
}
