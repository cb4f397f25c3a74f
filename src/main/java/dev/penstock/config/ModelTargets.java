// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.RequestTest;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TargetEdits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * From {@code models.<name>.targets} to targets at providers: names of other models are followed, loops refused, and what an
 * entry says is laid over what the targets of the other model say. {@link Tiers} then puts them in order.
 */
final class ModelTargets {

    static final String ALL = "*";

    /**
     * A target that an entry of this model leads to.
     *
     * @param choice with tier and weight as the model that names it has them
     * @param entry path of the entry, in this model
     * @param origin where that entry stands
     * @param nameMasked whether its name came out of a variable
     * @param textMasked whether anything else of it did
     */
    record Placed(TargetChoice choice, String entry, String origin, boolean nameMasked, boolean textMasked) {}

    private final Map<String, FileForm.Model> forms;
    private final Map<String, ProviderConfig> providers;
    private final Set<String> declared;
    private final Binder binder;
    private final Problems problems;
    private final TargetEntry entries;
    private final Map<String, List<Placed>> resolved = new HashMap<>();
    private final Set<Set<String>> loops = new HashSet<>();

    /** @param declared provider names of the file, wrong entries included: a target may name them without a second message */
    ModelTargets(
            Map<String, FileForm.Model> forms,
            Map<String, ProviderConfig> providers,
            Set<String> declared,
            Binder binder,
            Problems problems) {
        this.forms = forms;
        this.providers = providers;
        this.declared = declared;
        this.binder = binder;
        this.problems = problems;
        this.entries = new TargetEntry(binder, problems);
    }

    /** In the order of their tiers. */
    List<Placed> of(String name) {
        return targets(name, new LinkedHashSet<>());
    }

    private List<Placed> targets(String name, Set<String> way) {
        List<Placed> known = resolved.get(name);
        if (known != null) {
            return known;
        }
        FileForm.Model form = Objects.requireNonNull(forms.get(name));
        String path = Paths.child("models", name);
        List<FileForm.@Nullable Target> written = form.targets();
        if (written == null || written.isEmpty()) {
            refuseNoTargets(written, path);
            return List.of();
        }
        way.add(name);
        boolean inOrder = isInOrder(form, written, path);
        Tiers tiers = new Tiers(binder, problems);
        Set<Object> seen = new HashSet<>();
        for (int i = 0; i < written.size(); i++) {
            FileForm.Target entry = written.get(i);
            if (entry != null && entry.use() != null) {
                refuseTwice(entry, seen);
                tiers.add(entry, inOrder ? i + 1 : 1, binder.pathOf(entry), below(entry, way));
            }
        }
        way.remove(name);
        List<Placed> targets = tiers.inOrder();
        resolved.put(name, targets);
        return targets;
    }

    /** What an entry leads to, with what the entry itself says laid over it. */
    private List<Placed> below(FileForm.Target entry, Set<String> way) {
        String path = binder.pathOf(entry);
        String origin = binder.at(path).brief();
        boolean nameMasked = binder.isMasked(usePath(entry));
        boolean textMasked = binder.hasMaskedBelow(path);
        RequestTest when = entries.when(entry, path);
        TargetEdits edits = entries.edits(entry, path);
        List<Placed> below = new ArrayList<>();
        for (Placed placed : follow(Objects.requireNonNull(entry.use()), usePath(entry), way)) {
            TargetChoice choice = entries.over(placed.choice(), entry, when, edits);
            below.add(new Placed(
                    choice, path, origin, nameMasked || placed.nameMasked(), textMasked || placed.textMasked()));
        }
        return below;
    }

    /**
     * A list is a fallback in its order. It is something else only when somebody says so: a weight or a tier at a target, or
     * a strategy, which for the plain list form cannot be meant by what {@code "*"} says.
     */
    private boolean isInOrder(FileForm.Model form, List<FileForm.@Nullable Target> written, String path) {
        FileForm.Model all = forms.get(ALL);
        boolean strategy =
                form.strategy() != null || (binder.has(path + ".targets") && all != null && all.strategy() != null);
        return !strategy && written.stream().noneMatch(e -> e != null && (e.weight() != null || e.tier() != null));
    }

    private void refuseNoTargets(@Nullable List<?> entries, String path) {
        String key = path + ".targets";
        if (entries != null && (binder.has(key) || binder.has(path))) {
            problems.unexpected(
                    binder.at(binder.has(key) ? key : path),
                    binder.has(key) ? key : path,
                    "an empty list",
                    "at least one target");
        } else if (entries == null && !binder.has(key) && !binder.isNothing(path)) {
            problems.unexpected(binder.keyAt(path), key, "missing", "provider/model or the name of another model");
        }
    }

    /** The same target twice is a slip, unless the two differ in which requests they take or in what they change. */
    private void refuseTwice(FileForm.Target entry, Set<Object> seen) {
        String path = usePath(entry);
        List<Object> same = new ArrayList<>();
        same.add(Objects.requireNonNull(entry.use()));
        same.add(String.valueOf(entry.when()));
        same.add(String.valueOf(entry.contextWindow()));
        same.add(Objects.requireNonNullElse(entry.params(), ""));
        same.add(Objects.requireNonNullElse(entry.simplify(), ""));
        if (!seen.add(same)) {
            problems.unexpected(binder.at(path), path, binder.shown(path) + " for the second time", "each target once");
        }
    }

    /** In the short form the target's own place, else that of its key {@code use}. */
    private String usePath(FileForm.Target entry) {
        String path = binder.pathOf(entry);
        return binder.has(path + ".use") ? path + ".use" : path;
    }

    private List<Placed> follow(String use, String path, Set<String> way) {
        if (aliasOf(use).isPresent()) {
            return alias(use, path, way);
        }
        int slash = use.indexOf('/');
        if (slash <= 0 || slash == use.length() - 1) {
            refuseTarget(use, path, "provider/model or the name of another model");
            return List.of();
        }
        ProviderConfig provider = providers.get(use.substring(0, slash));
        if (provider == null) {
            refuseProvider(use, path);
            return List.of();
        }
        refuseModel(provider, use, path);
        Target target = new Target(provider.name(), use.substring(slash + 1));
        return List.of(new Placed(new TargetChoice(target, 1), path, "", false, false));
    }

    /** A name with a known provider before its slash always means the provider, so that an alias may carry such a name. */
    Optional<String> aliasOf(String use) {
        int slash = use.indexOf('/');
        boolean ofProvider = slash > 0 && providers.containsKey(use.substring(0, slash));
        return !ofProvider && forms.containsKey(use) && !use.equals(ALL) ? Optional.of(use) : Optional.empty();
    }

    private List<Placed> alias(String use, String path, Set<String> way) {
        if (!way.contains(use)) {
            return targets(use, way);
        }
        List<String> loop = new ArrayList<>(way);
        loop = loop.subList(loop.indexOf(use), loop.size());
        if (loops.add(new TreeSet<>(loop))) {
            String round = String.join(" -> ", loop) + " -> " + use;
            problems.unexpected(binder.at(path), path, "a loop, " + round, "targets that end at a provider");
        }
        return List.of();
    }

    private void refuseTarget(String use, String path, String expected) {
        problems.unexpected(binder.at(path), path, binder.shown(path), expected + meant(use, path));
    }

    private void refuseProvider(String use, String path) {
        String provider = use.substring(0, use.indexOf('/'));
        if (declared.contains(provider)) {
            return;
        }
        String expected = "a configured provider (" + String.join(", ", providers.keySet()) + ")";
        expected += Preset.wayTo(provider).map(way -> "; " + way).orElse("");
        refuseTarget(use, path, expected);
    }

    private void refuseModel(ProviderConfig provider, String use, String path) {
        String model = use.substring(provider.name().length() + 1);
        if (!provider.models().isEmpty() && !provider.models().contains(model)) {
            boolean hidden = hidesModels(provider);
            refuseTarget(
                    use,
                    path,
                    hidden ? "a model of this provider" : "one of its models, " + String.join(", ", provider.models()));
        }
    }

    /** Names that came out of variables are not suggested: they may be anything. */
    private boolean hidesModels(ProviderConfig provider) {
        return binder.hasMaskedItem(Paths.child("providers", provider.name()) + ".models");
    }

    private String meant(String use, String path) {
        if (binder.isMasked(path)) {
            return "";
        }
        List<String> known = new ArrayList<>(forms.keySet());
        known.remove(ALL);
        String model = use.substring(use.indexOf('/') + 1);
        providers.values().forEach(provider -> {
            if (!hidesModels(provider)) {
                provider.models().forEach(m -> known.add(provider.name() + "/" + m));
            }
            if (provider.models().isEmpty() && use.indexOf('/') > 0) {
                known.add(provider.name() + "/" + model);
            }
        });
        declared.stream().filter(p -> !providers.containsKey(p)).forEach(p -> known.add(p + "/" + model));
        String meant = Nearest.didYouMean(use, known);
        return meant.isEmpty() ? "" : "." + meant;
    }
}
