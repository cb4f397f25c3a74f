// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.LimitStanding;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a caller is told of limits. Of the one that is counted it says what the caller has said itself. */
final class Words {

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final long NANO_USD_PER_USD = 1_000_000_000L;

    private Words() {}

    static String whose(Scope scope, String name) {
        return scope.name().toLowerCase(Locale.ROOT) + " " + name;
    }

    static LimitStanding standing(Counter counter, long remaining, Duration resetsIn) {
        LimitRule rule = counter.rule();
        return new LimitStanding(counter.whose() + " " + shortly(rule), rule.amount(), remaining, resetsIn);
    }

    static String name(LimitRule rule, String whose) {
        return (rule.scope() == Scope.IP ? "ip" : whose) + " " + shortly(rule);
    }

    static String unit(LimitRule rule) {
        return switch (rule.unit()) {
            case REQUESTS -> "requests";
            case TOKENS -> "tokens";
            case CONCURRENT -> "concurrent";
            case NANO_USD -> "nano_usd";
        };
    }

    /** The limit is reached. */
    static GatewayError reached(Counter counter, @Nullable Duration resetsIn) {
        LimitRule rule = counter.rule();
        if (rule.unit() == Unit.NANO_USD) {
            return GatewayError.builder(
                            GatewayError.Kind.BUDGET_EXHAUSTED,
                            "The budget of %s for %s is used up.".formatted(amount(rule), counter.whose()))
                    .code("budget_exhausted")
                    .hint(
                            resetsIn == null
                                    ? "The budget has no period; it has to be raised."
                                    : "It begins anew at the end of the " + span(rule.period()) + ".")
                    .retryAfter(resetsIn)
                    .build();
        }
        return limited("The limit of %s for %s is reached.".formatted(amount(rule), counter.whose()))
                .retryAfter(rule.unit() == Unit.CONCURRENT ? SOON : resetsIn)
                .build();
    }

    /** It could not pass in any window. */
    static GatewayError tooLarge(Counter counter, long tokens) {
        return limited("The request has about %d tokens, and the limit for %s is %s."
                        .formatted(tokens, counter.whose(), amount(counter.rule())))
                .hint("Shorten the request.")
                .build();
    }

    /** Nobody can count it now. */
    static GatewayError unreachable(Counter counter) {
        return limited("The limit of %s for %s cannot be counted at the moment."
                        .formatted(amount(counter.rule()), counter.whose()))
                .retryAfter(SOON)
                .build();
    }

    /** A budget that takes nothing whose price nobody knows. */
    static GatewayError unpriced(Counter counter, String model) {
        return GatewayError.builder(
                        GatewayError.Kind.BUDGET_EXHAUSTED,
                        "The price of model %s is not known, and %s has a budget.".formatted(model, counter.whose()))
                .code("unpriced_model")
                .param("model")
                .hint("Ask for a model that has a price.")
                .build();
    }

    private static GatewayError.Builder limited(String message) {
        return GatewayError.builder(GatewayError.Kind.RATE_LIMITED, message).code("rate_limit_exceeded");
    }

    private static String amount(LimitRule rule) {
        String period =
                switch (rule.period()) {
                    case NONE -> "";
                    case TOTAL -> " in total";
                    case MINUTE, HOUR, DAY, MONTH -> " per " + span(rule.period());
                };
        return switch (rule.unit()) {
                    case REQUESTS -> rule.amount() + " requests";
                    case TOKENS -> rule.amount() + " tokens";
                    case CONCURRENT -> rule.amount() + " calls at a time";
                    case NANO_USD -> usd(rule.amount());
                }
                + period;
    }

    private static String usd(long nanoUsd) {
        long whole = nanoUsd / NANO_USD_PER_USD;
        String rest = "%09d".formatted(nanoUsd % NANO_USD_PER_USD).replaceAll("0+$", "");
        return whole + (rest.isEmpty() ? "" : "." + (rest.length() == 1 ? rest + "0" : rest)) + " USD";
    }

    private static String span(Period period) {
        return period.name().toLowerCase(Locale.ROOT);
    }

    private static String shortly(LimitRule rule) {
        String unit =
                switch (rule.unit()) {
                    case REQUESTS -> "r";
                    case TOKENS -> "t";
                    case CONCURRENT -> "concurrent";
                    case NANO_USD -> "usd";
                };
        if (rule.unit() == Unit.CONCURRENT) {
            return unit;
        }
        if (rule.unit() == Unit.NANO_USD) {
            return rule.period() == Period.NONE || rule.period() == Period.TOTAL
                    ? "usd in total"
                    : "usd per " + span(rule.period());
        }
        return switch (rule.period()) {
            case MINUTE -> unit + "pm";
            case HOUR -> unit + "ph";
            case DAY -> unit + "pd";
            case MONTH -> (rule.unit() == Unit.REQUESTS ? "requests" : "tokens") + " per month";
            case NONE, TOTAL -> (rule.unit() == Unit.REQUESTS ? "requests" : "tokens") + " in total";
        };
    }
}
