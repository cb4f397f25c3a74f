// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.Priority;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gate before a simulated provider, over minutes: what it learns, what the clients get. */
final class OverloadedTargetTest {

    private static final Duration MAX_WAIT = Duration.ofSeconds(1);

    private final ManualTime time = new ManualTime();

    private ConcurrencyGate gate(int initial, int max) {
        return gate(initial, max, MAX_WAIT);
    }

    private ConcurrencyGate gate(int initial, int max, Duration maxWait) {
        Random random = new Random(7);
        return new ConcurrencyGate(
                new ConcurrencySettings(initial, 4, max, 40, maxWait), time, random::nextDouble, LoadListener.NONE);
    }

    private SimulatedTarget target(ConcurrencyGate gate, int capacity, long seed) {
        return new SimulatedTarget(time, gate, new Random(seed), capacity);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void atThreeTimesTheLoadGoodputAndDelayStayAndTheLineIsBounded(long seed) {
        ConcurrencyGate gate = gate(50, 1000);
        SimulatedTarget target = target(gate, 50, seed);
        target.run(0.8 * target.perSecond(), 1, Duration.ofSeconds(60));
        long unloaded = SimulatedTarget.percentile(target.firstTokens, 0.99);
        target.forget();

        target.run(3 * target.perSecond(), 1, Duration.ofSeconds(60));

        assertThat(target.of(Priority.INTERACTIVE).done / 60.0).isGreaterThan(0.9 * target.perSecond());
        assertThat(SimulatedTarget.percentile(target.firstTokens, 0.99)).isLessThan(2 * unloaded + MAX_WAIT.toNanos());
        assertThat(target.mostWaiting()).isLessThanOrEqualTo(40);
        assertThat(gate.limit()).isBetween(40, 100);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theLimitFindsTheCapacityFromBelow(long seed) {
        ConcurrencyGate gate = gate(8, 1000);
        SimulatedTarget target = target(gate, 60, seed);

        target.run(3 * target.perSecond(), 1, Duration.ofMinutes(3));

        assertThat(gate.limit()).isBetween(48, 110);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void interactiveRequestsAreServedWhenBatchTakesThreeTimesTheCapacity(long seed) {
        ConcurrencyGate gate = gate(50, 1000, Duration.ofSeconds(2));
        SimulatedTarget target = target(gate, 50, seed);
        target.run(0.8 * target.perSecond(), 1, Duration.ofSeconds(60));
        target.forget();

        // Interactive alone would fit: 0.6 of the capacity; batch comes with 2.4 of it on top.
        target.run(3 * target.perSecond(), 0.2, Duration.ofSeconds(60));

        SimulatedTarget.Count interactive = target.of(Priority.INTERACTIVE);
        SimulatedTarget.Count batch = target.of(Priority.BATCH);
        assertThat((double) interactive.refused / interactive.offered).isLessThanOrEqualTo(0.01);
        assertThat(batch.done).as("batch is not starved").isGreaterThan(50);
    }

    @Test
    void aProviderThatSlowsDownAndRecoversIsFollowedBothWays() {
        ConcurrencyGate gate = gate(50, 200);
        SimulatedTarget target = target(gate, 50, 11);
        double normal = 0.9 * target.perSecond();
        target.run(normal, 1, Duration.ofSeconds(60));

        target.capacity = 10;
        target.run(normal, 1, Duration.ofSeconds(60));
        int slow = gate.limit();
        target.capacity = 50;
        target.run(normal, 1, Duration.ofSeconds(20));
        target.forget();
        target.run(normal, 1, Duration.ofSeconds(60));

        assertThat(slow).isLessThan(30);
        SimulatedTarget.Count after = target.of(Priority.INTERACTIVE);
        assertThat((double) after.refused / after.offered).isLessThan(0.05);
    }

    @Test
    void callsThatTheProviderTurnsAwayLowerTheLimitToWhatItTakes() {
        ConcurrencyGate gate = gate(100, 1000);
        SimulatedTarget target = target(gate, 1000, 13);
        target.refusesBeyond = 30;
        double offered = 60 / 2.3;
        target.run(offered, 1, Duration.ofSeconds(60));
        target.forget();

        target.run(offered, 1, Duration.ofSeconds(60));

        SimulatedTarget.Count count = target.of(Priority.INTERACTIVE);
        assertThat(gate.limit()).isBetween(15, 45);
        assertThat((double) count.turnedAway / count.offered).isLessThan(0.1);
        assertThat(count.done / 60.0).isGreaterThan(0.8 * 30 / 2.3);
    }

    @Test
    void fewLongStreamsTeachTheLimitAsWell() {
        ConcurrencyGate gate = gate(4, 100);
        SimulatedTarget target = target(gate, 100, 17);
        target.stream = Duration.ofSeconds(20);

        target.run(2, 1, Duration.ofMinutes(10));

        assertThat(gate.limit()).as("grown although no second has ten samples").isGreaterThan(20);
    }

    @Test
    void aTargetThatIsNotAskedForMuchDoesNotChangeItsLimit() {
        ConcurrencyGate gate = gate(50, 1000);
        SimulatedTarget target = target(gate, 100, 19);

        target.run(5, 1, Duration.ofMinutes(2));

        assertThat(gate.limit()).isEqualTo(50);
    }
}
