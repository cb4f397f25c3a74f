// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** From {@code providers} in the file and from the environment to {@link ProviderConfig}s, with the two built-in ones. */
final class ProviderSection {

    static final String DEMO = "demo";
    static final String STATIC = "static";
    static final String BUILT_IN = "built in";

    private final FileForm form;
    private final Binder binder;
    private final Problems problems;
    private final Map<String, String> origins;

    ProviderSection(FileForm form, Binder binder, Problems problems, Map<String, String> origins) {
        this.form = form;
        this.binder = binder;
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
        return switch (provider.type()) {
            case OPENAI -> openai(name, path, provider);
            case DEMO -> demo(name, path, provider);
        };
    }

    private void refuseName(String name, String path) {
        if (name.equals(STATIC)) {
            problems.add(
                    binder.keyAt(path), path, "the name static belongs to the section static; expected another name");
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

    private @Nullable ProviderConfig openai(String name, String path, FileForm.Provider provider) {
        refuseForeign(path, "openai", Stream.of("tokens_per_second"));
        URI url = baseUrl(name, path, provider);
        if (url == null) {
            return null;
        }
        Optional<Preset> preset = Preset.named(name).or(() -> Preset.at(url));
        Boolean asked = provider.usageInStream();
        boolean usage =
                asked != null ? asked : preset.map(Preset::usageInStream).orElse(true);
        Path ca = provider.ca();
        return new ProviderConfig(
                name,
                ProviderConfig.Type.OPENAI,
                url,
                provider.apiKey(),
                http(provider.http()),
                number(provider.pool(), EnvironmentProviders.POOL),
                usage,
                ca == null ? null : ServerSection.readable(path + ".ca", ca, binder, problems),
                models(path, provider),
                0,
                binder.keyAt(path).brief());
    }

    private @Nullable URI baseUrl(String name, String path, FileForm.Provider provider) {
        URI url = provider.baseUrl();
        String key = path + ".base_url";
        if (url == null && !binder.has(key)) {
            Optional<Preset> preset = Preset.named(name);
            if (preset.isEmpty()) {
                problems.unexpected(
                        binder.keyAt(path),
                        key,
                        "missing",
                        "where its API begins, such as https://host.example/v1" + meant(name));
            }
            return preset.map(Preset::baseUrl).orElse(null);
        }
        if (url != null && url.getPath().endsWith("/chat/completions")) {
            problems.unexpected(
                    binder.at(key), key, binder.shown(key), "where the API begins, without /chat/completions");
        }
        return url;
    }

    /** Perhaps the name of a service whose address is known, misspelt. */
    private static String meant(String name) {
        String meant =
                Nearest.didYouMean(name, Preset.ALL.stream().map(Preset::name).toList());
        return meant.isEmpty() ? "" : "." + meant;
    }

    private ProviderConfig demo(String name, String path, FileForm.Provider provider) {
        refuseForeign(path, "demo", Stream.of("base_url", "api_key", "http", "pool", "usage_in_stream", "ca"));
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
    private void refuseForeign(String path, String type, Stream<String> keys) {
        keys.map(key -> Paths.child(path, key))
                .filter(binder::has)
                .forEach(key -> problems.add(
                        binder.keyAt(key), key, "not used by type " + type + "; expected it to be absent"));
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
