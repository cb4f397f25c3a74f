// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class BucketsTest {

    @Test
    void boundsFollowTheSeriesOneTwoAndAHalfFive() {
        double[] seconds =
                Buckets.between(Duration.ofMillis(1), Duration.ofMillis(50)).upperBounds();

        assertThat(seconds).containsExactly(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, Double.POSITIVE_INFINITY);
    }

    @Test
    void aValueFallsIntoTheFirstBucketWhoseBoundIsNotBelowIt() {
        for (Buckets buckets :
                new Buckets[] {Buckets.OVERHEAD, Buckets.FIRST_TOKEN, Buckets.GAP, Buckets.EXCHANGE, Buckets.LAG}) {
            double[] bounds = buckets.upperBounds();
            for (int i = 0; i < bounds.length - 1; i++) {
                long bound = Math.round(bounds[i] * 1e9);
                assertThat(buckets.indexOf(bound - 1)).isEqualTo(i);
                assertThat(buckets.indexOf(bound)).isEqualTo(i);
                assertThat(buckets.indexOf(bound + 1)).isEqualTo(i + 1);
            }
            assertThat(buckets.indexOf(Long.MAX_VALUE)).isEqualTo(bounds.length - 1);
            assertThat(buckets.indexOf(0)).isZero();
            assertThat(buckets.indexOf(-5)).isZero();
            for (long power = 1; power > 0; power <<= 1) {
                assertThat(buckets.indexOf(power)).isEqualTo(slowly(bounds, power));
            }
        }
    }

    private static int slowly(double[] bounds, long nanos) {
        int i = 0;
        while (nanos / 1e9 > bounds[i]) {
            i++;
        }
        return i;
    }
}
