// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * From {@code models} in the file to {@link ModelConfig}s: aliases are followed to their providers, loops are refused, and
 * each setting is taken from the model itself, else from the one model that it is another name of, else from {@code "*"},
 * else from the defaults.
 */
final class ModelSection {

    static final String ALL = "*";

    /** A value with the place that it came from. */
    private record Chosen(Object value, String origin) {}

    private final Map<String, FileForm.Model> forms;
    private final Map<String, ProviderConfig> providers;
    private final Set<String> declared;
    private final Binder binder;
    private final Problems problems;
    private final Map<String, String> origins;
    private final Set<String> masked;
    private final Map<String, List<Target>> resolved = new HashMap<>();
    private final Set<Set<String>> loops = new HashSet<>();

    /**
     * @param declared provider names of the file, wrong entries included: a target may name them without a second message
     * @param masked receives the paths whose values came out of variables
     */
    ModelSection(
            Map<String, FileForm.Model> forms,
            Map<String, ProviderConfig> providers,
            Set<String> declared,
            Binder binder,
            Problems problems,
            Map<String, String> origins,
            Set<String> masked) {
        this.forms = forms;
        this.providers = providers;
        this.declared = declared;
        this.binder = binder;
        this.problems = problems;
        this.origins = origins;
        this.masked = masked;
    }

    Map<String, ModelConfig> assemble() {
        Map<String, ModelConfig> models = new LinkedHashMap<>();
        forms.keySet().stream().filter(name -> !name.equals(ALL)).forEach(name -> models.put(name, model(name)));
        if (isNothingElseConfigured()) {
            models.put(ProviderSection.DEMO, demo());
        }
        refuseTargetsOfAll();
        models.put(ALL, build(ALL, List.of(), effective(explicit(ALL, new LinkedHashSet<>()))));
        return models;
    }

    private boolean isNothingElseConfigured() {
        return !forms.containsKey(ProviderSection.DEMO)
                && providers.values().stream().allMatch(p -> p.origin().equals(ProviderSection.BUILT_IN));
    }

    private ModelConfig demo() {
        origins.put(Paths.child("models", ProviderSection.DEMO), ProviderSection.BUILT_IN);
        List<Target> targets = List.of(new Target(ProviderSection.DEMO, ProviderSection.DEMO));
        return build(ProviderSection.DEMO, targets, effective(Map.of()));
    }

    private void refuseTargetsOfAll() {
        FileForm.Model all = forms.get(ALL);
        if (all != null && all.targets() != null) {
            String path = Paths.child("models", ALL);
            problems.unexpected(
                    binder.at(path),
                    path + ".targets",
                    "targets",
                    "only settings: \"*\" holds what all models inherit");
        }
    }

    private ModelConfig model(String name) {
        String path = Paths.child("models", name);
        refuseName(name, path);
        List<Target> targets = targets(name, new LinkedHashSet<>());
        origins.put(
                path + ".targets",
                binder.at(binder.has(path + ".targets") ? path + ".targets" : path)
                        .brief());
        return build(name, targets, effective(explicit(name, new LinkedHashSet<>())));
    }

    private void refuseName(String name, String path) {
        if (name.isEmpty()
                || name.length() > 200
                || name.chars().anyMatch(c -> c <= ' ' || Character.isISOControl(c))) {
            problems.add(
                    binder.keyAt(path), path, "not a name for a model; expected up to 200 characters without blanks");
        }
    }

    // ---- where it goes

    private List<Target> targets(String name, Set<String> way) {
        List<Target> known = resolved.get(name);
        if (known != null) {
            return known;
        }
        FileForm.Model form = Objects.requireNonNull(forms.get(name));
        String path = Paths.child("models", name);
        List<FileForm.@Nullable Target> entries = form.targets();
        if (entries == null || entries.isEmpty()) {
            refuseNoTargets(entries, path);
            return List.of();
        }
        way.add(name);
        LinkedHashSet<Target> targets = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        for (FileForm.Target entry : entries) {
            if (entry != null && entry.use() != null) {
                refuseTwice(entry, seen);
                targets.addAll(follow(name, entry.use(), usePath(entry), way));
            }
        }
        way.remove(name);
        resolved.put(name, List.copyOf(targets));
        return List.copyOf(targets);
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

    private void refuseTwice(FileForm.Target entry, Set<String> seen) {
        String path = usePath(entry);
        if (!seen.add(Objects.requireNonNull(entry.use()))) {
            problems.unexpected(binder.at(path), path, binder.shown(path) + " for the second time", "each target once");
        }
    }

    /** In the short form the target's own place, else that of its key {@code use}. */
    private String usePath(FileForm.Target entry) {
        String path = binder.pathOf(entry);
        return binder.has(path + ".use") ? path + ".use" : path;
    }

    private List<Target> follow(String name, String use, String path, Set<String> way) {
        if (binder.isMasked(path)) {
            way.forEach(alias -> masked.add(Paths.child("models", alias) + ".targets"));
        }
        if (aliasOf(use).isPresent()) {
            return alias(name, use, path, way);
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
        return List.of(new Target(provider.name(), use.substring(slash + 1)));
    }

    /** A name with a known provider before its slash always means the provider, so that an alias may carry such a name. */
    private Optional<String> aliasOf(String use) {
        int slash = use.indexOf('/');
        boolean ofProvider = slash > 0 && providers.containsKey(use.substring(0, slash));
        return !ofProvider && forms.containsKey(use) && !use.equals(ALL) ? Optional.of(use) : Optional.empty();
    }

    private List<Target> alias(String name, String use, String path, Set<String> way) {
        if (!way.contains(use)) {
            List<Target> targets = targets(use, way);
            if (masked.contains(Paths.child("models", use) + ".targets")) {
                masked.add(Paths.child("models", name) + ".targets");
            }
            return targets;
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

    // ---- how it behaves

    private static final Map<String, Chosen> DEFAULTS = defaults();

    private static Map<String, Chosen> defaults() {
        Timeouts timeouts = Timeouts.DEFAULT;
        StreamPolicy stream = StreamPolicy.DEFAULT;
        Map<String, Chosen> map = new LinkedHashMap<>();
        map.put("timeouts.connect", new Chosen(timeouts.connect(), Assembler.DEFAULT));
        map.put("timeouts.first_token", new Chosen(timeouts.firstToken(), Assembler.DEFAULT));
        map.put("timeouts.idle", new Chosen(timeouts.idle(), Assembler.DEFAULT));
        map.put("timeouts.total", new Chosen(timeouts.total(), Assembler.DEFAULT));
        map.put("keep_alive", new Chosen(stream.keepAlive(), Assembler.DEFAULT));
        map.put("early_commit", new Chosen(stream.earlyCommit(), Assembler.DEFAULT));
        map.put("on_disconnect", new Chosen(stream.onDisconnect(), Assembler.DEFAULT));
        map.put("unsupported_params", new Chosen(UnsupportedParams.WARN, Assembler.DEFAULT));
        map.put("write_stall", new Chosen(stream.writeStall(), Assembler.DEFAULT));
        map.put("max_event", new Chosen(new ByteSize(stream.maxEventBytes()), Assembler.DEFAULT));
        map.put("max_response", new Chosen(new ByteSize(stream.maxResponseBytes()), Assembler.DEFAULT));
        return map;
    }

    /** What the model says itself, over what the model says that it is another name of. */
    private Map<String, Chosen> explicit(String name, Set<String> way) {
        FileForm.Model form = forms.get(name);
        if (form == null || !way.add(name)) {
            return Map.of();
        }
        Map<String, Chosen> map = new LinkedHashMap<>(
                soleAlias(form).map(alias -> explicit(alias, way)).orElse(Map.of()));
        String path = Paths.child("models", name);
        FileForm.Timers timers = form.timeouts();
        put(map, path, "timeouts.connect", timers.connect());
        put(map, path, "timeouts.first_token", timers.firstToken());
        put(map, path, "timeouts.idle", timers.idle());
        put(map, path, "timeouts.total", timers.total());
        put(map, path, "keep_alive", form.keepAlive());
        put(map, path, "early_commit", form.earlyCommit());
        put(map, path, "on_disconnect", form.onDisconnect());
        put(map, path, "write_stall", form.writeStall());
        put(map, path, "unsupported_params", form.unsupportedParams());
        put(map, path, "max_event", form.maxEvent());
        put(map, path, "max_response", form.maxResponse());
        refuseDeadTimers(path, timers);
        return map;
    }

    private Optional<String> soleAlias(FileForm.Model form) {
        List<FileForm.@Nullable Target> targets = form.targets();
        if (targets == null || targets.size() != 1) {
            return Optional.empty();
        }
        FileForm.Target only = targets.get(0);
        return only == null || only.use() == null ? Optional.empty() : aliasOf(only.use());
    }

    private void put(Map<String, Chosen> map, String path, String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, new Chosen(value, binder.at(path + "." + key).brief()));
        }
    }

    /** A timer longer than the whole exchange can never fire; who wrote both meant something else. */
    private void refuseDeadTimers(String path, FileForm.Timers timers) {
        Duration total = timers.total();
        if (total == null) {
            return;
        }
        refuseDeadTimer(path + ".timeouts.connect", timers.connect(), total);
        refuseDeadTimer(path + ".timeouts.first_token", timers.firstToken(), total);
        refuseDeadTimer(path + ".timeouts.idle", timers.idle(), total);
    }

    private void refuseDeadTimer(String path, @Nullable Duration timer, Duration total) {
        if (timer != null && timer.compareTo(total) > 0) {
            problems.unexpected(
                    binder.at(path), path, Durations.format(timer), "at most total, " + Durations.format(total));
        }
    }

    private Map<String, Chosen> effective(Map<String, Chosen> own) {
        Map<String, Chosen> map = new LinkedHashMap<>(DEFAULTS);
        map.putAll(explicit(ALL, new LinkedHashSet<>()));
        map.putAll(own);
        return map;
    }

    private ModelConfig build(String name, List<Target> targets, Map<String, Chosen> settings) {
        String path = Paths.child("models", name);
        settings.forEach((key, chosen) -> origins.put(path + "." + key, chosen.origin()));
        Timeouts timeouts = new Timeouts(
                duration(settings, "timeouts.connect"),
                duration(settings, "timeouts.first_token"),
                duration(settings, "timeouts.idle"),
                duration(settings, "timeouts.total"));
        ByteSize event = chosen(settings, "max_event", ByteSize.class);
        ByteSize response = chosen(settings, "max_response", ByteSize.class);
        if (event.compareTo(response) > 0) {
            refuseEvent(path, event, response);
            response = event;
        }
        StreamPolicy stream = new StreamPolicy(
                duration(settings, "keep_alive"),
                chosen(settings, "early_commit", Boolean.class),
                chosen(settings, "on_disconnect", StreamPolicy.OnDisconnect.class),
                duration(settings, "write_stall"),
                (int) event.bytes(),
                response.bytes());
        return new ModelConfig(
                name,
                ModelConfig.inOrder(targets),
                timeouts,
                stream,
                chosen(settings, "unsupported_params", UnsupportedParams.class),
                ResilienceSettings.DEFAULT);
    }

    private void refuseEvent(String path, ByteSize event, ByteSize response) {
        boolean eventWritten = binder.has(path + ".max_event");
        if (eventWritten || binder.has(path + ".max_response")) {
            String key = path + (eventWritten ? ".max_event" : ".max_response");
            String expected = eventWritten ? "at most max_response, " + response : "at least max_event, " + event;
            problems.unexpected(binder.at(key), key, eventWritten ? event.toString() : response.toString(), expected);
        }
    }

    private static Duration duration(Map<String, Chosen> settings, String key) {
        return chosen(settings, key, Duration.class);
    }

    private static <T> T chosen(Map<String, Chosen> settings, String key, Class<T> type) {
        return type.cast(Objects.requireNonNull(settings.get(key)).value());
    }
}
