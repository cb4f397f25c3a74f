// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.RequestFacts;

/**
 * Where shall this go?
 *
 * @param model the name that the client sent
 * @param facts what the decision may look at
 */
public record RouteQuestion(String model, RequestFacts facts) {}
