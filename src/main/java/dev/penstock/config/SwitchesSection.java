// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From {@code switches} in the file to {@link SwitchesConfig}. A switch for something that does not exist is an error, as far as the
 * file can know: keys may come into being later, and features are named by programs.
 */
final class SwitchesSection {

    private final Map<String, SwitchForm> form;
    private final Binder binder;
    private final Problems problems;
    private final Map<String, String> origins;

    SwitchesSection(Map<String, SwitchForm> form, Binder binder, Problems problems, Map<String, String> origins) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
        this.origins = origins;
    }

    /**
     * Checks the names against what there is.
     *
     * @param tenants of the file
     * @param providers of the file and the environment, those included whose key is missing here
     * @param models names that clients may send, beside {@code provider/model}
     */
    SwitchesConfig assemble(Set<String> tenants, Set<String> providers, Set<String> models) {
        Map<SwitchObject, SwitchRule> rules = new LinkedHashMap<>();
        form.forEach((text, entry) -> {
            String path = Paths.child("switches", text);
            SwitchObject object = SwitchObject.parse(text);
            if (object == null) {
                problems.unexpected(
                        binder.keyAt(path), path, "a name that is no switch", SwitchObject.FORMS + nearestKind(text));
                return;
            }
            Set<String> known =
                    switch (object.kind()) {
                        case TENANT -> tenants;
                        case PROVIDER -> providers;
                        case MODEL -> isOfProvider(object.name(), providers) ? Set.of(object.name()) : models;
                        case GATEWAY, FEATURE, KEY -> Set.of(object.name());
                    };
            if (!known.contains(object.name())) {
                String kind = object.kind().label();
                problems.add(
                        binder.keyAt(path),
                        path,
                        "there is no such " + kind + " in the configuration."
                                + Nearest.didYouMean(object.name(), known));
            }
            rules.put(object, rule(path, entry, tenants));
            if (!binder.has(path + ".state")) {
                // The short form stands at the place of the whole entry.
                origins.put(path + ".state", binder.at(path).brief());
            }
        });
        return new SwitchesConfig(rules);
    }

    private static String nearestKind(String text) {
        int dot = text.indexOf('.');
        List<String> kinds = Stream.of(SwitchObject.Kind.values())
                .map(SwitchObject.Kind::label)
                .toList();
        String meant = Nearest.didYouMean(dot < 0 ? text : text.substring(0, dot), kinds);
        return meant.isEmpty() ? "" : "." + meant;
    }

    /** {@code provider/model} can be called with any model. */
    private static boolean isOfProvider(String model, Set<String> providers) {
        int slash = model.indexOf('/');
        return slash > 0 && slash < model.length() - 1 && providers.contains(model.substring(0, slash));
    }

    private SwitchRule rule(String path, SwitchForm entry, Set<String> known) {
        String reason = entry.reason() == null ? "" : entry.reason();
        if (!SwitchRule.isReason(reason)) {
            problems.unexpected(
                    binder.at(path + ".reason"),
                    path + ".reason",
                    "a text that is too long or of several lines",
                    "one line of up to " + SwitchRule.LONGEST_REASON + " characters");
            reason = "";
        }
        List<String> tenants = new ArrayList<>();
        for (int i = 0; i < entry.tenants().size(); i++) {
            String tenant = entry.tenants().get(i);
            if (tenant != null && !known.contains(tenant)) {
                String at = path + ".tenants[" + i + "]";
                problems.add(
                        binder.at(at),
                        at,
                        "there is no such tenant in the configuration." + Nearest.didYouMean(tenant, known));
            }
            tenants.add(Objects.requireNonNullElse(tenant, ""));
        }
        boolean enabled = entry.state() != SwitchForm.State.DISABLED;
        Moment until = entry.until();
        return new SwitchRule(enabled, entry.percent(), tenants, reason, until == null ? null : until.at());
    }

    /** For a reload to compare, and for people to read. */
    static Map<String, Object> lines(SwitchesConfig switches) {
        Map<String, Object> lines = new LinkedHashMap<>();
        switches.rules().forEach((object, rule) -> {
            String path = Paths.child("switches", object.toString());
            lines.put(path + ".state", rule.enabled() ? SwitchForm.State.ENABLED : SwitchForm.State.DISABLED);
            if (rule.percent() < 100) {
                lines.put(path + ".percent", rule.percent());
            }
            if (!rule.tenants().isEmpty()) {
                lines.put(path + ".tenants", rule.tenants());
            }
            if (!rule.reason().isEmpty()) {
                lines.put(path + ".reason", rule.reason());
            }
            if (rule.until() != null) {
                lines.put(path + ".until", rule.until().toString());
            }
        });
        return lines;
    }

    static Set<String> names(List<TenantConfig> tenants) {
        return tenants.stream().map(TenantConfig::name).collect(Collectors.toSet());
    }
}
