// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.config.Snapshot;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.SwitchObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What there is to be switched, by the configuration in force. */
final class SwitchNames implements SwitchDesk.Known {

    private final Supplier<Snapshot> config;
    private final Supplier<List<String>> models;

    /** @param models names that clients may send, beside {@code provider/model} */
    SwitchNames(Supplier<Snapshot> config, Supplier<List<String>> models) {
        this.config = config;
        this.models = models;
    }

    @Override
    public @Nullable Set<String> names(SwitchObject.Kind kind) {
        List<TenantConfig> tenants = config.get().server().tenants();
        return switch (kind) {
            case TENANT -> tenants.stream().map(TenantConfig::name).collect(Collectors.toSet());
            case KEY ->
                tenants.stream()
                        .flatMap(tenant -> tenant.keys().stream())
                        .map(TenantConfig.Key::id)
                        .collect(Collectors.toSet());
            case PROVIDER -> config.get().providers().keySet();
            case MODEL -> models();
            case GATEWAY, FEATURE -> null;
        };
    }

    private Set<String> models() {
        Set<String> names = new HashSet<>(models.get());
        config.get().providers().values().forEach(provider -> names.addAll(provider.models()));
        return names;
    }

    @Override
    public boolean isOther(SwitchObject object) {
        int slash = object.name().indexOf('/');
        return object.kind() == SwitchObject.Kind.MODEL
                && slash > 0
                && slash < object.name().length() - 1
                && config.get().providers().containsKey(object.name().substring(0, slash));
    }
}
