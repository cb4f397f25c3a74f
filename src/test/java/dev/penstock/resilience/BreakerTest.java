// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static dev.penstock.resilience.BreakerRoom.error;
import static dev.penstock.resilience.BreakerRoom.fail;
import static dev.penstock.resilience.BreakerRoom.of;
import static dev.penstock.resilience.BreakerRoom.permit;
import static dev.penstock.resilience.BreakerRoom.rateLimit;
import static dev.penstock.resilience.BreakerRoom.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The states of a target's breaker, with time moved by hand. */
final class BreakerTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final BreakerRoom room = new BreakerRoom();

    // ------------------------------------------------------------------ closed

    @Test
    void aTargetThatNothingIsKnownOfIsUsed() {
        TargetState target = room.target();
        assertThat(target.usable()).isTrue();
        assertThat(target.standing()).isEmpty();
        assertThat(target.firstTokenNanos()).isZero();
        assertThat(target.firstTokenPercentileNanos(0.95)).isEqualTo(-1);
        assertThat(target.tryAcquire()).isNotNull();
        assertThat(target.inFlight()).isEqualTo(1);
    }

    @Test
    void opensAfterAsManyFailuresInARowAsConfigured() {
        TargetState target = room.target();
        fail(target, error(500), 4);
        assertThat(target.usable()).isTrue();
        fail(target, error(500));
        assertThat(target.usable()).isFalse();
        assertThat(target.tryAcquire()).isNull();
        assertThat(room.changes).containsExactly("closed open: 5 failures in a row (server)");
        assertThat(target.standing()).matches("breaker open for (1[5-9]|2[0-3]) s: 5 failures in a row \\(server\\)");
    }

    @Test
    void aSuccessEndsARowButNotTheWindow() {
        TargetState target = room.target();
        for (int i = 0; i < 9; i++) {
            fail(target, error(500));
            succeed(target);
        }
        assertThat(target.usable()).isTrue();
        succeed(target);
        // The twentieth attempt: the tenth failure.
        fail(target, error(500));
        assertThat(room.changes).containsExactly("closed open: 10 of 20 attempts failed within 30 s (server)");
    }

    @Test
    void theRateSaysNothingBelowItsLeastNumberOfCalls() {
        TargetState target = room.target(settings(0.5, 20, 100));
        fail(target, error(500), 19);
        assertThat(target.usable()).isTrue();
        fail(target, error(500));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void whatIsOlderThanTheWindowIsForgotten() {
        TargetState target = room.target(settings(0.5, 20, 100));
        fail(target, error(500), 19);
        room.time.advance(Duration.ofSeconds(31));
        fail(target, error(500), 19);
        assertThat(target.usable()).isTrue();
        fail(target, error(500));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void theWindowRollsInSlices() {
        TargetState target = room.target(settings(0.5, 20, 100));
        for (int i = 0; i < 10; i++) {
            fail(target, error(500));
            room.time.advance(Duration.ofSeconds(3));
        }
        // Nine or ten of them are left; ten more make at most twenty.
        fail(target, error(500), 9);
        assertThat(target.usable()).isTrue();
        fail(target, error(500), 2);
        assertThat(target.usable()).isFalse();
    }

    @Test
    void neverOpensOnErrorsOfTheCaller() {
        TargetState target = room.target();
        List<GatewayError> errors = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            if (kind.origin() == GatewayError.Origin.CLIENT) {
                errors.add(of(kind));
            }
        }
        for (int status : new int[] {400, 404, 409, 413, 422}) {
            errors.add(error(status));
        }
        errors.add(BreakerRoom.answered(429, null, null, Retry.ONLY_OTHER_TARGET));
        errors.add(of(Kind.TOTAL_TIMEOUT));
        errors.add(of(Kind.DRAINING));
        errors.add(of(Kind.OVERLOADED));
        errors.add(of(Kind.INTERNAL));
        errors.add(GatewayError.builder(Kind.PROVIDER_ERROR, "No.")
                .code("content_filter")
                .build());
        for (GatewayError each : errors) {
            fail(target, each, 30);
            assertThat(target.usable()).as(each.kind().label()).isTrue();
        }
        for (int i = 0; i < 30; i++) {
            permit(target).abandoned();
        }
        assertThat(room.changes).isEmpty();
        assertThat(target.inFlight()).isZero();
    }

    @Test
    void whatTheCallerDidNeitherLengthensNorEndsARow() {
        TargetState target = room.target();
        fail(target, error(500), 4);
        fail(target, error(400));
        permit(target).abandoned();
        assertThat(target.usable()).isTrue();
        fail(target, error(500));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void firstTokensThatComeTooLateCountAsFailuresHoweverTheAnswerEnds() {
        BreakerSettings settings = new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 3, SECOND, SECOND, 1);
        TargetState target = room.target(settings);
        Permit well = permit(target);
        well.firstToken(SECOND.toNanos() + 1);
        well.succeeded();
        Permit left = permit(target);
        left.firstToken(2 * SECOND.toNanos());
        left.abandoned();
        Permit last = permit(target);
        last.firstToken(2 * SECOND.toNanos());
        assertThat(target.usable()).isTrue();
        last.succeeded();
        assertThat(room.changes).containsExactly("closed open: 3 failures in a row (slow first token)");
    }

    @Test
    void aFirstTokenInTimeIsNoFailure() {
        BreakerSettings settings = new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 1, SECOND, SECOND, 1);
        TargetState target = room.target(settings);
        Permit permit = permit(target);
        permit.firstToken(SECOND.toNanos());
        permit.succeeded();
        assertThat(target.usable()).isTrue();
    }

    @Test
    void onlyTheFirstEndOfAnAttemptCounts() {
        TargetState target = room.target();
        for (int i = 0; i < 10; i++) {
            Permit permit = permit(target);
            permit.succeeded();
            permit.failed(error(500));
            permit.abandoned();
        }
        assertThat(target.usable()).isTrue();
        assertThat(target.inFlight()).isZero();
        Permit failed = permit(target);
        for (int i = 0; i < 10; i++) {
            failed.failed(error(500));
        }
        assertThat(target.usable()).isTrue();
        assertThat(target.inFlight()).isZero();
    }

    @Test
    void aTokenAfterTheEndIsNotCounted() {
        TargetState target = room.target();
        Permit permit = permit(target);
        permit.abandoned();
        permit.firstToken(1_000_000_000);
        assertThat(target.firstTokenNanos()).isZero();
    }

    // ------------------------------------------------------------------ money and keys

    @Test
    void anAccountWithoutMoneyOpensAtOnceAndForAMinuteAtLeast() {
        TargetState target = room.target();
        fail(target, BreakerRoom.answered(502, KeyFault.EXHAUSTED, null, Retry.ONLY_OTHER_TARGET));
        assertThat(room.changes).containsExactly("closed open: no money or quota left (quota)");
        room.time.advance(Duration.ofSeconds(59));
        assertThat(target.usable()).isFalse();
        room.time.advance(Duration.ofSeconds(31));
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aRefusedKeyIsCountedLikeAnyFailureButKeepsTheTargetOutForAMinuteAtLeast() {
        TargetState target = room.target();
        GatewayError refused = BreakerRoom.answered(502, KeyFault.REFUSED, null, Retry.ONLY_OTHER_TARGET);
        fail(target, refused, 4);
        assertThat(target.usable()).isTrue();
        fail(target, refused);
        assertThat(room.changes).containsExactly("closed open: 5 failures in a row (key)");
        room.time.advance(Duration.ofSeconds(59));
        assertThat(target.usable()).isFalse();
    }

    // ------------------------------------------------------------------ rests

    @Test
    void aRateLimitWithRetryAfterIsARestOfThatLengthAndNoFailure() {
        TargetState target = room.target();
        fail(target, rateLimit(Duration.ofSeconds(7)));
        assertThat(target.usable()).isFalse();
        assertThat(target.tryAcquire()).isNull();
        assertThat(target.standing()).isEqualTo("left alone for 7 s: rate_limit");
        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
        assertThat(target.inWords().remaining()).isEqualTo(Duration.ofSeconds(7));
        room.time.advance(Duration.ofSeconds(7));
        assertThat(target.usable()).isTrue();
        assertThat(target.standing()).isEmpty();
        assertThat(target.tryAcquire()).isNotNull();
        assertThat(room.changes).isEmpty();
    }

    @Test
    void noRestIsLongerThanAMinute() {
        TargetState target = room.target();
        fail(target, rateLimit(Duration.ofHours(114)));
        room.time.advance(Duration.ofSeconds(59));
        assertThat(target.usable()).isFalse();
        room.time.advance(SECOND);
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aShorterWishDoesNotShortenARest() {
        TargetState target = room.target();
        Permit late = permit(target);
        fail(target, rateLimit(Duration.ofSeconds(20)));
        late.failed(rateLimit(SECOND));
        room.time.advance(Duration.ofSeconds(19));
        assertThat(target.usable()).isFalse();
    }

    @Test
    void rateLimitsThatNameNoTimeGrowIntoRestsOfTheirOwn() {
        TargetState target = room.target();
        fail(target, rateLimit(null));
        assertThat(target.usable()).isTrue();
        for (int seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
            fail(target, rateLimit(null));
            room.time.advance(Duration.ofSeconds(seconds).minusMillis(1));
            assertThat(target.usable()).as("%d s", seconds).isFalse();
            room.time.advance(Duration.ofMillis(1));
            assertThat(target.usable()).as("%d s", seconds).isTrue();
        }
        succeed(target);
        fail(target, rateLimit(null));
        assertThat(target.usable()).isTrue();
    }

    @Test
    void attemptsThatAreRefusedTogetherCountOnce() {
        TargetState target = room.target();
        List<Permit> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(permit(target));
        }
        many.forEach(permit -> permit.failed(rateLimit(null)));
        room.time.advance(SECOND);
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aServerThatAsksForTimeGetsItAndIsCounted() {
        TargetState target = room.target();
        GatewayError busy = BreakerRoom.answered(503, null, Duration.ofSeconds(3), Retry.OTHER_TARGET);
        for (int i = 0; i < 4; i++) {
            fail(target, busy);
            assertThat(target.usable()).isFalse();
            room.time.advance(Duration.ofSeconds(3));
            assertThat(target.usable()).isTrue();
        }
        fail(target, busy);
        assertThat(room.changes).containsExactly("closed open: 5 failures in a row (server)");
    }

    @Test
    void retryAfterExtendsTheTimeThatABreakerIsOpen() {
        TargetState target = room.target();
        Permit before = permit(target);
        fail(target, error(500), 5);
        before.failed(BreakerRoom.answered(503, null, Duration.ofSeconds(50), Retry.OTHER_TARGET));
        room.time.advance(Duration.ofSeconds(49));
        assertThat(target.usable()).isFalse();
        room.time.advance(SECOND);
        assertThat(target.usable()).isTrue();
    }

    // ------------------------------------------------------------------ open and half open

    @Test
    void staysOpenBetweenOnceAndOnceAndAHalfTheConfiguredTime() {
        List<Long> spans = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            TargetState target = room.states.of(new Target("p", "m" + i), BreakerSettings.DEFAULT);
            fail(target, error(500), 5);
            spans.add(target.inWords().remaining().toMillis());
        }
        assertThat(spans).allMatch(span -> span >= 15_000 && span <= 22_500);
        assertThat(spans.stream().distinct().count()).isGreaterThan(40);
    }

    @Test
    void halfOpenLetsAsManyProbesRunAtOnceAsConfiguredAndNoMore() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        List<Permit> probes = List.of(permit(target), permit(target), permit(target));
        assertThat(probes).allMatch(Permit::isProbe);
        assertThat(target.usable()).isFalse();
        assertThat(target.tryAcquire()).isNull();
        assertThat(target.standing())
                .isEqualTo("breaker half open, 3 of 3 probes under way: 5 failures in a row (server)");
        assertThat(room.changes).last().isEqualTo("open half_open: probing");
    }

    @Test
    void closesAfterThatManyProbesInARowHadTheirFirstToken() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        Permit stillStreaming = permit(target);
        stillStreaming.firstToken(1_000_000);
        succeed(target);
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);
        succeed(target);
        assertThat(room.changes).last().isEqualTo("half_open closed: 3 probes in a row succeeded");
        assertThat(target.standing()).isEmpty();
        assertThat(target.tryAcquire()).isNotNull();
    }

    @Test
    void anAnswerThatEndsWithoutAWordAboutItsFirstTokenIsASuccessfulProbeToo() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        for (int i = 0; i < 3; i++) {
            permit(target).succeeded();
        }
        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void oneFailedProbeOpensAgainForTwiceAsLong() {
        TargetState target = opened();
        long bound = 15_000;
        for (int i = 0; i < 6; i++) {
            room.advanceUntilUsable(target);
            fail(target, of(Kind.CONNECT_FAILED));
            bound = Math.min(120_000, 2 * bound);
            assertThat(target.inWords().remaining().toMillis()).isBetween(bound, bound + bound / 2);
            assertThat(target.usable()).isFalse();
        }
        assertThat(room.changes).last().isEqualTo("half_open open: a probe failed (connect)");
    }

    @Test
    void aProbeThatBreaksOffAfterItsFirstTokenOpensAgain() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        Permit probe = permit(target);
        probe.firstToken(1_000_000);
        probe.failed(of(Kind.TRUNCATED));
        assertThat(room.changes).last().isEqualTo("half_open open: a probe failed (protocol)");
    }

    @Test
    void aSlowProbeOpensAgain() {
        BreakerSettings settings = new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 1, SECOND, SECOND, 1);
        TargetState target = room.target(settings);
        fail(target, error(500));
        room.advanceUntilUsable(target);
        Permit probe = permit(target);
        probe.firstToken(2 * SECOND.toNanos());
        probe.succeeded();
        assertThat(room.changes).last().isEqualTo("half_open open: a probe failed (slow first token)");
    }

    @Test
    void aProbeThatIsSilentForLongGivesItsPlaceToOthersAndMayStillSucceed() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        Permit silent = permit(target);
        permit(target);
        permit(target);
        assertThat(target.tryAcquire()).isNull();
        room.time.advance(Duration.ofSeconds(30));
        assertThat(target.usable()).isTrue();
        assertThat(permit(target)).isNotNull();
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);

        silent.succeeded();
        succeed(target);
        succeed(target);

        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
    }

    @Test
    void aProbeThatSaysNothingOfTheTargetOnlyFreesItsPlace() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        for (int i = 0; i < 20; i++) {
            Permit gone = permit(target);
            gone.abandoned();
            fail(target, error(400));
        }
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(target.usable()).isTrue();
    }

    @Test
    void aProbeThatIsRateLimitedNeitherClosesNorOpens() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        fail(target, rateLimit(Duration.ofSeconds(5)));
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);
        assertThat(target.usable()).isFalse();
        room.time.advance(Duration.ofSeconds(5));
        assertThat(target.usable()).isTrue();
    }

    @Test
    void attemptsFromBeforeTheOutageSayNothingOfTheTimeAfterIt() {
        TargetState target = room.target();
        List<Permit> before = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            before.add(permit(target));
        }
        fail(target, error(500), 5);
        before.get(0).succeeded();
        assertThat(target.usable()).isFalse();
        room.advanceUntilUsable(target);
        Permit probe = permit(target);
        before.get(1).succeeded();
        before.get(2).failed(error(500));
        assertThat(target.inWords().state()).isEqualTo(BreakerState.HALF_OPEN);
        probe.succeeded();
        succeed(target);
        succeed(target);
        before.forEach(late -> late.failed(error(500)));
        assertThat(target.usable()).isTrue();
        assertThat(target.inFlight()).isZero();
    }

    @Test
    void openingSoonAfterClosingTakesTwiceAsLongAndLaterDoesNot() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        for (int i = 0; i < 3; i++) {
            succeed(target);
        }
        fail(target, error(500), 5);
        assertThat(target.inWords().remaining()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
        room.advanceUntilUsable(target);
        for (int i = 0; i < 3; i++) {
            succeed(target);
        }
        room.time.advance(Duration.ofSeconds(31));
        fail(target, error(500), 5);
        assertThat(target.inWords().remaining()).isLessThanOrEqualTo(Duration.ofMillis(22_500));
    }

    @Test
    void aDeadTargetIsCalledAtMostAsOftenAsThereAreProbesPerHalfOpenInterval() {
        TargetState target = opened();
        int calls = 0;
        for (int second = 0; second < 3_600; second++) {
            List<Permit> made = new ArrayList<>();
            for (Permit permit = target.tryAcquire(); permit != null; permit = target.tryAcquire()) {
                made.add(permit);
            }
            assertThat(made.size()).isLessThanOrEqualTo(3);
            made.forEach(permit -> permit.failed(of(Kind.CONNECT_FAILED)));
            calls += made.size();
            room.time.advance(SECOND);
        }
        long intervals = room.changes.stream()
                .filter(change -> change.startsWith("open half_open"))
                .count();
        assertThat(intervals).isBetween(15L, 40L);
        assertThat(calls).isLessThanOrEqualTo((int) (3 * intervals));
    }

    @Test
    void thePeriodsOfASilentTargetDoNotWearOut() {
        TargetState target = opened();
        room.advanceUntilUsable(target);
        permit(target).abandoned();
        room.time.advance(Duration.ofHours(5));
        assertThat(target.usable()).isTrue();
        for (int i = 0; i < 3; i++) {
            succeed(target);
        }
        assertThat(target.inWords().state()).isEqualTo(BreakerState.CLOSED);
    }

    private TargetState opened() {
        TargetState target = room.target();
        fail(target, error(500), 5);
        return target;
    }

    private static BreakerSettings settings(double rate, int minCalls, int consecutive) {
        return new BreakerSettings(
                rate, Duration.ofSeconds(30), minCalls, consecutive, Duration.ZERO, Duration.ofSeconds(15), 3);
    }
}
