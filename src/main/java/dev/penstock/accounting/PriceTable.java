// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import dev.penstock.exchange.ModelPrice;
import dev.penstock.exchange.PriceBook;
import dev.penstock.exchange.ProviderPrices;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TokenPrices;
import dev.penstock.exchange.Usage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The prices of one configuration. A model is found by its name as it is; else without the date at the end of it
 * ({@code -2024-08-06}, {@code -20250929}, {@code @20250929}, {@code -latest}); else by the longest beginning that the table has.
 * Beginnings are only those that the table marks as such: {@code gpt-4o} says nothing of {@code gpt-4o-audio-preview}, and a price
 * that is not known is better than a wrong one.
 *
 * <p>Unchangeable; a reload makes another one.
 */
public final class PriceTable implements PriceBook {

    private static final TokenPrices NOTHING = new TokenPrices(0, 0, 0, 0, 0);
    private static final String LATEST = "-latest";
    private static final char ANY = '*';

    private final Map<String, Prices> providers;
    private final String version;

    /** @param providers by the names that targets have; one that is missing has no prices that anybody knows */
    public PriceTable(Map<String, ProviderPrices> providers) {
        Map<String, Prices> prices = new HashMap<>();
        providers.forEach((name, known) -> prices.put(name, prices(known)));
        this.providers = Map.copyOf(prices);
        this.version = version(providers);
    }

    /** Of what stands in it, so that nodes with the same prices have the same one. */
    private static String version(Map<String, ProviderPrices> providers) {
        StringBuilder all = new StringBuilder();
        new TreeMap<>(providers).forEach((name, known) -> {
            all.append(name).append('\n');
            switch (known) {
                case ProviderPrices.Free free -> all.append("free\n");
                case ProviderPrices.Same same -> all.append(same.prices()).append('\n');
                case ProviderPrices.Listed listed ->
                    new TreeMap<>(listed.models())
                            .forEach((model, prices) ->
                                    all.append(model).append(' ').append(prices).append('\n'));
            }
        });
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(all.toString().getBytes(StandardCharsets.UTF_8));
            return providers.isEmpty() ? "" : HexFormat.of().formatHex(digest, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public long nanoUsd(Target target, Usage usage, Instant at) {
        TokenPrices prices = find(target, usage.inputTokens(), at);
        return prices == null ? UNPRICED : prices.of(usage);
    }

    @Override
    public long nanoUsdPerPromptToken(Target target, long promptTokens, Instant at) {
        TokenPrices prices = find(target, promptTokens, at);
        return prices == null ? UNPRICED : prices.perPromptToken();
    }

    @Override
    public long nanoUsdPerOutputToken(Target target, long promptTokens, Instant at) {
        TokenPrices prices = find(target, promptTokens, at);
        return prices == null ? UNPRICED : prices.perOutputToken();
    }

    private @Nullable TokenPrices find(Target target, long promptTokens, Instant at) {
        Prices prices = providers.get(target.provider());
        return prices == null ? null : prices.find(target.model(), promptTokens, at);
    }

    /** The prices of one provider. */
    @FunctionalInterface
    private interface Prices {
        @Nullable
        TokenPrices find(String model, long promptTokens, Instant at);
    }

    private static Prices prices(ProviderPrices prices) {
        return switch (prices) {
            case ProviderPrices.Free free -> (model, promptTokens, at) -> NOTHING;
            case ProviderPrices.Same same -> (model, promptTokens, at) -> same.prices();
            case ProviderPrices.Listed listed -> new Models(listed.models());
        };
    }

    /** A list by models. */
    private static final class Models implements Prices {

        private final Map<String, List<ModelPrice>> models;
        /** Longest first. */
        private final List<String> beginnings;

        Models(Map<String, List<ModelPrice>> models) {
            this.models = models;
            this.beginnings = models.keySet().stream()
                    .filter(name -> name.charAt(name.length() - 1) == ANY)
                    .map(name -> name.substring(0, name.length() - 1))
                    .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                    .toList();
        }

        @Override
        public @Nullable TokenPrices find(String model, long promptTokens, Instant at) {
            List<ModelPrice> known = known(model);
            for (int i = 0; known != null && i < known.size(); i++) {
                if (known.get(i).holdsAt(at)) {
                    return known.get(i).of(promptTokens);
                }
            }
            return null;
        }

        private @Nullable List<ModelPrice> known(String model) {
            List<ModelPrice> exact = models.get(model);
            if (exact != null) {
                return exact;
            }
            int end = undated(model);
            List<ModelPrice> undated = end == model.length() ? null : models.get(model.substring(0, end));
            return undated != null ? undated : beginning(model);
        }

        private @Nullable List<ModelPrice> beginning(String model) {
            for (String beginning : beginnings) {
                if (model.startsWith(beginning)) {
                    return models.get(beginning + ANY);
                }
            }
            return null;
        }
    }

    /** Where the name ends when a date at its end is left out. */
    private static int undated(String model) {
        if (model.endsWith(LATEST)) {
            return model.length() - LATEST.length();
        }
        int dashed = model.length() - "-2024-08-06".length();
        if (dashed > 0 && model.charAt(dashed) == '-' && isDate(model, dashed + 1, true)) {
            return dashed;
        }
        int plain = model.length() - "-20250929".length();
        boolean marked = plain > 0 && (model.charAt(plain) == '-' || model.charAt(plain) == '@');
        return marked && isDate(model, plain + 1, false) ? plain : model.length();
    }

    private static boolean isDate(String model, int from, boolean dashes) {
        for (int i = from; i < model.length(); i++) {
            boolean dash = dashes && (i - from == 4 || i - from == 7);
            char c = model.charAt(i);
            if (dash ? c != '-' : c < '0' || c > '9') {
                return false;
            }
        }
        return model.startsWith("20", from);
    }
}
