// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** What the client counted; belongs to the loop's thread, reset between windows. */
final class Tally {
    private static final long HIGHEST = 60_000_000_000L;

    final Histogram transit = new Histogram(HIGHEST, 3);
    final Histogram firstContent = new Histogram(HIGHEST, 3);
    final Histogram whole = new Histogram(HIGHEST, 3);
    final List<String> errors = new ArrayList<>();
    long events;
    long answers;
    /** Complete answers since the client was made; no window resets it. */
    long complete;

    long failed;
    /** Answers with 503, for a client that expects them. */
    long refused;

    final Histogram refusal = new Histogram(HIGHEST, 3);

    /** A new window; errors stay, because a run with one error is a failed run. */
    void reset() {
        transit.reset();
        firstContent.reset();
        whole.reset();
        events = 0;
        answers = 0;
        refused = 0;
        refusal.reset();
    }

    void fail(String what) {
        failed++;
        if (errors.size() < 5) {
            errors.add(what);
        }
    }

    /** A copy that the driver may keep. */
    Snapshot snapshot() {
        return new Snapshot(
                System.nanoTime(),
                events,
                answers,
                complete,
                failed,
                List.copyOf(errors),
                transit.copy(),
                firstContent.copy(),
                whole.copy(),
                refused,
                refusal.copy());
    }

    record Snapshot(
            long at,
            long events,
            long answers,
            long complete,
            long failed,
            List<String> errors,
            Histogram transit,
            Histogram firstContent,
            Histogram whole,
            long refused,
            Histogram refusal) {}
}
