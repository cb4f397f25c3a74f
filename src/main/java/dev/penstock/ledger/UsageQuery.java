// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A question about usage. The answer is in ascending order of its groups.
 *
 * @param from first moment, rounded down to what the roll-ups know
 * @param to first moment after it
 * @param step length of a row in time
 * @param by what rows are apart by, in the order of the answer
 * @param where values that rows must have
 * @param after the last row of the page before, as {@link UsageRow#cursor} has it; null for the first page
 * @param limit most rows
 */
public record UsageQuery(
        Instant from,
        Instant to,
        Step step,
        List<Dimension> by,
        Map<Dimension, String> where,
        @Nullable String after,
        int limit) {

    /** How long a row is. */
    public enum Step {
        /** All of it in one. */
        TOTAL,
        MINUTE,
        HOUR,
        DAY
    }

    public UsageQuery {
        by = List.copyOf(by);
        where = Map.copyOf(where);
    }
}
