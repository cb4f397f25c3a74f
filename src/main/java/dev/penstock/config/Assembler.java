// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts the sections together and checks what only shows between them. Anything wrong goes to {@link Problems}. */
final class Assembler {

    static final String DEFAULT = "default";

    private final FileForm form;
    private final Binder binder;
    private final Map<String, String> env;
    private final @Nullable Secret generatedKey;
    private final Problems problems;
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Set<String> masked = new HashSet<>();
    private final Set<Path> filesRead = new HashSet<>();

    Assembler(FileForm form, Binder binder, Map<String, String> env, @Nullable Secret generatedKey, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.env = env;
        this.generatedKey = generatedKey;
        this.problems = problems;
    }

    /** A result that may be used only when no problem was found. */
    LoadResult.Loaded assemble() {
        Map<String, ProviderConfig> fromEnvironment = new EnvironmentProviders(env, problems).find();
        Map<String, ProviderConfig> providers =
                new ProviderSection(form, binder, env, problems, origins).assemble(fromEnvironment);
        Map<String, StaticAnswer> statics = statics();
        PolicyText policy = new PolicyText(binder, problems);
        Map<String, AnswerRules> rules =
                new RulesSection(form.rules(), policy, binder, problems, origins, masked).assemble();
        Set<String> declared = form.providers().keySet();
        Map<String, ModelConfig> models =
                new ModelSection(form.models(), providers, declared, binder, problems, origins, masked).assemble();
        boolean real = declared.stream().anyMatch(name -> !providers.containsKey(name))
                || providers.values().stream().anyMatch(p -> p.type().usesNetwork());
        ServerConfig server = new ServerSection(
                        form.server(), form.tenants(), binder, env, generatedKey, problems, origins)
                .assemble(real);
        FetchConfig fetch = new FetchSection(form.fetch(), binder, problems).assemble();
        ClusterConfig cluster = new ClusterSection(form.cluster(), binder, problems).assemble();
        PricesSection pricing = new PricesSection(form, providers, binder, problems);
        PricesConfig prices = pricing.assemble();
        filesRead.addAll(pricing.filesRead());
        AccessConfig access = new AccessConfig(
                new AuthSection(form.auth(), binder, problems).assemble(), //
                new RolesSection(form.roles(), binder, problems).assemble(form.tenants()), //
                new LimitsSection(form, providers, models, prices, binder, problems, masked).assemble(prices), //
                switches(server, providers, models, statics, rules), //
                new IdempotencySection(form.idempotency()).assemble(), //
                new StorageSection(form.storage(), binder, env, problems, origins, masked).assemble());
        ObservabilityConfig observability = new ObservabilityConfig(
                new LedgerSection(form.observability().ledger(), access.storage(), binder, env, problems)
                        .assemble(server.tenants()), //
                new AuditSection(form.observability().audit(), binder, env, problems).assemble(access.storage()), //
                new TelemetrySection(form.observability(), binder, problems).assemble(), //
                new AlertsSection(form.alerts(), binder, problems).assemble());
        Map<String, Effective.Value> lines =
                Effective.of(server, providers, models, statics, rules, fetch, cluster, access, observability);
        Snapshot snapshot = new Snapshot(
                server,
                providers,
                models,
                statics,
                rules,
                fetch,
                cluster,
                access,
                observability,
                Effective.version(lines));
        return new LoadResult.Loaded(snapshot, settings(lines), EnvironmentProviders.leftOut(env, providers));
    }

    /** What was read beside the configuration itself and the files of secrets. */
    Set<Path> filesRead() {
        return filesRead;
    }

    private SwitchesConfig switches(
            ServerConfig server,
            Map<String, ProviderConfig> providers,
            Map<String, ModelConfig> models,
            Map<String, StaticAnswer> statics,
            Map<String, AnswerRules> rules) {
        Set<String> upstreams = new HashSet<>(providers.keySet());
        upstreams.addAll(form.providers().keySet());
        Set<String> names = new HashSet<>(models.keySet());
        names.addAll(form.models().keySet());
        providers.values().forEach(provider -> names.addAll(provider.models()));
        statics.keySet().forEach(name -> names.add("static/" + name));
        rules.keySet().forEach(name -> names.add("rules/" + name));
        return new SwitchesSection(form.switches(), binder, problems, origins)
                .assemble(SwitchesSection.names(server.tenants()), upstreams, names);
    }

    private Map<String, StaticAnswer> statics() {
        Map<String, StaticAnswer> answers = new LinkedHashMap<>();
        form.statics().forEach((name, answer) -> {
            String path = Paths.child("static", name);
            if (name.isEmpty() || name.chars().anyMatch(c -> c <= ' ' || Character.isISOControl(c))) {
                problems.add(binder.keyAt(path), path, "not a name for an answer; expected characters without blanks");
            }
            if (answer.text() != null) {
                answers.put(name, new StaticAnswer(name, answer.text(), answer.marker() != null));
            }
        });
        return answers;
    }

    private List<Setting> settings(Map<String, Effective.Value> lines) {
        List<Setting> settings = new ArrayList<>();
        settings.add(new Setting("version", Integer.toString(form.version()), origin("version"), null));
        String open = Boolean.toString(form.server().open());
        settings.add(new Setting("server.open", open, origin("server.open"), null));
        lines.forEach((path, value) ->
                settings.add(new Setting(path, display(path, value), origin(path), binder.variableAt(path))));
        return settings;
    }

    /** Text out of a variable may be anything, so it is not printed; numbers and choices cannot hold a secret. */
    private String display(String path, Effective.Value value) {
        boolean hidden = masked.contains(path) || binder.isMasked(path) || binder.hasMaskedItem(path);
        return hidden ? Secret.MASK : value.display();
    }

    /** The place of the value itself, else of the entry that brought it, else the default. */
    private String origin(String path) {
        String known = origins.get(path);
        if (known != null) {
            return known;
        }
        if (binder.has(path)) {
            return binder.at(path).brief();
        }
        return origins.entrySet().stream()
                .filter(entry -> path.startsWith(entry.getKey() + ".") && isEntry(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(DEFAULT);
    }

    /** {@code providers.openai} as a whole came from one place when the environment or Penstock itself brought it. */
    private static boolean isEntry(String path) {
        return path.startsWith("providers.") || path.startsWith("models.");
    }
}
