// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A customer of the gateway.
 *
 * @param name as routing conditions and the request log have it
 * @param region where its data must stay, in the configuration's own words; empty where that is not said
 * @param keys what its callers send; none where nobody can call as this tenant yet
 * @param content what of its calls is written down beside figures
 */
public record TenantConfig(String name, String region, List<Key> keys, ContentConfig content) {

    /**
     * A key of a tenant.
     *
     * @param id its name for people, which no other key has
     * @param secret what is sent
     * @param role what it may do, by the name of the role; empty for what a key may do without one
     * @param expires from when on it is refused; null for never
     * @param models patterns of the models it may call; none for all that its role may
     * @param features patterns of the features it may use; none for all that its role may
     * @param ips networks it may be used from; none for all
     */
    public record Key(
            String id,
            Secret secret,
            String role,
            @Nullable Instant expires,
            List<String> models,
            List<String> features,
            List<NetworkBlock> ips) {

        public Key {
            models = List.copyOf(models);
            features = List.copyOf(features);
            ips = List.copyOf(ips);
        }

        /** One that may what a key may, from everywhere and for ever. */
        public Key(String id, Secret secret) {
            this(id, secret, "", null, List.of(), List.of(), List.of());
        }

        /** Whether it may what a key may, from everywhere and for ever. */
        boolean isUnconditional() {
            return role.isEmpty() && expires == null && models.isEmpty() && features.isEmpty() && ips.isEmpty();
        }
    }

    public TenantConfig {
        keys = List.copyOf(keys);
    }

    /** Of whose calls nothing that is said is written down. */
    public TenantConfig(String name, String region, List<Key> keys) {
        this(name, region, keys, ContentConfig.NONE);
    }
}
