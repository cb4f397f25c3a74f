// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.ProviderConfig.Extras;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From {@code providers} in the file and from the environment to {@link ProviderConfig}s, with the two built-in ones. */
final class ProviderSection {

    static final String DEMO = "demo";
    static final String STATIC = "static";
    static final String RULES = "rules";
    static final String BUILT_IN = "built in";

    /** Keys that not every type reads. */
    private static final Map<String, Set<ProviderConfig.Type>> READ_BY = readBy();

    private final FileForm form;
    private final Binder binder;
    private final Map<String, String> env;
    private final Problems problems;
    private final Map<String, String> origins;

    ProviderSection(
            FileForm form, Binder binder, Map<String, String> env, Problems problems, Map<String, String> origins) {
        this.form = form;
        this.binder = binder;
        this.env = env;
        this.problems = problems;
        this.origins = origins;
    }

    /** The file's providers, then those of the environment, then the built-in ones. */
    Map<String, ProviderConfig> assemble(Map<String, ProviderConfig> fromEnvironment) {
        Map<String, ProviderConfig> providers = new LinkedHashMap<>();
        form.providers().forEach((name, provider) -> {
            ProviderConfig made = one(name, provider);
            if (made != null) {
                providers.put(name, made);
            }
        });
        fromEnvironment.forEach((name, provider) -> {
            if (!form.providers().containsKey(name)) {
                providers.put(name, provider);
                origins.put(Paths.child("providers", name), provider.origin());
            }
        });
        if (!form.providers().containsKey(DEMO)) {
            providers.put(DEMO, builtIn(DEMO, ProviderConfig.Type.DEMO, List.of(DEMO)));
        }
        if (!form.statics().isEmpty()) {
            providers.put(
                    STATIC,
                    builtIn(
                            STATIC,
                            ProviderConfig.Type.STATIC,
                            List.copyOf(form.statics().keySet())));
        }
        if (!form.rules().isEmpty()) {
            providers.put(
                    RULES,
                    builtIn(
                            RULES,
                            ProviderConfig.Type.RULES,
                            List.copyOf(form.rules().keySet())));
        }
        return providers;
    }

    private ProviderConfig builtIn(String name, ProviderConfig.Type type, List<String> models) {
        origins.put(Paths.child("providers", name), BUILT_IN);
        int pace = type == ProviderConfig.Type.DEMO ? EnvironmentProviders.TOKENS_PER_SECOND : 0;
        return new ProviderConfig(
                name, type, null, null, ProviderConfig.Http.AUTO, 1, false, null, models, pace, BUILT_IN);
    }

    private @Nullable ProviderConfig one(String name, FileForm.Provider provider) {
        String path = Paths.child("providers", name);
        refuseName(name, path);
        if (provider.type() == null) {
            return null;
        }
        ProviderConfig.Type type = ProviderConfig.Type.valueOf(provider.type().name());
        refuseForeign(path, type);
        return switch (type) {
            case OPENAI, AZURE, ANTHROPIC, OLLAMA, COHERE -> {
                URI url = baseUrl(name, path, provider, type);
                yield url == null
                        ? null
                        : network(name, path, provider, type, url, provider.apiKey(), extras(provider, url));
            }
            case GEMINI -> gemini(name, path, provider);
            case BEDROCK -> bedrock(name, path, provider);
            case DEMO, STATIC, RULES -> demo(name, path, provider);
        };
    }

    private void refuseName(String name, String path) {
        if (name.equals(STATIC) || name.equals(RULES)) {
            problems.add(
                    binder.keyAt(path),
                    path,
                    "the name " + name + " belongs to the section " + name + "; expected another name");
        }
        boolean plain = !name.isEmpty()
                && name.length() <= 64
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "._-".indexOf(c) >= 0));
        if (!plain) {
            problems.add(
                    binder.keyAt(path),
                    path,
                    "not a name for a provider; expected up to 64 of letters, digits, dot, dash and _");
        }
    }

    private @Nullable ProviderConfig gemini(String name, String path, FileForm.Provider provider) {
        ProviderConfig.Type type = ProviderConfig.Type.GEMINI;
        VertexEntry entry = new VertexEntry(path, provider, binder, env, problems, origins);
        if (!entry.isMeant()) {
            URI url = baseUrl(name, path, provider, type);
            return url == null ? null : network(name, path, provider, type, url, provider.apiKey(), Extras.NONE);
        }
        ProviderConfig.Vertex vertex = entry.vertex();
        boolean elsewhere = binder.has(path + ".base_url");
        URI url = elsewhere ? provider.baseUrl() : vertex == null ? null : VertexEntry.url(vertex);
        return url == null || vertex == null
                ? null
                : network(name, path, provider, type, url, null, Extras.vertex(vertex, entry.login()));
    }

    private @Nullable ProviderConfig bedrock(String name, String path, FileForm.Provider provider) {
        BedrockEntry entry = new BedrockEntry(path, provider, binder, env, problems, origins);
        boolean elsewhere = binder.has(path + ".base_url");
        AwsCredentials credentials = entry.credentials();
        Region region = entry.region(entry.signs() || credentials.keys() != null);
        URI known = region == null ? null : Preset.bedrock(region);
        URI url = elsewhere ? baseUrl(name, path, provider, ProviderConfig.Type.BEDROCK) : known;
        Extras extras = Extras.bedrock(region, credentials.keys(), entry.login(region, credentials));
        return url == null
                ? null
                : network(name, path, provider, ProviderConfig.Type.BEDROCK, url, credentials.apiKey(), extras);
    }

    private ProviderConfig network(
            String name,
            String path,
            FileForm.Provider provider,
            ProviderConfig.Type type,
            URI url,
            @Nullable Secret apiKey,
            Extras extras) {
        Path ca = provider.ca();
        return new ProviderConfig(
                name,
                type,
                url,
                apiKey,
                new ApiKeysEntry(path, provider, binder, problems).keys(),
                http(provider.http()),
                number(provider.pool(), EnvironmentProviders.POOL),
                usageInStream(name, provider, type, url),
                ca == null ? null : ServerSection.readable(path + ".ca", ca, binder, problems),
                models(path, provider),
                0,
                extras,
                binder.keyAt(path).brief());
    }

    private static boolean usageInStream(String name, FileForm.Provider provider, ProviderConfig.Type type, URI url) {
        Boolean asked = provider.usageInStream();
        return switch (type) {
            case OPENAI ->
                asked != null
                        ? asked
                        : Preset.meant(name, type)
                                .or(() -> Preset.at(url))
                                .map(Preset::usageInStream)
                                .orElse(true);
            case AZURE -> asked == null || asked;
            case ANTHROPIC, GEMINI, BEDROCK, OLLAMA, COHERE, DEMO, STATIC, RULES -> false;
        };
    }

    private static Extras extras(FileForm.Provider provider, URI url) {
        ApiVersion version = provider.apiVersion();
        return switch (Objects.requireNonNull(provider.type())) {
            case AZURE -> Extras.azure(version == null ? "" : version.name(), provider.responses());
            case ANTHROPIC ->
                Extras.anthropic(number(provider.defaultMaxTokens(), EnvironmentProviders.DEFAULT_MAX_TOKENS));
            case OPENAI -> Extras.openai(provider.responses(), url);
            case GEMINI, BEDROCK, OLLAMA, COHERE, DEMO -> Extras.NONE;
        };
    }

    private @Nullable URI baseUrl(String name, String path, FileForm.Provider provider, ProviderConfig.Type type) {
        URI url = provider.baseUrl();
        String key = path + ".base_url";
        if (url == null && !binder.has(key)) {
            if (type == ProviderConfig.Type.OLLAMA) {
                return Preset.OLLAMA;
            }
            Optional<Preset> preset = Preset.meant(name, type);
            if (preset.isEmpty()) {
                problems.unexpected(binder.keyAt(path), key, "missing", place(type) + meant(name, type));
            }
            return preset.map(Preset::baseUrl).orElse(null);
        }
        String superfluous = url == null ? "" : BaseUrls.superfluous(type, url);
        if (!superfluous.isEmpty()) {
            problems.unexpected(binder.at(key), key, binder.shown(key), superfluous);
        }
        return url;
    }

    private static String place(ProviderConfig.Type type) {
        return type == ProviderConfig.Type.AZURE
                ? "the address of the resource, such as https://my-resource.openai.azure.com"
                : "where its API begins, such as https://host.example/v1";
    }

    /** Perhaps the name of a service whose address is known, misspelt. */
    private static String meant(String name, ProviderConfig.Type type) {
        List<String> known = Preset.ALL.stream()
                .filter(preset -> preset.type() == type)
                .map(Preset::name)
                .toList();
        String meant = Nearest.didYouMean(name, known);
        return meant.isEmpty() ? "" : "." + meant;
    }

    private ProviderConfig demo(String name, String path, FileForm.Provider provider) {
        List<String> models = models(path, provider);
        return new ProviderConfig(
                name,
                ProviderConfig.Type.DEMO,
                null,
                null,
                ProviderConfig.Http.AUTO,
                1,
                false,
                null,
                models.isEmpty() ? List.of(DEMO) : models,
                number(provider.tokensPerSecond(), EnvironmentProviders.TOKENS_PER_SECOND),
                binder.keyAt(path).brief());
    }

    /** A key that the type never looks at would be a setting that silently does nothing. */
    private void refuseForeign(String path, ProviderConfig.Type type) {
        READ_BY.forEach((name, types) -> {
            String key = path + "." + name;
            if (!types.contains(type) && binder.has(key)) {
                String expected = "; expected it to be absent";
                problems.add(binder.keyAt(key), key, "not used by type " + Scalar.label(type) + expected);
            }
        });
    }

    private static Map<String, Set<ProviderConfig.Type>> readBy() {
        Set<ProviderConfig.Type> network = Set.of(
                ProviderConfig.Type.OPENAI,
                ProviderConfig.Type.AZURE,
                ProviderConfig.Type.ANTHROPIC,
                ProviderConfig.Type.GEMINI,
                ProviderConfig.Type.BEDROCK,
                ProviderConfig.Type.OLLAMA,
                ProviderConfig.Type.COHERE);
        Map<String, Set<ProviderConfig.Type>> types = new LinkedHashMap<>();
        List.of("base_url", "api_key", "api_keys", "http", "pool", "ca", "price")
                .forEach(key -> types.put(key, network));
        List.of("usage_in_stream", "responses")
                .forEach(key -> types.put(key, Set.of(ProviderConfig.Type.OPENAI, ProviderConfig.Type.AZURE)));
        types.put("api_version", Set.of(ProviderConfig.Type.AZURE));
        types.put("default_max_tokens", Set.of(ProviderConfig.Type.ANTHROPIC));
        List.of("project", "location", "credentials")
                .forEach(key -> types.put(key, Set.of(ProviderConfig.Type.GEMINI)));
        List.of("region", "access_key_id", "secret_access_key", "session_token", "profile")
                .forEach(key -> types.put(key, Set.of(ProviderConfig.Type.BEDROCK)));
        types.put("tokens_per_second", Set.of(ProviderConfig.Type.DEMO));
        return types;
    }

    private List<String> models(String path, FileForm.Provider provider) {
        if (provider.models() == null) {
            return List.of();
        }
        if (provider.models().isEmpty()) {
            problems.unexpected(
                    binder.at(path + ".models"), path + ".models", "an empty list", "model names, or the key absent");
        }
        return provider.models().stream().filter(Objects::nonNull).toList();
    }

    private static int number(@Nullable Count count, int otherwise) {
        return count == null ? otherwise : (int) count.value();
    }

    private static ProviderConfig.Http http(FileForm.Provider.@Nullable Version version) {
        return switch (version) {
            case null -> ProviderConfig.Http.AUTO;
            case AUTO -> ProviderConfig.Http.AUTO;
            case ONE -> ProviderConfig.Http.HTTP_1_1;
            case TWO -> ProviderConfig.Http.HTTP_2;
        };
    }
}
