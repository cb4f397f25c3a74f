// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.ShedSettings;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a node that is short of something turns away, and how much of it. */
final class LoadShedderTest {

    private static final int TRIES = 2_000;

    private long nanos = 1_000_000_000_000L;
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
    private final List<Runnable> armed = new ArrayList<>();
    private final List<Duration> delays = new ArrayList<>();
    private final Timers timers = (delay, task) -> {
        armed.add(task);
        delays.add(delay);
        return () -> armed.remove(task);
    };
    private final HeapWatch heap = new HeapWatch(ticker);
    private final List<String> heard = new ArrayList<>();
    private final LoadListener listener = new LoadListener() {
        @Override
        public void onShed(ShedReason reason, Priority priority) {
            heard.add(reason.label() + " " + priority.label());
        }

        @Override
        public void onQueueRefused(QueueRefusal reason, Priority priority) {
            throw new AssertionError("a door has no line");
        }
    };
    private int open;
    private int live;

    private LoadShedder shedder(ShedSettings settings) {
        LoadShedder shedder =
                new LoadShedder(settings, heap, () -> open, () -> live, ticker, timers, new Random(42), listener);
        shedder.start();
        return shedder;
    }

    /** The next pulse comes this late. */
    private void pulse(Duration late) {
        nanos += delays.remove(0).plus(late).toNanos();
        armed.remove(0).run();
    }

    private void pulses(int count, Duration late) {
        for (int i = 0; i < count; i++) {
            pulse(late);
        }
    }

    private double refused(LoadShedder shedder, Priority priority) {
        int refused = 0;
        for (int i = 0; i < TRIES; i++) {
            refused += shedder.refusal(priority) == null ? 0 : 1;
        }
        return (double) refused / TRIES;
    }

    @Test
    void nobodyIsTurnedAwayInGoodTimes() {
        LoadShedder shedder = shedder(ShedSettings.DEFAULT);
        live = 1_000_000;
        pulses(100, Duration.ofMillis(20));
        heap.collected(70, 100);
        open = 1_000_000;

        assertThat(refused(shedder, Priority.INTERACTIVE)).isZero();
        assertThat(refused(shedder, Priority.BATCH)).isZero();
        assertThat(heard).isEmpty();
    }

    @Test
    void aLoopThatStaysLateHasRoomForFewer() {
        LoadShedder shedder = shedder(ShedSettings.DEFAULT);
        live = 100;

        pulses(40, Duration.ofMillis(50));

        assertThat(refused(shedder, Priority.INTERACTIVE)).isEqualTo(1);
        live = 50;
        assertThat(refused(shedder, Priority.INTERACTIVE)).isZero();
        assertThat(heard).containsOnly("lag interactive");
    }

    @Test
    void aLoopWithoutExchangesIsLookedAtLessOften() {
        shedder(ShedSettings.DEFAULT);
        pulse(Duration.ZERO);
        assertThat(delays).containsExactly(Duration.ofMillis(100));
        live = 1;

        pulse(Duration.ZERO);

        assertThat(delays).containsExactly(Duration.ofMillis(LoadShedder.PULSE_MILLIS));
    }

    @Test
    void aFullHeapTurnsAwayUntilItsReadingIsOld() {
        LoadShedder shedder = shedder(ShedSettings.DEFAULT);

        heap.collected(82, 100);
        assertThat(refused(shedder, Priority.INTERACTIVE)).isZero();
        assertThat(refused(shedder, Priority.BATCH)).isBetween(0.45, 0.55);

        heap.collected(96, 100);
        assertThat(refused(shedder, Priority.INTERACTIVE)).isEqualTo(1);
        assertThat(heard).contains("heap interactive", "heap batch");

        nanos += Duration.ofMillis(5_001).toNanos();
        assertThat(refused(shedder, Priority.INTERACTIVE))
                .as("no collection for seconds: no want")
                .isZero();
    }

    @Test
    void theNumberOfOpenExchangesIsAHardBound() {
        LoadShedder shedder = shedder(new ShedSettings(Duration.ZERO, 1, 100));

        open = 100;
        assertThat(refused(shedder, Priority.INTERACTIVE)).isZero();
        assertThat(refused(shedder, Priority.BATCH)).isEqualTo(1);
        open = 80;
        assertThat(refused(shedder, Priority.BATCH)).isBetween(0.45, 0.55);
        open = 101;
        assertThat(refused(shedder, Priority.INTERACTIVE)).isEqualTo(1);
        assertThat(heard).contains("exchanges interactive", "exchanges batch");
    }

    @Test
    void whatIsSwitchedOffIsNotLookedAt() {
        LoadShedder shedder = shedder(new ShedSettings(Duration.ZERO, 1, 0));
        live = 100;
        pulses(30, Duration.ofSeconds(10));
        heap.collected(100, 100);

        assertThat(refused(shedder, Priority.BATCH)).isZero();
    }

    @Test
    void newSettingsHoldAtOnce() {
        LoadShedder shedder = shedder(new ShedSettings(Duration.ZERO, 1, 0));
        open = 11;

        shedder.use(new ShedSettings(Duration.ZERO, 1, 10));

        assertThat(refused(shedder, Priority.INTERACTIVE)).isEqualTo(1);
    }

    @Test
    void aLagThatIsNoLongerLookedAtIsForgotten() {
        LoadShedder shedder = shedder(ShedSettings.DEFAULT);
        live = 100;
        pulses(40, Duration.ofMillis(50));

        shedder.use(new ShedSettings(Duration.ZERO, 1, 0));

        assertThat(refused(shedder, Priority.BATCH)).isZero();
    }

    @Test
    void aRefusalSaysWhenToComeBackAndNotAllAtOnce() {
        LoadShedder shedder = shedder(new ShedSettings(Duration.ZERO, 1, 1));
        open = 2;
        TreeSet<Long> seconds = new TreeSet<>();

        for (int i = 0; i < 100; i++) {
            GatewayError error = shedder.refusal(Priority.INTERACTIVE);
            assertThat(error.status()).isEqualTo(503);
            assertThat(error.code()).isEqualTo("overloaded");
            seconds.add(error.retryAfter().plusMillis(999).toSeconds());
        }

        assertThat(seconds).isSubsetOf(1L, 2L, 3L).hasSizeGreaterThan(1);
    }

    @Test
    void theHeapWatchHearsOfCollections() throws Exception {
        HeapWatch real = new HeapWatch(Ticker.system());
        real.start();
        try {
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (real.share() == 0 && System.nanoTime() < end) {
                System.gc();
            }
            assertThat(real.share()).isBetween(0.000_1, 1.0);
        } finally {
            real.close();
        }
    }
}
