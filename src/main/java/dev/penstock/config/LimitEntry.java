// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Fail;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.exchange.ProviderPrices;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One block {@code limits} or {@code budget}: its rules, and what is wrong with it. */
final class LimitEntry {

    private static final String BLOCK = "block";
    private static final String DOWNGRADE = "downgrade";

    /** Where a block stands, in the words of {@link LimitRule}. */
    record Place(Scope scope, String name, String tenant, Set<String> except) {

        LimitRule rule(Unit unit, long amount, Period period, @Nullable Fail fail) {
            return rule(unit, amount, period, fail == null ? Fail.LOCAL_SHARE : fail, false, List.of(), AtLimit.BLOCK);
        }

        LimitRule rule(
                Unit unit,
                long amount,
                Period period,
                Fail fail,
                boolean strict,
                List<Double> warnAt,
                AtLimit atLimit) {
            return new LimitRule(scope, name, tenant, unit, amount, period, fail, strict, warnAt, atLimit, except);
        }
    }

    private final FileForm form;
    private final Map<String, ProviderConfig> providers;
    private final Map<String, ModelConfig> models;
    private final PricesConfig prices;
    private final Binder binder;
    private final Problems problems;
    private final Set<String> masked;

    LimitEntry(
            FileForm form,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            PricesConfig prices,
            Binder binder,
            Problems problems,
            Set<String> masked) {
        this.form = form;
        this.providers = providers;
        this.models = models;
        this.prices = prices;
        this.binder = binder;
        this.problems = problems;
        this.masked = masked;
    }

    List<LimitRule> counts(Place place, LimitForm.@Nullable Counts counts, String path) {
        if (counts == null) {
            return List.of();
        }
        List<LimitRule> rules = unchecked(place, counts);
        boolean written = binder.has(path + ".rpm") || binder.has(path + ".tpm") || binder.has(path + ".concurrent");
        if (!written && !problems.isKnown(path)) {
            problems.unexpected(binder.keyAt(path), path, "limits nothing", "rpm, tpm or concurrent");
        }
        return rules;
    }

    /** Of a block that is looked at elsewhere. */
    static List<LimitRule> unchecked(Place place, LimitForm.Counts counts) {
        List<LimitRule> rules = new ArrayList<>();
        if (counts.rpm() != null) {
            rules.add(place.rule(Unit.REQUESTS, counts.rpm().value(), Period.MINUTE, counts.fail()));
        }
        if (counts.tpm() != null) {
            rules.add(place.rule(Unit.TOKENS, counts.tpm().value(), Period.MINUTE, counts.fail()));
        }
        if (counts.concurrent() != null) {
            rules.add(place.rule(Unit.CONCURRENT, counts.concurrent().value(), Period.NONE, counts.fail()));
        }
        return rules;
    }

    /** Of a block that is looked at elsewhere; one that redirects stands for itself, wherever to. */
    static List<LimitRule> unchecked(Place place, LimitForm.Money money) {
        if (money.usd() == null || money.per() == null) {
            return List.of();
        }
        String atLimit = money.atLimit();
        AtLimit then = atLimit == null || atLimit.equals(BLOCK) ? AtLimit.BLOCK : new AtLimit.Use(atLimit);
        return List.of(place.rule(
                Unit.NANO_USD, money.usd().nanos(), money.per().period(), Fail.LOCAL_SHARE, false, List.of(), then));
    }

    List<LimitRule> money(Place place, LimitForm.@Nullable Money money, String path) {
        if (money == null || problems.isKnown(path)) {
            return List.of();
        }
        requireKey(path + ".usd", path, "an amount in US dollars, such as 2.5");
        requireKey(path + ".per", path, "hour or day or month or total");
        refuseFree(place, path);
        List<Double> warnAt = warnAt(money.warnAt(), path + ".warn_at");
        AtLimit atLimit = atLimit(place, money, path);
        boolean strict = money.strict() != null && money.strict();
        Fail fail = fail(money.fail(), strict, path + ".fail");
        if (money.usd() == null || money.per() == null) {
            return List.of();
        }
        long amount = money.usd().nanos();
        return List.of(place.rule(Unit.NANO_USD, amount, money.per().period(), fail, strict, warnAt, atLimit));
    }

    private void requireKey(String key, String path, String expected) {
        if (!binder.has(key)) {
            problems.unexpected(binder.keyAt(path), key, "missing", expected);
        }
    }

    /** Calls that cost nothing use up no budget. */
    private void refuseFree(Place place, String path) {
        ModelConfig model = place.scope() == Scope.MODEL ? models.get(place.name()) : null;
        boolean free = model != null
                && !model.choices().isEmpty()
                && model.choices().stream()
                        .allMatch(choice -> isFree(choice.target().provider()));
        if (free || (place.scope() == Scope.PROVIDER && isFree(place.name()))) {
            String what = place.scope() == Scope.MODEL ? "all targets of this model are" : "this provider is";
            problems.add(binder.keyAt(path), path, "can never be used up: " + what + " free");
        }
    }

    private boolean isFree(String provider) {
        return prices.providers().get(provider) instanceof ProviderPrices.Free;
    }

    private List<Double> warnAt(@Nullable List<@Nullable Share> shares, String path) {
        List<Double> warnAt = new ArrayList<>();
        Share last = null;
        for (int i = 0; shares != null && i < shares.size(); i++) {
            Share share = shares.get(i);
            if (share == null) {
                continue;
            }
            if (last != null && share.compareTo(last) <= 0) {
                String at = path + "[" + i + "]";
                problems.unexpected(binder.at(at), at, binder.shown(at), "more than " + last + " before it");
            } else {
                warnAt.add(share.value());
                last = share;
            }
        }
        return warnAt;
    }

    private Fail fail(@Nullable Fail fail, boolean strict, String path) {
        if (strict && fail != null && fail != Fail.CLOSED) {
            problems.unexpected(
                    binder.at(path),
                    path,
                    binder.shown(path),
                    "closed: what is strict cannot be held without the count");
        }
        return fail != null ? fail : strict ? Fail.CLOSED : Fail.LOCAL_SHARE;
    }

    private AtLimit atLimit(Place place, LimitForm.Money money, String path) {
        String text = money.atLimit();
        String to = money.downgradeTo();
        String at = path + ".at_limit";
        String toAt = path + ".downgrade_to";
        boolean downgrade = DOWNGRADE.equals(text);
        if (binder.has(toAt) && !downgrade) {
            problems.add(binder.keyAt(toAt), toAt, "is not used; it belongs to at_limit: downgrade");
        }
        if (text == null || text.equals(BLOCK)) {
            return AtLimit.BLOCK;
        }
        if (!downgrade) {
            return isModel(text, at, List.of(BLOCK, DOWNGRADE)) ? instead(place, text, at) : AtLimit.BLOCK;
        }
        if (to == null) {
            if (!binder.has(toAt)) {
                problems.unexpected(binder.at(at), toAt, "missing", "the model that answers then");
            }
            return AtLimit.BLOCK;
        }
        if (binder.isMasked(toAt)) {
            masked.add(at);
        }
        return isModel(to, toAt, List.of()) ? instead(place, to, toAt) : AtLimit.BLOCK;
    }

    /** A budget must not send its calls to where the same budget waits for them. */
    private AtLimit instead(Place place, String model, String at) {
        boolean same =
                switch (place.scope()) {
                    case MODEL ->
                        place.name().equals(model)
                                || (place.name().equals(LimitRule.EACH)
                                        && !place.except().contains(model));
                    case PROVIDER -> providersOf(model).equals(Set.of(place.name()));
                    case IP, USER, KEY, TENANT, FEATURE -> false;
                };
        if (same) {
            problems.unexpected(binder.at(at), at, binder.shown(at), "a model that is not under the same budget");
            return AtLimit.BLOCK;
        }
        return new AtLimit.Use(model);
    }

    private Set<String> providersOf(String model) {
        ModelConfig known = models.get(model);
        if (known == null) {
            return Set.of(model.substring(0, model.indexOf('/')));
        }
        return known.choices().stream()
                .map(choice -> choice.target().provider())
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }

    private boolean isModel(String model, String at, List<String> words) {
        int slash = model.indexOf('/');
        String provider = slash > 0 && slash < model.length() - 1 ? model.substring(0, slash) : "";
        ProviderConfig known = providers.get(provider);
        boolean alias = known == null && form.models().containsKey(model) && !model.equals(LimitRule.EACH);
        boolean served =
                known != null && (known.models().isEmpty() || known.models().contains(model.substring(slash + 1)));
        boolean broken = known == null && form.providers().containsKey(provider);
        if (alias || served || broken || (models.containsKey(model) && !model.equals(LimitRule.EACH))) {
            return true;
        }
        String expected = words.isEmpty() ? "a model" : String.join(", ", words) + " or a model";
        problems.unexpected(binder.at(at), at, binder.shown(at), expected + meant(model, at, words));
        return false;
    }

    /** Names that came out of variables are not suggested: they may be anything. */
    private String meant(String model, String at, List<String> words) {
        if (binder.isMasked(at)) {
            return "";
        }
        List<String> known = new ArrayList<>(words);
        models.keySet().stream().filter(name -> !name.equals(LimitRule.EACH)).forEach(known::add);
        providers.values().forEach(provider -> {
            if (!binder.hasMaskedItem(Paths.child("providers", provider.name()) + ".models")) {
                provider.models().forEach(name -> known.add(provider.name() + "/" + name));
            }
        });
        String meant = Nearest.didYouMean(model, known);
        return meant.isEmpty() ? "" : "." + meant;
    }
}
