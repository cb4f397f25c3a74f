// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.Ticker;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes of one count whose wall clocks do not agree, as in R18: the window of the count holds, and nobody is starved. */
final class SkewedNodesTest {

    private static final long LIMIT = 60;
    private static final int MINUTES = 20;
    private static final int PER_SECOND = 2;

    private final ManualTime time = new ManualTime();
    private final MemoryLeases store = new MemoryLeases(time, 1_000, true);
    private final List<Clock> clocks = new ArrayList<>();
    private final List<QuotaRoom> nodes = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(longs = {-3_600, -600, -40, -7, 7, 40, 600, 3_600})
    void aNodeWhoseClockIsOffStarvesNobodyAndIsNotStarved(long seconds) {
        start(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MINUTE));
        clocks.getFirst().offset = Duration.ofSeconds(seconds);

        long[] admitted = drive(MINUTES, -1, Duration.ZERO);

        assertThat(sum(admitted)).isBetween((MINUTES - 1) * LIMIT * 7 / 8, (MINUTES + 2) * LIMIT);
        for (long one : admitted) {
            // All ask equally often, so each has about a third; whoever comes first in a second has more of it.
            assertThat(one).isGreaterThan(sum(admitted) / 6);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-3_600, -600, -30, 30, 600, 3_600})
    void aJumpOfOneNodeAdmitsAtMostOneWindowMoreAndStopsNobody(long seconds) {
        for (int at = 114; at <= 126; at += 3) {
            nodes.clear();
            clocks.clear();
            start(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MINUTE));

            long[] admitted = drive(10, at, Duration.ofSeconds(seconds));

            // Ten minutes touch eleven windows, and the jump opens one more.
            assertThat(sum(admitted)).as("at second %s", at).isBetween(8 * LIMIT, 12 * LIMIT);
            for (long one : admitted) {
                assertThat(one).as("at second %s", at).isGreaterThan(LIMIT);
            }
            time.advance(Duration.ofDays(1));
        }
    }

    @Test
    void aClockThatIsMendedIsFollowedWithoutAnotherWindow() {
        start(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MINUTE));
        clocks.getFirst().offset = Duration.ofMinutes(10);
        drive(5, -1, Duration.ZERO);
        clocks.getFirst().offset = Duration.ZERO;

        long[] admitted = drive(30, -1, Duration.ZERO);

        assertThat(sum(admitted)).isBetween(30 * LIMIT * 7 / 8 - LIMIT, 31 * LIMIT);
        // At 63 of 64 parts of the speed, at the slowest.
        drive(11 * 60, -1, Duration.ZERO);
        for (QuotaRoom node : nodes) {
            assertThat(node.book.millis() - time.now().toEpochMilli()).isBetween(-100L, 2_000L);
        }
    }

    @Test
    void aJumpDoesNotOpenTheMonthOfABudgetAnew() {
        start(QuotaRoom.tenant(Unit.REQUESTS, LIMIT, Period.MONTH));
        drive(2, 30, Duration.ofHours(1));

        assertThat(store.taken("tenant/acme/requests/month")).isEqualTo(LIMIT);
        assertThat(sum(drive(2, 30, Duration.ofHours(-1)))).isZero();
    }

    private void start(LimitRule rule) {
        for (int i = 0; i < 3; i++) {
            String owner = "node-" + i;
            Clock clock = new Clock();
            LeaseStore own = (ask, answer) -> store.exchange(
                    new LeaseStore.Ask(
                            ask.counter(),
                            ask.window(),
                            ask.endsAtMillis(),
                            ask.limit(),
                            ask.take(),
                            ask.giveBack(),
                            owner,
                            ask.held()),
                    answer);
            clocks.add(clock);
            nodes.add(new QuotaRoom(time, clock, own, 3, QuotaRoom.limits(rule)));
        }
    }

    /** How many each node has admitted, of two a second each; the first node's clock jumps at a second of it. */
    private long[] drive(int minutes, int at, Duration jump) {
        long[] admitted = new long[nodes.size()];
        for (int second = 0; second < minutes * 60; second++) {
            if (second == at) {
                clocks.getFirst().offset = clocks.getFirst().offset.plus(jump);
            }
            for (int i = 0; i < PER_SECOND * nodes.size(); i++) {
                int node = (second + i) % nodes.size();
                admitted[node] += nodes.get(node).passes(QuotaRoom.call(1, 1)) ? 1 : 0;
            }
            time.advance(Duration.ofSeconds(1));
        }
        return admitted;
    }

    private static long sum(long[] all) {
        long sum = 0;
        for (long one : all) {
            sum += one;
        }
        return sum;
    }

    private final class Clock implements Ticker {

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
