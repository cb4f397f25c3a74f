// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ModelPrice;
import dev.penstock.exchange.TokenPrices;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file of prices: read as strictly as the configuration, with the same kind of messages. */
final class PriceFile {

    private static final String SHIPPED = "prices.yaml";

    private final Binder binder;
    private final Problems problems;

    private PriceFile(Binder binder, Problems problems) {
        this.binder = binder;
        this.problems = problems;
    }

    /** Prices by vendor and model, those that Penstock knows by itself. */
    static Map<String, Map<String, List<ModelPrice>>> shipped() {
        return Shipped.PRICES;
    }

    /** Read once: it cannot change while the process lives. */
    private static final class Shipped {

        static final Map<String, Map<String, List<ModelPrice>>> PRICES = load();

        private static Map<String, Map<String, List<ModelPrice>>> load() {
            try (InputStream in = PriceFile.class.getResourceAsStream(SHIPPED)) {
                Problems problems = new Problems();
                byte[] bytes = Objects.requireNonNull(in, "prices.yaml is not in the jar")
                        .readAllBytes();
                Map<String, Map<String, List<ModelPrice>>> prices =
                        PriceFile.read(SHIPPED, Path.of("."), bytes, problems);
                if (!problems.isEmpty()) {
                    throw new IllegalStateException(problems.inOrder().toString());
                }
                return prices;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Prices by vendor and model; what cannot be read is left out and told. */
    static Map<String, Map<String, List<ModelPrice>>> read(String name, Path folder, byte[] bytes, Problems problems) {
        Binder binder = new Binder(problems, new Interpolation(Map.of(), problems));
        return TreeReader.file(name, folder, bytes, problems)
                .map(tree -> new PriceFile(binder, problems).vendors(binder.bind(PriceForm.File.class, tree)))
                .orElse(Map.of());
    }

    /** A model of the second list takes the place of the same model in the first one. */
    static Map<String, Map<String, List<ModelPrice>>> over(
            Map<String, Map<String, List<ModelPrice>>> below, Map<String, Map<String, List<ModelPrice>>> above) {
        Map<String, Map<String, List<ModelPrice>>> all = new LinkedHashMap<>(below);
        above.forEach((vendor, models) -> all.merge(vendor, models, (old, now) -> {
            Map<String, List<ModelPrice>> both = new LinkedHashMap<>(old);
            both.putAll(now);
            return both;
        }));
        return all;
    }

    private Map<String, Map<String, List<ModelPrice>>> vendors(PriceForm.File file) {
        Map<String, Map<String, List<ModelPrice>>> vendors = new LinkedHashMap<>();
        file.vendors().forEach((name, vendor) -> {
            String path = Paths.child("vendors", name);
            Map<String, List<ModelPrice>> models = new LinkedHashMap<>();
            vendor.models().forEach((model, form) -> {
                String at = Paths.child(path + ".models", model);
                refuseName(model, at);
                List<ModelPrice> prices = rates(vendor, form, at);
                if (!prices.isEmpty()) {
                    models.put(model, prices);
                }
            });
            vendors.put(name, models);
        });
        return Collections.unmodifiableMap(vendors);
    }

    private void refuseName(String model, String at) {
        int star = model.indexOf('*');
        if (model.isEmpty() || model.equals("*") || (star >= 0 && star < model.length() - 1)) {
            problems.add(
                    binder.keyAt(at), at, "not a name of a model; expected one, or its beginning with * behind it");
        }
    }

    private List<ModelPrice> rates(PriceForm.Vendor vendor, PriceForm.Model form, String path) {
        List<ModelPrice> prices = new ArrayList<>();
        List<PriceForm.@Nullable Rate> rates = form.rates() == null ? List.of() : form.rates();
        if (form.rates() != null && rates.isEmpty()) {
            problems.unexpected(binder.at(path), path, "an empty list", "at least one price");
        }
        for (PriceForm.Rate rate : rates) {
            ModelPrice price = rate == null ? null : price(vendor, rate, binder.pathOf(rate));
            if (price != null) {
                refuseTwice(price, prices, binder.pathOf(Objects.requireNonNull(rate)));
                prices.add(price);
            }
        }
        return prices;
    }

    private @Nullable ModelPrice price(PriceForm.Vendor vendor, PriceForm.Rate rate, String path) {
        Instant from = rate.from() == null ? Instant.MIN : begin(rate.from().date());
        Instant until = rate.until() == null ? Instant.MAX : begin(rate.until().date());
        if (!from.isBefore(until)) {
            String at = path + ".until";
            problems.unexpected(binder.at(at), at, binder.shown(at), "a day after from");
        }
        TokenPrices base = prices(rate.input(), rate.cachedInput(), rate.cacheWrite(), rate.output(), rate.reasoning());
        List<ModelPrice.Tier> tiers = tiers(rate.tiers(), path + ".tiers");
        String source = rate.source() != null ? rate.source() : vendor.source();
        Day seen = rate.date() != null ? rate.date() : vendor.date();
        return base == null || source == null || seen == null
                ? null
                : new ModelPrice(from, until, base, tiers, source, seen.toString());
    }

    private static Instant begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private void refuseTwice(ModelPrice price, List<ModelPrice> earlier, String path) {
        boolean twice = earlier.stream()
                .anyMatch(other ->
                        price.from().isBefore(other.until()) && other.from().isBefore(price.until()));
        if (twice) {
            problems.unexpected(
                    binder.at(path), path, "a second price for the same days", "days that no other entry has");
        }
    }

    private List<ModelPrice.Tier> tiers(@Nullable List<PriceForm.@Nullable Tier> forms, String path) {
        List<ModelPrice.Tier> tiers = new ArrayList<>();
        for (int i = 0; forms != null && i < forms.size(); i++) {
            PriceForm.Tier form = forms.get(i);
            TokenPrices prices = form == null
                    ? null
                    : prices(form.input(), form.cachedInput(), form.cacheWrite(), form.output(), form.reasoning());
            if (form == null || form.above() == null || prices == null) {
                continue;
            }
            long above = form.above().value();
            if (!tiers.isEmpty() && above <= tiers.get(tiers.size() - 1).above()) {
                String at = path + "[" + i + "].above";
                problems.unexpected(binder.at(at), at, binder.shown(at), "more than the tier before it");
            } else {
                tiers.add(new ModelPrice.Tier(above, prices));
            }
        }
        return tiers;
    }

    /** Null while input or output are missing. */
    static @Nullable TokenPrices prices(
            @Nullable Usd input,
            @Nullable Usd cachedInput,
            @Nullable Usd cacheWrite,
            @Nullable Usd output,
            @Nullable Usd reasoning) {
        if (input == null || output == null) {
            return null;
        }
        return new TokenPrices(
                input.nanos(),
                (cachedInput == null ? input : cachedInput).nanos(),
                (cacheWrite == null ? input : cacheWrite).nanos(),
                output.nanos(),
                (reasoning == null ? output : reasoning).nanos());
    }
}
