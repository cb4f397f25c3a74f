// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.quota.QuotaListener;
import dev.penstock.telemetry.Alerts.Alert;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;

/** Counts what limits decided, and raises what a person should hear of them. Any thread. */
final class LimitNews implements QuotaListener {

    private static final String STORE = "limits";

    private final Counter[][] admitted;
    private final Counter[][] refused;
    private final Alerts alerts;

    LimitNews(MeterRegistry registry, Alerts alerts) {
        this.alerts = alerts;
        this.admitted = counters(registry, "admitted");
        this.refused = counters(registry, "refused");
    }

    private static Counter[][] counters(MeterRegistry registry, String result) {
        Counter[][] all = new Counter[Scope.values().length][Unit.values().length];
        for (Scope scope : Scope.values()) {
            for (Unit unit : Unit.values()) {
                all[scope.ordinal()][unit.ordinal()] = Counter.builder("penstock.limit.decisions")
                        .description("What limits said to calls: a call has one decision of each limit that matches.")
                        .tag("scope", label(scope))
                        .tag("unit", label(unit))
                        .tag("result", result)
                        .register(registry);
            }
        }
        return all;
    }

    private static String label(Enum<?> of) {
        return of.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void onAdmitted(Scope scope, Unit unit) {
        admitted[scope.ordinal()][unit.ordinal()].increment();
    }

    @Override
    public void onRefused(Scope scope, Unit unit) {
        refused[scope.ordinal()][unit.ordinal()].increment();
    }

    @Override
    public void onWarning(LimitRule rule, String whose, double share) {
        String about = whose + " " + label(rule.unit());
        alerts.raise(
                Alert.LIMIT_NEAR,
                about,
                Math.round(share * 100) + " % of a limit used: " + about + " per " + label(rule.period()));
    }

    @Override
    public void onStore(boolean reachable) {
        if (reachable) {
            alerts.raise(Alert.COUNTS_SHARED, STORE, "the shared counts of limits are back");
        } else {
            alerts.raise(
                    Alert.COUNTS_ALONE,
                    STORE,
                    "the shared counts of limits cannot be reached: each node goes by itself");
        }
    }
}
