// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LoopLagTest {

    private final Metrics metrics = new Metrics("1", "c");
    private final List<Runnable> armed = new ArrayList<>();
    private long nanos = Duration.ofHours(1).toNanos();
    private final Ticker ticker = new Ticker() {
        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }
    };
    private final Timers timers = (delay, task) -> {
        armed.add(task);
        return () -> armed.remove(task);
    };
    private final LoopLag lag = metrics.lag(3, ticker, timers);

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void measuresByHowMuchTheTimerComesLate() {
        lag.start();

        fireAfter(Duration.ofMillis(250));
        fireAfter(Duration.ofMillis(250 + 40));

        assertThat(metrics.scrape().lines())
                .contains(
                        "penstock_event_loop_lag_seconds_bucket{loop=\"3\",le=\"1.0E-4\"} 1",
                        "penstock_event_loop_lag_seconds_bucket{loop=\"3\",le=\"0.025\"} 1",
                        "penstock_event_loop_lag_seconds_bucket{loop=\"3\",le=\"0.05\"} 2",
                        "penstock_event_loop_lag_seconds_sum{loop=\"3\"} 0.04");
    }

    @Test
    void aLoopThatHasNotTickedForSecondsIsNotAlive() {
        lag.start();
        fireAfter(Duration.ofMillis(250));

        nanos += Duration.ofMillis(5_001).toNanos();

        assertThat(lag.tickedWithin(Duration.ofSeconds(5))).isFalse();
        assertThat(lag.tickedWithin(Duration.ofSeconds(6))).isTrue();
    }

    @Test
    void stopsTicking() {
        lag.start();

        lag.stop();

        assertThat(armed).isEmpty();
    }

    private void fireAfter(Duration elapsed) {
        nanos += elapsed.toNanos();
        armed.remove(0).run();
    }
}
