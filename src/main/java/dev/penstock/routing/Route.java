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
 * @param timeouts the timers
 * @param stream how its streams behave
 * @param unsupportedParams what becomes of parameters that a provider has no word for
 * @param resilience what it does about trouble
 * @param firstTier the tier that answers when nothing is out
 * @param candidates how many targets take this request, those that are out included
 * @param leftOut targets of the model that this exchange may not go to
 */
public record Route(
        String alias,
        List<RouteTarget> targets,
        Timeouts timeouts,
        StreamPolicy stream,
        UnsupportedParams unsupportedParams,
        ResilienceSettings resilience,
        int firstTier,
        int candidates,
        List<LeftOut> leftOut) {

    /** One in which nothing is out. */
    public Route(
            String alias,
            List<RouteTarget> targets,
            Timeouts timeouts,
            StreamPolicy stream,
            UnsupportedParams unsupportedParams,
            ResilienceSettings resilience) {
        this(
                alias,
                targets,
                timeouts,
                stream,
                unsupportedParams,
                resilience,
                targets.stream().mapToInt(RouteTarget::tier).min().orElse(1),
                targets.size(),
                List.of());
    }

    public Route {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("a route needs a target");
        }
    }

    /**
     * A target that is not among them.
     *
     * @param why {@code condition}, {@code context_window}, or what its signals say: {@code breaker_open}, {@code switched_off}
     */
    public record LeftOut(Target target, String why) {}

    /** The same for some of its targets. */
    Route to(List<RouteTarget> some, int bestTier, int takers, List<LeftOut> others) {
        return new Route(alias, some, timeouts, stream, unsupportedParams, resilience, bestTier, takers, others);
    }

    public RouteTarget first() {
        return targets.get(0);
    }

    /** The tier of each target, in their order. */
    public int[] tiers() {
        int[] tiers = new int[targets.size()];
        for (int i = 0; i < tiers.length; i++) {
            tiers[i] = targets.get(i).tier();
        }
        return tiers;
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
     * @param remote whether a model answers, and not the gateway itself
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
            boolean remote,
            int tier,
            TargetEdits edits) {}
}
