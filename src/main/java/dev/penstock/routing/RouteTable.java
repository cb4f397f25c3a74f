// SPDX-License-Identifier: Apache-2.0
package dev.penstock.routing;

import dev.penstock.config.Balance;
import dev.penstock.config.ModelConfig;
import dev.penstock.config.Nearest;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.config.StaticAnswer;
import dev.penstock.config.TargetChoice;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.ResilienceSettings;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.UnsupportedParams;
import dev.penstock.routing.Route.RouteTarget;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All names that clients may send, resolved once per configuration snapshot. Three forms lead to a target: a configured model
 * name, {@code provider/model} (the model part is passed on as it is), and the bare name of a model that exactly one provider
 * lists. Which targets of a model a request goes to, and in which order, {@link Selection} decides. The names are for any
 * thread; each event loop routes with a table of its own, because of the chance in it.
 */
public final class RouteTable implements RouteCaller {

    /** The name of the model whose settings hold for names that are no model of the configuration. */
    public static final String DEFAULTS = "*";

    private final Map<String, RoutePlan> routes = new LinkedHashMap<>();
    private final Map<String, ProviderConfig> providers;
    private final Map<String, Upstream> upstreams = new HashMap<>();
    private final Map<String, StaticAnswer> statics;
    private final Timeouts timeouts;
    private final StreamPolicy stream;
    private final UnsupportedParams unsupported;
    private final ResilienceSettings resilience;
    private final List<ModelName> listed = new ArrayList<>();
    private final Signals signals;
    private final RandomGenerator random;

    /** One that knows nothing of how targets do. */
    public RouteTable(Snapshot snapshot) {
        this(snapshot, Signals.UNKNOWN, RandomGenerator.of("L64X128MixRandom"));
    }

    /**
     * One that asks how targets do.
     *
     * @param signals asked once per target, here
     * @param random used by whoever routes or explains, one thread at a time
     */
    public RouteTable(Snapshot snapshot, Signals signals, RandomGenerator random) {
        this.signals = signals;
        this.random = random;
        this.providers = snapshot.providers();
        this.statics = snapshot.statics();
        providers.forEach((name, provider) -> upstreams.put(name, Upstream.of(provider)));
        ModelConfig defaults = snapshot.models().get(DEFAULTS);
        this.timeouts = defaults == null ? Timeouts.DEFAULT : defaults.timeouts();
        this.stream = defaults == null ? StreamPolicy.DEFAULT : defaults.stream();
        this.unsupported = defaults == null ? UnsupportedParams.WARN : defaults.unsupportedParams();
        this.resilience = defaults == null ? ResilienceSettings.DEFAULT : defaults.resilience();
        addModels(snapshot);
        addNamesOfProviders();
        addStatics();
    }

    /** What all targets at one provider have in common, found out once. */
    private record Upstream(
            ApiSchema schema,
            Set<ApiSchema> schemas,
            int defaultMaxTokens,
            boolean usageInStream,
            ChatDialect dialect,
            boolean remote) {

        static final Upstream UNKNOWN =
                new Upstream(ApiSchema.OPENAI_CHAT, Set.of(ApiSchema.OPENAI_CHAT), 0, true, ChatDialect.UNKNOWN, false);

        static Upstream of(ProviderConfig provider) {
            return new Upstream(
                    provider.schema(),
                    provider.schemas(),
                    provider.extras().defaultMaxTokens(),
                    provider.usageInStream(),
                    provider.dialect(),
                    provider.type().usesNetwork());
        }
    }

    /** A name that {@code GET /v1/models} lists, and who serves it. */
    public record ModelName(String id, String ownedBy) {}

    @Override
    public Future<Route> route(RouteQuestion question) {
        RoutePlan plan = find(question.model());
        return plan != null ? plan.route(question.facts(), random) : Future.failedFuture(unknown(question.model()));
    }

    /**
     * What {@link #route} would decide for such a request, and why.
     *
     * @throws GatewayError when the model is unknown
     */
    public Explanation explain(RouteQuestion question) {
        RoutePlan plan = find(question.model());
        if (plan == null) {
            throw unknown(question.model());
        }
        return plan.explain(question.facts(), random);
    }

    /** Every name that can be listed: aliases first, then the names that providers declare, then fixed answers. */
    public List<ModelName> names() {
        return List.copyOf(listed);
    }

    private @Nullable RoutePlan find(String model) {
        RoutePlan known = routes.get(model);
        if (known != null) {
            return known;
        }
        int slash = model.indexOf('/');
        if (slash <= 0 || slash == model.length() - 1) {
            return null;
        }
        ProviderConfig provider = providers.get(model.substring(0, slash));
        // What our own sections answer has been found above; any other name of theirs is unknown.
        if (provider == null || isOurs(provider)) {
            return null;
        }
        return routeTo(
                model,
                List.of(new TargetChoice(new Target(provider.name(), model.substring(slash + 1)), 1)),
                timeouts,
                stream,
                unsupported,
                resilience,
                Balance.DEFAULT);
    }

    private static boolean isOurs(ProviderConfig provider) {
        return provider.type() == ProviderConfig.Type.STATIC || provider.type() == ProviderConfig.Type.RULES;
    }

    private void addModels(Snapshot snapshot) {
        snapshot.models().forEach((name, model) -> {
            if (!name.equals(DEFAULTS)) {
                routes.put(
                        name,
                        routeTo(
                                name,
                                model.choices(),
                                model.timeouts(),
                                model.stream(),
                                model.unsupportedParams(),
                                model.resilience(),
                                model.balance()));
                listed.add(new ModelName(name, model.choices().get(0).target().provider()));
            }
        });
    }

    private void addNamesOfProviders() {
        Map<String, Integer> owners = new LinkedHashMap<>();
        providers.values().forEach(p -> p.models().forEach(m -> owners.merge(m, 1, Integer::sum)));
        for (ProviderConfig provider : providers.values()) {
            for (String model : provider.models()) {
                String qualified = provider.name() + "/" + model;
                List<TargetChoice> target = List.of(new TargetChoice(new Target(provider.name(), model), 1));
                if (routes.putIfAbsent(
                                qualified,
                                routeTo(qualified, target, timeouts, stream, unsupported, resilience, Balance.DEFAULT))
                        == null) {
                    listed.add(new ModelName(qualified, provider.name()));
                }
                if (owners.getOrDefault(model, 0) == 1) {
                    routes.putIfAbsent(
                            model, routeTo(model, target, timeouts, stream, unsupported, resilience, Balance.DEFAULT));
                }
            }
        }
    }

    private void addStatics() {
        statics.keySet().forEach(name -> {
            String qualified = "static/" + name;
            routes.put(
                    qualified,
                    routeTo(
                            qualified,
                            List.of(new TargetChoice(new Target("static", name), 1)),
                            timeouts,
                            stream,
                            unsupported,
                            resilience,
                            Balance.DEFAULT));
            listed.add(new ModelName(qualified, "static"));
        });
    }

    private RoutePlan routeTo(
            String alias,
            List<TargetChoice> choices,
            Timeouts timers,
            StreamPolicy policy,
            UnsupportedParams params,
            ResilienceSettings trouble,
            Balance balance) {
        List<Candidate> candidates = choices.stream()
                .map(choice -> new Candidate(choice, describe(choice), signals.of(choice.target(), trouble.breaker())))
                .toList();
        List<RouteTarget> targets = candidates.stream().map(Candidate::target).toList();
        return new RoutePlan(new Route(alias, targets, timers, policy, params, trouble), balance, candidates);
    }

    private RouteTarget describe(TargetChoice choice) {
        Target target = choice.target();
        Upstream upstream = upstreams.getOrDefault(target.provider(), Upstream.UNKNOWN);
        StaticAnswer fixed = target.provider().equals("static") ? statics.get(target.model()) : null;
        return new RouteTarget(
                target,
                upstream.schema(),
                upstream.schemas(),
                upstream.defaultMaxTokens(),
                upstream.usageInStream(),
                upstream.dialect(),
                (fixed != null && fixed.degraded()) || target.provider().equals("rules"),
                upstream.remote(),
                choice.tier(),
                choice.edits());
    }

    /** The known name that a person most likely meant, or null. */
    public @Nullable String nearest(String model) {
        return Nearest.find(model, routes.keySet()).orElse(null);
    }

    private GatewayError unknown(String model) {
        String nearest = nearest(model);
        String shown = model.length() > 100 ? model.substring(0, 100) + "…" : model;
        return GatewayError.builder(
                        Kind.MODEL_NOT_FOUND,
                        "The model \"" + shown + "\" is not known here."
                                + (nearest == null ? "" : " Did you mean \"" + nearest + "\"?"))
                .param("model")
                .code("model_not_found")
                .hint("GET /v1/models lists the names that can be called.")
                .build();
    }
}
