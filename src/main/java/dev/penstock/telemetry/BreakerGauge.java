// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.exchange.Target;
import dev.penstock.resilience.BreakerState;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** How the breaker of each target stands: those of the configuration, and some that callers named. Any thread. */
final class BreakerGauge implements Collector {

    private static final int MOST_OTHERS = 200;

    private final MetricMetadata metadata = new MetricMetadata(
            "penstock_breaker_state", "Breaker of a target as this node sees it: 0 closed, 1 half open, 2 open.");
    private final Map<Target, BreakerState> states = new ConcurrentHashMap<>();
    private volatile Set<Target> configured = Set.of();

    void configured(Set<Target> targets) {
        configured = targets;
        states.keySet().retainAll(targets);
        targets.forEach(target -> states.putIfAbsent(target, BreakerState.CLOSED));
    }

    void moved(Target target, BreakerState to) {
        if (states.containsKey(target)
                || configured.contains(target)
                || states.size() < configured.size() + MOST_OTHERS) {
            states.put(target, to);
        }
    }

    @Override
    public MetricSnapshot collect() {
        return new GaugeSnapshot(
                metadata,
                states.entrySet().stream()
                        .map(entry -> new GaugeDataPointSnapshot(
                                value(entry.getValue()),
                                Labels.of(
                                        "provider",
                                        entry.getKey().provider(),
                                        "model",
                                        entry.getKey().model()),
                                null))
                        .toList());
    }

    private static double value(BreakerState state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    @Override
    public String getPrometheusName() {
        return metadata.getPrometheusName();
    }
}
