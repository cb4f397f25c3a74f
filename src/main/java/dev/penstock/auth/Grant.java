// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.config.RolesConfig;
import dev.penstock.exchange.Right;
import java.util.List;
import java.util.Set;

/**
 * What a caller may do: what its role says, and of that only what its key says. Immutable; any thread.
 */
public final class Grant {

    /** Of a key without a role and without lists of its own, and of everybody where no key is needed. */
    public static final Grant OF_A_KEY =
            new Grant(Right.OF_A_KEY, Names.ALL, Names.ALL, Names.ALL, Names.ALL, Names.ALL);

    /** Of a key whose role is not defined any more. */
    static final Grant NOTHING = new Grant(Set.of(), Names.NONE, Names.NONE, Names.NONE, Names.NONE, Names.NONE);

    private final Set<Right> rights;
    private final Names models;
    private final Names features;
    private final Names tools;
    private final Names keyModels;
    private final Names keyFeatures;

    private Grant(Set<Right> rights, Names models, Names features, Names tools, Names keyModels, Names keyFeatures) {
        this.rights = rights;
        this.models = models;
        this.features = features;
        this.tools = tools;
        this.keyModels = keyModels;
        this.keyFeatures = keyFeatures;
    }

    /** What a role says. */
    public static Grant of(RolesConfig.Role role) {
        return new Grant(
                role.may(),
                new Names(role.models()),
                new Names(role.features()),
                new Names(role.tools()),
                Names.ALL,
                Names.ALL);
    }

    /** Of this, what the lists of a key leave; an empty list leaves all. */
    Grant within(List<String> ofModels, List<String> ofFeatures) {
        if (ofModels.isEmpty() && ofFeatures.isEmpty()) {
            return this;
        }
        return new Grant(rights, models, features, tools, Names.allUnless(ofModels), Names.allUnless(ofFeatures));
    }

    public boolean may(Right right) {
        return rights.contains(right);
    }

    /** Whether no model is kept from the caller. */
    public boolean mayUseAllModels() {
        return models.all() && keyModels.all();
    }

    /** By the name that the client sends. */
    public boolean mayUseModel(String model) {
        return models.have(model) && keyModels.have(model);
    }

    public boolean mayUseFeature(String feature) {
        return features.have(feature) && keyFeatures.have(feature);
    }

    /** A tool that the gateway itself would call. */
    public boolean mayUseTool(String tool) {
        return tools.have(tool);
    }
}
