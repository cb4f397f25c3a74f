// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of its call, about urgency and what it is for. None of it says who calls.
 *
 * @param priority {@code x-penstock-priority}, or null: the model's
 * @param timeout {@code x-request-timeout}, time for the whole exchange, or null: the model's
 * @param name {@code idempotency-key}, or null: it may be made twice
 * @param feature {@code x-penstock-feature}, the named use case that the call belongs to; empty where it names none
 * @param session {@code x-penstock-session}, what the application calls the conversation; empty where it says nothing
 */
public record CallTerms(
        @Nullable Priority priority,
        @Nullable Duration timeout,
        @Nullable String name,
        String feature,
        String session) {

    /** Nothing. */
    public static final CallTerms NONE = new CallTerms(null, null, null, "", "");

    /** The same of a call that may not belong to its feature: nothing is counted there. */
    public CallTerms withoutFeature() {
        return feature.isEmpty() ? this : new CallTerms(priority, timeout, name, "", session);
    }
}
