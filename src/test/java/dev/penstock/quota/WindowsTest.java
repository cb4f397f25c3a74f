// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule.Period;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WindowsTest {

    @Test
    void aWindowIsAWholeMinuteHourDayOrMonthOfUtc() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            long millis = random.nextLong(-1_000_000_000_000L, 8_000_000_000_000L);
            LocalDateTime time = LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);

            assertEnds(
                    Period.MINUTE, millis, time.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1));
            assertEnds(Period.HOUR, millis, time.truncatedTo(ChronoUnit.HOURS).plusHours(1));
            assertEnds(Period.DAY, millis, time.truncatedTo(ChronoUnit.DAYS).plusDays(1));
            assertEnds(
                    Period.MONTH,
                    millis,
                    time.truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).plusMonths(1));
        }
    }

    @Test
    void theEndOfAWindowIsInTheNextOne() {
        SplittableRandom random = new SplittableRandom(6);
        for (Period period : new Period[] {Period.MINUTE, Period.HOUR, Period.DAY, Period.MONTH}) {
            for (int i = 0; i < 5_000; i++) {
                long number = Windows.number(period, random.nextLong(4_000_000_000_000L));
                long end = Windows.endsAt(period, number);

                assertThat(Windows.number(period, end)).isEqualTo(number + 1);
                assertThat(Windows.number(period, end - 1)).isEqualTo(number);
            }
        }
    }

    @Test
    void whatHasNoPeriodHasOneWindowWithoutAnEnd() {
        assertThat(Windows.number(Period.TOTAL, 5_000_000_000_000L)).isZero();
        assertThat(Windows.endsAt(Period.TOTAL, 0)).isEqualTo(Long.MAX_VALUE);
        assertThat(Windows.endsAt(Period.NONE, 0)).isEqualTo(Long.MAX_VALUE);
    }

    private static void assertEnds(Period period, long millis, LocalDateTime end) {
        assertThat(Windows.endsAt(period, Windows.number(period, millis)))
                .as("%s at %s", period, millis)
                .isEqualTo(end.toInstant(ZoneOffset.UTC).toEpochMilli());
    }
}
