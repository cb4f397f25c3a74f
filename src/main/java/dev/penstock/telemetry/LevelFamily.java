// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Levels that another part keeps, as many as there are at the moment of a scrape. */
final class LevelFamily implements Collector {

    private final MetricMetadata metadata;
    private final String[] labelNames;
    private final Supplier<Map<List<String>, Double>> levels;

    LevelFamily(String name, String help, List<String> labelNames, Supplier<Map<List<String>, Double>> levels) {
        this.metadata = new MetricMetadata(name, help);
        this.labelNames = labelNames.toArray(String[]::new);
        this.levels = levels;
    }

    @Override
    public MetricSnapshot collect() {
        return new GaugeSnapshot(
                metadata,
                levels.get().entrySet().stream()
                        .map(level -> new GaugeDataPointSnapshot(
                                level.getValue(),
                                Labels.of(labelNames, level.getKey().toArray(String[]::new)),
                                null))
                        .collect(Collectors.toList()));
    }

    @Override
    public String getPrometheusName() {
        return metadata.getPrometheusName();
    }
}
