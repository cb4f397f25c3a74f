// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

/**
 * What a target costs, for the choice of the cheapest; nobody is billed by it.
 *
 * @param inputNanos nano-dollars for a million tokens of the prompt
 * @param outputNanos nano-dollars for a million tokens of the answer
 */
public record TargetCost(long inputNanos, long outputNanos) {

    private static final long MILLION = 1_000_000;

    public TargetCost {
        if (inputNanos < 0 || outputNanos < 0) {
            throw new IllegalArgumentException("cost: input and output must be >= 0");
        }
    }

    /** Nano-dollars for so many tokens. */
    public long of(long input, long output) {
        return Math.round((double) inputNanos / MILLION * input + (double) outputNanos / MILLION * output);
    }
}
