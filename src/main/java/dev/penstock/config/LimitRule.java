// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One limit of the file, wherever it stands. A block with {@code rpm} and {@code tpm} is two of them. All that match a call apply.
 *
 * @param scope what is counted by
 * @param name of the one that it is for; {@code "*"} for each by itself
 * @param tenant the tenant that the scope is inside of, for {@code per_user} and keys; empty for all of them together, {@code "*"}
 *     for each by itself
 * @param unit what is counted
 * @param amount most of it in a period; nano-dollars for money
 * @param period how long a window is; {@link Period#NONE} for concurrency
 * @param fail what holds while the shared count cannot be reached
 * @param strict never more than the one request that was admitted last, at the price of asking the store each time near the end
 * @param warnAt shares of the amount that are told when they are reached, rising
 * @param atLimit what happens to a call beyond it
 * @param except where it is for each by itself: those that it does not count, because they have a block of their own. Tenants for
 *     {@code per_user}, else names of the scope
 */
public record LimitRule(
        Scope scope,
        String name,
        String tenant,
        Unit unit,
        long amount,
        Period period,
        Fail fail,
        boolean strict,
        List<Double> warnAt,
        AtLimit atLimit,
        Set<String> except) {

    /** For each by itself. */
    public static final String EACH = "*";

    /** What is counted by. */
    public enum Scope {
        IP,
        USER,
        KEY,
        TENANT,
        FEATURE,
        MODEL,
        PROVIDER
    }

    /** What is counted. */
    public enum Unit {
        REQUESTS,
        TOKENS,
        CONCURRENT,
        NANO_USD
    }

    /** Windows begin at whole minutes, hours, days and months of UTC. */
    public enum Period {
        NONE(Duration.ZERO),
        MINUTE(Duration.ofMinutes(1)),
        HOUR(Duration.ofHours(1)),
        DAY(Duration.ofDays(1)),
        /** A month of the calendar; the span is the longest one. */
        MONTH(Duration.ofDays(31)),
        /** One window without an end. */
        TOTAL(Duration.ZERO);

        private final Duration longest;

        Period(Duration longest) {
            this.longest = longest;
        }

        public Duration longest() {
            return longest;
        }
    }

    /** What holds while the shared count cannot be reached. */
    public enum Fail {
        /** Calls are let through, uncounted. */
        OPEN,
        /** Calls are refused when what this node has leased is used up. */
        CLOSED,
        /** This node goes on with the part of the limit that falls to it. */
        LOCAL_SHARE
    }

    /** What happens to a call beyond the limit. */
    public sealed interface AtLimit {

        AtLimit BLOCK = new Block();

        /** It is refused. */
        record Block() implements AtLimit {}

        /** It is answered by this model instead, a cheaper one or {@code static/<name>}. */
        record Use(String model) implements AtLimit {}
    }

    public LimitRule {
        warnAt = List.copyOf(warnAt);
        except = Set.copyOf(except);
        if ((unit == Unit.CONCURRENT) != (period == Period.NONE)) {
            throw new IllegalArgumentException(
                    "period: " + period + " (expected: none for concurrency, one for all else)");
        }
    }

    /** One without exceptions. */
    public LimitRule(
            Scope scope,
            String name,
            String tenant,
            Unit unit,
            long amount,
            Period period,
            Fail fail,
            boolean strict,
            List<Double> warnAt,
            AtLimit atLimit) {
        this(scope, name, tenant, unit, amount, period, fail, strict, warnAt, atLimit, Set.of());
    }

    /**
     * Whether it counts the calls of this one.
     *
     * @param subject name of the address, user, key, tenant, feature, model or provider, by the scope; nobody is counted under an
     *     empty one
     * @param of the caller's tenant, empty without one
     */
    public boolean covers(String subject, String of) {
        if (subject.isEmpty()) {
            return false;
        }
        if (scope == Scope.USER) {
            return (tenant.isEmpty() || is(tenant, of)) && (name.equals(EACH) || name.equals(subject));
        }
        return is(name, subject);
    }

    private boolean is(String own, String other) {
        return own.equals(EACH) ? !other.isEmpty() && !except.contains(other) : own.equals(other);
    }
}
