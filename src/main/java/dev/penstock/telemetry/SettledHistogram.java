// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.TraceContext;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts in fixed buckets, once per exchange, from all event loops. Of exchanges that somebody traces each bucket remembers the last
 * one, so that a slow bucket leads to a trace of it.
 */
final class SettledHistogram implements HistogramCounts {

    private final Buckets buckets;
    private final AtomicLongArray counts;
    private final AtomicReferenceArray<@Nullable Example> examples;
    private final LongAdder sum = new LongAdder();

    private record Example(long value, TraceContext trace, long atMillis) {}

    SettledHistogram(Buckets buckets) {
        this.buckets = buckets;
        this.counts = new AtomicLongArray(buckets.size());
        this.examples = new AtomicReferenceArray<>(buckets.size());
    }

    /** Any thread. */
    void record(long value, ExchangeRecord of) {
        int bucket = buckets.indexOf(value);
        counts.getAndIncrement(bucket);
        sum.add(Math.max(0, value));
        ExchangeRecord.Trace trace = of.trace();
        if (trace != null && trace.context().sampled()) {
            long at = of.startedAt().toEpochMilli() + of.durationNanos() / 1_000_000;
            examples.lazySet(bucket, new Example(value, trace.context(), at));
        }
    }

    @Override
    public void addTo(long[] totals) {
        for (int i = 0; i < totals.length; i++) {
            totals[i] += counts.get(i);
        }
    }

    @Override
    public long sum() {
        return sum.sum();
    }

    @Override
    public Exemplars exemplars() {
        List<Exemplar> found = new ArrayList<>();
        for (int i = 0; i < examples.length(); i++) {
            Example example = examples.get(i);
            if (example != null) {
                found.add(exemplar(example));
            }
        }
        return found.isEmpty() ? Exemplars.EMPTY : Exemplars.of(found);
    }

    private Exemplar exemplar(Example example) {
        Exemplar.Builder built = Exemplar.builder()
                .value(buckets.shown(example.value()))
                .traceId(example.trace().traceId())
                .timestampMillis(example.atMillis());
        return example.trace().isRecorded()
                ? built.spanId(example.trace().spanId()).build()
                : built.build();
    }
}
