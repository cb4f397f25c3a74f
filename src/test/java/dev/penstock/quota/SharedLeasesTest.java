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
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes that take from one store: 200 callers at once on one count, half of whom leave. */
final class SharedLeasesTest {

    private static final int CALLERS = 200;
    private static final int ROUNDS = 100;

    private final ManualTime time = new ManualTime();
    private final StandingClock clock = new StandingClock();
    private final MemoryLeases store = new MemoryLeases(clock, 1_000, true);
    private final AtomicLong calls = new AtomicLong();

    @Test
    void requestsOfAllNodesTogetherAreTheLimitAndNotOneMore() throws Exception {
        List<QuotaRoom> nodes = nodes(store, QuotaRoom.tenant(Unit.REQUESTS, 5_000, Period.HOUR));
        AtomicLong admitted = new AtomicLong();

        callers(nodes, (room, random) -> {
            if (room.admitAmongOthers(QuotaRoom.call(1, 1)) instanceof Admission.Decision.Admitted) {
                admitted.incrementAndGet();
            }
        });

        // What one node holds ahead another one lacks while it lasts.
        assertThat(admitted.get()).isBetween(4_500L, 5_000L);
        assertThat(calls.get()).isEqualTo((long) CALLERS * ROUNDS);
    }

    @Test
    void tokensOfAllNodesTogetherAreNotAboveTheLimitAndNothingIsHeldAfterwards() throws Exception {
        List<QuotaRoom> nodes = nodes(store, QuotaRoom.tenant(Unit.TOKENS, 1_000_000, Period.HOUR));
        // Reserved and used together: one number, so that nobody reads it while a part is on its way from one to the other.
        AtomicLong taken = new AtomicLong();
        AtomicLong most = new AtomicLong();

        callers(nodes, (room, random) -> {
            long prompt = 1 + random.nextInt(100);
            if (room.admitAmongOthers(QuotaRoom.call(prompt, 400)) instanceof Admission.Decision.Admitted admitted) {
                most.accumulateAndGet(taken.addAndGet(prompt + 400), Math::max);
                if (random.nextBoolean()) {
                    taken.addAndGet(-prompt - 400);
                    admitted.permit().cancel();
                } else {
                    long used = random.nextInt(400);
                    taken.addAndGet(used - 400);
                    admitted.permit().settle(prompt, used, 0);
                }
            }
        });
        idle(nodes);

        assertThat(most.get()).isLessThanOrEqualTo(1_000_000);
        assertThat(taken.get()).isBetween(900_000L, 1_000_000L);
        assertThat(store.taken("tenant/acme/tokens/hour")).isEqualTo(taken.get());
    }

    @Test
    void neverMoreCallsAtATimeThanTheLimitAndNoPhantomHolds() throws Exception {
        for (long limit : new long[] {3, 20, 120}) {
            List<QuotaRoom> nodes = nodes(store, QuotaRoom.tenant(Unit.CONCURRENT, limit, Period.NONE));
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            AtomicInteger admitted = new AtomicInteger();

            callers(nodes, (room, random) -> {
                if (room.admitAmongOthers(QuotaRoom.call(1, 1)) instanceof Admission.Decision.Admitted held) {
                    admitted.incrementAndGet();
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    Thread.onSpinWait();
                    inside.decrementAndGet();
                    if (random.nextBoolean()) {
                        held.permit().cancel();
                    }
                    held.permit().settle(1, 1, 0);
                    held.permit().cancel();
                }
            });
            idle(nodes);

            assertThat((long) most.get()).isLessThanOrEqualTo(limit);
            assertThat(admitted.get()).isPositive();
            assertThat(store.taken("tenant/acme/concurrent/none")).isZero();
        }
    }

    @Test
    void aNodeThatClosesGivesBackWhatNobodyUses() {
        List<QuotaRoom> nodes = nodes(store, QuotaRoom.tenant(Unit.REQUESTS, 3_000, Period.HOUR));
        Permit held = nodes.get(0).admitted(QuotaRoom.call(1, 1));
        nodes.get(0).admitted(QuotaRoom.call(1, 1));
        assertThat(store.taken("tenant/acme/requests/hour")).isGreaterThan(2);

        assertThat(nodes.get(0).book.close()).isCompleted();
        assertThat(store.taken("tenant/acme/requests/hour")).isEqualTo(2);

        held.cancel();
        assertThat(store.taken("tenant/acme/requests/hour")).isEqualTo(1);
    }

    @Test
    void aLeaseGrowsWithItsUseUpToAThirtiethOfTheLimit() {
        QuotaRoom node = nodes(store, QuotaRoom.tenant(Unit.REQUESTS, 30_000, Period.HOUR))
                .getFirst();
        long most = 0;
        long used = 0;
        long first = 0;
        for (int second = 0; second < 20; second++) {
            for (int i = 0; i < 1_000; i++) {
                used += node.passes(QuotaRoom.call(1, 1)) ? 1 : 0;
                first = first == 0 ? store.taken("tenant/acme/requests/hour") : first;
                most = Math.max(most, store.taken("tenant/acme/requests/hour") - used);
            }
            advance(Duration.ofSeconds(1));
        }

        assertThat(used).isEqualTo(20_000);
        assertThat(first).isLessThan(200);
        assertThat(most).isBetween(900L, 1_000L);
    }

    /** Bursts of several nodes, with answers that come late and in any order: the whole limit is used and never more than lent. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void withASlowStoreTheLimitIsUsedUpAndExceededByAHundredthAtMost(long seed) {
        Random random = new Random(seed);
        long limit = List.of(7L, 60L, 900L, 6_000L).get(random.nextInt(4));
        SlowStore slow = new SlowStore();
        List<QuotaRoom> nodes = nodes(slow, QuotaRoom.tenant(Unit.REQUESTS, limit, Period.HOUR));
        List<Admission.Decision> decisions = new ArrayList<>();
        long asked = 0;
        while (asked < 4 * limit + 200) {
            int burst = random.nextInt(20);
            for (int i = 0; i < burst; i++) {
                nodes.get(random.nextInt(3)).limiter.admit(QuotaRoom.call(1, 1), decisions::add);
                asked++;
            }
            slow.answerSome(random);
            if (random.nextInt(10) == 0) {
                advance(Duration.ofMillis(random.nextInt(300)));
            }
        }
        while (slow.answerSome(random)) {
            advance(Duration.ofMillis(10));
        }
        advance(Duration.ofSeconds(5));
        slow.answerAll();
        for (int i = 0; i < limit; i++) {
            nodes.get(random.nextInt(3)).limiter.admit(QuotaRoom.call(1, 1), decisions::add);
            slow.answerAll();
            asked++;
        }

        long admitted = decisions.stream()
                .filter(Admission.Decision.Admitted.class::isInstance)
                .count();
        assertThat((long) decisions.size()).isEqualTo(asked);
        assertThat(admitted).as("of %s", limit).isBetween(limit * 97 / 100, limit + limit / 100);
    }

    @Test
    void aStrictLimitIsNeverExceededBehindASlowStore() {
        SlowStore slow = new SlowStore();
        List<QuotaRoom> nodes = nodes(slow, QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 6_000, Period.HOUR)));
        Random random = new Random(9);
        List<Admission.Decision> decisions = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            nodes.get(random.nextInt(3)).limiter.admit(QuotaRoom.call(1, 1), decisions::add);
            if (random.nextInt(10) == 0) {
                slow.answerSome(random);
                advance(Duration.ofMillis(30));
            }
        }
        slow.answerAll();

        assertThat(decisions.stream().filter(Admission.Decision.Admitted.class::isInstance))
                .hasSizeLessThanOrEqualTo(6_000);
        assertThat(decisions).hasSize(10_000);
    }

    private void advance(Duration span) {
        time.advance(span);
        clock.nanos = time.nanos();
    }

    private void idle(List<QuotaRoom> nodes) {
        for (int i = 0; i < 5; i++) {
            advance(Duration.ofSeconds(1));
        }
        assertThat(nodes).isNotEmpty();
    }

    private List<QuotaRoom> nodes(LeaseStore shared, LimitRule rule) {
        List<QuotaRoom> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String owner = "node-" + i + "-" + calls.get();
            LeaseStore own = (ask, answer) -> shared.exchange(
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
            nodes.add(new QuotaRoom(time, clock, own, 3, QuotaRoom.limits(rule)));
        }
        return nodes;
    }

    private interface Caller {
        void call(QuotaRoom room, Random random);
    }

    private void callers(List<QuotaRoom> nodes, Caller caller) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
        CountDownLatch go = new CountDownLatch(1);
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        try {
            for (int i = 0; i < CALLERS; i++) {
                int number = i;
                threads.execute(() -> {
                    Random random = new Random(number);
                    // A limiter belongs to one loop; the books are what they share.
                    QuotaRoom room = nodes.get(number % 3).loop();
                    try {
                        go.await();
                        for (int round = 0; round < ROUNDS; round++) {
                            caller.call(room, random);
                            calls.incrementAndGet();
                        }
                    } catch (Throwable e) {
                        failures.add(e);
                    }
                });
            }
            go.countDown();
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(failures).isEmpty();
    }

    /** Moves with the hand of the test, and may be read by all. */
    private final class StandingClock implements Ticker {

        private volatile long nanos = time.nanos();

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public Instant now() {
            return Instant.parse("2026-01-01T00:00:00Z").plusNanos(nanos);
        }
    }

    /** Keeps answers back. */
    private final class SlowStore implements LeaseStore {

        private final List<Runnable> waiting = new ArrayList<>();

        @Override
        public void exchange(Ask ask, Consumer<Grant> answer) {
            waiting.add(() -> store.exchange(ask, answer));
        }

        boolean answerSome(Random random) {
            int count = random.nextInt(3);
            for (int i = 0; i < count && !waiting.isEmpty(); i++) {
                waiting.remove(random.nextInt(waiting.size())).run();
            }
            return !waiting.isEmpty();
        }

        void answerAll() {
            while (!waiting.isEmpty()) {
                waiting.removeFirst().run();
            }
        }
    }
}
