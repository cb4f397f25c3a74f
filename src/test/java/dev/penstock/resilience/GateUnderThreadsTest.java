// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Four event loops at one gate with two slots: every turn comes, no slot is lost, none is given twice. */
final class GateUnderThreadsTest {

    private static final int LOOPS = 4;
    private static final int EACH = 20_000;

    private final ConcurrencyGate gate = new ConcurrencyGate(
            new ConcurrencySettings(2, 2, 2, 1_000_000, Duration.ofDays(1)),
            Ticker.system(),
            () -> 0.5,
            LoadListener.NONE);
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger granted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger left = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(LOOPS * EACH);

    @Test
    void noTurnIsLost() throws Exception {
        List<ScheduledExecutorService> loops = new ArrayList<>();
        try {
            for (int i = 0; i < LOOPS; i++) {
                loops.add(Executors.newSingleThreadScheduledExecutor());
            }
            for (int i = 0; i < LOOPS; i++) {
                ScheduledExecutorService loop = loops.get(i);
                Random random = new Random(i);
                loop.execute(() -> request(loop, random, EACH));
            }

            boolean finished = over.await(60, TimeUnit.SECONDS);

            assertThat(finished)
                    .as("waiting %s, in flight %s", gate.waiting(), gate.inFlight())
                    .isTrue();
            assertThat(granted.get() + refused.get() + left.get()).isEqualTo(LOOPS * EACH);
            assertThat(refused.get()).isZero();
            assertThat(granted.get()).isGreaterThan(LOOPS * EACH / 2);
            assertThat(most.get()).isLessThanOrEqualTo(2);
            assertThat(gate.inFlight()).isZero();
            assertThat(gate.waiting()).isZero();
        } finally {
            loops.forEach(ScheduledExecutorService::shutdownNow);
        }
    }

    private void request(ScheduledExecutorService loop, Random random, int remaining) {
        boolean[] heard = new boolean[1];
        Turn turn = gate.enter(
                random.nextBoolean() ? Priority.INTERACTIVE : Priority.BATCH,
                // Nobody is refused for lack of time, however busy the machine is.
                Duration.ofDays(1).toNanos(),
                loop,
                timers(loop),
                slot -> {
                    heard[0] = true;
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    granted.incrementAndGet();
                    loop.execute(() -> {
                        inside.decrementAndGet();
                        slot.done(false);
                        over.countDown();
                    });
                },
                error -> {
                    heard[0] = true;
                    refused.incrementAndGet();
                    over.countDown();
                });
        if (random.nextInt(8) == 0 && !heard[0]) {
            turn.cancel();
            left.incrementAndGet();
            over.countDown();
        }
        if (remaining > 1) {
            loop.execute(() -> request(loop, random, remaining - 1));
        }
    }

    private static Timers timers(ScheduledExecutorService loop) {
        return (delay, task) -> {
            ScheduledFuture<?> scheduled = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        };
    }
}
