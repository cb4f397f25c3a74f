// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * One histogram of the scrape, summed over event loops at the moment of the scrape. Micrometer has no histogram that reads
 * its counts from elsewhere, and folding them in by a timer would put the cost of the sum onto the event loops, so this one
 * stands in the registry below Micrometer's.
 */
final class HistogramFamily implements Collector {

    private final MetricMetadata metadata;
    private final Buckets buckets;
    private final String[] labelNames;
    private final List<Series> series = new CopyOnWriteArrayList<>();

    private record Series(Labels labels, HistogramCounts histogram) {}

    HistogramFamily(String name, String help, Buckets buckets, String... labelNames) {
        this.metadata = new MetricMetadata(name, help);
        this.buckets = buckets;
        this.labelNames = labelNames;
    }

    /** A new histogram for one event loop. Several with the same label values are one series of the scrape. */
    LogHistogram histogram(String... labelValues) {
        LogHistogram histogram = new LogHistogram(buckets);
        series.add(new Series(Labels.of(labelNames, labelValues), histogram));
        return histogram;
    }

    /** A new histogram for whoever settles. */
    SettledHistogram settled(String... labelValues) {
        SettledHistogram histogram = new SettledHistogram(buckets);
        series.add(new Series(Labels.of(labelNames, labelValues), histogram));
        return histogram;
    }

    @Override
    public MetricSnapshot collect() {
        Map<Labels, Sum> sums = new LinkedHashMap<>();
        for (Series one : series) {
            sums.computeIfAbsent(one.labels(), labels -> new Sum(buckets)).add(one.histogram());
        }
        double[] bounds = buckets.upperBounds();
        List<HistogramDataPointSnapshot> points = sums.entrySet().stream()
                .map(sum -> sum.getValue().toPoint(sum.getKey(), bounds))
                .toList();
        return new HistogramSnapshot(metadata, points);
    }

    @Override
    public String getPrometheusName() {
        return metadata.getPrometheusName();
    }

    private static final class Sum {

        private final Buckets buckets;
        private final long[] counts;
        private long sum;
        private Exemplars exemplars = Exemplars.EMPTY;

        Sum(Buckets buckets) {
            this.buckets = buckets;
            this.counts = new long[buckets.size()];
        }

        void add(HistogramCounts histogram) {
            histogram.addTo(counts);
            sum += histogram.sum();
            Exemplars more = histogram.exemplars();
            if (more.size() > 0) {
                exemplars = more;
            }
        }

        HistogramDataPointSnapshot toPoint(Labels labels, double[] bounds) {
            return new HistogramDataPointSnapshot(
                    ClassicHistogramBuckets.of(bounds, counts), buckets.shown(sum), labels, exemplars, 0L);
        }
    }
}
