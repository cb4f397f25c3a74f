// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetEdits;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import java.util.List;
import java.util.Set;

/**
 * The decision of the routing room for one exchange. An exchange keeps its route to the end, whatever a reload changes.
 *
 * @param alias the name that the client sent
 * @param targets where this exchange may go, in the order in which they are tried; never empty
 * @param timeouts the four timers
 * @param stream how its streams behave
 * @param unsupportedParams what becomes of parameters that a provider has no word for
 * @param resilience what it does about trouble
 */
public record Route(
        String alias,
        List<RouteTarget> targets,
        Timeouts timeouts,
        StreamPolicy stream,
        UnsupportedParams unsupportedParams,
        ResilienceSettings resilience) {

    public Route {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("a route needs a target");
        }
    }

    public RouteTarget first() {
        return targets.get(0);
    }

    /**
     * A target with what the pipeline must know of it before it calls.
     *
     * @param target provider and model
     * @param schema in which the provider's models answer
     * @param schemas all in which the provider can be called as they are
     * @param defaultMaxTokens most tokens of an answer where the client sets no limit and the schema requires one
     * @param usageInStream whether this provider may be asked for usage in a stream
     * @param dialect how a provider of the chat schema deviates from OpenAI
     * @param degraded whether its answers are marked degraded
     * @param tier the group that it belongs to, from 1
     * @param edits what it changes in the client's request
     */
    public record RouteTarget(
            Target target,
            ApiSchema schema,
            Set<ApiSchema> schemas,
            int defaultMaxTokens,
            boolean usageInStream,
            ChatDialect dialect,
            boolean degraded,
            int tier,
            TargetEdits edits) {}
}
