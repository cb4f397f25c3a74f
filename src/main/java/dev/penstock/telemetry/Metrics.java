// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.admin.MetricsText;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.exchange.Usage;
import dev.penstock.quota.QuotaListener;
import dev.penstock.resilience.BreakerState;
import dev.penstock.resilience.LoadListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All figures of the gateway, by the names that {@code operations.md} lists. What is counted per exchange goes to Micrometer
 * meters whose handles are looked up once per (model, provider, outcome) and kept; what is counted per token goes to the
 * {@link ShardMeters} of the event loop. Labels have few values, known in advance: {@link ModelLabels} guards the one that
 * clients choose.
 */
public final class Metrics implements SettlementListener, MetricsText, AutoCloseable {

    private static final String NO_PROVIDER = "none";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RuntimeMeters runtime = new RuntimeMeters(registry);
    private final LoadMeters load = new LoadMeters(registry);
    private final ModelLabels models = new ModelLabels();
    private final Map<Key, Handles> handles = new ConcurrentHashMap<>();
    private final List<ShardMeters> shards = new CopyOnWriteArrayList<>();
    private final Map<GatewayError.Kind, Counter> errors = new EnumMap<>(GatewayError.Kind.class);
    private final Timer overheadTotal = overhead("total");
    private final Timer overheadRoute = overhead("route");
    private final HistogramFamily firstToken;
    private final HistogramFamily gap;
    private final HistogramFamily lag;

    private final Map<Tried, Counter> tried = new ConcurrentHashMap<>();

    private record Key(String model, String provider, Outcome outcome) {}

    private record Tried(String provider, AttemptRecord.Why why, GatewayError.@Nullable Kind error, boolean lost) {}

    /** Starts with every counter at zero. */
    public Metrics(String version, String commit) {
        firstToken = family(
                "penstock_time_to_first_token_seconds",
                "Arrival of the request to the first event with content.",
                Buckets.FIRST_TOKEN,
                "model",
                "provider");
        gap = family(
                "penstock_inter_token_seconds",
                "Time between two reads of the provider that brought events, after the first content.",
                Buckets.GAP,
                "model",
                "provider");
        lag = family(
                "penstock_event_loop_lag_seconds", "How late a timer of the event loop came.", Buckets.LAG, "loop");
        Gauge.builder("penstock.active.streams", shards, Metrics::activeStreams)
                .description("Streams that have been committed and have not ended.")
                .register(registry);
        Gauge.builder("penstock.build.info", () -> 1)
                .description("What is running.")
                .tag("version", version)
                .tag("commit", commit)
                .tag("java", Runtime.version().toString())
                .register(registry);
        for (GatewayError.Kind kind : GatewayError.Kind.values()) {
            Counter counter = Counter.builder("penstock.errors")
                    .description(
                            "Exchanges that ended with an error, by what happened; each timer is a kind of its own.")
                    .tag("kind", kind.label())
                    .register(registry);
            errors.put(kind, counter);
        }
    }

    /** The names of the configuration become labels. Called at start and after each reload. */
    public void configured(Snapshot snapshot) {
        Set<String> names = new LinkedHashSet<>(snapshot.models().keySet());
        names.remove("*");
        snapshot.statics().keySet().forEach(name -> names.add("static/" + name));
        snapshot.rules().keySet().forEach(name -> names.add("rules/" + name));
        models.configured(names);
    }

    /** The meters of one event loop. Called once per shard. */
    public ShardMeters shard() {
        ShardMeters shard = new ShardMeters(models, firstToken, gap);
        shards.add(shard);
        return shard;
    }

    /** The pulse of one event loop; the caller starts it on that loop. */
    public LoopLag lag(int loop, Ticker ticker, Timers timers) {
        return new LoopLag(lag.histogram(Integer.toString(loop)), ticker, timers);
    }

    /** A figure that another part keeps, read at each scrape. The name is that of Prometheus, ending in {@code _total}. */
    public void counter(String name, String help, LongSupplier value) {
        FunctionCounter.builder(name.replace('_', '.'), value, LongSupplier::getAsLong)
                .description(help)
                .register(registry);
    }

    /** A level that another part keeps, read at each scrape. */
    public void gauge(String name, String help, LongSupplier value) {
        Gauge.builder(name.replace('_', '.'), value, LongSupplier::getAsLong)
                .description(help)
                .strongReference(true)
                .register(registry);
    }

    /** The counters of one key of a provider, one for each reason. Asked for once per key, when a configuration brings it. */
    public Consumer<KeyFault> setAside(String provider, String key) {
        KeyFault[] reasons = KeyFault.values();
        Counter[] counters = new Counter[reasons.length];
        for (KeyFault reason : reasons) {
            counters[reason.ordinal()] = Counter.builder("penstock.provider.key.set.aside")
                    .description("How often a key of a provider that has several was set aside.")
                    .tag("provider", provider)
                    .tag("key", key)
                    .tag("reason", reason.label())
                    .register(registry);
        }
        return reason -> counters[reason.ordinal()].increment();
    }

    /** Counts what is turned away for lack of room. */
    public LoadListener load() {
        return load;
    }

    /** Hears of limits; called once. */
    public QuotaListener limits(Alerts alerts) {
        return new LimitNews(registry, alerts);
    }

    /** Adds the figures of the JVM. Takes tens of milliseconds, so it is called after the start, on a worker thread. */
    public void bindRuntime() {
        runtime.bind();
    }

    /** The edge refused bytes that never became an exchange; {@code code} is one of its small fixed set of words. */
    public void refused(int status, String code) {
        Counter.builder("penstock.edge.refusals")
                .description("Requests that were refused before they were exchanges.")
                .tag("status", Integer.toString(status))
                .tag("code", code)
                .register(registry)
                .increment();
    }

    @Override
    public void settled(ExchangeRecord settled) {
        handles(settled).count(settled);
        Counter error = settled.error() == null ? null : errors.get(settled.error());
        if (error != null) {
            error.increment();
        }
        List<AttemptRecord> all = settled.tries();
        for (int i = 0; i < all.size(); i++) {
            tried(all.get(i));
        }
        if (settled.target() != null) {
            overheadTotal.record(settled.overheadNanos(), TimeUnit.NANOSECONDS);
            overheadRoute.record(settled.routeNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void tried(AttemptRecord attempt) {
        Tried key = new Tried(attempt.target().provider(), attempt.why(), attempt.error(), attempt.lost());
        Counter known = tried.get(key);
        (known != null ? known : tried.computeIfAbsent(key, this::counter)).increment();
    }

    private Counter counter(Tried key) {
        return Counter.builder("penstock.attempts")
                .description("Tries against targets, by what led to them and how they ended.")
                .tag("provider", key.provider())
                .tag("why", key.why().label())
                .tag("result", key.error() != null ? key.error().label() : key.lost() ? "lost" : "ok")
                .register(registry);
    }

    /** A breaker of a target at that provider has changed its state. */
    public void breakerMoved(String provider, BreakerState to) {
        Counter.builder("penstock.breaker.transitions")
                .description("Breakers of targets that opened, were probed, and closed again, as this node sees them.")
                .tag("provider", provider)
                .tag("to", to.label())
                .register(registry)
                .increment();
    }

    /** Counts alerts, spoken and kept back. */
    public Consumer<Alerts.Alert> alerts() {
        Map<Alerts.Alert, Counter> counters = new EnumMap<>(Alerts.Alert.class);
        for (Alerts.Alert alert : Alerts.Alert.values()) {
            counters.put(
                    alert,
                    Counter.builder("penstock.alerts")
                            .description("What a person should hear of, whether or not a line was written about it.")
                            .tag("alert", alert.label())
                            .register(registry));
        }
        return alert -> {
            Counter counter = counters.get(alert);
            if (counter != null) {
                counter.increment();
            }
        };
    }

    @Override
    public String scrape() {
        runtime.bind();
        return registry.scrape();
    }

    @Override
    public void close() {
        runtime.close();
        registry.close();
    }

    private Handles handles(ExchangeRecord settled) {
        Target target = settled.target();
        String model = target != null && isAnswered(settled.outcome())
                ? models.ofAnswered(settled.alias())
                : models.of(settled.alias());
        Key key = new Key(model, target == null ? NO_PROVIDER : target.provider(), settled.outcome());
        Handles known = handles.get(key);
        return known != null ? known : handles.computeIfAbsent(key, Handles::new);
    }

    private static boolean isAnswered(Outcome outcome) {
        return switch (outcome) {
            case OK, CACHED, FALLBACK, DEGRADED -> true;
            case LIMITED, BLOCKED, CLIENT_ERROR, UPSTREAM_ERROR, TRUNCATED, TIMEOUT, CANCELLED -> false;
        };
    }

    private static double activeStreams(List<ShardMeters> shards) {
        long sum = 0;
        for (ShardMeters shard : shards) {
            sum += shard.active();
        }
        return sum;
    }

    private HistogramFamily family(String name, String help, Buckets buckets, String... labels) {
        HistogramFamily family = new HistogramFamily(name, help, buckets, labels);
        registry.getPrometheusRegistry().register(family);
        return family;
    }

    private Timer overhead(String stage) {
        return Timer.builder("penstock.overhead")
                .description("Time that the gateway itself added, per exchange that reached a provider.")
                .tag("stage", stage)
                .serviceLevelObjectives(Buckets.OVERHEAD.objectives())
                .register(registry);
    }

    /** The handles of one (model, provider, outcome). Event loops that race for one find the same meters in the registry. */
    private final class Handles {

        private final Counter requests;
        private final Timer duration;
        private final Counter input;
        private final Counter output;
        private final Counter cachedInput;
        private final Counter reasoning;

        Handles(Key key) {
            this.requests = Counter.builder("penstock.requests")
                    .description("Exchanges, by how they ended.")
                    .tag("model", key.model())
                    .tag("provider", key.provider())
                    .tag("outcome", key.outcome().label())
                    .register(registry);
            this.duration = Timer.builder("penstock.request.duration")
                    .description("Arrival of the request to the end of the exchange.")
                    .tag("model", key.model())
                    .tag("outcome", key.outcome().label())
                    .serviceLevelObjectives(Buckets.EXCHANGE.objectives())
                    .register(registry);
            this.input = tokens("penstock.tokens", "input", key);
            this.output = tokens("penstock.tokens", "output", key);
            this.cachedInput = tokens("penstock.token.parts", "cached_input", key);
            this.reasoning = tokens("penstock.token.parts", "reasoning", key);
        }

        void count(ExchangeRecord settled) {
            requests.increment();
            duration.record(settled.durationNanos(), TimeUnit.NANOSECONDS);
            Usage usage = settled.usage();
            add(input, usage.inputTokens());
            add(output, usage.outputTokens());
            add(cachedInput, usage.cachedInputTokens());
            add(reasoning, usage.reasoningTokens());
        }

        private static void add(Counter counter, long tokens) {
            if (tokens > 0) {
                counter.increment((double) tokens);
            }
        }

        private Counter tokens(String name, String type, Key key) {
            return Counter.builder(name)
                    .description(
                            name.endsWith("parts")
                                    ? "Parts of penstock_tokens_total: cached_input of input, reasoning of output."
                                    : "Tokens of prompts and answers, reported or estimated.")
                    .tag("model", key.model())
                    .tag("provider", key.provider())
                    .tag("type", type)
                    .register(registry);
        }
    }
}
