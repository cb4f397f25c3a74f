// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Instant;
import java.util.List;

/**
 * What a model costs at a time.
 *
 * @param from when it begins to hold
 * @param until when it does not any more
 * @param base for all calls, or for those with small prompts
 * @param tiers for calls with larger prompts, by rising size; the last one that fits holds for all tokens of a call
 * @param source the page that it stands on; for people
 * @param seen the day on which it stood there, such as {@code 2026-11-22}
 */
public record ModelPrice(Instant from, Instant until, TokenPrices base, List<Tier> tiers, String source, String seen) {

    /**
     * Prices of calls with larger prompts.
     *
     * @param above prompts of more tokens than these, cached ones included
     */
    public record Tier(long above, TokenPrices prices) {}

    public ModelPrice {
        tiers = List.copyOf(tiers);
        for (int i = 1; i < tiers.size(); i++) {
            if (tiers.get(i).above <= tiers.get(i - 1).above) {
                throw new IllegalArgumentException("tiers: sizes of prompts that rise are expected");
            }
        }
    }

    public boolean holdsAt(Instant at) {
        return !at.isBefore(from) && at.isBefore(until);
    }

    /** Of a call with so many tokens in its prompt. */
    public TokenPrices of(long promptTokens) {
        TokenPrices prices = base;
        for (int i = 0; i < tiers.size() && promptTokens > tiers.get(i).above; i++) {
            prices = tiers.get(i).prices;
        }
        return prices;
    }
}
