// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.Right;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** From {@code roles} in the file to {@link RolesConfig}. Whoever names a role names one that is defined there. */
final class RolesSection {

    private static final String NAME = "up to " + ApiKeysEntry.LONGEST_NAME + " of letters, digits, dot, dash and _";
    private static final List<String> WORDS = Stream.concat(
                    Arrays.stream(Right.values()).map(Right::label), Stream.of("admin.*", "*"))
            .toList();

    private final Map<String, AccessForms.Role> form;
    private final Binder binder;
    private final Problems problems;

    RolesSection(Map<String, AccessForms.Role> form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    /**
     * Reads them.
     *
     * @param tenants whose keys name roles
     */
    RolesConfig assemble(Map<String, FileForm.Tenant> tenants) {
        Map<String, RolesConfig.Role> roles = new LinkedHashMap<>();
        form.forEach((name, role) -> {
            String path = Paths.child("roles", name);
            if (ApiKeysEntry.isName(name)) {
                roles.put(name, role(path, role));
            } else {
                problems.unexpected(binder.keyAt(path), path, "a name that cannot be shown", NAME);
            }
        });
        tenants.forEach((name, tenant) -> refuseUndefined(Paths.child("tenants", name), tenant));
        return new RolesConfig(roles);
    }

    private RolesConfig.Role role(String path, AccessForms.Role role) {
        Set<Right> may = EnumSet.noneOf(Right.class);
        List<@Nullable String> words = role.may() == null ? List.of() : role.may();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word == null) {
                continue;
            }
            Set<Right> meant = Right.named(word);
            String at = path + ".may[" + i + "]";
            if (meant.isEmpty()) {
                problems.unexpected(
                        binder.at(at),
                        at,
                        binder.shown(at),
                        String.join(", ", WORDS) + "." + Nearest.didYouMean(word, WORDS));
            }
            may.addAll(meant);
        }
        boolean all = words.contains("*");
        List<String> models = names(role.models(), all);
        List<String> features = names(role.features(), all);
        boolean calls = may.contains(Right.CHAT) || may.contains(Right.EMBEDDINGS);
        if (calls && models.isEmpty() && features.isEmpty()) {
            problems.unexpected(
                    binder.at(path),
                    path + ".models",
                    "missing, so that nothing could be called",
                    "names of models, or [\"*\"] for all");
        }
        return new RolesConfig.Role(may, models, features, names(role.tools(), all));
    }

    private static List<String> names(List<@Nullable String> written, boolean all) {
        List<String> names = written.stream().filter(Objects::nonNull).toList();
        return names.isEmpty() && all ? List.of("*") : names;
    }

    private void refuseUndefined(String tenant, FileForm.Tenant form) {
        for (int i = 0; i < form.keys().size(); i++) {
            AccessForms.TenantKey key = form.keys().get(i);
            if (key != null && key.role() != null && !this.form.containsKey(key.role())) {
                String at = tenant + ".keys[" + i + "].role";
                problems.unexpected(
                        binder.at(at),
                        at,
                        binder.shown(at),
                        "the name of a role under roles." + Nearest.didYouMean(key.role(), this.form.keySet()));
            }
        }
    }
}
