// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ModelPrice;
import dev.penstock.exchange.ProviderPrices;
import dev.penstock.exchange.TokenPrices;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which prices a provider has: its own {@code price}, else what the file of {@code prices} says of it by its name, else the list of
 * the service that it is by its type and address.
 */
final class PricesSection {

    private final FileForm form;
    private final Map<String, ProviderConfig> providers;
    private final Binder binder;
    private final Problems problems;
    private final Set<Path> filesRead = new HashSet<>();

    PricesSection(FileForm form, Map<String, ProviderConfig> providers, Binder binder, Problems problems) {
        this.form = form;
        this.providers = providers;
        this.binder = binder;
        this.problems = problems;
    }

    /** The files that prices came from, so that the watcher can see them change. */
    Set<Path> filesRead() {
        return filesRead;
    }

    PricesConfig assemble() {
        byte[] bytes = form.prices() == null ? null : read(form.prices());
        Map<String, Map<String, List<ModelPrice>>> own = bytes == null ? Map.of() : own(form.prices(), bytes);
        Map<String, Map<String, List<ModelPrice>>> all = PriceFile.over(PriceFile.shipped(), own);
        Map<String, ProviderPrices> prices = new HashMap<>();
        providers.forEach((name, provider) -> {
            ProviderPrices known = prices(provider, own.keySet(), all);
            if (known != null) {
                prices.put(name, known);
            }
        });
        return bytes == null
                ? new PricesConfig("", "", prices)
                : new PricesConfig(String.valueOf(form.prices()), Effective.sha256(bytes), prices);
    }

    private byte @Nullable [] read(Path path) {
        Path file = binder.at("prices").resolve(path);
        filesRead.add(file);
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            problems.unexpected(binder.at("prices"), "prices", binder.shown("prices"), "a file that can be read");
            return null;
        }
    }

    private Map<String, Map<String, List<ModelPrice>>> own(@Nullable Path path, byte[] bytes) {
        Path folder = binder.at("prices").resolve(Path.of("."));
        return PriceFile.read(binder.isMasked("prices") ? "prices" : String.valueOf(path), folder, bytes, problems);
    }

    private @Nullable ProviderPrices prices(
            ProviderConfig provider, Set<String> own, Map<String, Map<String, List<ModelPrice>>> all) {
        FileForm.Provider written = form.providers().get(provider.name());
        if (written != null && written.price() != null) {
            return written(written.price(), Paths.child("providers", provider.name()) + ".price");
        }
        if (!provider.type().usesNetwork()) {
            return ProviderPrices.FREE;
        }
        String vendor = own.contains(provider.name()) ? provider.name() : vendor(provider);
        Map<String, List<ModelPrice>> models = all.get(vendor);
        return models == null ? null : new ProviderPrices.Listed(models);
    }

    /** Vertex AI, Azure and Bedrock have prices of their own, by region, so they are not those of whoever made the model. */
    private static String vendor(ProviderConfig provider) {
        return switch (provider.type()) {
            case OPENAI -> service(provider);
            case GEMINI -> provider.extras().vertex() == null ? "gemini" : "vertex";
            case ANTHROPIC, AZURE, BEDROCK, OLLAMA, COHERE, DEMO, STATIC, RULES -> Scalar.label(provider.type());
        };
    }

    private static String service(ProviderConfig provider) {
        URI url = provider.baseUrl();
        return url == null || url.getHost() == null
                ? provider.name()
                : Preset.at(url).map(Preset::name).orElse(provider.name());
    }

    private @Nullable ProviderPrices written(PriceForm.OfProvider price, String path) {
        boolean priced = price.input() != null || price.output() != null;
        if (price.tokens() == PriceForm.Free.FREE && !priced) {
            return ProviderPrices.FREE;
        }
        if (price.tokens() == PriceForm.Free.FREE) {
            problems.unexpected(binder.at(path), path, "free and prices", "one of them");
        } else if (!problems.isKnown(path)) {
            require(path + ".input", path);
            require(path + ".output", path);
        }
        TokenPrices prices = PriceFile.prices(
                price.input(), price.cachedInput(), price.cacheWrite(), price.output(), price.reasoning());
        return prices == null ? null : new ProviderPrices.Same(prices);
    }

    private void require(String key, String path) {
        if (!binder.has(key)) {
            problems.unexpected(binder.keyAt(path), key, "missing", "US dollars for a million tokens, such as 2.5");
        }
    }
}
