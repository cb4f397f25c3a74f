// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.config.LimitsConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class LimiterTest {

    @Test
    void theSixtyFirstCallSaysWhenToComeBack() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE));
        room.time.advance(Duration.ofSeconds(40));
        for (int i = 0; i < 60; i++) {
            room.admitted(QuotaRoom.call(1, 1));
        }

        Admission.Decision.Refused refused = room.refused(QuotaRoom.call(1, 1));

        assertThat(refused.error().kind()).isEqualTo(GatewayError.Kind.RATE_LIMITED);
        assertThat(refused.error().status()).isEqualTo(429);
        assertThat(refused.error()).hasMessage("The limit of 60 requests per minute for tenant acme is reached.");
        assertThat(refused.error().retryAfter()).isEqualTo(Duration.ofSeconds(20));
        assertThat(Objects.requireNonNull(refused.standings().requests()).remaining())
                .isZero();
        room.time.advance(Duration.ofSeconds(20));
        assertThat(room.passes(QuotaRoom.call(1, 1))).isTrue();
    }

    @Test
    void theTightestLimitOfEachKindIsTheStanding() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE),
                QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 5, Period.MINUTE),
                QuotaRoom.rule(Scope.KEY, "acme-web", Unit.TOKENS, 1_000, Period.MINUTE));

        Standings standings = room.admitted(QuotaRoom.call(100, 200)).standings();

        assertThat(Objects.requireNonNull(standings.requests()).name()).isEqualTo("user ann rpm");
        assertThat(standings.requests().limit()).isEqualTo(5);
        assertThat(standings.requests().remaining()).isEqualTo(4);
        assertThat(standings.requests().resetsIn()).isEqualTo(Duration.ofMinutes(1));
        assertThat(Objects.requireNonNull(standings.tokens()).remaining()).isEqualTo(700);
    }

    @Test
    void allThatMatchAreReservedOrNone() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.tenant(Unit.REQUESTS, 60, Period.MINUTE),
                QuotaRoom.tenant(Unit.TOKENS, 10_000, Period.MINUTE),
                QuotaRoom.tenant(Unit.CONCURRENT, 10, Period.NONE),
                QuotaRoom.rule(Scope.MODEL, "chat", Unit.REQUESTS, 2, Period.MINUTE));
        room.admitted(QuotaRoom.call(1, 1));
        room.admitted(QuotaRoom.call(1, 1));

        Standings standings = room.refused(QuotaRoom.call(100, 100)).standings();

        assertThat(Objects.requireNonNull(standings.tokens()).remaining()).isEqualTo(10_000 - 4);
        AdmissionAsk other = new AdmissionAsk(
                new Identity(QuotaRoom.TENANT, "", "acme-web", "ann", ""), "10.0.0.1", "fast", "", 1, 1, 0, 0);
        assertThat(Objects.requireNonNull(room.admitted(other).standings().requests())
                        .remaining())
                .isEqualTo(57);
    }

    @Test
    void aNameIsBeforeTheStarAndEachNameCountsByItself() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.rule(Scope.TENANT, "*", Unit.REQUESTS, 1, Period.MINUTE),
                QuotaRoom.rule(Scope.TENANT, "acme", Unit.REQUESTS, 3, Period.MINUTE));

        assertThat(passing(room, "acme", "ann", 5)).isEqualTo(3);
        assertThat(passing(room, "globex", "ann", 5)).isEqualTo(1);
        assertThat(passing(room, "initech", "ann", 5)).isEqualTo(1);
    }

    @Test
    void usersOfTwoTenantsAreTwoPeopleAndATenantsOwnRuleStandsForTheOneOfAll() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.inTenant(QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 2, Period.MINUTE), "*"),
                QuotaRoom.inTenant(QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 4, Period.MINUTE), "acme"),
                QuotaRoom.rule(Scope.USER, "bob", Unit.REQUESTS, 1, Period.MINUTE));

        assertThat(passing(room, "acme", "ann", 9)).isEqualTo(4);
        assertThat(passing(room, "globex", "ann", 9)).isEqualTo(2);
        assertThat(passing(room, "globex", "bob", 9)).isEqualTo(1);
        assertThat(passing(room, "acme", "bob", 9)).isEqualTo(1);
    }

    @Test
    void whoeverHasNoNameIsNotCounted() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.rule(Scope.TENANT, "*", Unit.REQUESTS, 1, Period.MINUTE),
                QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 1, Period.MINUTE),
                QuotaRoom.rule(Scope.FEATURE, "*", Unit.REQUESTS, 1, Period.MINUTE));
        AdmissionAsk nobody = new AdmissionAsk(Identity.NONE, "10.0.0.1", "chat", "", 1, 1, 0, 0);

        for (int i = 0; i < 5; i++) {
            assertThat(room.admitted(nobody)).isSameAs(Permit.UNLIMITED);
        }
    }

    @Test
    void concurrencyEndsWithThePermitAndOnlyOnce() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.CONCURRENT, 2, Period.NONE));
        Permit one = room.admitted(QuotaRoom.call(1, 1));
        room.admitted(QuotaRoom.call(1, 1));
        Admission.Decision.Refused refused = room.refused(QuotaRoom.call(1, 1));
        assertThat(refused.error().retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(refused.error()).hasMessageContaining("2 calls at a time");

        one.settle(1, 1, 0);
        one.settle(1, 1, 0);
        one.cancel();

        assertThat(room.passes(QuotaRoom.call(1, 1))).isTrue();
        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();
    }

    @Test
    void tokensAreReservedAndSettledToWhatWasUsed() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 1_000, Period.MINUTE));
        Permit permit = room.admitted(QuotaRoom.call(100, 900));
        assertThat(permit.outputTokens(5)).isEqualTo(900);
        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();

        permit.settle(100, 50, 0);

        assertThat(room.passes(QuotaRoom.call(1, 849))).isTrue();
        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();
    }

    @Test
    void aCallThatCouldUseMoreThanTheLimitReservesTheWholeAndIsCutThere() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 1_000, Period.MINUTE));
        Permit permit = room.admitted(QuotaRoom.call(100, 8_000));

        assertThat(permit.outputTokens(5)).isEqualTo(900);
        assertThat(permit.more(880)).isEqualTo(900);
        assertThat(permit.more(900)).isEqualTo(900);
        assertThat(room.refused(QuotaRoom.call(1_001, 1)).error())
                .hasMessage(
                        "The request has about 1001 tokens, and the limit for tenant acme is 1000 tokens per minute.");
    }

    @Test
    void anAnswerGoesOnFromWhatIsReservedAcrossWindows() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 2_000, Period.MINUTE));
        Permit permit = room.admitted(QuotaRoom.call(100, 0));
        assertThat(permit.outputTokens(5)).isEqualTo(OutputLengths.ASSUMED);
        assertThat(permit.more(1_000)).isEqualTo(1_524);
        room.time.advance(Duration.ofMinutes(1));
        assertThat(permit.more(1_500)).isEqualTo(2_274);

        permit.settle(100, 2_000, 0);

        // 1,624 were of the first window, 476 of the second.
        assertThat(room.passes(QuotaRoom.call(1, 2_000 - 476 - 1))).isTrue();
        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();
    }

    @Test
    void whatWasUsedBeyondTheReservationIsCounted() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 1_000, Period.MINUTE));
        room.admitted(QuotaRoom.call(100, 100)).settle(100, 1_500, 0);

        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();
        room.time.advance(Duration.ofMinutes(1));
        assertThat(room.passes(QuotaRoom.call(1, 1))).isTrue();
    }

    @Test
    void aBudgetEndsInMidAnswerAndThenSaysSo() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.NANO_USD, 1_000_000_000, Period.MONTH));
        AdmissionAsk dear = new AdmissionAsk(
                new Identity(QuotaRoom.TENANT, "", "k", "", ""), "", "chat", "", 100, 1_000, 1_000_000, 2_000_000);
        Permit permit = room.admitted(dear);
        assertThat(permit.outputTokens(2_000_000)).isEqualTo(450);
        assertThat(permit.more(440)).isEqualTo(450);
        permit.settle(100, 450, 1_000_000_000);

        GatewayError error = room.refused(dear).error();

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.BUDGET_EXHAUSTED);
        assertThat(error).hasMessage("The budget of 1 USD per month for tenant acme is used up.");
        assertThat(error.hint()).isEqualTo("It begins anew at the end of the month.");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofDays(31));
    }

    @Test
    void aBudgetThatNamesAnotherModelSendsCallsThereUncounted() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.using(QuotaRoom.tenant(Unit.NANO_USD, 1_000, Period.DAY), "fast"),
                QuotaRoom.tenant(Unit.REQUESTS, 3, Period.MINUTE),
                QuotaRoom.rule(Scope.MODEL, "fast", Unit.TOKENS, 10_000, Period.MINUTE));
        room.admitted(QuotaRoom.call(100, 400)).settle(100, 450, 1_000);

        Admission.Decision.Redirected redirected = (Admission.Decision.Redirected) room.admit(QuotaRoom.call(100, 400));

        assertThat(redirected.model()).isEqualTo("fast");
        assertThat(Objects.requireNonNull(redirected.permit().standings().tokens())
                        .name())
                .isEqualTo("model fast tpm");
        assertThat(redirected.permit().outputTokens(2)).isEqualTo(400);
        room.admit(QuotaRoom.call(1, 1));
        assertThat(room.refused(QuotaRoom.call(1, 1)).error().kind()).isEqualTo(GatewayError.Kind.RATE_LIMITED);
    }

    @Test
    void whatIsFreePassesABudgetThatIsUsedUp() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.NANO_USD, 1_000, Period.DAY));
        room.admitted(QuotaRoom.call(100, 400)).settle(100, 900, 2_000);
        AdmissionAsk free =
                new AdmissionAsk(new Identity(QuotaRoom.TENANT, "", "k", "", ""), "", "local", "", 100, 1_000, 0, 0);

        assertThat(room.passes(QuotaRoom.call(1, 1))).isFalse();
        assertThat(room.admitted(free).outputTokens(0)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whatHasNoPriceIsRefusedUnderABudgetWhereThatIsWanted() {
        AdmissionAsk unpriced =
                new AdmissionAsk(new Identity(QuotaRoom.TENANT, "", "k", "", ""), "", "new", "", 100, 1_000, -1, -1);
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.NANO_USD, 1_000, Period.DAY));
        assertThat(room.passes(unpriced)).isTrue();

        room.book.reload(new LimitsConfig(
                List.of(QuotaRoom.tenant(Unit.NANO_USD, 1_000, Period.DAY)), LimitsConfig.Store.CLUSTER, true));

        GatewayError error = room.refused(unpriced).error();
        assertThat(error.code()).isEqualTo("unpriced_model");
        assertThat(error.status()).isEqualTo(402);
    }

    @Test
    void theReservationOfAnAnswerWithoutAMaximumIsLearned() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.TOKENS, 10_000_000, Period.MINUTE));
        for (int i = 0; i < 200; i++) {
            room.admitted(QuotaRoom.call(1, 0)).settle(1, i % 20 == 0 ? 3_000 : 100, 0);
        }
        long usual = room.admitted(QuotaRoom.call(1, 0)).outputTokens(1);
        for (int i = 0; i < 400; i++) {
            room.admitted(QuotaRoom.call(1, 0)).settle(1, i % 5 == 0 ? 3_000 : 100, 0);
        }

        assertThat(usual).isBetween(100L, 127L);
        assertThat(room.admitted(QuotaRoom.call(1, 0)).outputTokens(1)).isBetween(3_000L, 3_600L);
    }

    @Test
    void everyLengthIsInABucketThatIsAQuarterLongerAtMost() {
        for (long tokens = 0; tokens < 100_000; tokens++) {
            long top = OutputLengths.top(OutputLengths.bucket(tokens));

            assertThat(top).isBetween(tokens, tokens + tokens / 4 + 1);
        }
    }

    @Test
    void sharesOfALimitAreToldOncePerWindow() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.warning(QuotaRoom.tenant(Unit.REQUESTS, 10, Period.MINUTE), 0.5, 0.8));
        for (int window = 0; window < 2; window++) {
            for (int i = 0; i < 10; i++) {
                room.admitted(QuotaRoom.call(1, 1)).settle(1, 1, 0);
            }
            room.time.advance(Duration.ofMinutes(1));
        }

        assertThat(room.heard.stream().filter(line -> line.startsWith("warning")))
                .containsExactly(
                        "warning tenant acme 0.5",
                        "warning tenant acme 0.8",
                        "warning tenant acme 0.5",
                        "warning tenant acme 0.8");
    }

    @Test
    void callsAreToldByScopeAndUnit() {
        QuotaRoom room = new QuotaRoom(QuotaRoom.tenant(Unit.REQUESTS, 1, Period.MINUTE));
        room.admit(QuotaRoom.call(1, 1));
        room.admit(QuotaRoom.call(1, 1));

        assertThat(room.heard).containsExactly("admitted TENANT REQUESTS", "refused TENANT REQUESTS");
    }

    @Test
    void newLimitsKeepWhatWasCounted() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.tenant(Unit.REQUESTS, 10, Period.HOUR), QuotaRoom.tenant(Unit.CONCURRENT, 10, Period.NONE));
        List<Permit> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(room.admitted(QuotaRoom.call(1, 1)));
        }

        room.book.reload(QuotaRoom.limits(QuotaRoom.tenant(Unit.REQUESTS, 9, Period.HOUR)));
        assertThat(passing(room, "acme", "ann", 5)).isEqualTo(1);

        room.book.reload(QuotaRoom.limits(
                QuotaRoom.tenant(Unit.REQUESTS, 20, Period.HOUR), QuotaRoom.tenant(Unit.CONCURRENT, 10, Period.NONE)));
        assertThat(passing(room, "acme", "ann", 50)).isEqualTo(2);
        open.forEach(permit -> permit.settle(1, 1, 0));
        assertThat(passing(room, "acme", "ann", 50)).isEqualTo(8);
    }

    @Test
    void providersAreAskedForEachAttempt() {
        QuotaRoom room = new QuotaRoom(
                QuotaRoom.rule(Scope.PROVIDER, "openai", Unit.CONCURRENT, 1, Period.NONE),
                QuotaRoom.tenant(Unit.REQUESTS, 1, Period.MINUTE));
        List<Admission.Decision> decisions = new ArrayList<>();

        room.limiter.admitProvider("openai", QuotaRoom.call(1, 1), decisions::add);
        room.limiter.admitProvider("openai", QuotaRoom.call(1, 1), decisions::add);
        room.limiter.admitProvider("vllm", QuotaRoom.call(1, 1), decisions::add);

        assertThat(decisions.get(0)).isInstanceOf(Admission.Decision.Admitted.class);
        assertThat(((Admission.Decision.Refused) decisions.get(1)).error())
                .hasMessage("The limit of 1 calls at a time for provider openai is reached.");
        assertThat(((Admission.Decision.Admitted) decisions.get(2)).permit()).isSameAs(Permit.UNLIMITED);
        assertThat(room.passes(QuotaRoom.call(1, 1))).isTrue();
    }

    @Test
    void countersThatNobodyUsesAreForgottenAndTheStoreRemembers() {
        LimitRule rule = QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 10, Period.MONTH);
        QuotaRoom room = new QuotaRoom(rule, QuotaRoom.rule(Scope.IP, "*", Unit.CONCURRENT, 5, Period.NONE));
        Permit open = room.admitted(QuotaRoom.call("acme", "user-1", 1, 1));
        for (int i = 0; i < 500; i++) {
            room.admitted(QuotaRoom.call("acme", "user-" + i, 1, 1)).settle(1, 1, 0);
        }
        assertThat(room.book.size()).isEqualTo(501);
        room.time.advance(Duration.ofMinutes(3));
        assertThat(room.book.size()).as("the one that is in use").isLessThanOrEqualTo(1);

        open.settle(1, 1, 0);

        assertThat(passing(room, "acme", "user-1", 20)).isEqualTo(5);
    }

    @Test
    void aNameIsNeverTakenForAnotherOne() {
        LimitRule rule = QuotaRoom.rule(Scope.USER, "*", Unit.REQUESTS, 10, Period.MONTH);

        assertThat(CounterName.of(rule, "a/b", "c")).isNotEqualTo(CounterName.of(rule, "a", "b/c"));
        assertThat(CounterName.of(rule, "a%2Fb", "c")).isNotEqualTo(CounterName.of(rule, "a/b", "c"));
        assertThat(CounterName.of(rule, "x".repeat(5_000), "y".repeat(5_000))).hasSizeLessThan(200);
        assertThat(CounterName.of(rule, "acme", "ann")).isEqualTo("user/acme/ann/requests/month");
    }

    private static int passing(QuotaRoom room, String tenant, String user, int times) {
        int count = 0;
        for (int i = 0; i < times; i++) {
            count += room.passes(QuotaRoom.call(tenant, user, 1, 1)) ? 1 : 0;
        }
        return count;
    }
}
