// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.RequestFacts;
import io.vertx.core.Future;

/**
 * Asks the routing room for a decision. {@link RouteTable} answers directly; over the event bus the same question travels as
 * one message. The future fails with a {@link dev.penstock.exchange.GatewayError} and nothing else.
 */
@FunctionalInterface
public interface RouteCaller {

    Future<Route> route(RouteQuestion question);

    /** For a request of which only the model's name is known. */
    default Future<Route> route(String model) {
        return route(new RouteQuestion(model, RequestFacts.ofModel(model)));
    }
}
