// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.time.ManualTime;
import dev.penstock.quota.LeaseStore.Grant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A store that never answers, answers late, answers twice, lies or throws. */
final class StoreTroubleTest {

    private final ManualTime time = new ManualTime();
    private final QuotaRoom.SilentStore store = new QuotaRoom.SilentStore();
    private final List<Admission.Decision> decisions = new ArrayList<>();

    @Test
    void aCallThatHasNoLeaseWaitsAboutASecondAndIsRefusedWhereTheRuleIsClosed() {
        QuotaRoom room = room(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        admit(room, 1);

        time.advance(Duration.ofMillis(900));
        assertThat(decisions).isEmpty();
        time.advance(Duration.ofMillis(600));

        assertThat(decisions).hasSize(1);
        GatewayError error = ((Admission.Decision.Refused) decisions.getFirst()).error();
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.RATE_LIMITED);
        assertThat(error.getMessage()).contains("cannot be counted");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(room.heard).contains("store false");
    }

    @Test
    void onceTheStoreIsOutOfReachNobodyWaitsAndAProbeFindsItAgain() {
        QuotaRoom room = room(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        admit(room, 1);
        time.advance(Duration.ofMillis(1_300));
        decisions.clear();

        admit(room, 5);
        assertThat(decisions).hasSize(5).allMatch(Admission.Decision.Refused.class::isInstance);
        assertThat(store.asks).hasSize(1);

        time.advance(Duration.ofSeconds(2));
        assertThat(store.asks).hasSize(2);
        store.answers.get(1).accept(new Grant(true, 0, 60));
        decisions.clear();
        admit(room, 1);
        store.answers.getLast().accept(new Grant(true, store.asks.getLast().take(), 58));

        assertThat(room.heard).contains("store true");
        assertThat(decisions).hasSize(1).allMatch(Admission.Decision.Admitted.class::isInstance);
    }

    @Test
    void openLetsCallsThroughUncounted() {
        QuotaRoom room = room(QuotaRoom.failing(QuotaRoom.tenant(Unit.TOKENS, 100, Period.MINUTE), Fail.OPEN));
        down(room);
        admit(room, 50);

        assertThat(decisions).hasSize(50).allMatch(Admission.Decision.Admitted.class::isInstance);
        Permit permit = ((Admission.Decision.Admitted) decisions.getFirst()).permit();
        assertThat(permit.outputTokens(1)).isEqualTo(Long.MAX_VALUE);
        permit.settle(10, 1_000, 0);
    }

    @Test
    void aNodeGoesOnWithItsShareAndThePaidPartComesBackFromTheStore() {
        QuotaRoom room = room(QuotaRoom.failing(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.HOUR), Fail.LOCAL_SHARE));
        down(room);
        admit(room, 50);
        assertThat(admitted()).as("with the one that found it out").isEqualTo(19);

        time.advance(Duration.ofSeconds(2));
        store.answers.getLast().accept(new Grant(true, 0, 60));
        time.advance(Duration.ofSeconds(1));
        assertThat(store.asks.getLast().take()).isGreaterThanOrEqualTo(20);
        store.answers.getLast().accept(new Grant(true, store.asks.getLast().take(), 38));
        decisions.clear();
        admit(room, 1);
        store.answers.getLast().accept(new Grant(true, store.asks.getLast().take(), 37));

        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void whatTheStoreDoesNotCoverOfALoanIsMissingAfterwards() {
        QuotaRoom room = room(QuotaRoom.tenant(Unit.REQUESTS, 3_000, Period.HOUR));
        admit(room, 10);
        assertThat(admitted()).as("lent").isEqualTo(10);
        store.answers.getFirst().accept(new Grant(true, 4, 0));
        decisions.clear();

        admit(room, 10);

        assertThat(admitted()).isZero();
        assertThat(decisions).hasSize(10);
    }

    @Test
    void aSecondAnswerIsNotHeard() {
        QuotaRoom room = room(QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.HOUR)));
        admit(room, 1);
        store.answers.getFirst().accept(new Grant(true, 1, 59));
        store.answers.getFirst().accept(new Grant(true, 1, 59));
        store.answers.getFirst().accept(Grant.UNREACHABLE);
        assertThat(decisions).hasSize(1);

        admit(room, 5);

        assertThat(admitted()).as("all that was granted is used").isEqualTo(1);
        assertThat(room.book.isUp()).isTrue();
    }

    @Test
    void aLateAnswerIsUsedByThoseWhoComeLater() {
        QuotaRoom room = room(QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 6_000, Period.HOUR)));
        down(room);

        store.answers.getFirst().accept(new Grant(true, store.asks.getFirst().take(), 57));
        admit(room, 1);

        assertThat(room.book.isUp()).isTrue();
        assertThat(admitted()).isEqualTo(1);
    }

    @Test
    void aLateAnswerOfConcurrencyIsNotUsedBecauseTheStoreIsMendedByTheNextAsk() {
        QuotaRoom room = room(QuotaRoom.tenant(Unit.CONCURRENT, 60, Period.NONE));
        down(room);
        store.answers.getFirst().accept(new Grant(true, store.asks.getFirst().take(), 57));

        admit(room, 1);

        assertThat(decisions).isEmpty();
        assertThat(store.asks.getLast().held()).isZero();
    }

    @Test
    void aStoreThatGrantsMoreThanWasAskedForGrantsWhatWasAskedFor() {
        QuotaRoom room = room(QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 20, Period.HOUR)));
        admit(room, 1);
        store.answers.getFirst().accept(new Grant(true, 1_000_000, 0));
        admit(room, 40);

        assertThat(admitted()).isLessThanOrEqualTo(2);
    }

    @Test
    void aStoreThatThrowsIsOutOfReach() {
        QuotaRoom room = new QuotaRoom(
                time,
                time,
                (ask, answer) -> {
                    throw new IllegalStateException("closed");
                },
                3,
                QuotaRoom.limits(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE)));
        admit(room, 1);

        assertThat(decisions).hasSize(1).allMatch(Admission.Decision.Refused.class::isInstance);
    }

    @Test
    void aCallThatWaitsWhenItsWindowEndsIsCountedInTheNextOne() {
        QuotaRoom room = room(QuotaRoom.strict(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE)));
        time.advance(Duration.ofMillis(59_500));
        admit(room, 1);
        long window = store.asks.getLast().window();
        time.advance(Duration.ofMillis(600));

        admit(room, 1);
        store.answers.getLast().accept(new Grant(true, store.asks.getLast().take(), 50));
        store.answers.getLast().accept(new Grant(true, 60, 0));

        assertThat(store.asks.getLast().window()).isEqualTo(window + 1);
        while (decisions.size() < 2) {
            store.answers.getLast().accept(new Grant(true, store.asks.getLast().take(), 50));
        }
        assertThat(admitted()).isEqualTo(2);
    }

    private QuotaRoom room(LimitRule rule) {
        return new QuotaRoom(time, time, store, 3, QuotaRoom.limits(rule));
    }

    private void down(QuotaRoom room) {
        admit(room, 1);
        time.advance(Duration.ofMillis(1_300));
        assertThat(room.book.isUp()).isFalse();
        decisions.clear();
    }

    private void admit(QuotaRoom room, int times) {
        for (int i = 0; i < times; i++) {
            room.limiter.admit(QuotaRoom.call(1, 1), decisions::add);
        }
    }

    private long admitted() {
        return decisions.stream()
                .filter(Admission.Decision.Admitted.class::isInstance)
                .count();
    }
}
