// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.config.LimitRule;
import dev.penstock.config.LimitRule.Period;
import dev.penstock.config.LimitRule.Scope;
import dev.penstock.config.LimitRule.Unit;
import dev.penstock.config.LimitsConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Which limits match a call. Rules that count the same thing of the same kind of caller are one group, of which at most one
 * matches: the one with the caller's name before {@code "*"}, and inside tenants the one for the caller's tenant before
 * {@code "*"}. Groups do not know each other, so all that match apply.
 */
final class Plan {

    private static final String EACH = "*";

    private final Group[] callers;
    private final Group[] providers;
    private final boolean refuseUnpriced;

    private Plan(List<Group> groups, boolean refuseUnpriced) {
        this.callers = groups.stream()
                .filter(group -> group.kind.scope != Scope.PROVIDER)
                .toArray(Group[]::new);
        this.providers = groups.stream()
                .filter(group -> group.kind.scope == Scope.PROVIDER)
                .toArray(Group[]::new);
        this.refuseUnpriced = refuseUnpriced;
    }

    static Plan of(LimitsConfig limits, Leases book) {
        Map<Kind, Group> groups = new LinkedHashMap<>();
        for (LimitRule rule : limits.rules()) {
            Kind kind = new Kind(rule.scope(), !rule.tenant().isEmpty(), rule.unit(), rule.period());
            groups.computeIfAbsent(kind, Group::new).add(rule, book);
        }
        return new Plan(new ArrayList<>(groups.values()), limits.refuseUnpriced());
    }

    boolean refusesUnpriced() {
        return refuseUnpriced;
    }

    /** Most counters that a call can have. */
    int most() {
        return Math.max(callers.length, providers.length);
    }

    /**
     * Finds the counters of a call.
     *
     * @param model that it goes to
     * @return how many there are
     */
    int match(AdmissionAsk ask, String model, @Nullable Counter[] into) {
        int count = 0;
        for (Group group : callers) {
            Counter found = group.find(ask, named(group.kind.scope, ask, model));
            if (found != null) {
                into[count++] = found;
            }
        }
        return count;
    }

    int matchProvider(AdmissionAsk ask, String provider, @Nullable Counter[] into) {
        int count = 0;
        for (Group group : providers) {
            Counter found = group.find(ask, provider);
            if (found != null) {
                into[count++] = found;
            }
        }
        return count;
    }

    void forgetRetired() {
        for (Group group : callers) {
            group.forgetRetired();
        }
        for (Group group : providers) {
            group.forgetRetired();
        }
    }

    private static String named(Scope scope, AdmissionAsk ask, String model) {
        return switch (scope) {
            case IP -> ClientNetwork.of(ask.clientIp());
            case USER -> ask.who().user();
            case KEY -> ask.who().keyId();
            case TENANT -> ask.who().tenant();
            case FEATURE -> ask.feature();
            case MODEL -> model;
            case PROVIDER -> "";
        };
    }

    /** What rules have to have in common so that one can stand for another. */
    private record Kind(Scope scope, boolean insideTenant, Unit unit, Period period) {}

    private static final class Group {

        private final Kind kind;
        private final Map<String, Map<String, Rule>> byTenant = new HashMap<>();

        Group(Kind kind) {
            this.kind = kind;
        }

        /** Of two for the very same the tighter one applies. */
        void add(LimitRule rule, Leases book) {
            byTenant.computeIfAbsent(rule.tenant(), tenant -> new HashMap<>())
                    .merge(
                            rule.name(),
                            new Rule(rule, book),
                            (one, other) -> one.rule.amount() <= other.rule.amount() ? one : other);
        }

        @Nullable
        Counter find(AdmissionAsk ask, String name) {
            if (name.isEmpty()) {
                return null;
            }
            String tenant = ask.who().tenant();
            Map<String, Rule> byName = byTenant.get(kind.insideTenant ? tenant : "");
            if (byName == null && kind.insideTenant && !tenant.isEmpty()) {
                byName = byTenant.get(EACH);
            }
            if (byName == null) {
                return null;
            }
            Rule rule = byName.get(name);
            if (rule == null) {
                rule = byName.get(EACH);
            }
            // "*" leaves out those that have a rule of their own, of whatever unit.
            return rule == null || !rule.rule.covers(name, tenant) ? null : rule.counter(tenant, name);
        }

        void forgetRetired() {
            byTenant.values().forEach(rules -> rules.values().forEach(Rule::forgetRetired));
        }
    }

    /** A rule with the counters that it has led to, so that no name is put together twice. */
    private static final class Rule {

        private final LimitRule rule;
        private final Leases book;
        private final boolean withTenant;
        private final ConcurrentMap<Object, Counter> counters = new ConcurrentHashMap<>();

        Rule(LimitRule rule, Leases book) {
            this.rule = rule;
            this.book = book;
            // Users of two tenants are two people, whatever they are called.
            this.withTenant = !rule.tenant().isEmpty() || rule.scope() == Scope.USER;
        }

        Counter counter(String tenant, String name) {
            boolean several =
                    withTenant && (rule.tenant().isEmpty() || rule.tenant().equals(EACH));
            Object key = several ? new Whose(tenant, name) : name;
            Counter known = counters.get(key);
            if (known != null && !known.isRetired()) {
                return known;
            }
            String of = withTenant ? tenant : "";
            Counter found = book.counter(
                    CounterName.of(rule, of, name),
                    Words.whose(rule.scope(), name),
                    CounterName.of(rule, "", EACH),
                    rule);
            if (found.whose().equals(Words.whose(rule.scope(), name))) {
                counters.put(key, found);
            }
            return found;
        }

        void forgetRetired() {
            counters.values().removeIf(Counter::isRetired);
        }
    }

    private record Whose(String tenant, String name) {}
}
