// SPDX-License-Identifier: Apache-2.0
package dev.penstock.admin;

import dev.penstock.config.ModelConfig;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Snapshot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The answers of the admin API. Written field by field, so that a new secret in a record does not appear by itself. */
final class AdminJson {

    private AdminJson() {}

    static JsonObject checks(boolean ok, List<Readiness.Check> checks) {
        JsonObject byName = new JsonObject();
        checks.forEach(check ->
                byName.put(check.name(), new JsonObject().put("ok", check.ok()).put("detail", check.detail())));
        return new JsonObject().put("ok", ok).put("checks", byName);
    }

    static JsonObject reload(Reload.Result result) {
        return new JsonObject()
                .put("status", result.status().name().toLowerCase(java.util.Locale.ROOT))
                .put("version", result.version())
                .put("changed", new JsonArray(result.changed()))
                .put("needs_restart", new JsonArray(result.needsRestart()))
                .put("problems", new JsonArray(result.problems()));
    }

    static JsonObject cluster(ClusterReport.View view) {
        String own = view.members().stream()
                .filter(ClusterReport.Member::self)
                .map(ClusterReport.Member::configVersion)
                .findFirst()
                .orElse("");
        JsonArray members = new JsonArray();
        view.members().forEach(member -> members.add(member(member, own)));
        JsonArray breakers = new JsonArray();
        view.breakers()
                .forEach(breaker -> breakers.add(new JsonObject()
                        .put("breaker", breaker.breaker())
                        .put("owner", breaker.owner())
                        .put("seconds_left", Math.max(1, breaker.remaining().toSeconds()))
                        .put("reason", breaker.reason())));
        return new JsonObject()
                .put("state", view.state())
                .put("name", view.name())
                .put("alone", view.alone())
                .put("config_differs", view.configDiffers())
                .put("members", members)
                .put("breakers", breakers);
    }

    private static JsonObject member(ClusterReport.Member member, String own) {
        String version = member.configVersion();
        return new JsonObject()
                .put("node", member.node())
                .put("address", member.address())
                .put("since", member.since().toString())
                .put("self", member.self())
                .put("config_version", version.isEmpty() ? null : version)
                .put("config_differs", !version.isEmpty() && !own.isEmpty() && !version.equals(own));
    }

    static JsonObject config(Snapshot snapshot, KeyReport keys) {
        JsonObject providers = new JsonObject();
        snapshot.providers().forEach((name, provider) -> providers.put(name, provider(provider, keys.of(provider))));
        JsonObject models = new JsonObject();
        snapshot.models().forEach((name, model) -> models.put(name, model(model)));
        return new JsonObject()
                .put("version", snapshot.version())
                .put("providers", providers)
                .put("models", models)
                .put("static", new JsonArray(List.copyOf(snapshot.statics().keySet())))
                .put("rules", new JsonArray(List.copyOf(snapshot.rules().keySet())));
    }

    private static JsonObject provider(ProviderConfig provider, List<KeyReport.Key> keys) {
        JsonObject json = new JsonObject()
                .put("type", provider.type().name().toLowerCase(java.util.Locale.ROOT))
                .put(
                        "has_key",
                        provider.apiKey() != null
                                || !keys.isEmpty()
                                || provider.extras().awsKeys() != null)
                .put("origin", provider.origin())
                .put("models", new JsonArray(provider.models()));
        if (!keys.isEmpty()) {
            JsonObject byName = new JsonObject();
            keys.forEach(key -> byName.put(key.name(), key(key)));
            json.put("keys", byName);
        }
        String url = withoutUserInfo(provider.baseUrl());
        return url == null ? json : json.put("base_url", url);
    }

    private static JsonObject key(KeyReport.Key key) {
        JsonObject json = new JsonObject().put("weight", key.weight()).put("state", "in_use");
        if (key.setAside() == null) {
            return json;
        }
        return json.put("state", "set_aside")
                .put("reason", key.setAside())
                .put("seconds_left", Math.max(1, key.remaining().toSeconds()));
    }

    /** Some people write a password into the URL. */
    private static @Nullable String withoutUserInfo(@Nullable URI url) {
        if (url == null || url.getRawUserInfo() == null) {
            return Objects.toString(url, null);
        }
        return url.toString().replace(url.getRawUserInfo() + "@", "***@");
    }

    private static JsonObject model(ModelConfig model) {
        JsonArray targets = new JsonArray();
        model.targets().forEach(target -> targets.add(target.toString()));
        return new JsonObject()
                .put("targets", targets)
                .put("strategy", model.balance().strategy().label());
    }
}
