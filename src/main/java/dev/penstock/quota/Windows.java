// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule.Period;
import java.time.LocalDate;

/** Which window a moment is in, and when that one ends. Whole minutes, hours, days and months of UTC. */
final class Windows {

    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Windows() {}

    /** Rises by one with each window. */
    static long number(Period period, long millis) {
        return switch (period) {
            case NONE, TOTAL -> 0;
            case MINUTE -> Math.floorDiv(millis, MINUTE);
            case HOUR -> Math.floorDiv(millis, HOUR);
            case DAY -> Math.floorDiv(millis, DAY);
            case MONTH -> {
                LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(millis, DAY));
                yield day.getYear() * 12L + day.getMonthValue() - 1;
            }
        };
    }

    /** The first moment that is in it; {@code Long.MIN_VALUE} for one without a beginning. */
    static long beginsAt(Period period, long number) {
        return switch (period) {
            case NONE, TOTAL -> Long.MIN_VALUE;
            case MINUTE, HOUR, DAY, MONTH -> endsAt(period, number - 1);
        };
    }

    /** The first moment that is not in it; {@code Long.MAX_VALUE} for one without an end. */
    static long endsAt(Period period, long number) {
        return switch (period) {
            case NONE, TOTAL -> Long.MAX_VALUE;
            case MINUTE -> (number + 1) * MINUTE;
            case HOUR -> (number + 1) * HOUR;
            case DAY -> (number + 1) * DAY;
            case MONTH -> {
                long next = number + 1;
                yield LocalDate.of((int) Math.floorDiv(next, 12L), (int) Math.floorMod(next, 12L) + 1, 1)
                                .toEpochDay()
                        * DAY;
            }
        };
    }
}
