// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static dev.penstock.resilience.BreakerRoom.error;
import static dev.penstock.resilience.BreakerRoom.fail;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.BreakerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many threads at one target, as shards and the threads of a cluster are. Time stands still meanwhile. */
final class CrowdTest {

    private static final int THREADS = 8;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final BreakerRoom room = new BreakerRoom();

    @AfterEach
    void stop() throws Exception {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void atMostAsManyProbesAsConfiguredRunAtOnce() throws Exception {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.advanceUntilUsable(target);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        all(() -> {
            for (int i = 0; i < 20_000; i++) {
                Permit permit = target.tryAcquire();
                if (permit != null) {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                    permit.abandoned();
                }
            }
            return null;
        });
        assertThat(most.get()).isBetween(1, 3);
        assertThat(target.inFlight()).isZero();
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);
    }

    @Test
    void theRightToProbeIsAskedForOnceByAllOfThem() throws Exception {
        Queue<Consumer<Boolean>> asked = new ConcurrentLinkedQueue<>();
        room.states.announceTo(
                new BreakerAnnouncements() {
                    @Override
                    public void announce(BreakerNotice notice) {}

                    @Override
                    public void askToProbe(String breaker, Duration span, Consumer<Boolean> answer) {
                        asked.add(answer);
                    }
                },
                "node-a");
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.time.advance(Duration.ofSeconds(23));
        List<Permit> permits = Collections.synchronizedList(new ArrayList<>());
        Callable<Void> hammer = () -> {
            for (int i = 0; i < 2_000; i++) {
                Permit permit = target.tryAcquire();
                if (permit != null) {
                    permits.add(permit);
                }
            }
            return null;
        };
        all(hammer);
        assertThat(asked).hasSize(1);
        assertThat(permits).isEmpty();
        asked.remove().accept(true);
        all(hammer);
        assertThat(asked).isEmpty();
        assertThat(permits).hasSize(3);
    }

    @Test
    void nothingIsLostWhereManyAttemptsEndAtOnce() throws Exception {
        TargetState target = room.target(new BreakerSettings(
                1, Duration.ofSeconds(30), 1_000_000, 1_000_000, Duration.ZERO, Duration.ofSeconds(15), 1));
        all(() -> {
            for (int i = 0; i < 5_000; i++) {
                Permit permit = BreakerRoom.permit(target);
                permit.firstToken(1_000_000 + i);
                if (i % 3 == 0) {
                    permit.failed(error(500));
                } else {
                    permit.succeeded();
                }
                permit.abandoned();
            }
            return null;
        });
        assertThat(target.inFlight()).isZero();
        assertThat(target.firstTokenPercentileNanos(0.99)).isPositive();
        assertThat(room.changes).isEmpty();
    }

    @Test
    void changesAreToldInTheirOrderAndEachOnce() throws Exception {
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        TargetStates states = new TargetStates(
                room.time,
                new SplittableRandom(7),
                (target, breaker, from, to, reason) -> heard.add(from.label() + ">" + to.label()));
        TargetState target = states.of(BreakerRoom.TARGET, BreakerSettings.DEFAULT);
        AtomicInteger version = new AtomicInteger();
        all(() -> {
            for (int i = 0; i < 2_000; i++) {
                int next = version.incrementAndGet();
                states.heard(BreakerRoom.notice("node-b", next % 2 == 0, Duration.ofSeconds(9), next));
            }
            return null;
        });
        String before = "closed";
        for (String change : heard) {
            assertThat(change).startsWith(before + ">");
            before = change.substring(change.indexOf('>') + 1);
        }
        assertThat(before).isEqualTo(target.inWords().state().label());
    }

    private void all(Callable<Void> work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Future<Void>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            running.add(threads.submit(() -> {
                start.await(10, TimeUnit.SECONDS);
                return work.call();
            }));
        }
        for (Future<Void> each : running) {
            each.get(60, TimeUnit.SECONDS);
        }
    }
}
