// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.Right;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What callers may do, by the name of their role.
 *
 * @param roles in the order of the file; none where roles are not used
 */
public record RolesConfig(Map<String, Role> roles) {

    /** Nothing of the kind. */
    public static final RolesConfig NONE = new RolesConfig(Map.of());

    /**
     * One role. What it does not name it may not do. Names may hold {@code *} for any text.
     *
     * @param may what its callers may do at all
     * @param models that they may call
     * @param features that they may use
     * @param tools that the gateway may call for them
     */
    public record Role(Set<Right> may, List<String> models, List<String> features, List<String> tools) {

        public Role {
            may = Set.copyOf(may);
            models = List.copyOf(models);
            features = List.copyOf(features);
            tools = List.copyOf(tools);
        }
    }

    public RolesConfig {
        roles = Collections.unmodifiableMap(new LinkedHashMap<>(roles));
    }
}
