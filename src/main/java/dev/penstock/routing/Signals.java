// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetSignals;

/** What this node knows of a target. The port of this room to whoever watches attempts; the answer may be kept. */
@FunctionalInterface
public interface Signals {

    /** Nothing is known of any target. */
    Signals UNKNOWN = (target, breaker) -> TargetSignals.UNKNOWN;

    /** The standing of a target under the breaker settings of the model that asks. */
    TargetSignals of(Target target, BreakerSettings breaker);
}
