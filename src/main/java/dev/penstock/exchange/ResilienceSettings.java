// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import org.jspecify.annotations.Nullable;

/**
 * What a model does about trouble.
 *
 * @param retries how often the same target is asked again
 * @param breaker when a target is left alone
 * @param hedge when a second target is raced, or null: never
 * @param concurrency how many attempts a target may have at once, or null: as many as come
 * @param onCut what becomes of an answer that breaks off after its first token
 * @param priority of its requests that name none
 */
public record ResilienceSettings(
        RetrySettings retries,
        BreakerSettings breaker,
        @Nullable HedgeSettings hedge,
        @Nullable ConcurrencySettings concurrency,
        OnCut onCut,
        Priority priority) {

    public static final ResilienceSettings DEFAULT = new ResilienceSettings(
            RetrySettings.DEFAULT, BreakerSettings.DEFAULT, null, null, OnCut.ERROR, Priority.INTERACTIVE);
}
