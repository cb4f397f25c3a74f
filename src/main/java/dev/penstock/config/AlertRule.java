// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * What people want to hear of.
 *
 * @param name of the rule, and of its alerts
 * @param when it speaks
 * @param severity how much it matters
 */
public record AlertRule(String name, AlertCondition when, Severity severity) {

    /** How much it matters. */
    public enum Severity {
        INFO,
        WARNING,
        CRITICAL;

        /** As configurations and receivers write it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What holds where there is somebody to tell and no rule. */
    static final List<AlertRule> USUAL = List.of(
            lasting("target_down", AlertCondition.Signal.BREAKER_OPEN, Duration.ofMinutes(1), Severity.WARNING),
            lasting("all_targets_down", AlertCondition.Signal.TARGETS_DOWN, Duration.ofSeconds(5), Severity.CRITICAL),
            lasting("store_down", AlertCondition.Signal.STORE_DOWN, Duration.ofSeconds(30), Severity.WARNING),
            lasting("counts_alone", AlertCondition.Signal.COUNTS_ALONE, Duration.ofSeconds(30), Severity.WARNING),
            lasting("ledger_behind", AlertCondition.Signal.LEDGER_BEHIND, Duration.ofMinutes(5), Severity.WARNING),
            share("errors", AlertCondition.Signal.ERRORS_SHARE, 0.2, Severity.CRITICAL),
            share("budget", AlertCondition.Signal.BUDGET_USED, 0.8, Severity.WARNING));

    private static AlertRule lasting(String name, AlertCondition.Signal signal, Duration span, Severity severity) {
        return new AlertRule(name, new AlertCondition(signal, false, span, 0), severity);
    }

    private static AlertRule share(String name, AlertCondition.Signal signal, double share, Severity severity) {
        return new AlertRule(name, new AlertCondition(signal, true, Duration.ZERO, share), severity);
    }
}
