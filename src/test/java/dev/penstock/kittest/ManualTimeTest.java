// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kittest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Timers.Timer;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ManualTimeTest {

    private final ManualTime time = new ManualTime();
    private final List<String> ran = new ArrayList<>();

    @Test
    void runsDueTimersInOrderAndEachAtItsOwnMoment() {
        long start = time.nanos();
        time.after(Duration.ofMillis(30), () -> ran.add("late@" + (time.nanos() - start) / 1_000_000));
        time.after(Duration.ofMillis(10), () -> ran.add("early@" + (time.nanos() - start) / 1_000_000));
        time.after(Duration.ofMillis(10), () -> ran.add("early too"));
        time.after(Duration.ofMillis(31), () -> ran.add("never"));

        time.advance(Duration.ofMillis(30));

        assertThat(ran).containsExactly("early@10", "early too", "late@30");
        assertThat(time.pending()).isEqualTo(1);
        assertThat(time.untilNext()).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void runsATimerThatATimerSetsWithinTheSameSpan() {
        time.after(Duration.ofMillis(10), () -> time.after(Duration.ofMillis(10), () -> ran.add("second")));

        time.advance(Duration.ofMillis(20));

        assertThat(ran).containsExactly("second");
    }

    @Test
    void forgetsCancelledTimers() {
        Timer timer = time.after(Duration.ofMillis(10), () -> ran.add("cancelled"));
        timer.cancel();

        time.advance(Duration.ofSeconds(1));

        assertThat(ran).isEmpty();
    }

    @Test
    void movesTheWallClockWithTheTicker() {
        var before = time.now();

        time.advance(Duration.ofHours(1));

        assertThat(Duration.between(before, time.now())).isEqualTo(Duration.ofHours(1));
    }
}
