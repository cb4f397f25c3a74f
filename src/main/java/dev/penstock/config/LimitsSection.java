// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.exchange.FeatureName;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * From {@code limits} and {@code budget}, wherever they stand, to {@link LimitRule}s. A tenant or a model that has a block of its own
 * is not counted by the one of {@code "*"}. What could never be reached is an error: somebody believes in it.
 */
final class LimitsSection {

    private static final String ALL = LimitRule.EACH;

    private final FileForm form;
    private final Binder binder;
    private final Problems problems;
    private final LimitEntry entries;
    private final List<LimitRule> rules = new ArrayList<>();

    /** @param masked receives the paths whose values came out of variables */
    LimitsSection(
            FileForm form,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            PricesConfig prices,
            Binder binder,
            Problems problems,
            Set<String> masked) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
        this.entries = new LimitEntry(form, providers, models, prices, binder, problems, masked);
    }

    LimitsConfig assemble(PricesConfig prices) {
        everywhere();
        form.tenants().forEach(this::tenant);
        models();
        providers();
        features();
        return new LimitsConfig(rules, store(), form.unpriced() == LimitForm.Unpriced.BLOCK, prices);
    }

    private void everywhere() {
        LimitEntry.Place ip = new LimitEntry.Place(Scope.IP, ALL, "", Set.of());
        LimitEntry.Place user = new LimitEntry.Place(Scope.USER, ALL, "", Set.of());
        rules.addAll(entries.counts(ip, form.limits().perIp(), "limits.per_ip"));
        rules.addAll(entries.money(ip, form.budget().perIp(), "budget.per_ip"));
        rules.addAll(entries.counts(user, form.limits().perUser(), "limits.per_user"));
        rules.addAll(entries.money(user, form.budget().perUser(), "budget.per_user"));
    }

    private void tenant(String name, FileForm.Tenant tenant) {
        if (!name.equals(ALL) && !ApiKeysEntry.isName(name)) {
            return;
        }
        String path = Paths.child("tenants", name);
        List<LimitRule> limits = limits(name, tenant.limits(), path + ".limits");
        List<LimitRule> budget = budget(name, tenant.budget(), path + ".budget");
        rules.addAll(limits);
        rules.addAll(budget);
        List<AccessForms.@Nullable TenantKey> keys = tenant.keys();
        FileForm.Tenant all = form.tenants().get(ALL);
        // Looked at once more for a tenant that falls under it; nothing of it may be told twice, so its rules are only
        // made here.
        List<LimitRule> aboveLimits = tenant.limits() != null || all == null ? limits : ofEach(all, true);
        List<LimitRule> aboveBudget = tenant.budget() != null || all == null ? budget : ofEach(all, false);
        for (int i = 0; i < keys.size(); i++) {
            AccessForms.TenantKey key = keys.get(i);
            if (key != null && key.id() != null) {
                String at = path + ".keys[" + i + "]";
                LimitEntry.Place place = new LimitEntry.Place(Scope.KEY, key.id(), name, Set.of());
                rules.addAll(inside(entries.counts(place, key.limits(), at + ".limits"), aboveLimits, at + ".limits"));
                rules.addAll(inside(entries.money(place, key.budget(), at + ".budget"), aboveBudget, at + ".budget"));
            }
        }
    }

    private static List<LimitRule> ofEach(FileForm.Tenant all, boolean counts) {
        LimitEntry.Place place = new LimitEntry.Place(Scope.TENANT, ALL, "", Set.of());
        return counts
                ? all.limits() == null
                        ? List.of()
                        : LimitEntry.unchecked(place, all.limits().own())
                : all.budget() == null
                        ? List.of()
                        : LimitEntry.unchecked(place, all.budget().own());
    }

    private List<LimitRule> limits(String name, LimitForm.@Nullable Limits form, String path) {
        if (form == null) {
            return List.of();
        }
        Set<String> except = name.equals(ALL) ? named(tenant -> tenant.limits() != null) : Set.of();
        List<LimitRule> own = form.perUser() != null && !says(path, "rpm", "tpm", "concurrent")
                ? List.of()
                : entries.counts(new LimitEntry.Place(Scope.TENANT, name, "", except), form.own(), path);
        String users = path + ".per_user";
        LimitEntry.Place user = new LimitEntry.Place(Scope.USER, ALL, name, except);
        List<LimitRule> all = new ArrayList<>(own);
        all.addAll(inside(entries.counts(user, form.perUser(), users), own, users));
        return all;
    }

    private List<LimitRule> budget(String name, LimitForm.@Nullable MoneyOfTenant form, String path) {
        if (form == null) {
            return List.of();
        }
        Set<String> except = name.equals(ALL) ? named(tenant -> tenant.budget() != null) : Set.of();
        List<LimitRule> own = form.perUser() != null && !says(path, "usd", "per", "at_limit", "strict", "warn_at")
                ? List.of()
                : entries.money(new LimitEntry.Place(Scope.TENANT, name, "", except), form.own(), path);
        String users = path + ".per_user";
        LimitEntry.Place user = new LimitEntry.Place(Scope.USER, ALL, name, except);
        List<LimitRule> all = new ArrayList<>(own);
        all.addAll(inside(entries.money(user, form.perUser(), users), own, users));
        return all;
    }

    private boolean says(String path, String... keys) {
        for (String key : keys) {
            if (binder.has(path + "." + key)) {
                return true;
            }
        }
        return false;
    }

    private Set<String> named(Predicate<FileForm.Tenant> withBlock) {
        Set<String> names = new HashSet<>();
        form.tenants().forEach((name, tenant) -> {
            if (!name.equals(ALL) && withBlock.test(tenant)) {
                names.add(name);
            }
        });
        return names;
    }

    /** A part of something larger than the whole: the whole is always reached first. */
    private List<LimitRule> inside(List<LimitRule> parts, List<LimitRule> wholes, String path) {
        for (LimitRule part : parts) {
            for (LimitRule whole : wholes) {
                boolean later = whole.scope() == Scope.TENANT
                        && part.unit() == whole.unit()
                        && part.amount() > whole.amount()
                        && part.period().compareTo(whole.period()) <= 0
                        && whole.atLimit() instanceof AtLimit.Block;
                if (later) {
                    String at = path + "." + LimitLines.key(part);
                    String most = LimitLines.amount(whole).toString();
                    problems.unexpected(
                            binder.at(at),
                            at,
                            binder.shown(at),
                            "at most " + most + ", as the tenant has; more can never be reached");
                }
            }
        }
        return parts;
    }

    private void models() {
        Set<String> withLimits = new HashSet<>();
        Set<String> withBudget = new HashSet<>();
        form.models().forEach((name, model) -> {
            if (model.limits() != null && !name.equals(ALL)) {
                withLimits.add(name);
            }
            if (model.budget() != null && !name.equals(ALL)) {
                withBudget.add(name);
            }
        });
        form.models().forEach((name, model) -> {
            String path = Paths.child("models", name);
            boolean all = name.equals(ALL);
            LimitEntry.Place limits = new LimitEntry.Place(Scope.MODEL, name, "", all ? withLimits : Set.of());
            LimitEntry.Place budget = new LimitEntry.Place(Scope.MODEL, name, "", all ? withBudget : Set.of());
            rules.addAll(entries.counts(limits, model.limits(), path + ".limits"));
            rules.addAll(entries.money(budget, model.budget(), path + ".budget"));
        });
    }

    private void providers() {
        form.providers().forEach((name, provider) -> {
            String path = Paths.child("providers", name);
            LimitEntry.Place place = new LimitEntry.Place(Scope.PROVIDER, name, "", Set.of());
            rules.addAll(entries.counts(place, provider.limits(), path + ".limits"));
            rules.addAll(entries.money(place, provider.budget(), path + ".budget"));
        });
    }

    private void features() {
        Set<String> withLimits = new HashSet<>();
        Set<String> withBudget = new HashSet<>();
        form.features().forEach((name, feature) -> {
            if (feature.limits() != null && !name.equals(ALL)) {
                withLimits.add(name);
            }
            if (feature.budget() != null && !name.equals(ALL)) {
                withBudget.add(name);
            }
        });
        form.features().forEach((name, feature) -> {
            String path = Paths.child("features", name);
            boolean all = name.equals(ALL);
            if (!all && !FeatureName.isOne(name)) {
                problems.unexpected(
                        binder.keyAt(path), path, "a name that no call can have", "*, or " + FeatureName.FORM);
                return;
            }
            if (feature.limits() == null && feature.budget() == null && !problems.isKnown(path)) {
                problems.unexpected(binder.keyAt(path), path, "says nothing", "limits or budget");
            }
            LimitEntry.Place limits = new LimitEntry.Place(Scope.FEATURE, name, "", all ? withLimits : Set.of());
            LimitEntry.Place budget = new LimitEntry.Place(Scope.FEATURE, name, "", all ? withBudget : Set.of());
            rules.addAll(entries.counts(limits, feature.limits(), path + ".limits"));
            rules.addAll(entries.money(budget, feature.budget(), path + ".budget"));
        });
    }

    private LimitsConfig.Store store() {
        Secret url = form.limits().store();
        if (url == null) {
            return LimitsConfig.Store.CLUSTER;
        }
        if (!isRedis(url.reveal())) {
            problems.unexpected(
                    binder.at("limits.store"),
                    "limits.store",
                    "no address of a Redis server",
                    "redis://host:6379 or rediss://host:6379");
        }
        return new LimitsConfig.Store.Redis(url);
    }

    private static boolean isRedis(String text) {
        try {
            URI uri = URI.create(text);
            boolean redis = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
            return redis && Objects.requireNonNullElse(uri.getHost(), "").length() > 0 && uri.getPort() != 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
