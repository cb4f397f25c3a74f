// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.HedgeSettings;
import dev.penstock.exchange.RetrySettings;
import dev.penstock.exchange.Target;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * What the exchanges of one shard use of this room. Targets are the node's, chance is the shard's own.
 */
public final class Resilience {

    private final TargetStates targets;
    private final ConcurrencyGates gates;
    private final RandomGenerator random;

    /**
     * Of one shard.
     *
     * @param random of this shard only
     */
    public Resilience(TargetStates targets, ConcurrencyGates gates, RandomGenerator random) {
        this.targets = targets;
        this.gates = gates;
        this.random = random;
    }

    public TargetState target(Target target, BreakerSettings breaker) {
        return targets.of(target, breaker);
    }

    /** What attempts at this target wait at for their turn. */
    public ConcurrencyGate gate(Target target, ConcurrencySettings room) {
        return gates.gate(target, room);
    }

    /**
     * For an exchange that begins its first attempt.
     *
     * @param first where it would go if nothing were out: whose calls pay for further ones
     */
    public Tries tries(TargetState first, int[] tiers, RetrySettings retries) {
        first.extraCalls().called();
        return new Tries(tiers, retries, first.extraCalls(), random);
    }

    /** How long a target may be silent before another one is raced against it. */
    public Duration hedgeAfter(TargetState target, HedgeSettings hedge) {
        long usual = target.firstTokenPercentileNanos(hedge.percentile());
        return usual > hedge.floor().toNanos() ? Duration.ofNanos(usual) : hedge.floor();
    }
}
