// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import java.util.List;

/**
 * The decision of the routing room for one exchange. An exchange keeps its route to the end, whatever a reload changes.
 *
 * @param alias the name that the client sent
 * @param targets where it may go, in order; never empty
 * @param timeouts the four timers
 * @param stream how its streams behave
 */
public record Route(String alias, List<RouteTarget> targets, Timeouts timeouts, StreamPolicy stream) {

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
     * @param usageInStream whether this provider may be asked for usage in a stream
     * @param degraded whether its answers are marked degraded
     */
    public record RouteTarget(Target target, boolean usageInStream, boolean degraded) {}
}
