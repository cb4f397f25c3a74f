// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.routing.Route;
import dev.penstock.routing.RouteQuestion;
import io.vertx.core.Promise;

/**
 * The question "where to?" on its way. It carries its own way back, which costs a quarter of the bus's request and reply.
 *
 * @param question what is asked
 * @param decision completed by the routing verticle, on the same event loop
 */
record RouteMessage(RouteQuestion question, Promise<Route> decision) {}
