// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.List;

/**
 * A customer of the gateway.
 *
 * @param name as routing conditions and the request log have it
 * @param region where its data must stay, in the configuration's own words; empty where that is not said
 * @param keys what its callers send; none where nobody can call as this tenant yet
 */
public record TenantConfig(String name, String region, List<Key> keys) {

    /**
     * A key of a tenant.
     *
     * @param id its name for people, which no other key has
     * @param secret what is sent
     */
    public record Key(String id, Secret secret) {}

    public TenantConfig {
        keys = List.copyOf(keys);
    }
}
