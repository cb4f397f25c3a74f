// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From {@code models} in the file to {@link ModelConfig}s: aliases are followed to their providers, loops are refused, and
 * each setting is taken from the model itself, else from the one model that it is another name of, else from {@code "*"},
 * else from the defaults.
 */
final class ModelSection {

    private static final String ALL = ModelTargets.ALL;

    private final Map<String, FileForm.Model> forms;
    private final Map<String, ProviderConfig> providers;
    private final Binder binder;
    private final Problems problems;
    private final Map<String, String> origins;
    private final Set<String> masked;
    private final ModelTargets targets;
    private final ResilienceEntry resilience;

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
        this.binder = binder;
        this.problems = problems;
        this.origins = origins;
        this.masked = masked;
        this.targets = new ModelTargets(forms, providers, declared, binder, problems);
        this.resilience = new ResilienceEntry(binder, problems);
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
        Target demo = new Target(ProviderSection.DEMO, ProviderSection.DEMO);
        return build(ProviderSection.DEMO, ModelConfig.inOrder(List.of(demo)), effective(Map.of()));
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
        List<ModelTargets.Placed> placed = targets.of(name);
        origins.put(
                path + ".targets",
                binder.at(binder.has(path + ".targets") ? path + ".targets" : path)
                        .brief());
        List<TargetChoice> choices =
                placed.stream().map(ModelTargets.Placed::choice).toList();
        remember(path + ".targets", placed, choices);
        ModelConfig model = build(name, choices, effective(explicit(name, new LinkedHashSet<>())));
        resilience.refuseWithoutSecondTarget(path, Objects.requireNonNull(forms.get(name)), choices.size());
        refuseStrategy(path, model);
        return model;
    }

    /**
     * The targets of other models come under indexes of this one, so the places and the secrets that the binder knows by path
     * have to be named again.
     */
    private void remember(String path, List<ModelTargets.Placed> placed, List<TargetChoice> choices) {
        if (placed.stream().anyMatch(ModelTargets.Placed::nameMasked)) {
            masked.add(path);
        }
        for (int i = 0; i < placed.size(); i++) {
            ModelTargets.Placed target = placed.get(i);
            for (String key : Effective.target(choices, i).keySet()) {
                String line = path + "[" + i + "]" + key;
                String written = target.entry() + key;
                origins.put(line, binder.has(written) ? binder.at(written).brief() : target.origin());
                if (target.textMasked() && (key.equals(".when") || key.startsWith(".params"))) {
                    masked.add(line);
                }
            }
        }
    }

    /** Only where the model itself says so: what {@code "*"} says is meant for the models that it fits. */
    private void refuseStrategy(String path, ModelConfig model) {
        Strategy strategy = model.balance().strategy();
        if (binder.has(path + ".sticky") && strategy != Strategy.STICKY) {
            problems.unexpected(
                    binder.keyAt(path + ".sticky"), path + ".sticky", "sticky", "it with strategy: sticky only");
        }
        boolean costs = model.choices().stream().anyMatch(choice -> choice.cost() != null);
        if (binder.has(path + ".strategy")
                && strategy == Strategy.COST
                && !costs
                && !model.choices().isEmpty()) {
            problems.unexpected(
                    binder.at(path + ".strategy"), path + ".strategy", "cost", "cost: {input, output} at a target");
        }
    }

    private void refuseName(String name, String path) {
        if (name.isEmpty()
                || name.length() > 200
                || name.chars().anyMatch(c -> c <= ' ' || Character.isISOControl(c))) {
            problems.add(
                    binder.keyAt(path), path, "not a name for a model; expected up to 200 characters without blanks");
        }
    }

    // ---- how it behaves

    private static final Map<String, Chosen> DEFAULTS = defaults();

    private static Map<String, Chosen> defaults() {
        Timeouts timeouts = Timeouts.DEFAULT;
        StreamPolicy stream = StreamPolicy.DEFAULT;
        Map<String, Chosen> map = new LinkedHashMap<>();
        map.put("strategy", new Chosen(Balance.DEFAULT.strategy(), Assembler.DEFAULT));
        map.put("sticky.by", new Chosen(Balance.DEFAULT.stickyBy(), Assembler.DEFAULT));
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
        ResilienceEntry.defaults().forEach((key, value) -> map.put(key, new Chosen(value, Assembler.DEFAULT)));
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
        put(map, path, "strategy", form.strategy());
        put(map, path, "sticky.by", form.sticky() == null ? null : form.sticky().by());
        ResilienceEntry.written(form).forEach((key, value) -> put(map, path, key, value));
        FileForm.Timers timers = form.timeouts();
        put(map, path, "timeouts.connect", timers.connect());
        put(map, path, "timeouts.first_token", timers.firstToken());
        put(map, path, "timeouts.answer", timers.answer());
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
        List<FileForm.@Nullable Target> entries = form.targets();
        if (entries == null || entries.size() != 1) {
            return Optional.empty();
        }
        FileForm.Target only = entries.get(0);
        return only == null || only.use() == null ? Optional.empty() : targets.aliasOf(only.use());
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
        refuseDeadTimer(path + ".timeouts.answer", timers.answer(), total);
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

    private ModelConfig build(String name, List<TargetChoice> choices, Map<String, Chosen> settings) {
        String path = Paths.child("models", name);
        settings.forEach((key, chosen) -> origins.put(path + "." + key, chosen.origin()));
        Timeouts timeouts = new Timeouts(
                duration(settings, "timeouts.connect"),
                duration(settings, "timeouts.first_token"),
                duration(settings, "timeouts.idle"),
                duration(settings, "timeouts.total"),
                duration(settings, settings.containsKey("timeouts.answer") ? "timeouts.answer" : "timeouts.total"));
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
                choices,
                timeouts,
                stream,
                chosen(settings, "unsupported_params", UnsupportedParams.class),
                resilience.build(path, settings),
                new Balance(
                        chosen(settings, "strategy", Strategy.class), chosen(settings, "sticky.by", StickyBy.class)));
    }

    private void refuseEvent(String path, ByteSize event, ByteSize response) {
        boolean eventWritten = binder.has(path + ".max_event");
        if (eventWritten || binder.has(path + ".max_response")) {
            String key = path + (eventWritten ? ".max_event" : ".max_response");
            String expected = eventWritten ? "at most max_response, " + response : "at least max_event, " + event;
            problems.unexpected(binder.at(key), key, eventWritten ? event.toString() : response.toString(), expected);
        }
    }

    static Duration duration(Map<String, Chosen> settings, String key) {
        return chosen(settings, key, Duration.class);
    }

    static <T> T chosen(Map<String, Chosen> settings, String key, Class<T> type) {
        return type.cast(Objects.requireNonNull(settings.get(key)).value());
    }
}
