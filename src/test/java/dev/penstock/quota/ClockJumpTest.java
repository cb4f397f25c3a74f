// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A wall clock that is set forward and back, as in R18: no fresh window twice, and none that never ends. */
final class ClockJumpTest {

    private static final long LIMIT = 10;

    private final ManualTime time = new ManualTime();
    private final JumpyClock clock = new JumpyClock();

    @Test
    void timeNeverGoesBackAndNeverStandsStill() {
        QuotaClock quota = new QuotaClock(clock);
        SplittableRandom random = new SplittableRandom(18);
        long before = quota.millis();
        for (int i = 0; i < 20_000; i++) {
            if (random.nextInt(50) == 0) {
                clock.offset = Duration.ofSeconds(random.nextLong(-3_600, 3_601));
            }
            long step = random.nextLong(1, 2_000);
            time.advance(Duration.ofMillis(step));

            long now = quota.millis();

            assertThat(now - before).as("step %s", i).isGreaterThanOrEqualTo(step * 7 / 8 - 2);
            assertThat(now).isGreaterThanOrEqualTo(clock.now().toEpochMilli() - 100);
            before = now;
        }
    }

    @Test
    void aClockThatWasAheadIsRightAgainAfterEightTimesAsLong() {
        QuotaClock quota = new QuotaClock(clock);
        clock.offset = Duration.ofMinutes(-10);
        for (int i = 0; i < 81 * 60; i++) {
            time.advance(Duration.ofSeconds(1));
            quota.millis();
        }

        assertThat(quota.millis() - clock.now().toEpochMilli()).isBetween(0L, 200L);
    }

    @Test
    void aJumpAdmitsAtMostOneWindowMore() {
        for (Duration jump : new Duration[] {
            Duration.ofHours(1),
            Duration.ofHours(-1),
            Duration.ofMinutes(-10),
            Duration.ofSeconds(-30),
            Duration.ofSeconds(30)
        }) {
            for (int at = 0; at < 60; at += 7) {
                clock.offset = Duration.ZERO;
                QuotaRoom room = new QuotaRoom(
                        time,
                        clock,
                        new MemoryLeases(clock),
                        1,
                        QuotaRoom.limits(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MINUTE)));
                long admitted = 0;
                for (int second = 0; second < 600; second++) {
                    if (second == 120 + at) {
                        clock.offset = clock.offset.plus(jump);
                    }
                    for (int i = 0; i < 2; i++) {
                        admitted += room.passes(QuotaRoom.call(1, 1)) ? 1 : 0;
                    }
                    time.advance(Duration.ofSeconds(1));
                }

                // Ten minutes touch up to eleven windows; a clock that is ahead runs at seven eighths.
                assertThat(admitted).as("%s at %s", jump, at).isBetween(8 * LIMIT, 12 * LIMIT);
            }
        }
    }

    @Test
    void forwardAndBackAgainOpensNoWindowASecondTime() {
        QuotaRoom room = new QuotaRoom(
                time,
                clock,
                new MemoryLeases(clock),
                1,
                QuotaRoom.limits(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.HOUR)));
        long admitted = 0;
        for (int i = 0; i < 600; i++) {
            clock.offset = i % 2 == 0 ? Duration.ofHours(1) : Duration.ZERO;
            time.advance(Duration.ofSeconds(1));
            admitted += room.passes(QuotaRoom.call(1, 1)) ? 1 : 0;
        }

        assertThat(admitted).isLessThanOrEqualTo(2 * LIMIT);
    }

    private final class JumpyClock implements Ticker {

        private Duration offset = Duration.ZERO;

        @Override
        public long nanos() {
            return time.nanos();
        }

        @Override
        public Instant now() {
            return time.now().plus(offset);
        }
    }
}
