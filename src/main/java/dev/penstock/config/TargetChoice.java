// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestTest;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetEdits;
import org.jspecify.annotations.Nullable;

/**
 * One target of a model, and what speaks for and against it.
 *
 * @param target provider and model
 * @param tier from 1; a tier is tried when all earlier ones are out
 * @param weight share of the requests inside its tier; 0 means only when the others of the tier are out
 * @param when only for requests that this is true of, or null for all
 * @param contextWindow tokens of prompt and answer that it takes; 0 where that is not said
 * @param edits what it changes in the client's request
 * @param cost what it costs, or null where that is not said
 */
public record TargetChoice(
        Target target,
        int tier,
        int weight,
        @Nullable RequestTest when,
        long contextWindow,
        TargetEdits edits,
        @Nullable TargetCost cost) {

    public TargetChoice {
        if (tier < 1 || weight < 0 || contextWindow < 0) {
            throw new IllegalArgumentException("a target needs a tier >= 1, and weight and context_window >= 0");
        }
    }

    /** For all requests, as they are. */
    public TargetChoice(Target target, int tier) {
        this(target, tier, 1, null, 0, TargetEdits.NONE, null);
    }

    /** The same at another place. */
    TargetChoice at(int newTier, int newWeight) {
        return new TargetChoice(target, newTier, newWeight, when, contextWindow, edits, cost);
    }
}
