// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import io.prometheus.metrics.model.snapshots.Exemplars;

/** Counts in fixed buckets, as a scrape reads them. Any thread. */
sealed interface HistogramCounts permits LogHistogram, SettledHistogram {

    /** Adds the count of each bucket. */
    void addTo(long[] totals);

    /** Of all values, in what is counted. */
    long sum();

    /** Traces of some of the values. */
    Exemplars exemplars();
}
