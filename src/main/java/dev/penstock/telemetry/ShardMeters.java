// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.streaming.StreamMeter;
import dev.penstock.streaming.StreamMeters;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.HashMap;
import java.util.Map;

/**
 * The meters of one event loop. Only that loop writes them, so writing is a plain store; the scrape sums over the loops. A
 * stream asks once for its {@link StreamMeter} and then only counts.
 */
public final class ShardMeters implements StreamMeters {

    private static final VarHandle ACTIVE;

    static {
        try {
            ACTIVE = MethodHandles.lookup().findVarHandle(ShardMeters.class, "active", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ModelLabels models;
    private final HistogramFamily firstToken;
    private final HistogramFamily gap;
    private final Map<Pair, Timings> timings = new HashMap<>();
    private long active;

    private record Pair(String model, String provider) {}

    ShardMeters(ModelLabels models, HistogramFamily firstToken, HistogramFamily gap) {
        this.models = models;
        this.firstToken = firstToken;
        this.gap = gap;
    }

    @Override
    public StreamMeter forStream(String alias, String provider) {
        return models.isKnown(alias) ? timings(alias, provider) : new Unproven(alias, provider);
    }

    @Override
    public void streamOpened() {
        ACTIVE.setOpaque(this, active + 1);
    }

    @Override
    public void streamClosed() {
        ACTIVE.setOpaque(this, active - 1);
    }

    long active() {
        return (long) ACTIVE.getOpaque(this);
    }

    private Timings timings(String model, String provider) {
        return timings.computeIfAbsent(
                new Pair(model, provider),
                pair -> new Timings(firstToken.histogram(model, provider), gap.histogram(model, provider)));
    }

    private static final class Timings implements StreamMeter {

        private final LogHistogram firstToken;
        private final LogHistogram gap;

        Timings(LogHistogram firstToken, LogHistogram gap) {
            this.firstToken = firstToken;
            this.gap = gap;
        }

        @Override
        public void firstToken(long nanos) {
            firstToken.record(nanos);
        }

        @Override
        public void gap(long nanos) {
            gap.record(nanos);
        }
    }

    /** The meter of a name that becomes a label only when its provider answers: with the first token it knows its place. */
    private final class Unproven implements StreamMeter {

        private final String alias;
        private final String provider;
        private StreamMeter proven = StreamMeter.NONE;

        Unproven(String alias, String provider) {
            this.alias = alias;
            this.provider = provider;
        }

        @Override
        public void firstToken(long nanos) {
            proven = timings(models.ofAnswered(alias), provider);
            proven.firstToken(nanos);
        }

        @Override
        public void gap(long nanos) {
            proven.gap(nanos);
        }
    }
}
