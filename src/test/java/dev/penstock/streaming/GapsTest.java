// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class GapsTest {

    @Test
    void withoutASilenceThereIsNoQuantile() {
        assertThat(new Gaps().p99()).isEqualTo(-1);
        assertThat(new Gaps().max()).isEqualTo(-1);
    }

    @Test
    void theQuantileIsNeverTooSmallAndAtMostAnEighthTooLarge() {
        Random random = new Random(11);
        for (int round = 0; round < 200; round++) {
            Gaps gaps = new Gaps();
            long[] all = new long[1 + random.nextInt(2_000)];
            for (int i = 0; i < all.length; i++) {
                all[i] = (long) Math.exp(Math.log(20_000) + random.nextDouble() * Math.log(1_000_000));
                gaps.record(all[i]);
            }
            Arrays.sort(all);
            long exact = all[all.length - all.length / 100 - 1];
            assertThat(gaps.p99()).isBetween(exact, exact + exact / 8 + 1);
            assertThat(gaps.max()).isEqualTo(all[all.length - 1]);
        }
    }

    @Test
    void countingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Gaps gaps = new Gaps();
        int events = 200_000;
        count(gaps, events);
        long before = threads.getCurrentThreadAllocatedBytes();
        count(gaps, events);
        long perEvent = (threads.getCurrentThreadAllocatedBytes() - before) / events;

        assertThat(perEvent).isZero();
    }

    private static void count(Gaps gaps, int events) {
        for (int i = 0; i < events; i++) {
            gaps.record(i * 37L);
        }
    }

    @Test
    void theEndsOfTheScaleTakeEverything() {
        for (long nanos : new long[] {0, 1, 16_384, 68_719_476_735L, 68_719_476_736L, Long.MAX_VALUE}) {
            Gaps gaps = new Gaps();
            gaps.record(nanos);
            assertThat(gaps.p99()).as("%d", nanos).isEqualTo(nanos);
        }
    }
}
