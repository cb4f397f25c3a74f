// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.config.ProviderConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the keys of a provider are doing, where it has several. Read at each request of the admin API, from any thread. */
@FunctionalInterface
public interface KeyReport {

    /**
     * One key, by the name that the configuration gives it.
     *
     * @param weight its share of the requests
     * @param setAside the reason why it is not used at the moment, or null when it is
     * @param remaining how much longer
     */
    record Key(String name, int weight, @Nullable String setAside, Duration remaining) {}

    /** In the order of the configuration; empty for a provider with one key or none. */
    List<Key> of(ProviderConfig provider);
}
