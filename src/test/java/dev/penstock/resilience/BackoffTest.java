// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Decorrelated jitter: bounds and distribution. */
final class BackoffTest {

    private static final Duration MIN = Duration.ofMillis(200);
    private static final Duration MAX = Duration.ofSeconds(2);

    @Test
    void everyPauseIsBetweenTheShortestAndThreeTimesTheLastAndNeverAboveTheLongest() {
        Backoff backoff = new Backoff(MIN, MAX, new SplittableRandom(3));
        Duration last = MIN;
        List<Duration> seen = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            Duration next = backoff.next();
            assertThat(next).isBetween(MIN, MAX);
            assertThat(next).isLessThanOrEqualTo(last.multipliedBy(3));
            seen.add(next);
            last = next;
        }
        assertThat(seen).contains(MAX);
    }

    /** Kolmogorov and Smirnov: each draw, put onto its own interval, is even between 0 and 1; at p > 0.01. */
    @Test
    void pausesAreDrawnEvenly() {
        int count = 5_000;
        SplittableRandom random = new SplittableRandom(20_260_101);
        double[] places = new double[count];
        for (int i = 0; i < count; i += 2) {
            // The longest is out of reach, so that it does not cut the second draw.
            Backoff backoff = new Backoff(MIN, Duration.ofMinutes(1), random);
            long first = backoff.next().toNanos();
            long second = backoff.next().toNanos();
            places[i] = place(first, MIN.toNanos());
            places[i + 1] = place(second, first);
        }
        Arrays.sort(places);
        double distance = 0;
        for (int i = 0; i < count; i++) {
            distance = Math.max(
                    distance,
                    Math.max(Math.abs(places[i] - (double) i / count), Math.abs((i + 1.0) / count - places[i])));
        }
        assertThat(distance * Math.sqrt(count)).isLessThan(1.628);
    }

    @Test
    void equalBoundsGiveThatPause() {
        Backoff backoff = new Backoff(MIN, MIN, new SplittableRandom(1));
        assertThat(List.of(backoff.next(), backoff.next())).containsOnly(MIN);
        Backoff none = new Backoff(Duration.ZERO, Duration.ZERO, new SplittableRandom(1));
        assertThat(none.next()).isEqualTo(Duration.ZERO);
    }

    private static double place(long drawn, long before) {
        return (double) (drawn - MIN.toNanos()) / (3 * before - MIN.toNanos());
    }
}
