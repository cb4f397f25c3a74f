// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.util.Map;
import java.util.stream.Stream;

/**
 * The whole effective configuration at one moment. Maps keep the order of the file.
 *
 * @param server listeners and limits of the edge
 * @param providers by name
 * @param models by the name that clients send; the entry {@code "*"} holds the defaults of {@code provider/model} names
 * @param statics fixed answers, the models of the built-in provider {@code static}
 * @param rules answers by rules, the models of the built-in provider {@code rules}
 * @param fetch what is fetched for providers that take only bytes
 * @param cluster how other nodes are found
 * @param access who may call, and how much
 * @param observability what is kept and told of what happened
 * @param version a short hash of the effective values (secrets included as hashes), equal on nodes with equal configuration
 *     wherever they listen
 */
public record Snapshot(
        ServerConfig server,
        Map<String, ProviderConfig> providers,
        Map<String, ModelConfig> models,
        Map<String, StaticAnswer> statics,
        Map<String, AnswerRules> rules,
        FetchConfig fetch,
        ClusterConfig cluster,
        AccessConfig access,
        ObservabilityConfig observability,
        String version) {

    public Snapshot {
        providers = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(providers));
        models = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(models));
        statics = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(statics));
        rules = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(rules));
    }

    /** One in which nothing is fetched and nothing answers by rules, of a node alone. */
    public Snapshot(
            ServerConfig server,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            Map<String, StaticAnswer> statics,
            String version) {
        this(
                server,
                providers,
                models,
                statics,
                Map.of(),
                FetchConfig.NOTHING,
                ClusterConfig.OFF,
                AccessConfig.OPEN,
                ObservabilityConfig.DEFAULT,
                version);
    }

    /** A model name that this configuration can call, for a person's first request. */
    public String exampleModel() {
        return models.keySet().stream()
                .filter(name -> !name.equals("*"))
                .findFirst()
                .or(() ->
                        providers.values().stream().flatMap(Snapshot::examples).findFirst())
                .orElse("demo/demo");
    }

    private static Stream<String> examples(ProviderConfig provider) {
        Stream<String> listed = provider.models().stream();
        Stream<String> known = Preset.named(provider.name())
                .filter(preset -> preset.baseUrl().equals(provider.baseUrl()))
                .map(Preset::example)
                .filter(model -> !model.isEmpty())
                .stream();
        return Stream.concat(listed, known).map(model -> provider.name() + "/" + model);
    }
}
