// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.KeyReport;
import dev.penstock.config.ProviderConfig;
import dev.penstock.provider.ProviderKeys;
import java.util.List;

/** How the keys of providers are doing, in the words of the admin API. */
record KeyStandings(ProviderKeys keys) implements KeyReport {

    @Override
    public List<Key> of(ProviderConfig provider) {
        return keys.standing(provider).stream()
                .map(key -> new Key(
                        key.name(),
                        key.weight(),
                        key.setAside() == null ? null : key.setAside().label(),
                        key.remaining()))
                .toList();
    }
}
