// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client says about the urgency of its call.
 *
 * @param priority {@code x-penstock-priority}, or null: the model's
 * @param timeout {@code x-request-timeout}, time for the whole exchange, or null: the model's
 */
public record CallTerms(
        @Nullable Priority priority, @Nullable Duration timeout) {

    /** Nothing. */
    public static final CallTerms NONE = new CallTerms(null, null);
}
