// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The moving average and the histogram of times to the first token. */
final class FirstTokensTest {

    private static final long START = -5_000_000_000L;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final FirstTokens times = new FirstTokens(START);

    @Test
    void aSlowAnswerRaisesTheAverageAtOnce() {
        times.add(millis(100), START);
        times.add(millis(900), START);
        assertThat(times.average(START)).isEqualTo(millis(900));
    }

    @Test
    void fasterAnswersLowerItWithTheTimeConstant() {
        times.add(millis(900), START);
        times.add(millis(100), START);
        assertThat(times.average(START)).isEqualTo(millis(900));
        long later = START + 10 * SECOND;
        times.add(millis(100), later);
        double expected = millis(900) / Math.E + millis(100) * (1 - 1 / Math.E);
        assertThat(times.average(later)).isCloseTo(expected, Percentage.withPercentage(0.1));
    }

    @Test
    void silenceLowersItSoThatTheTargetIsTriedAgain() {
        times.add(millis(900), START);
        assertThat(times.average(START + 10 * SECOND)).isCloseTo(millis(900) / Math.E, within(1_000.0));
        assertThat(times.average(START + 3_600 * SECOND)).isLessThan(1);
    }

    @Test
    void aClockThatSeemsToStepBackChangesNothing() {
        times.add(millis(900), START);
        times.add(millis(100), START - SECOND);
        assertThat(times.average(START - 5 * SECOND)).isEqualTo(millis(900));
    }

    @Test
    void noPercentileIsKnownBelowTwentySamples() {
        for (int i = 0; i < 19; i++) {
            times.add(millis(100), START);
            assertThat(times.percentile(0.5)).isEqualTo(-1);
        }
        times.add(millis(100), START);
        assertThat(times.percentile(0.5)).isGreaterThanOrEqualTo(millis(100));
    }

    @Test
    void aPercentileIsAtMostAQuarterTooLongAndNeverTooShort() {
        SplittableRandom random = new SplittableRandom(42);
        long[] samples = new long[1_000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (long) (millis(1) * Math.exp(random.nextDouble() * 9));
            times.add(samples[i], START);
        }
        Arrays.sort(samples);
        for (double share : new double[] {0.1, 0.5, 0.9, 0.95, 0.99}) {
            long exact = samples[(int) Math.ceil(share * samples.length) - 1];
            assertThat(times.percentile(share)).as("%s", share).isBetween(exact, exact + exact / 4 + 65_536);
        }
    }

    @Test
    void everyLengthHasAPlace() {
        long[] lengths = {-1, 0, 1, 65_535, 65_536, SECOND, TimeUnit.DAYS.toNanos(300), Long.MAX_VALUE};
        for (long length : lengths) {
            FirstTokens one = new FirstTokens(START);
            for (int i = 0; i < 20; i++) {
                one.add(length, START);
            }
            assertThat(one.percentile(0.5)).as("%d", length).isPositive();
        }
    }

    @Test
    void whatWasLongAgoFadesBehindWhatIsNew() {
        for (int i = 0; i < 2_000; i++) {
            times.add(millis(1_000), START);
        }
        for (int i = 0; i < 5_000; i++) {
            times.add(millis(100), START);
        }
        assertThat(times.percentile(0.95)).isLessThan(millis(130));
    }

    @Test
    void timeAloneMakesItFadeToo() {
        for (int i = 0; i < 30; i++) {
            times.add(millis(1_000), START);
        }
        times.add(millis(100), START + 600 * SECOND);
        assertThat(times.percentile(0.5)).isEqualTo(-1);
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
