// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;

/**
 * All limits and budgets of the configuration.
 *
 * @param rules in the order of the file
 * @param store where nodes share their counts
 * @param refuseUnpriced whether a call under a budget is refused when nobody knows its price
 * @param prices what calls cost
 */
public record LimitsConfig(List<LimitRule> rules, Store store, boolean refuseUnpriced, PricesConfig prices) {

    /** Nobody is limited. */
    public static final LimitsConfig NONE = new LimitsConfig(List.of(), Store.CLUSTER, false);

    /** Where nodes share their counts. */
    public sealed interface Store {

        /** The cluster where there is one, else this node's memory. */
        Store CLUSTER = new Cluster();

        record Cluster() implements Store {}

        /** A Redis server, {@code redis://} or {@code rediss://}; the address may hold a password. */
        record Redis(Secret url) implements Store {}
    }

    public LimitsConfig {
        rules = List.copyOf(rules);
    }

    /** One that knows no prices. */
    public LimitsConfig(List<LimitRule> rules, Store store, boolean refuseUnpriced) {
        this(rules, store, refuseUnpriced, PricesConfig.NONE);
    }
}
