// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Instant;

/** What calls cost. Any thread, without waiting. */
@FunctionalInterface
public interface PriceBook {

    /** The price of a target that no table has. */
    long UNPRICED = -1;

    /** Knows no price. */
    PriceBook EMPTY = (target, usage, at) -> UNPRICED;

    /**
     * What this usage costs.
     *
     * @param at when the exchange began; prices have dates
     * @return billionths of a US dollar, rounded up to a whole one; or {@link #UNPRICED}
     */
    long nanoUsd(Target target, Usage usage, Instant at);

    /** Which prices these are, as a short word that is another one for other prices; empty where there are none. */
    default String version() {
        return "";
    }

    /**
     * What one more token of the prompt costs, to estimate with before the call.
     *
     * @param promptTokens how many there are; prices may depend on the size
     * @return billionths of a US dollar, rounded up; 0 where it is free; or {@link #UNPRICED}
     */
    default long nanoUsdPerPromptToken(Target target, long promptTokens, Instant at) {
        return nanoUsd(target, Usage.estimated(1, 0), at);
    }

    /**
     * What one more token of the answer costs, of the dearer kind where reasoning has a price of its own.
     *
     * @param promptTokens tokens of the prompt; prices may depend on its size
     * @return billionths of a US dollar, rounded up; 0 where it is free; or {@link #UNPRICED}
     */
    default long nanoUsdPerOutputToken(Target target, long promptTokens, Instant at) {
        return nanoUsd(target, Usage.estimated(0, 1), at);
    }
}
