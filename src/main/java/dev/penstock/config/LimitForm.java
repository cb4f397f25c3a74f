// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The sections {@code limits} and {@code budget}, which look the same wherever they stand. */
final class LimitForm {

    private LimitForm() {}

    /** The section {@code limits} at a key, a model or a provider, and {@code per_user}. */
    record Counts(
            @Key(value = "Requests per minute.", unset = "any number", min = "1", max = "1000M") @Nullable
            Count rpm,

            @Key(
                    value = "Tokens per minute, of prompts and answers together.",
                    unset = "any number",
                    min = "1",
                    max = "1000000M")
            @Nullable
            Count tpm,

            @Key(value = "Calls under way at once.", unset = "any number", min = "1", max = "10M") @Nullable
            Count concurrent,

            @Key(
                    value =
                            "While the nodes' shared count cannot be reached: let through uncounted (open), refuse what is not"
                                    + " leased yet (closed), or go on with this node's part of the limit (local_share).",
                    unset = "local_share")
            LimitRule.@Nullable Fail fail) {}

    /** The section {@code tenants.<name>.limits}. */
    record Limits(
            @Key(value = "Requests per minute, of all its callers.", unset = "any number", min = "1", max = "1000M")
            @Nullable
            Count rpm,

            @Key(
                    value = "Tokens per minute, of prompts and answers together.",
                    unset = "any number",
                    min = "1",
                    max = "1000000M")
            @Nullable
            Count tpm,

            @Key(value = "Calls under way at once.", unset = "any number", min = "1", max = "10M") @Nullable
            Count concurrent,

            @Key(value = "What each of its users may ask for.", unset = "as much as the tenant") @Nullable
            Counts perUser,

            @Key(value = "As in limits.per_ip.fail.", unset = "local_share")
            LimitRule.@Nullable Fail fail) {

        Counts own() {
            return new Counts(rpm, tpm, concurrent, fail);
        }
    }

    /** The section {@code budget} at a key, a model or a provider, and {@code per_user}. */
    record Money(
            @Key(value = "US dollars in each period.", unset = "required", min = "0.000000001", max = "1000000000")
            @Nullable
            Usd usd,

            @Key(
                    value = "The period: an hour, a day or a month of the calendar in UTC, or total for all time.",
                    unset = "required")
            @Nullable
            Per per,

            @Key(
                    value = "Shares of the budget that are told when they are reached, rising.",
                    unset = "none",
                    min = "1%",
                    max = "100%")
            @Nullable
            List<@Nullable Share> warnAt,

            @Key(
                    value =
                            "What becomes of calls beyond it: refused (block), answered by the model of downgrade_to (downgrade),"
                                    + " or by the model named here, such as static/busy.",
                    unset = "block")
            @Nullable
            String atLimit,

            @Key(value = "With at_limit downgrade: the model that answers.", unset = "required there") @Nullable
            String downgradeTo,

            @Key(
                    value =
                            "Never beyond the one call that is admitted last: near its end the shared count is asked for each"
                                    + " call.",
                    unset = "false")
            @Nullable
            Boolean strict,

            @Key(
                    value =
                            "While the nodes' shared count cannot be reached: open, closed or local_share, as for limits.",
                    unset = "local_share, closed where it is strict")
            LimitRule.@Nullable Fail fail) {}

    /** The section {@code tenants.<name>.budget}. */
    record MoneyOfTenant(
            @Key(
                    value = "US dollars in each period, of all its callers.",
                    unset = "required, except beside per_user",
                    min = "0.000000001",
                    max = "1000000000")
            @Nullable
            Usd usd,

            @Key(value = "The period, in UTC.", unset = "required with usd") @Nullable
            Per per,

            @Key(
                    value = "Shares of the budget that are told when they are reached, rising.",
                    unset = "none",
                    min = "1%",
                    max = "100%")
            @Nullable
            List<@Nullable Share> warnAt,

            @Key(value = "block, downgrade, or a model such as static/busy.", unset = "block") @Nullable
            String atLimit,

            @Key(value = "With at_limit downgrade: the model that answers.", unset = "required there") @Nullable
            String downgradeTo,

            @Key(value = "Never beyond the one call that is admitted last.", unset = "false") @Nullable
            Boolean strict,

            @Key(value = "What each of its users may spend.", unset = "as much as the tenant") @Nullable
            Money perUser,

            @Key(value = "open, closed or local_share.", unset = "local_share, closed where it is strict")
            LimitRule.@Nullable Fail fail) {

        Money own() {
            return new Money(usd, per, warnAt, atLimit, downgradeTo, strict, fail);
        }
    }

    /** The section {@code limits} of the file itself. */
    record Everywhere(
            @Key(
                    value =
                            "Where nodes share their counts: redis://host:6379 or rediss://..., with user and password if it has"
                                    + " them.",
                    unset = "the cluster, else this node's memory")
            @Nullable
            Secret store,

            @Key(value = "What each client address may ask for.", unset = "as much as it wants") @Nullable
            Counts perIp,

            @Key(value = "What each user may ask for, whatever the tenant.", unset = "as much as the tenant") @Nullable
            Counts perUser) {}

    /** The section {@code budget} of the file itself. */
    record MoneyEverywhere(
            @Key(value = "What calls of each client address may cost.", unset = "what they cost") @Nullable
            Money perIp,

            @Key(value = "What calls of each user may cost, whatever the tenant.", unset = "what they cost") @Nullable
            Money perUser) {}

    /** Words for periods of a budget. */
    enum Per {
        HOUR(LimitRule.Period.HOUR),
        DAY(LimitRule.Period.DAY),
        MONTH(LimitRule.Period.MONTH),
        TOTAL(LimitRule.Period.TOTAL);

        private final LimitRule.Period period;

        Per(LimitRule.Period period) {
            this.period = period;
        }

        LimitRule.Period period() {
            return period;
        }
    }

    /** What becomes of calls whose price nobody knows. */
    enum Unpriced {
        ALLOW,
        BLOCK
    }
}
