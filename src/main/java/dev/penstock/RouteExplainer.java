// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.admin.AskedFor;
import dev.penstock.admin.Explain;
import dev.penstock.config.Snapshot;
import dev.penstock.config.Strategy;
import dev.penstock.config.TenantConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;
import dev.penstock.exchange.RequestFacts;
import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import dev.penstock.pipeline.AskedFacts;
import dev.penstock.routing.Explanation;
import dev.penstock.routing.RouteQuestion;
import dev.penstock.routing.RouteTable;
import dev.penstock.routing.Signals;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Explains with a route table of its own, built from the snapshot in force and read through the same signals as those of the
 * shards. Belongs to one thread.
 */
final class RouteExplainer implements Explain {

    private static final int NANO = 9;

    private final Supplier<Snapshot> config;
    private final Signals signals;
    private final Function<SwitchObject, @Nullable SwitchRule> switches;
    private final boolean live;
    private String built = "";
    private @Nullable RouteTable table;

    /**
     * @param switches how an object stands; null where nobody has spoken of it
     * @param live whether the signals know how targets do
     */
    RouteExplainer(
            Supplier<Snapshot> config,
            Signals signals,
            Function<SwitchObject, @Nullable SwitchRule> switches,
            boolean live) {
        this.config = config;
        this.signals = signals;
        this.switches = switches;
        this.live = live;
    }

    @Override
    public RequestFacts read(String schema, byte[] body, AskedFor who) {
        Identity caller = new Identity(who.tenant(), region(who), "");
        return AskedFacts.read(schema, body, caller, who.priority());
    }

    @Override
    public JsonObject explain(RequestFacts facts, String feature) {
        RequestFacts known = facts instanceof AskedFor asked ? asked.in(region(asked)) : facts;
        return json(table().explain(new RouteQuestion(known.model(), known)), known)
                .put("switches", switches(known, feature));
    }

    /** What is off for all or for some of those who call so, in the order in which a call is asked. Those of providers stand with their targets. */
    private JsonArray switches(RequestFacts facts, String feature) {
        JsonArray all = new JsonArray();
        Stream.of(
                        SwitchObject.GATEWAY,
                        new SwitchObject(SwitchObject.Kind.TENANT, facts.tenant()),
                        new SwitchObject(SwitchObject.Kind.FEATURE, feature),
                        new SwitchObject(SwitchObject.Kind.MODEL, facts.model()))
                .forEach(object -> {
                    SwitchRule rule = switches.apply(object);
                    if (rule != null && refusesAnybody(rule)) {
                        all.add(new JsonObject()
                                .put("object", object.toString())
                                .put("says", rule.inWords()));
                    }
                });
        return all;
    }

    private static boolean refusesAnybody(SwitchRule rule) {
        return rule.enabled() ? !rule.isForAll() : rule.percent() > 0;
    }

    /** That of the tenant, as with its key, unless another one was asked for. */
    private String region(AskedFor who) {
        if (who.tenant().isEmpty()) {
            return who.region();
        }
        TenantConfig tenant = config.get().server().tenants().stream()
                .filter(known -> known.name().equals(who.tenant()))
                .findFirst()
                .orElseThrow(() -> GatewayError.builder(
                                GatewayError.Kind.INVALID_REQUEST, "The configuration has no such tenant.")
                        .param("tenant")
                        .code("unknown_tenant")
                        .hint("Give a name that stands under tenants, or none.")
                        .build());
        return who.region().isEmpty() ? tenant.region() : who.region();
    }

    private RouteTable table() {
        Snapshot now = config.get();
        RouteTable known = table;
        if (known == null || !built.equals(now.version())) {
            known = new RouteTable(now, signals, RandomGenerator.of("L64X128MixRandom"));
            table = known;
            built = now.version();
        }
        return known;
    }

    private JsonObject json(Explanation explanation, RequestFacts facts) {
        JsonArray targets = new JsonArray();
        explanation.steps().forEach(step -> targets.add(json(step, explanation, facts)));
        JsonObject json = new JsonObject()
                .put("model", explanation.model())
                .put("strategy", explanation.balance().strategy().label());
        if (explanation.balance().strategy() == Strategy.STICKY) {
            json.put("sticky_by", explanation.balance().stickyBy().label()).put("sticks", explanation.held());
        }
        return json.put("tokens", facts.tokens())
                .put("max_tokens", facts.maxTokens())
                .put("live_state", live)
                .put("all_out", explanation.allOut())
                .put("targets", targets);
    }

    private JsonObject json(Explanation.Step step, Explanation explanation, RequestFacts facts) {
        JsonObject json = new JsonObject()
                .put("target", step.target().toString())
                .put("tier", step.tier())
                .put("position", step.position() == 0 ? null : step.position())
                .put("reason", step.reason().label())
                .put("detail", detail(step, explanation, facts))
                .put("weight", step.weight())
                .put("share", step.share());
        if (!step.condition().isEmpty()) {
            json.put("when", step.condition());
        }
        if (step.contextWindow() > 0) {
            json.put("context_window", step.contextWindow());
        }
        if (step.costNanos() >= 0) {
            json.put("cost_usd", BigDecimal.valueOf(step.costNanos(), NANO).doubleValue());
        }
        if (live) {
            json.put("standing", step.standing()).put("in_flight", step.inFlight());
            json.put("first_token_ms", step.firstTokenNanos() == 0 ? null : step.firstTokenNanos() / 1_000_000);
        }
        return json;
    }

    /** One sentence for a person. */
    private static String detail(Explanation.Step step, Explanation explanation, RequestFacts facts) {
        return switch (step.reason()) {
            case FIRST -> first(step, explanation);
            case NEXT -> "when the ones before it fail";
            case LATER_TIER -> "when the earlier tiers fail";
            case ALL_OUT -> "all are out; a probe may go through: " + step.standing();
            case OUT -> step.standing().isEmpty() ? "it is out" : step.standing();
            case CONDITION -> "its condition is not true: " + step.condition();
            case CONTEXT_WINDOW -> facts.tokens() + " tokens and their answer do not fit into " + step.contextWindow();
        };
    }

    private static String first(Explanation.Step step, Explanation explanation) {
        if (step.share() == 1) {
            return "the only one of its tier with a weight";
        }
        return switch (explanation.balance().strategy()) {
            case WEIGHTED -> "by weight, " + percent(step) + " of such requests";
            case LATENCY -> "the faster of two";
            case LEAST_BUSY -> "the fewest attempts under way";
            case COST -> step.costNanos() < 0 ? "nobody knows a price" : "the cheapest";
            case STICKY ->
                explanation.held()
                        ? "this " + explanation.balance().stickyBy().label() + " sticks to it"
                        : "nothing to stick by, so by weight";
        };
    }

    private static String percent(Explanation.Step step) {
        return Math.round(step.share() * 100) + " %";
    }
}
