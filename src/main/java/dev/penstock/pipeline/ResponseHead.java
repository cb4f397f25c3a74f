// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.LimitStanding;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the client may learn from the head of its answer.
 *
 * @param requestId the id of the exchange
 * @param target where the answer comes from, or null when no attempt was made
 * @param attempts tries so far
 * @param outcome the outcome where it is known in time, or null
 * @param gatewayNanos time that Penstock itself took so far
 * @param upstreamNanos time from the hand-over to the head of the provider's answer, connecting included, or -1
 * @param upstreamRequestId the provider's own id of the request, or null
 * @param limits how the caller stands with its limits, or null where it has none
 * @param dropped names of what was left out of the request because the provider has no word for it
 */
public record ResponseHead(
        String requestId,
        @Nullable Target target,
        int attempts,
        @Nullable Outcome outcome,
        long gatewayNanos,
        long upstreamNanos,
        @Nullable String upstreamRequestId,
        @Nullable Limits limits,
        Set<String> dropped) {

    /**
     * How the caller stands with its limits.
     *
     * @param requests the tightest of requests, or null
     * @param tokens the tightest of tokens, or null
     * @param at now, by the wall clock
     */
    public record Limits(
            @Nullable LimitStanding requests, @Nullable LimitStanding tokens, Instant at) {}
}
