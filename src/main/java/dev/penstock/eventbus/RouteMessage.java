// SPDX-License-Identifier: Apache-2.0
package dev.penstock.eventbus;

import dev.penstock.routing.Route;
import io.vertx.core.Promise;

/**
 * The question "where to?" on its way. It carries its own way back, which costs a quarter of the bus's request and reply.
 *
 * @param model the name that the client sent
 * @param decision completed by the routing verticle, on the same event loop
 */
record RouteMessage(String model, Promise<Route> decision) {}
