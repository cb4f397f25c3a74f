// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is emitted, against a copy of the conventions' own table. */
final class GenAiConventionsTest {

    private static final Path TABLE = Path.of(System.getProperty("penstock.basedir", "."))
            .resolve("src/test/resources/golden/conventions/gen-ai-metrics.csv");

    private record Row(
            String instrument, String unit, List<Double> bounds, String description, Set<String> attributes) {}

    private static Map<String, Row> table() throws IOException {
        Map<String, Row> rows = new TreeMap<>();
        for (String line : Files.readAllLines(TABLE)) {
            if (!line.startsWith("#")) {
                String[] cells = line.split("\\|");
                rows.put(
                        cells[0],
                        new Row(
                                cells[1],
                                cells[2],
                                Arrays.stream(cells[3].split(", "))
                                        .map(Double::valueOf)
                                        .toList(),
                                cells[4],
                                new TreeSet<>(List.of(cells[5].split(", ")))));
            }
        }
        return rows;
    }

    @Test
    void namesUnitsAndDescriptionsAreThoseOfTheTable() throws IOException {
        Map<String, Row> table = table();

        assertThat(GenAiConventions.METRICS)
                .extracting(GenAiConventions.Metric::name)
                .containsExactlyInAnyOrderElementsOf(table.keySet());
        assertThat(GenAiConventions.METRICS).allSatisfy(metric -> {
            Row row = table.get(metric.name());
            assertThat(metric.unit()).isEqualTo(row.unit());
            assertThat(metric.description()).isEqualTo(row.description());
        });
        assertThat(Files.readString(TABLE)).contains(GenAiConventions.SOURCE).contains(GenAiConventions.COMMIT);
    }

    @Test
    void whatIsEmittedHasTheBoundsAndTheAttributesOfTheTable() throws IOException {
        Metrics metrics = new Metrics("1", "c");
        metrics.configured(Endings.configWithModels("chat"));
        metrics.settled(Endings.fellBack("chat"));
        Map<String, HistogramSnapshot> emitted = new TreeMap<>();
        metrics.snapshots().forEach(snapshot -> {
            if (snapshot instanceof HistogramSnapshot histogram) {
                emitted.put(histogram.getMetadata().getPrometheusName(), histogram);
            }
        });
        metrics.close();
        Map<String, Row> table = table();

        assertThat(GenAiConventions.METRICS).allSatisfy(metric -> {
            Row row = table.get(metric.name());
            HistogramSnapshot histogram = emitted.get(metric.prometheusName());
            assertThat(row.instrument()).isEqualTo("histogram");
            assertThat(histogram).as(metric.name()).isNotNull();
            var buckets = histogram.getDataPoints().get(0).getClassicBuckets();
            List<Double> bounds = buckets.stream()
                    .map(bucket -> bucket.getUpperBound())
                    .filter(Double::isFinite)
                    .toList();
            assertThat(bounds).isEqualTo(row.bounds());
            Set<String> labels = histogram.getDataPoints().get(0).getLabels().stream()
                    .map(label -> label.getName())
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(labels)
                    .isEqualTo(row.attributes().stream()
                            .map(name -> name.replace('.', '_'))
                            .collect(Collectors.toCollection(TreeSet::new)));
            assertThat(GenAiConventions.ATTRIBUTES).containsAll(row.attributes());
        });
    }
}
