// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.config.TargetChoice;
import dev.penstock.exchange.TargetSignals;
import dev.penstock.routing.Route.RouteTarget;

/**
 * A target of a model with all that its choice is made by.
 *
 * @param choice what the configuration says of it
 * @param target what the pipeline must know of it
 * @param signals how it does
 * @param hash of its name, equal on all nodes
 */
record Candidate(TargetChoice choice, RouteTarget target, TargetSignals signals, long hash) {

    Candidate(TargetChoice choice, RouteTarget target, TargetSignals signals) {
        this(choice, target, signals, Hash.of(target.target().toString()));
    }
}
