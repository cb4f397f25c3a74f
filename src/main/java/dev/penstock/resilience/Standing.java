// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Target;
import java.time.Duration;

/**
 * How one target does, for people.
 *
 * @param target which
 * @param breaker id of its breaker, as notices name it
 * @param state of the breaker
 * @param remaining how much longer the target is left alone; zero when it is not, or when the next attempt is a probe
 * @param reason why; empty when nothing speaks against the target
 * @param who whose finding that is: the name of a peer, or of this node; empty when nothing speaks against the target
 * @param inFlight attempts under way
 * @param firstTokenNanos peak-weighted moving average of the time to the first token; 0 while none is known
 */
public record Standing(
        Target target,
        String breaker,
        BreakerState state,
        Duration remaining,
        String reason,
        String who,
        int inFlight,
        long firstTokenNanos) {}
