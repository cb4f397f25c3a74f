// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.LimitRule.AtLimit;
import dev.penstock.exchange.ProviderPrices;
import dev.penstock.exchange.TokenPrices;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits, budgets and prices as lines of the effective configuration, at the paths that the file has for them. */
final class LimitLines {

    private final List<TenantConfig> tenants;
    private final Map<String, Object> lines = new LinkedHashMap<>();

    private LimitLines(List<TenantConfig> tenants) {
        this.tenants = tenants;
    }

    /** Values by path, without {@code limits.store}, which is a secret. */
    static Map<String, Object> of(
            LimitsConfig limits, List<TenantConfig> tenants, Map<String, ProviderConfig> providers) {
        LimitLines lines = new LimitLines(tenants);
        limits.rules().forEach(lines::rule);
        lines.lines.put("unpriced", limits.refuseUnpriced() ? LimitForm.Unpriced.BLOCK : LimitForm.Unpriced.ALLOW);
        providers.forEach((name, provider) -> {
            if (provider.type().usesNetwork()) {
                lines.price(
                        Paths.child("providers", name) + ".price",
                        limits.prices().providers().get(name));
            }
        });
        return lines.lines;
    }

    private void rule(LimitRule rule) {
        boolean money = rule.unit() == LimitRule.Unit.NANO_USD;
        String path = path(rule, money ? "budget" : "limits");
        if (path.isEmpty()) {
            return;
        }
        lines.put(path + "." + key(rule), amount(rule));
        if (money) {
            lines.put(path + ".per", rule.period());
            if (!rule.warnAt().isEmpty()) {
                lines.put(
                        path + ".warn_at", rule.warnAt().stream().map(Share::of).toList());
            }
            lines.put(path + ".at_limit", rule.atLimit() instanceof AtLimit.Use use ? use.model() : "block");
            lines.put(path + ".strict", rule.strict());
        }
        lines.put(path + ".fail", rule.fail());
    }

    /** The last part of the amount's path. */
    static String key(LimitRule rule) {
        return switch (rule.unit()) {
            case REQUESTS -> "rpm";
            case TOKENS -> "tpm";
            case CONCURRENT -> "concurrent";
            case NANO_USD -> "usd";
        };
    }

    static Object amount(LimitRule rule) {
        return rule.unit() == LimitRule.Unit.NANO_USD ? Usd.ofNanos(rule.amount()) : new Count(rule.amount());
    }

    /** Where its block stands; empty for a key that no tenant of the configuration has. */
    private String path(LimitRule rule, String block) {
        return switch (rule.scope()) {
            case IP -> block + ".per_ip";
            case USER ->
                rule.tenant().isEmpty()
                        ? block + ".per_user"
                        : Paths.child("tenants", rule.tenant()) + "." + block + ".per_user";
            case KEY -> keyPath(rule, block);
            case TENANT -> Paths.child("tenants", rule.name()) + "." + block;
            case FEATURE -> Paths.child("features", rule.name()) + "." + block;
            case MODEL -> Paths.child("models", rule.name()) + "." + block;
            case PROVIDER -> Paths.child("providers", rule.name()) + "." + block;
        };
    }

    private String keyPath(LimitRule rule, String block) {
        for (TenantConfig tenant : tenants) {
            for (int i = 0; i < tenant.keys().size(); i++) {
                if (tenant.keys().get(i).id().equals(rule.name())) {
                    return Paths.child("tenants", tenant.name()) + ".keys[" + i + "]." + block;
                }
            }
        }
        return "";
    }

    private void price(String path, @Nullable ProviderPrices price) {
        switch (price) {
            case null -> {}
            case ProviderPrices.Listed listed -> {}
            case ProviderPrices.Free free -> lines.put(path, PriceForm.Free.FREE);
            case ProviderPrices.Same same -> {
                TokenPrices prices = same.prices();
                lines.put(path + ".input", Usd.ofNanos(prices.input()));
                lines.put(path + ".cached_input", Usd.ofNanos(prices.cachedInput()));
                lines.put(path + ".cache_write", Usd.ofNanos(prices.cacheWrite()));
                lines.put(path + ".output", Usd.ofNanos(prices.output()));
                lines.put(path + ".reasoning", Usd.ofNanos(prices.reasoning()));
            }
        }
    }
}
