// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static dev.penstock.resilience.BreakerRoom.answered;
import static dev.penstock.resilience.BreakerRoom.error;
import static dev.penstock.resilience.BreakerRoom.of;
import static dev.penstock.resilience.BreakerRoom.rateLimit;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.RetrySettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an exchange does after a failed attempt. */
final class TriesTest {

    private static final Duration PLENTY = Duration.ofMinutes(1);
    private static final IntPredicate ALL = index -> true;
    private static final IntPredicate NONE = index -> false;

    private final RetryBudget budget = new RetryBudget();

    // ------------------------------------------------------------------ the end at once

    @ParameterizedTest
    @EnumSource(Kind.class)
    void errorsOfTheClientAndThoseThatNothingHelpsEndIt(Kind kind) {
        GatewayError failure = of(kind);
        boolean ends = kind.origin() == Origin.CLIENT || failure.retry() == Retry.NEVER || kind == Kind.DRAINING;
        Next next = started(1, 1, 2).after(0, failure, PLENTY, ALL);
        if (ends) {
            assertThat(next).isEqualTo(new Next.End(failure));
        } else {
            assertThat(next).isEqualTo(new Next.Other(1));
        }
    }

    @Test
    void aRequestThatOneProviderRefusesForWhatItSaysIsNotTriedElsewhere() {
        GatewayError blocked = GatewayError.builder(Kind.PROVIDER_ERROR, "Blocked.")
                .status(400)
                .code("content_filter")
                .retry(Retry.NEVER)
                .build();
        Tries tries = started(1, 2);
        assertThat(tries.after(0, blocked, PLENTY, ALL)).isEqualTo(new Next.End(blocked));
        assertThat(tries.isExhausted()).isTrue();
    }

    // ------------------------------------------------------------------ other targets

    @Test
    void untriedTargetsOfTheSameTierComeFirstAndAtOnce() {
        Tries tries = started(1, 1, 1, 2);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(tries.after(1, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(2));
        assertThat(budget.credits()).isEqualTo(3);
    }

    @Test
    void targetsThatAreLeftAloneAreSkipped() {
        Tries tries = started(1, 1, 1, 2);
        assertThat(tries.after(0, error(500), PLENTY, index -> index != 1)).isEqualTo(new Next.Other(2));
    }

    @Test
    void aModelThatOneProviderLacksIsAskedForElsewhere() {
        GatewayError unknown = answered(404, null, null, Retry.ONLY_OTHER_TARGET);
        assertThat(started(1, 2).after(0, unknown, PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(started(1).after(0, unknown, PLENTY, ALL)).isEqualTo(new Next.End(unknown));
    }

    @Test
    void noTargetIsTriedTwiceAsAnother() {
        Tries tries = new Tries(new int[] {1, 2, 3}, settings(1), budget, new SplittableRandom(1));
        assertThat(tries.untried(ALL)).isZero();
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(tries.after(1, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(2));
        assertThat(tries.after(2, error(500), PLENTY, ALL)).isInstanceOf(Next.End.class);
        assertThat(tries.isExhausted()).isTrue();
    }

    @Test
    void theFirstAttemptTakesTheFirstUsableTargetOfTheLowestTier() {
        Tries tries = new Tries(new int[] {2, 1, 1}, settings(2), budget, new SplittableRandom(1));
        assertThat(tries.untried(index -> index != 1)).isEqualTo(2);
        assertThat(tries.untried(ALL)).isEqualTo(1);
        assertThat(tries.untried(ALL)).isZero();
        assertThat(tries.untried(ALL)).isEqualTo(-1);
        assertThat(tries.of(0)).isEqualTo(1);
    }

    @Test
    void aTargetThatIsRacedIsNotTriedOnceMoreAsAnother() {
        Tries tries = started(1, 1, 1);
        assertThat(tries.untried(ALL)).isEqualTo(1);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(2));
    }

    @Test
    void aTargetOfAnEarlierTierThatIsWellAgainGoesBeforeALaterTier() {
        Tries tries = new Tries(new int[] {1, 2, 3}, settings(1), budget, new SplittableRandom(1));
        assertThat(tries.untried(index -> index > 0)).isEqualTo(1);
        assertThat(tries.after(1, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(0));
    }

    // ------------------------------------------------------------------ the same again

    @Test
    void thenTheSameTargetAgainAfterAPauseWhileTriesAreLeft() {
        Tries tries = started(1, 2);
        Next next = tries.after(0, error(500), PLENTY, ALL);
        assertThat(next).isInstanceOfSatisfying(Next.Again.class, again -> {
            assertThat(again.target()).isZero();
            assertThat(again.delay()).isBetween(Duration.ofMillis(200), Duration.ofMillis(600));
        });
        assertThat(tries.of(0)).isEqualTo(2);
        assertThat(budget.credits()).isEqualTo(2);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"CONNECT_FAILED", "CONNECT_TIMEOUT", "FIRST_TOKEN_TIMEOUT", "IDLE_TIMEOUT"})
    void noConnectionAndNoAnswerInTimeGoToTheNextTierWithoutWaiting(Kind kind) {
        assertThat(started(1, 2).after(0, of(kind), PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(started(1).after(0, of(kind), PLENTY, ALL)).isInstanceOf(Next.Again.class);
        assertThat(started(1, 2).after(0, of(kind), PLENTY, index -> index == 0))
                .isInstanceOf(Next.Again.class);
    }

    @Test
    void aTargetThatWillRefuseAgainIsNotAskedAgain() {
        GatewayError key = answered(502, KeyFault.REFUSED, null, Retry.ONLY_OTHER_TARGET);
        assertThat(started(1).after(0, key, PLENTY, ALL)).isEqualTo(new Next.End(key));
    }

    @Test
    void onlyClassesThatAreListedAreTriedAgain() {
        RetrySettings onlyRates =
                new RetrySettings(3, Set.of(FailureClass.RATE_LIMIT), Duration.ofMillis(200), Duration.ofSeconds(2));
        Tries tries = new Tries(new int[] {1}, onlyRates, budget, new SplittableRandom(1));
        assertThat(tries.untried(ALL)).isZero();
        assertThat(tries.after(0, rateLimit(null), PLENTY, ALL)).isInstanceOf(Next.Again.class);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isInstanceOf(Next.End.class);
    }

    @Test
    void aTargetWhoseBreakerHasOpenedMeanwhileIsNotWaitedFor() {
        assertThat(started(1, 2).after(0, error(500), PLENTY, index -> index == 1))
                .isEqualTo(new Next.Other(1));
    }

    @Test
    void anotherTargetOfTheTierWithTriesLeftIsTriedAgainWhereTheLastOneCannotBe() {
        Tries tries = started(1, 1);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(1));
        Next next = tries.after(1, answered(502, KeyFault.REFUSED, null, Retry.ONLY_OTHER_TARGET), PLENTY, ALL);
        assertThat(next).isInstanceOfSatisfying(Next.Again.class, again -> assertThat(again.target())
                .isZero());
    }

    @Test
    void theBudgetBoundsWhatIsTriedAgain() {
        while (budget.trySpend()) {
            assertThat(budget.credits()).isGreaterThanOrEqualTo(0);
        }
        assertThat(started(1).after(0, error(500), PLENTY, ALL)).isInstanceOf(Next.End.class);
        assertThat(started(1, 2).after(0, error(500), PLENTY, ALL)).isEqualTo(new Next.Other(1));
    }

    @Test
    void callsAreAtMostATenthMoreThanExchangesWhileASingleTargetFailsAlways() {
        int calls = 0;
        for (int i = 0; i < 1_000; i++) {
            budget.called();
            Tries tries = started(1);
            calls++;
            while (tries.after(0, error(500), PLENTY, ALL) instanceof Next.Again) {
                calls++;
            }
        }
        assertThat(calls).isBetween(1_100, 1_103);
    }

    // ------------------------------------------------------------------ time

    @Test
    void retryAfterIsWaitedForWhenItIsLongerThanThePause() {
        Next next = started(1).after(0, rateLimit(Duration.ofMillis(1_500)), PLENTY, NONE);
        assertThat(next).isEqualTo(new Next.Again(0, Duration.ofMillis(1_500)));
    }

    @Test
    void aRetryAfterShorterThanThePauseDoesNotShortenIt() {
        Next next = started(1).after(0, rateLimit(Duration.ofMillis(1)), PLENTY, ALL);
        assertThat(next).isInstanceOfSatisfying(Next.Again.class, again -> assertThat(again.delay())
                .isGreaterThanOrEqualTo(Duration.ofMillis(200)));
    }

    @Test
    void aRetryAfterLongerThanTheLongestPauseIsNotWaitedFor() {
        GatewayError slow = rateLimit(Duration.ofMillis(2_001));
        assertThat(started(1, 2).after(0, slow, PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(started(1).after(0, slow, PLENTY, ALL)).isEqualTo(new Next.End(slow));
    }

    @ParameterizedTest
    @ValueSource(longs = {-5, 0, 199})
    void aPauseThatDoesNotFitIntoTheTimeThatIsLeftIsNotMade(long millis) {
        assertThat(started(1).after(0, error(500), Duration.ofMillis(millis), ALL))
                .isInstanceOf(Next.End.class);
        assertThat(budget.credits()).isEqualTo(3);
    }

    // ------------------------------------------------------------------ targets that would not take it

    @Test
    void aTargetThatWouldNotTakeTheAttemptIsPassedOver() {
        Tries tries = started(1, 1, 2);
        GatewayError full = of(Kind.OVERLOADED);
        assertThat(tries.refused(0, full, PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(tries.refused(1, full, PLENTY, ALL)).isEqualTo(new Next.Other(2));
        assertThat(tries.refused(2, full, PLENTY, ALL)).isEqualTo(new Next.End(full));
    }

    @Test
    void aPaidTryThatIsNotMadeIsGivenBack() {
        Tries tries = started(1);
        assertThat(tries.after(0, error(500), PLENTY, ALL)).isInstanceOf(Next.Again.class);
        assertThat(budget.credits()).isEqualTo(2);
        assertThat(tries.refused(0, of(Kind.OVERLOADED), PLENTY, ALL)).isInstanceOf(Next.End.class);
        assertThat(budget.credits()).isEqualTo(3);
    }

    @Test
    void theGatewaysOwnLimitForOneTargetLeavesTheOthers() {
        assertThat(started(1, 2).after(0, of(Kind.OVERLOADED), PLENTY, ALL)).isEqualTo(new Next.Other(1));
    }

    // ------------------------------------------------------------------ what the client is told

    @Test
    void theLastErrorOfAProviderIsToldRatherThanTheGatewaysOwn() {
        Tries tries = started(1, 2);
        GatewayError said = answered(404, null, null, Retry.ONLY_OTHER_TARGET);
        assertThat(tries.after(0, said, PLENTY, ALL)).isEqualTo(new Next.Other(1));
        assertThat(tries.refused(1, of(Kind.OVERLOADED), PLENTY, ALL)).isEqualTo(new Next.End(said));
    }

    @Test
    void theShortestTimeThatAnyTargetAskedForIsKept() {
        List<GatewayError> ends = new ArrayList<>();
        Tries tries = started(1, 2, 3);
        assertThat(tries.after(0, rateLimit(Duration.ofSeconds(30)), PLENTY, ALL))
                .isEqualTo(new Next.Other(1));
        assertThat(tries.after(1, rateLimit(Duration.ofSeconds(10)), PLENTY, ALL))
                .isEqualTo(new Next.Other(2));
        GatewayError last = GatewayError.builder(Kind.PROVIDER_ERROR, "Out of order.")
                .status(503)
                .retry(Retry.ONLY_OTHER_TARGET)
                .code("unavailable")
                .param("model")
                .hint("Wait.")
                .build();
        if (tries.after(2, last, PLENTY, ALL) instanceof Next.End end) {
            ends.add(end.error());
        }
        assertThat(ends).singleElement().satisfies(told -> {
            assertThat(told).hasMessage("Out of order.");
            assertThat(told.retryAfter()).isEqualTo(Duration.ofSeconds(10));
            assertThat(told.status()).isEqualTo(503);
            assertThat(told.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
            assertThat(told.code()).isEqualTo("unavailable");
            assertThat(told.param()).isEqualTo("model");
            assertThat(told.hint()).isEqualTo("Wait.");
        });
    }

    /** Targets of these tiers, the first of which is being tried. */
    private Tries started(int... tiers) {
        Tries tries = new Tries(tiers, RetrySettings.DEFAULT, budget, new SplittableRandom(1));
        assertThat(tries.untried(ALL)).isZero();
        return tries;
    }

    private static RetrySettings settings(int attempts) {
        return new RetrySettings(
                attempts, RetrySettings.DEFAULT.errors(), Duration.ofMillis(200), Duration.ofSeconds(2));
    }
}
