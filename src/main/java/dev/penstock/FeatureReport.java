// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.CapabilityReport;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.translation.Capabilities;
import dev.penstock.translation.Feature;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** {@link Capabilities} for the providers of a configuration. */
final class FeatureReport implements CapabilityReport {

    @Override
    public JsonObject of(Snapshot snapshot) {
        JsonObject providers = new JsonObject();
        snapshot.providers().forEach((name, provider) -> providers.put(name, provider(provider)));
        return new JsonObject().put("version", snapshot.version()).put("providers", providers);
    }

    private static JsonObject provider(ProviderConfig provider) {
        JsonObject clients = new JsonObject();
        for (ApiSchema client : Capabilities.CLIENTS) {
            JsonObject features = new JsonObject();
            for (Feature feature : Feature.values()) {
                features.put(
                        word(feature), word(Capabilities.of(client, provider.schema(), provider.dialect(), feature)));
            }
            clients.put(word(client), features);
        }
        JsonArray untranslated = new JsonArray();
        provider.schemas().stream().map(FeatureReport::word).sorted().forEach(untranslated::add);
        return new JsonObject()
                .put("schema", word(provider.schema()))
                .put("passed_as_they_are", untranslated)
                .put("clients", clients);
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
