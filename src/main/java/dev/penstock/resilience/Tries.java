// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.RetrySettings;
import java.time.Duration;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What one exchange has tried, and what it tries next. Targets are known by their place in the route's order; weights and
 * strategies have done their work when that order was made. After a failed attempt, in this order:
 *
 * <ol>
 *   <li>nothing, when the error is the client's or says that trying again cannot help, or the gateway shuts down;
 *   <li>an untried target of the same tier;
 *   <li>a target of the next tier, when there was no connection or no answer in time: waiting for the same again is what hurts;
 *   <li>a target of the same tier again, after a pause, while tries, budget and the time that is left allow it;
 *   <li>a target of another tier;
 *   <li>nothing: the end.
 * </ol>
 *
 * <p>Another target costs nothing of the budget: each is tried at most once this way, and a target that keeps failing is left alone
 * by its breaker, so failures cannot multiply calls as retries do.
 *
 * <p>For one exchange; one thread at a time. It looks at no clock and calls nobody.
 */
public final class Tries {

    private final int[] tiers;
    private final RetrySettings settings;
    private final RetryBudget budget;
    private final Backoff backoff;
    private final int[] tries;
    private final @Nullable GatewayError[] failures;
    private @Nullable GatewayError last;
    private @Nullable GatewayError lastOfUpstream;
    /** The error after which nothing is tried any more. */
    private @Nullable GatewayError verdict;

    private @Nullable Duration soonest;
    private int paidFor = -1;
    private boolean exhausted;

    /**
     * Nothing is tried yet.
     *
     * @param tiers the tier of each target, in the route's order
     */
    public Tries(int[] tiers, RetrySettings settings, RetryBudget budget, RandomGenerator random) {
        this.tiers = tiers.clone();
        this.settings = settings;
        this.budget = budget;
        this.backoff = new Backoff(settings.backoffMin(), settings.backoffMax(), random);
        this.tries = new int[tiers.length];
        this.failures = new GatewayError[tiers.length];
    }

    /**
     * An untried target for a first attempt or for a race: the first usable one of the lowest tier that has any. It counts as tried
     * from here on.
     *
     * @return its index, or -1 when there is none
     */
    public int untried(IntPredicate usable) {
        int found = untried(-1, usable);
        if (found >= 0) {
            tries[found]++;
        }
        return found;
    }

    /** Attempts at this target, the one under way included. */
    public int of(int index) {
        return tries[index];
    }

    /** Whether the end has been said. */
    public boolean isExhausted() {
        return exhausted;
    }

    /**
     * After an attempt that failed. Whatever is answered counts as tried already.
     *
     * @param index the target of the attempt
     * @param failure how it failed
     * @param remaining until the exchange's own deadline
     * @param usable whether the target with an index would take an attempt now
     */
    public Next after(int index, GatewayError failure, Duration remaining, IntPredicate usable) {
        paidFor = -1;
        failures[index] = failure;
        tries[index] = Math.max(1, tries[index]);
        note(failure);
        if (verdict == null && isFinal(failure)) {
            verdict = failure;
        }
        return next(index, failure, remaining, usable);
    }

    /**
     * After an attempt that was not begun, because the target would not take it when it came to that. The target is not asked
     * again by this exchange, and what was paid for it is given back.
     *
     * @param failure why not, with a time to come back if it is known
     */
    public Next refused(int index, GatewayError failure, Duration remaining, IntPredicate usable) {
        if (paidFor == index) {
            paidFor = -1;
            budget.giveBack();
        }
        failures[index] = null;
        tries[index] = Math.max(1, tries[index]);
        note(failure);
        // What the client itself sent may be refused here and taken elsewhere.
        if (failure.retry() == Retry.NEVER && failure.origin() == Origin.UPSTREAM) {
            verdict = failure;
        }
        return next(index, failure, remaining, usable);
    }

    /**
     * An attempt that raced another one failed, and the other one goes on: what follows is decided when that one has failed too.
     *
     * @param index the target of the attempt that failed
     */
    public void beside(int index, GatewayError failure) {
        failures[index] = failure;
        tries[index] = Math.max(1, tries[index]);
        note(failure);
        if (isFinal(failure)) {
            verdict = failure;
        }
    }

    private static boolean isFinal(GatewayError failure) {
        return failure.retry() == Retry.NEVER || failure.origin() == Origin.CLIENT || failure.kind() == Kind.DRAINING;
    }

    private Next next(int index, GatewayError failure, Duration remaining, IntPredicate usable) {
        if (verdict != null) {
            exhausted = true;
            return new Next.End(verdict);
        }
        int beside = untried(tiers[index], usable);
        if (beside >= 0) {
            return other(beside);
        }
        FailureClass failureClass = Failures.classify(failure);
        int elsewhere = untried(-1, usable);
        boolean waitedEnough = failureClass == FailureClass.CONNECT || failureClass == FailureClass.TIMEOUT;
        if (waitedEnough && elsewhere >= 0) {
            return other(elsewhere);
        }
        Next again = again(index, remaining, usable);
        if (again != null) {
            return again;
        }
        if (elsewhere >= 0) {
            return other(elsewhere);
        }
        exhausted = true;
        return new Next.End(mostTelling(failure));
    }

    /** The target that has just failed first, then the others of its tier. */
    private @Nullable Next again(int index, Duration remaining, IntPredicate usable) {
        Next same = againAt(index, remaining, usable);
        for (int i = 0; same == null && i < tiers.length; i++) {
            if (i != index && tiers[i] == tiers[index]) {
                same = againAt(i, remaining, usable);
            }
        }
        return same;
    }

    private @Nullable Next againAt(int index, Duration remaining, IntPredicate usable) {
        GatewayError failure = failures[index];
        if (failure == null
                || tries[index] >= settings.attempts()
                || failure.origin() != Origin.UPSTREAM
                || failure.retry() == Retry.ONLY_OTHER_TARGET
                || !settings.errors().contains(Failures.classify(failure))) {
            return null;
        }
        Duration asked = failure.retryAfter();
        // A target that asked for a pause is left alone until it is over, which is when it is tried again.
        if (asked == null && !usable.test(index)) {
            return null;
        }
        if (asked != null && asked.compareTo(settings.backoffMax()) > 0) {
            return null;
        }
        Duration pause = backoff.next();
        Duration delay = asked != null && asked.compareTo(pause) > 0 ? asked : pause;
        if (delay.compareTo(remaining) >= 0 || !budget.trySpend()) {
            return null;
        }
        paidFor = index;
        tries[index]++;
        return new Next.Again(index, delay);
    }

    private Next other(int index) {
        tries[index]++;
        return new Next.Other(index);
    }

    /** In a tier, or with -1 in the lowest that has any; the route's order within. */
    private int untried(int tier, IntPredicate usable) {
        int best = -1;
        for (int i = 0; i < tiers.length; i++) {
            boolean eligible = tries[i] == 0 && (tier < 0 || tiers[i] == tier);
            if (eligible && (best < 0 || tiers[i] < tiers[best]) && usable.test(i)) {
                best = i;
            }
        }
        return best;
    }

    private void note(GatewayError failure) {
        last = failure;
        boolean ownWord = failure.kind() == Kind.BREAKER_OPEN;
        if (failure.origin() == Origin.UPSTREAM && (!ownWord || lastOfUpstream == null)) {
            lastOfUpstream = failure;
        }
        Duration asked = failure.retryAfter();
        if (asked != null && (soonest == null || asked.compareTo(soonest) < 0)) {
            soonest = asked;
        }
    }

    /** What a provider said tells more than what the gateway says of itself; and whoever comes back soonest is when to come back. */
    private GatewayError mostTelling(GatewayError failure) {
        GatewayError told = lastOfUpstream != null ? lastOfUpstream : last != null ? last : failure;
        Duration wait = soonest;
        return wait == null || wait.equals(told.retryAfter()) ? told : told.withRetryAfter(wait);
    }
}
