// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.alert.AlertSignals;
import dev.penstock.alert.CallShares;
import dev.penstock.config.AlertCondition.Signal;
import dev.penstock.config.ModelConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.resilience.BreakerState;
import dev.penstock.resilience.Standing;
import dev.penstock.resilience.TargetStates;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * How the gateway does, for alerts.
 *
 * @param config in force
 * @param targets how targets do
 * @param calls how calls ended
 * @param storeDown whether the store does not answer
 * @param countsAlone whether the counts that nodes share cannot be reached
 * @param ledgerBehind how old the oldest record is that the store does not have
 * @param budgets what is used of each
 */
record AlertSources(
        Supplier<Snapshot> config,
        TargetStates targets,
        CallShares calls,
        BooleanSupplier storeDown,
        BooleanSupplier countsAlone,
        Supplier<Duration> ledgerBehind,
        Supplier<Map<String, Double>> budgets)
        implements AlertSignals {

    private static final Set<String> GATEWAY = Set.of("");

    @Override
    public Set<String> now(Signal signal) {
        return switch (signal) {
            case BREAKER_OPEN -> open();
            case TARGETS_DOWN -> withoutTargets();
            case STORE_DOWN -> storeDown.getAsBoolean() ? GATEWAY : Set.of();
            case COUNTS_ALONE -> countsAlone.getAsBoolean() ? GATEWAY : Set.of();
            case LEDGER_BEHIND, ERRORS_SHARE, DEGRADED_SHARE, BUDGET_USED -> Set.of();
        };
    }

    @Override
    public Map<String, Duration> ages(Signal signal) {
        return switch (signal) {
            case LEDGER_BEHIND -> Map.of("", ledgerBehind.get());
            case BREAKER_OPEN, TARGETS_DOWN, STORE_DOWN, COUNTS_ALONE, ERRORS_SHARE, DEGRADED_SHARE, BUDGET_USED ->
                Map.of();
        };
    }

    @Override
    public Map<String, Double> shares(Signal signal) {
        return switch (signal) {
            case ERRORS_SHARE -> calls.errors();
            case DEGRADED_SHARE -> calls.degraded();
            case BUDGET_USED -> budgets.get();
            case BREAKER_OPEN, TARGETS_DOWN, STORE_DOWN, COUNTS_ALONE, LEDGER_BEHIND -> Map.of();
        };
    }

    private Set<String> open() {
        return targets.standings().stream()
                .filter(standing -> standing.state() != BreakerState.CLOSED)
                .map(Standing::breaker)
                .collect(Collectors.toSet());
    }

    private Set<String> withoutTargets() {
        return config.get().models().values().stream()
                .filter(model -> !model.choices().isEmpty() && isOut(model))
                .map(ModelConfig::name)
                .collect(Collectors.toSet());
    }

    private boolean isOut(ModelConfig model) {
        return model.targets().stream()
                .noneMatch(target ->
                        targets.of(target, model.resilience().breaker()).usable());
    }
}
