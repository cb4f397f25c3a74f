// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ProviderPrices;
import java.util.Map;

/**
 * What calls cost.
 *
 * @param file the file of prices that was named, as it was named; empty where Penstock's own are all there is
 * @param fingerprint a hash of what stands in it; empty without one
 * @param providers by the provider's name; one that is missing has no prices that anybody knows
 */
public record PricesConfig(String file, String fingerprint, Map<String, ProviderPrices> providers) {

    /** Nobody knows any price. */
    public static final PricesConfig NONE = new PricesConfig("", "", Map.of());

    public PricesConfig {
        providers = Map.copyOf(providers);
    }
}
