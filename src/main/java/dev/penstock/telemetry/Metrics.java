// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.admin.MetricsText;
import dev.penstock.alert.AlertingListener;
import dev.penstock.config.Snapshot;
import dev.penstock.config.TelemetryConfig;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.KeyFault;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.idempotency.IdempotencyListener;
import dev.penstock.ingress.EdgeListener;
import dev.penstock.quota.QuotaListener;
import dev.penstock.resilience.BreakerState;
import dev.penstock.resilience.LoadListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All figures of the gateway, by the names that {@code operations.md} lists. What is counted per exchange goes to
 * {@link ExchangeMeters}, whose handles are made once and kept, and to {@link GenAiMeters}; what is counted per token goes to the
 * {@link ShardMeters} of the event loop. There is an end to the values of each label: {@link ModelLabels} guards the one that
 * clients choose.
 */
public final class Metrics implements SettlementListener, MetricsText, AutoCloseable {

    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RuntimeMeters runtime = new RuntimeMeters(registry);
    private final LoadMeters load = new LoadMeters(registry);
    private final IdempotencyMeters idempotency = new IdempotencyMeters(registry);
    private final ModelLabels models = new ModelLabels();
    private final GenAiMeters genAi = new GenAiMeters();
    private final BreakerGauge breakers = new BreakerGauge();
    private final HistogramFamily durations;
    private volatile ExchangeMeters exchanges;
    private volatile boolean served = true;
    private final List<ShardMeters> shards = new CopyOnWriteArrayList<>();
    private final Map<GatewayError.Kind, Counter> errors = new EnumMap<>(GatewayError.Kind.class);
    private final List<LongSupplier> sources = new CopyOnWriteArrayList<>();
    private final SettledHistogram overheadTotal;
    private final SettledHistogram overheadRoute;
    private final HistogramFamily firstToken;
    private final HistogramFamily gap;
    private final HistogramFamily lag;

    private final Map<Tried, Counter> tried = new ConcurrentHashMap<>();
    private final Map<Fallback, Counter> fallbacks = new ConcurrentHashMap<>();

    private record Tried(String provider, AttemptRecord.Why why, GatewayError.@Nullable Kind error, boolean lost) {}

    private record Fallback(String model, String from, String to, String reason) {}

    /** Starts with every counter at zero, and as most have it. */
    public Metrics(String version, String commit) {
        durations = family(
                "penstock_request_duration_seconds",
                "Arrival of the request to the end of the exchange.",
                Buckets.EXCHANGE,
                "model",
                "outcome");
        exchanges = new ExchangeMeters(TelemetryConfig.Metrics.DEFAULT, models, durations, registry);
        HistogramFamily overhead = family(
                "penstock_overhead_seconds",
                "Time that the gateway itself added, per exchange that reached a provider.",
                Buckets.OVERHEAD,
                "stage");
        overheadTotal = overhead.settled("total");
        overheadRoute = overhead.settled("route");
        genAi.families().forEach(registry.getPrometheusRegistry()::register);
        registry.getPrometheusRegistry().register(breakers);
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

    /** As the configuration wants it. Called once, before the first exchange. */
    public void use(TelemetryConfig.Metrics settings) {
        served = settings.prometheus();
        exchanges = new ExchangeMeters(settings, models, durations, registry);
    }

    /** The names of the configuration become labels. Called at start and after each reload. */
    public void configured(Snapshot snapshot) {
        Set<String> names = new LinkedHashSet<>(snapshot.models().keySet());
        names.remove("*");
        snapshot.statics().keySet().forEach(name -> names.add("static/" + name));
        snapshot.rules().keySet().forEach(name -> names.add("rules/" + name));
        models.configured(names);
        genAi.configured(snapshot);
        Set<Target> targets = new LinkedHashSet<>();
        snapshot.models().values().forEach(model -> targets.addAll(model.targets()));
        snapshot.providers().values().forEach(provider -> provider.models()
                .forEach(model -> targets.add(new Target(provider.name(), model))));
        breakers.configured(targets);
    }

    /** What OpenTelemetry's conventions call the provider of that name. */
    public String conventionalProvider(String name) {
        return genAi.provider(name);
    }

    /** All figures at this moment, for whoever sends them on. Any thread that may wait. */
    MetricSnapshots snapshots() {
        runtime.bind();
        return registry.getPrometheusRegistry().scrape();
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
        // Micrometer itself holds it weakly, and a counter without its source stands still.
        sources.add(value);
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

    /** A duration that another part measures, in nanoseconds, on one thread at a time. The name is that of Prometheus, ending in {@code _seconds}. */
    public LongConsumer durations(String name, String help) {
        return family(name, help, Buckets.LAG).histogram()::record;
    }

    /**
     * Levels that another part keeps, read at each scrape.
     *
     * @param labels names of the labels
     * @param values by the values of these labels, in their order; as many as shall ever be told apart
     */
    public void levels(String name, String help, List<String> labels, Supplier<Map<List<String>, Double>> values) {
        registry.getPrometheusRegistry().register(new LevelFamily(name, help, labels, values));
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

    /** Counts what becomes of calls with a name. */
    public IdempotencyListener idempotency() {
        return idempotency;
    }

    /** Hears of limits; called once. */
    public QuotaListener limits(Alerts alerts) {
        return new LimitNews(registry, alerts);
    }

    /** Adds the figures of the JVM. Takes tens of milliseconds, so it is called after the start, on a worker thread. */
    public void bindRuntime() {
        runtime.bind();
    }

    /** Hears of what the edge refuses; called once. */
    public EdgeListener edge() {
        return new EdgeNews(registry, this::refused);
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
        exchanges.count(settled);
        genAi.count(settled);
        Counter error = settled.error() == null ? null : errors.get(settled.error());
        if (error != null) {
            error.increment();
        }
        List<AttemptRecord> all = settled.tries();
        for (int i = 0; i < all.size(); i++) {
            tried(all.get(i));
            if (all.get(i).why() == AttemptRecord.Why.FALLBACK) {
                fellBack(settled, i);
            }
        }
        if (settled.target() != null) {
            overheadTotal.record(settled.overheadNanos(), settled);
            overheadRoute.record(settled.routeNanos(), settled);
        }
    }

    /** From the last one that failed before it, or from the first one that was not even asked. */
    private void fellBack(ExchangeRecord settled, int index) {
        List<AttemptRecord> tries = settled.tries();
        AttemptRecord before = index == 0 ? null : tries.get(index - 1);
        String from = CappedLabels.NONE;
        String reason = "passed_over";
        if (before != null) {
            from = before.target().provider();
            reason = before.error() == null ? "lost" : before.error().label();
        } else if (!settled.passedOver().isEmpty()) {
            from = settled.passedOver().get(0).target().provider();
            reason = settled.passedOver().get(0).why();
        }
        String to = tries.get(index).target().provider();
        Fallback key = new Fallback(models.of(settled.alias()), from, to, reason);
        Counter known = fallbacks.get(key);
        (known != null ? known : fallbacks.computeIfAbsent(key, this::counter)).increment();
    }

    private Counter counter(Fallback key) {
        return Counter.builder("penstock.fallbacks")
                .description("Tries at the next target, by whose place it took and why.")
                .tag("model", key.model())
                .tag("from", key.from())
                .tag("to", key.to())
                .tag("reason", key.reason())
                .register(registry);
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

    /** A breaker of a target has changed its state. */
    public void breakerMoved(Target target, BreakerState to) {
        breakers.moved(target, to);
        Counter.builder("penstock.breaker.transitions")
                .description("Breakers of targets that opened, were probed, and closed again, as this node sees them.")
                .tag("provider", target.provider())
                .tag("to", to.label())
                .register(registry)
                .increment();
    }

    /** Counts what becomes of notices. */
    public AlertingListener notices() {
        return new AlertMeters(registry);
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
    public Text scrape(@Nullable String accept) {
        if (accept == null || !accept.contains(OPEN_METRICS)) {
            return MetricsText.super.scrape(accept);
        }
        runtime.bind();
        return new Text(OPEN_METRICS_TYPE, registry.scrape(OPEN_METRICS_TYPE));
    }

    @Override
    public boolean isServed() {
        return served;
    }

    @Override
    public void close() {
        runtime.close();
        registry.close();
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
}
