// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Instant;
import java.util.List;

/**
 * Usage of one group.
 *
 * @param start of the row's time
 * @param group values of the query's dimensions, in its order; empty where a call has none
 * @param exchanges calls
 * @param failures of them, those whose outcome is neither an answer nor the client's own doing
 * @param attempts requests that were sent to providers
 * @param inputTokens with those read from and written to caches
 * @param cachedInputTokens of the input
 * @param cacheWriteTokens of the input
 * @param outputTokens with reasoning
 * @param reasoningTokens of the output
 * @param estimated calls whose tokens the gateway counted itself
 * @param nanoUsd cost in billionths of a US dollar
 * @param unpriced calls whose cost nobody knows; they are not in {@code nanoUsd}
 * @param durationNanos sum over the calls
 * @param ttftNanos sum over the calls that had a first content
 * @param ttftCalls how many those are
 * @param cursor where the next page begins
 */
public record UsageRow(
        Instant start,
        List<String> group,
        long exchanges,
        long failures,
        long attempts,
        long inputTokens,
        long cachedInputTokens,
        long cacheWriteTokens,
        long outputTokens,
        long reasoningTokens,
        long estimated,
        long nanoUsd,
        long unpriced,
        long durationNanos,
        long ttftNanos,
        long ttftCalls,
        String cursor) {}
