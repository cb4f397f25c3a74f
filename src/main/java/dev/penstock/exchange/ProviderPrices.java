// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.List;
import java.util.Map;

/** What a provider takes. */
public sealed interface ProviderPrices {

    /** Nothing. */
    ProviderPrices FREE = new Free();

    record Free() implements ProviderPrices {}

    /** The same for all of its models. */
    record Same(TokenPrices prices) implements ProviderPrices {}

    /**
     * Its models have prices of their own.
     *
     * @param models by their names; a name that ends in {@code *} is the beginning of names. More than one price where they changed
     */
    record Listed(Map<String, List<ModelPrice>> models) implements ProviderPrices {

        public Listed {
            models = Map.copyOf(models);
        }
    }
}
