// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.Identity;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.quota.LeaseStore.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refusals while the store is slow, in the test's own time: quick, and never from a word that is too old. */
final class UsedUpWindowTest {

    private static final Duration HUSH = Duration.ofMillis(100);
    private static final int NODES = 3;

    private final ManualTime time = new ManualTime();
    private final QuotaRoom.SilentStore store = new QuotaRoom.SilentStore();
    private final List<Admission.Decision> decisions = new ArrayList<>();

    @Test
    void aRefusalDoesNotWaitForTheStore() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(Duration.ofMillis(400));

        admit(room, 5);

        assertThat(decisions).hasSize(5).allMatch(Admission.Decision.Refused.class::isInstance);
        assertThat(refusal().error().retryAfter()).isEqualTo(Duration.ofMillis(59_600));
    }

    @Test
    void theStoreIsAskedBehindThemOnceInATenthOfASecond() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        int before = store.asks.size();
        for (int i = 0; i < 50; i++) {
            time.advance(Duration.ofMillis(10));
            admit(room, 3);
            answer(0);
        }

        assertThat(decisions).hasSize(150).allMatch(Admission.Decision.Refused.class::isInstance);
        assertThat(store.asks.size() - before).isBetween(4, 5);
    }

    @Test
    void whatOthersGaveBackIsFoundByTheAskBehind() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(HUSH);
        admit(room, 1);
        answer(1);
        decisions.clear();

        admit(room, 2);

        assertThat(decisions).hasSize(2);
        assertThat(decisions.get(0)).isInstanceOf(Admission.Decision.Admitted.class);
        assertThat(decisions.get(1)).isInstanceOf(Admission.Decision.Refused.class);
    }

    @Test
    void theStoreIsAskedOnlyAfterTheRefusal() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(HUSH);
        List<Runnable> later = new ArrayList<>();
        int before = store.asks.size();

        new Limiter(room.book, later::add, time).admit(QuotaRoom.call(1, 1), decisions::add);
        assertThat(decisions).hasSize(1).allMatch(Admission.Decision.Refused.class::isInstance);
        assertThat(store.asks).hasSize(before);
        later.forEach(Runnable::run);

        assertThat(store.asks).hasSize(before + 1);
    }

    @Test
    void afterASecondOfSilenceTheNextCallWaits() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(Duration.ofSeconds(1));

        admit(room, 1);
        assertThat(decisions).isEmpty();
        answer(1);

        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void anAskThatIsNotAnsweredMakesNothingYounger() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(Duration.ofMillis(900));
        admit(room, 1);
        time.advance(HUSH);
        decisions.clear();

        admit(room, 1);
        assertThat(decisions).isEmpty();
        answer(0);

        assertThat(decisions).hasSize(1).allMatch(Admission.Decision.Refused.class::isInstance);
    }

    @Test
    void anAnswerIsAsOldAsItsAsk() {
        QuotaRoom room = room(QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE)));
        admit(room, 1);
        time.advance(Duration.ofMillis(700));
        answer(0);
        time.advance(Duration.ofMillis(300));
        decisions.clear();

        admit(room, 1);

        assertThat(decisions).isEmpty();
    }

    @Test
    void aNewWindowIsNotRefusedByTheWordOfTheOneBefore() {
        QuotaRoom room = room(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        time.advance(Duration.ofMillis(59_800));
        admit(room, 1);
        answer(0);
        time.advance(HUSH);
        admit(room, 1);
        long window = store.asks.getLast().window();
        assertThat(decisions).hasSize(2);
        time.advance(HUSH);
        decisions.clear();

        admit(room, 1);
        assertThat(decisions).isEmpty();
        assertThat(store.asks.getLast().window()).isEqualTo(window + 1);
        answer(1);

        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void aRaisedLimitIsAskedForAtOnce() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        room.book.reload(QuotaRoom.limits(QuotaRoom.tenant(Unit.REQUESTS, 90, Period.MINUTE)));

        admit(room, 1);
        assertThat(decisions).isEmpty();
        assertThat(store.asks.getLast().limit()).isEqualTo(90);
        answer(1);

        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void aCallForAPlaceWaitsForTheStore() {
        QuotaRoom room = usedUp(QuotaRoom.tenant(Unit.CONCURRENT, 60, Period.NONE));
        time.advance(HUSH);

        admit(room, 1);
        assertThat(decisions).isEmpty();
        answer(1);

        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void aStrictBudgetRefusesAtOnceButAsksBeforeItPaysLessThanWasWanted() {
        LimitRule rule = QuotaRoom.strict(QuotaRoom.tenant(Unit.NANO_USD, 10_000, Period.DAY));
        QuotaRoom room = room(rule);
        room.limiter.admit(paid(1_000), decisions::add);
        answer(500);
        assertThat(admitted()).isEqualTo(1);
        ((Admission.Decision.Admitted) decisions.getFirst()).permit().settle(0, 250, 400);
        time.advance(HUSH);
        decisions.clear();

        room.limiter.admit(paid(1_000), decisions::add);
        assertThat(decisions).as("a tenth of it is there").isEmpty();
        answer(0);
        assertThat(admitted()).isEqualTo(1);
        time.advance(HUSH);
        decisions.clear();
        room.limiter.admit(paid(1_000), decisions::add);

        assertThat(refusal().error().status()).isEqualTo(402);
    }

    /** At three times the limit, from callers who come when they like: all of the limit is used, and refusals are quick. */
    @ParameterizedTest
    @CsvSource({"1, 2, false", "2, 20, false", "3, 60, false", "4, 20, true", "5, 60, true", "6, 200, false"})
    void theLimitIsUsedUpAndARefusalDoesNotWait(long seed, int millis, boolean strict) {
        int limit = 1_200;
        MemoryLeases counts = new MemoryLeases(time, 1_000, true);
        LeaseStore slow = (ask, answer) -> time.after(
                Duration.ofMillis(millis / 2),
                () -> counts.exchange(
                        ask, grant -> time.after(Duration.ofMillis(millis / 2), () -> answer.accept(grant))));
        LimitRule rule = QuotaRoom.tenant(Unit.REQUESTS, limit, Period.MINUTE);
        List<QuotaRoom> nodes = new ArrayList<>();
        for (int i = 0; i < NODES; i++) {
            nodes.add(new QuotaRoom(time, time, slow, NODES, QuotaRoom.limits(strict ? QuotaRoom.strict(rule) : rule)));
        }
        Random random = new Random(seed);
        List<Long> waits = new ArrayList<>();
        for (int window = 0; window < 5; window++) {
            long end = time.nanos() + Duration.ofMinutes(1).toNanos();
            int[] passed = {0};
            while (time.nanos() < end) {
                long from = time.nanos();
                nodes.get(random.nextInt(NODES)).limiter.admit(QuotaRoom.call(1, 1), decision -> {
                    if (decision instanceof Admission.Decision.Admitted) {
                        passed[0]++;
                    } else {
                        waits.add((time.nanos() - from) / 1_000_000);
                    }
                });
                long gap = (long) (-Math.log(1 - random.nextDouble()) * 60_000_000_000L / (3 * limit));
                time.advance(Duration.ofNanos(Math.min(gap, end - time.nanos())));
            }

            assertThat(passed[0])
                    .as("window %s", window)
                    .isBetween(limit * 97 / 100, strict ? limit : limit * 101 / 100);
        }

        assertThat(waits).hasSizeGreaterThan(5 * limit);
        assertThat(waits.stream()
                        .sorted()
                        .skip(waits.size() * 99L / 100)
                        .findFirst()
                        .orElseThrow())
                .as("p99 in ms")
                .isLessThanOrEqualTo(5);
    }

    /** A call of ten tokens of prompt and an answer of so many, at a nano-dollar each. */
    private static AdmissionAsk paid(long output) {
        return new AdmissionAsk(new Identity(QuotaRoom.TENANT, "", "k", "", ""), "", "chat", "", 10, output, 1, 1);
    }

    private QuotaRoom room(LimitRule rule) {
        return new QuotaRoom(time, time, store, NODES, QuotaRoom.limits(rule));
    }

    /** A node whose first call was told that there is nothing. */
    private QuotaRoom usedUp(LimitRule rule) {
        QuotaRoom room = room(rule);
        admit(room, 1);
        answer(0);
        assertThat(decisions).hasSize(1).allMatch(Admission.Decision.Refused.class::isInstance);
        decisions.clear();
        return room;
    }

    /** To what was asked last, where there is something. */
    private void answer(long granted) {
        store.answers.getLast().accept(new Grant(true, granted, 0));
    }

    private void admit(QuotaRoom room, int times) {
        for (int i = 0; i < times; i++) {
            room.limiter.admit(QuotaRoom.call(1, 1), decisions::add);
        }
    }

    private Admission.Decision.Refused refusal() {
        return (Admission.Decision.Refused) decisions.getLast();
    }

    private long admitted() {
        return decisions.stream()
                .filter(Admission.Decision.Admitted.class::isInstance)
                .count();
    }
}
