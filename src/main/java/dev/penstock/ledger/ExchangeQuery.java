// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A question about single exchanges, newest first.
 *
 * @param from first moment
 * @param to first moment after it
 * @param where values that they must have
 * @param before the last one of the page before; null for the first page
 * @param limit most of them
 */
public record ExchangeQuery(
        Instant from,
        Instant to,
        Map<Dimension, String> where,
        @Nullable UUID before,
        int limit) {

    public ExchangeQuery {
        where = Map.copyOf(where);
    }
}
