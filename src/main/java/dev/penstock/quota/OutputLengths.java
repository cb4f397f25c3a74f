// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How long answers are, by model: what is reserved for one whose client sets no maximum. The buckets are a quarter of a power of
 * two wide, and old answers count half after each thousand. Any thread; two that record at once may be off by an answer.
 */
final class OutputLengths {

    /** Until enough is known. */
    static final long ASSUMED = 1_024;

    private static final int MOST_MODELS = 1_024;
    private static final int ENOUGH = 20;
    private static final int ROUND = 1_000;
    private static final int BUCKETS = 128;

    private final ConcurrentMap<String, Lengths> models = new ConcurrentHashMap<>();

    /** Nineteen of twenty answers of the model were not longer, as far as is known. */
    long p95(String model) {
        Lengths lengths = models.get(model);
        return lengths == null ? ASSUMED : lengths.p95;
    }

    void record(String model, long tokens) {
        Lengths lengths = models.get(model);
        if (lengths == null) {
            if (models.size() >= MOST_MODELS) {
                return;
            }
            lengths = models.computeIfAbsent(model, name -> new Lengths());
        }
        lengths.add(tokens);
    }

    /** Four buckets for each power of two; the first eight are one token wide. */
    static int bucket(long tokens) {
        if (tokens < 8) {
            return (int) Math.max(0, tokens);
        }
        int power = 63 - Long.numberOfLeadingZeros(tokens);
        return Math.min(BUCKETS - 1, 8 + (power - 3) * 4 + (int) ((tokens >>> (power - 2)) & 3));
    }

    /** The largest number of the bucket. */
    static long top(int bucket) {
        if (bucket < 8) {
            return bucket;
        }
        int power = (bucket - 8) / 4 + 3;
        return (1L << power) + (((bucket - 8) % 4 + 1L) << (power - 2)) - 1;
    }

    private static final class Lengths {

        private final AtomicIntegerArray counts = new AtomicIntegerArray(BUCKETS);
        private int recorded;
        private volatile long p95 = ASSUMED;

        void add(long tokens) {
            counts.incrementAndGet(bucket(tokens));
            look();
        }

        private synchronized void look() {
            recorded++;
            if (recorded % ENOUGH == 0) {
                p95 = percentile();
            }
            if (recorded >= ROUND) {
                recorded = 0;
                for (int i = 0; i < BUCKETS; i++) {
                    counts.set(i, counts.get(i) / 2);
                }
            }
        }

        private long percentile() {
            long all = 0;
            for (int i = 0; i < BUCKETS; i++) {
                all += counts.get(i);
            }
            long below = 0;
            for (int i = 0; i < BUCKETS; i++) {
                below += counts.get(i);
                if (below * 20 >= all * 19) {
                    return top(i);
                }
            }
            return ASSUMED;
        }
    }
}
