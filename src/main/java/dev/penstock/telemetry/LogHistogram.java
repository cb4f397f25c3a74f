// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import io.prometheus.metrics.model.snapshots.Exemplars;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts in fixed buckets, written by one event loop and read by whoever scrapes. Written once per token, so a reading costs
 * two opaque stores: no lock, no atomic read-modify-write, no allocation. A scrape may see the count of a reading before its
 * part of the sum; the next scrape sees both.
 */
final class LogHistogram implements HistogramCounts {

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SUM;

    static {
        try {
            SUM = MethodHandles.lookup().findVarHandle(LogHistogram.class, "sumNanos", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Buckets buckets;
    private final long[] counts;
    private long sumNanos;

    LogHistogram(Buckets buckets) {
        this.buckets = buckets;
        this.counts = new long[buckets.size()];
    }

    /** Called by the one thread that owns this histogram. */
    void record(long nanos) {
        int bucket = buckets.indexOf(nanos);
        COUNT.setOpaque(counts, bucket, counts[bucket] + 1);
        SUM.setOpaque(this, sumNanos + Math.max(0, nanos));
    }

    /** Called by any thread: adds these counts to a sum over event loops. */
    @Override
    public void addTo(long[] totals) {
        for (int i = 0; i < totals.length; i++) {
            totals[i] += (long) COUNT.getOpaque(counts, i);
        }
    }

    /** Called by any thread. */
    @Override
    public long sum() {
        return (long) SUM.getOpaque(this);
    }

    /** A token knows of no trace. */
    @Override
    public Exemplars exemplars() {
        return Exemplars.EMPTY;
    }
}
