// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static dev.penstock.resilience.BreakerRoom.TARGET;
import static dev.penstock.resilience.BreakerRoom.error;
import static dev.penstock.resilience.BreakerRoom.fail;
import static dev.penstock.resilience.BreakerRoom.notice;
import static dev.penstock.resilience.BreakerRoom.permit;
import static dev.penstock.resilience.BreakerRoom.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.Target;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Breakers among nodes: what is announced, what is believed, and who probes. */
final class SharedBreakerTest {

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    private final BreakerRoom room = new BreakerRoom().amongOthers();

    // ------------------------------------------------------------------ saying

    @Test
    void ownOpeningsAndClosingsAreAnnouncedWithRisingVersions() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        probeWell(target);
        assertThat(room.notices).hasSize(2);
        BreakerNotice opened = room.notices.get(0);
        assertThat(opened.breaker()).isEqualTo("openai/gpt-4o");
        assertThat(opened.open()).isTrue();
        assertThat(opened.node()).isEqualTo("node-a");
        assertThat(opened.reason()).isEqualTo("5 failures in a row (server)");
        assertThat(opened.remaining()).isBetween(Duration.ofSeconds(15), Duration.ofMillis(22_500));
        BreakerNotice closed = room.notices.get(1);
        assertThat(closed.open()).isFalse();
        assertThat(closed.version()).isGreaterThan(opened.version());
    }

    @Test
    void aFailedProbeIsAnnouncedToo() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        grantWhenDue(target);
        fail(target, error(500));
        assertThat(room.notices).hasSize(2);
        assertThat(room.notices.get(1).remaining()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void aRestIsNotAnnounced() {
        fail(room.target(), BreakerRoom.rateLimit(TEN_SECONDS));
        assertThat(room.notices).isEmpty();
    }

    @Test
    void whatPeersSayIsNeverPassedOn() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        room.states.heard(notice("node-b", false, Duration.ZERO, 2));
        room.states.heard(notice("node-c", true, TEN_SECONDS, 1));
        room.time.advance(Duration.ofHours(1));
        target.usable();
        assertThat(room.notices).isEmpty();
    }

    // ------------------------------------------------------------------ hearing

    @Test
    void anotherNodesOpeningHoldsAsLongAsItSaysAndTellsWhoSaidIt() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        assertThat(target.tryAcquire()).isNull();
        assertThat(target.standing()).isEqualTo("breaker open for 10 s, told by node-b: 5 failures in a row");
        Standing standing = room.states.standings().get(0);
        assertThat(standing.who()).isEqualTo("node-b");
        assertThat(standing.remaining()).isEqualTo(TEN_SECONDS);
        assertThat(room.changes).containsExactly("closed open: 5 failures in a row");
        room.time.advance(TEN_SECONDS);
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aClosingEndsWhatOnlyPeersHaveSaid() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        room.states.heard(notice("node-b", false, Duration.ZERO, 2));
        assertThat(target.usable()).isTrue();
        assertThat(room.changes).last().isEqualTo("open closed: closed at node-b");
    }

    @Test
    void whoeverHasProbedClosesForTheOthersThatHaveNoFindingOfTheirOwn() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        room.states.heard(notice("node-c", false, Duration.ZERO, 1));
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aClosingElsewhereLetsAnOwnFindingBeProbedAtOnceButDoesNotEndIt() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.states.heard(notice("node-c", false, Duration.ZERO, 1));
        assertThat(target.inWords().state()).isEqualTo(BreakerState.OPEN);
        List<Permit> probes = List.of(permit(target), permit(target), permit(target));
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.asked).isEmpty();
        probes.forEach(Permit::succeeded);
        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void olderWordsOfTheSameNodeAreIgnored() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", false, Duration.ZERO, 5));
        room.states.heard(notice("node-b", true, TEN_SECONDS, 4));
        room.states.heard(notice("node-b", true, TEN_SECONDS, 5));
        assertThat(target.usable()).isTrue();
        room.states.heard(notice("node-c", true, TEN_SECONDS, 1));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void ownWordsThatComeBackAreIgnored() {
        TargetState target = room.target();
        room.states.heard(notice("node-a", true, TEN_SECONDS, Long.MAX_VALUE));
        assertThat(target.usable()).isTrue();
    }

    @Test
    void noWordHoldsLongerThanTenMinutes() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, Duration.ofDays(4_000_000), 1));
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void aPeersLongerTimeExtendsAnOwnOne() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.states.heard(notice("node-b", true, Duration.ofMinutes(2), 1));
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofMinutes(2));
        assertThat(target.inWords().who()).isEqualTo("node-a");
    }

    @Test
    void attemptsUnderWayDoNotOverrideAPeersWord() {
        TargetState target = room.target();
        Permit before = permit(target);
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        before.firstToken(1_000);
        before.succeeded();
        assertThat(target.usable()).isFalse();
    }

    @Test
    void whatWasSaidBeforeTheTargetWasKnownIsKeptAndGrowsOld() {
        room.states.heard(notice("node-b", true, TEN_SECONDS, 2));
        room.states.heard(notice("node-b", true, Duration.ofHours(1), 1));
        room.time.advance(Duration.ofSeconds(4));
        TargetState target = room.target();
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofSeconds(6));
        room.states.heard(notice("node-b", true, Duration.ofHours(1), 2));
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofSeconds(6));
    }

    @Test
    void whatWasSaidTooLongBeforeTheTargetWasKnownSaysNothing() {
        room.states.heard(notice("node-b", true, TEN_SECONDS, 2));
        room.time.advance(TEN_SECONDS);
        assertThat(room.target().usable()).isTrue();
    }

    @Test
    void aPeerThatOwnProbesContradictIsNotBelievedAgainBeforeItHasClosed() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        probeWell(target);
        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
        room.states.heard(notice("node-b", true, TEN_SECONDS, 2));
        assertThat(target.usable()).isTrue();
        room.states.heard(notice("node-b", false, Duration.ZERO, 3));
        room.states.heard(notice("node-b", true, TEN_SECONDS, 4));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void aPeerIsBelievedAgainWhenOwnAttemptsFailToo() {
        TargetState target = room.target();
        room.states.heard(notice("node-b", true, TEN_SECONDS, 1));
        probeWell(target);
        fail(target, error(500), 5);
        room.states.heard(notice("node-b", true, Duration.ofMinutes(5), 2));
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofMinutes(5));
    }

    // ------------------------------------------------------------------ who probes

    @Test
    void asksOnceForTheRightToProbeAndStaysClosedToTrafficUntilItIsGranted() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.time.advance(Duration.ofSeconds(23));
        assertThat(target.usable()).isTrue();
        for (int i = 0; i < 100; i++) {
            assertThat(target.tryAcquire()).isNull();
            assertThat(target.usable()).isFalse();
        }
        assertThat(room.asked).hasSize(1);
        assertThat(room.asked.get(0).breaker()).isEqualTo("openai/gpt-4o");
        assertThat(room.asked.get(0).span()).isEqualTo(Duration.ofSeconds(30));
        room.asked.get(0).answer().accept(true);
        assertThat(target.usable()).isTrue();
        assertThat(permit(target).isProbe()).isTrue();
        assertThat(room.asked).hasSize(1);
    }

    @Test
    void whoMayNotProbeAsksAgainAfterAWhile() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.time.advance(Duration.ofSeconds(23));
        assertThat(target.tryAcquire()).isNull();
        room.asked.get(0).answer().accept(false);
        assertThat(target.usable()).isFalse();
        room.time.advance(Duration.ofMillis(1_999));
        assertThat(target.usable()).isFalse();
        room.time.advance(Duration.ofMillis(2_001));
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.asked).hasSize(2);
    }

    @Test
    void anAnswerThatNeverComesIsNotWaitedForForEver() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.time.advance(Duration.ofSeconds(23));
        assertThat(target.tryAcquire()).isNull();
        room.time.advance(Duration.ofSeconds(5));
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.asked).hasSize(2);
    }

    @Test
    void anAnswerThatComesTooLateGrantsNothing() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        room.time.advance(Duration.ofSeconds(23));
        assertThat(target.tryAcquire()).isNull();
        room.states.heard(notice("node-b", false, Duration.ZERO, 1));
        permit(target).failed(error(500));
        room.asked.get(0).answer().accept(true);
        assertThat(target.usable()).isFalse();
        room.time.advance(Duration.ofMinutes(1));
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.asked).hasSize(2);
    }

    @Test
    void theRightToProbeLapsesAndIsAskedForAnew() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        grantWhenDue(target);
        permit(target).abandoned();
        room.time.advance(Duration.ofSeconds(30));
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.asked).hasSize(2);
    }

    // ------------------------------------------------------------------ the states of a node

    @Test
    void otherSettingsAreAnotherBreakerWithAnIdThatIsTheSameOnAllNodes() {
        BreakerSettings other =
                new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 1, Duration.ZERO, Duration.ofSeconds(15), 3);
        assertThat(room.target().id()).isEqualTo("openai/gpt-4o");
        assertThat(room.target(other).id()).matches("openai/gpt-4o#[0-9a-f]{1,8}");
        assertThat(room.target(other)).isNotSameAs(room.target());
        assertThat(room.target(other)).isSameAs(room.target(other));
        assertThat(new BreakerRoom().target(other).id())
                .isEqualTo(room.target(other).id());
        fail(room.target(other), error(500));
        assertThat(room.target(other).usable()).isFalse();
        assertThat(room.target().usable()).isTrue();
        assertThat(room.states.standings())
                .extracting(Standing::state)
                .containsExactly(BreakerState.CLOSED, BreakerState.OPEN);
    }

    @Test
    void targetsThatNobodyWantsAreForgotten() {
        TargetState target = room.target();
        Permit underWay = permit(target);
        fail(target, error(500), 5);
        room.states.of(new Target("b", "c"), BreakerSettings.DEFAULT);
        room.states.retain(Set.of(new Target("b", "c")));
        assertThat(room.states.standings()).extracting(Standing::breaker).containsExactly("b/c");
        assertThat(room.target().usable()).isTrue();
        underWay.succeeded();
    }

    @Test
    void ofManyNodesThatSpokeOfAnUnknownTargetTheLatestAreRemembered() {
        room.states.heard(notice("the-first", true, Duration.ofMinutes(5), 1));
        for (int i = 0; i < 64; i++) {
            room.states.heard(notice("node-" + i + "-later", true, TEN_SECONDS, 1));
        }
        TargetState target = room.target();
        assertThat(target.usable()).isFalse();
        room.time.advance(TEN_SECONDS);
        assertThat(target.usable()).isTrue();
    }

    @Test
    void settingsThatNobodyUsesAnyMoreAreForgotten() {
        BreakerSettings other =
                new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 1, Duration.ZERO, Duration.ofSeconds(15), 3);
        room.target(other);
        room.target();
        room.states.retain((target, settings) -> settings.equals(BreakerSettings.DEFAULT));
        assertThat(room.states.standings()).extracting(Standing::breaker).containsExactly("openai/gpt-4o");
    }

    @Test
    void standingsTellWhatAPersonWantsToKnow() {
        TargetState target = room.target();
        permit(target).firstToken(Duration.ofMillis(250).toNanos());
        Standing standing = room.states.standings().get(0);
        assertThat(standing)
                .isEqualTo(new Standing(
                        TARGET,
                        "openai/gpt-4o",
                        BreakerState.CLOSED,
                        Duration.ZERO,
                        "",
                        "",
                        1,
                        Duration.ofMillis(250).toNanos()));
    }

    private void grantWhenDue(TargetState target) {
        room.advanceUntilUsable(target);
        assertThat(target.tryAcquire()).isNull();
        room.asked.get(room.asked.size() - 1).answer().accept(true);
    }

    private void probeWell(TargetState target) {
        grantWhenDue(target);
        for (int i = 0; i < 3; i++) {
            succeed(target);
        }
    }
}
