// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.TelemetryConfig;
import dev.penstock.config.TelemetryConfig.Label;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What is counted per exchange. The meters of each combination of tenant, feature, model, provider and outcome are made once and
 * found again by the numbers of the five, so that a settlement neither looks up a name in a registry nor allocates. There is an end
 * to the values of each label, and to their combinations: then tenant and feature are counted as {@link CappedLabels#OTHER}.
 */
final class ExchangeMeters {

    private static final int MOST_COMBINATIONS = 5_000;
    private static final int MOST_PROVIDERS = 4_000;
    private static final int MOST_MODELS = 60_000;
    private static final double NANOS = 1e9;
    private static final Outcome[] OUTCOMES = Outcome.values();

    private final MeterRegistry registry;
    private final Set<Label> told;
    private final ModelLabels bounded;
    private final HistogramFamily durations;
    private final CappedLabels tenants;
    private final CappedLabels features;
    /** Values that {@link ModelLabels} lets through. */
    private final CappedLabels models = new CappedLabels(MOST_MODELS);

    private final CappedLabels providers = new CappedLabels(MOST_PROVIDERS);
    private final LongTable<Meters> all = new LongTable<>();
    private final LongTable<SettledHistogram> durationsOf = new LongTable<>();
    private final LongFunction<Meters> make = this::meters;
    private final LongFunction<SettledHistogram> makeDurations = this::durations;

    ExchangeMeters(TelemetryConfig.Metrics settings, ModelLabels bounded, HistogramFamily durations, MeterRegistry to) {
        this.registry = to;
        this.told = settings.labels();
        this.bounded = bounded;
        this.durations = durations;
        this.tenants = new CappedLabels(settings.cap());
        this.features = new CappedLabels(settings.cap());
    }

    void count(ExchangeRecord settled) {
        Target target = settled.target();
        String model = target != null && isAnswered(settled.outcome())
                ? bounded.ofAnswered(settled.alias())
                : bounded.of(settled.alias());
        int modelId = models.idOf(model);
        int outcome = settled.outcome().ordinal();
        all.get(key(settled, target, modelId, outcome), make).count(settled);
        durationsOf.get((long) modelId << 8 | outcome << 1 | 1, makeDurations).record(settled.durationNanos(), settled);
    }

    private long key(ExchangeRecord settled, @Nullable Target target, int model, int outcome) {
        // Of somebody who was not let in both are empty. Who was may name any feature that the key allows: the first
        // ones
        // that come have a value of their own, up to the cap.
        int tenant = tenants.idOf(settled.who().tenant());
        int feature = features.idOf(settled.who().feature());
        int provider = target == null ? CappedLabels.NONE_ID : providers.idOf(target.provider());
        long key = key(tenant, feature, model, provider, outcome);
        return all.has(key) || all.size() < MOST_COMBINATIONS
                ? key
                : key(CappedLabels.OTHER_ID, CappedLabels.OTHER_ID, model, provider, outcome);
    }

    /** The lowest bit keeps it from being 0. */
    private static long key(int tenant, int feature, int model, int provider, int outcome) {
        return (long) tenant << 49
                | (long) feature << 35
                | (long) model << 19
                | (long) provider << 6
                | outcome << 1
                | 1;
    }

    private SettledHistogram durations(long key) {
        return durations.settled(models.name((int) (key >>> 8)), OUTCOMES[(int) key >> 1 & 0x7f].label());
    }

    private Meters meters(long key) {
        Outcome outcome = OUTCOMES[(int) key >> 1 & 0x1f];
        Tags tags = Tags.empty();
        for (Label label : told) {
            String value =
                    switch (label) {
                        case TENANT -> tenants.name((int) (key >>> 49));
                        case FEATURE -> features.name((int) (key >>> 35) & 0x3fff);
                        case MODEL -> models.name((int) (key >>> 19) & 0xffff);
                        case PROVIDER -> providers.name((int) (key >>> 6) & 0x1fff);
                    };
            tags = tags.and(label.name().toLowerCase(Locale.ROOT), value);
        }
        return new Meters(registry, tags, outcome);
    }

    static boolean isAnswered(Outcome outcome) {
        return switch (outcome) {
            case OK, CACHED, FALLBACK, DEGRADED -> true;
            case LIMITED, BLOCKED, CLIENT_ERROR, UPSTREAM_ERROR, TRUNCATED, TIMEOUT, CANCELLED -> false;
        };
    }

    /** The meters of one combination. Event loops that race for one find the same meters in the registry. */
    private static final class Meters {

        private final Counter requests;
        private final Counter input;
        private final Counter output;
        private final Counter cachedInput;
        private final Counter cacheWrite;
        private final Counter reasoning;
        private final Counter cost;
        private final Counter unpriced;

        Meters(MeterRegistry registry, Tags tags, Outcome outcome) {
            this.requests = Counter.builder("penstock.requests")
                    .description("Exchanges, by how they ended.")
                    .tags(tags.and("outcome", outcome.label()))
                    .register(registry);
            String tokens = "Tokens of prompts and answers, reported or estimated.";
            this.input = counter("penstock.tokens", tokens, tags.and("type", "input"), registry);
            this.output = counter("penstock.tokens", tokens, tags.and("type", "output"), registry);
            String parts =
                    "Parts of penstock_tokens_total: cached_input and cache_write of input, reasoning of output.";
            this.cachedInput = counter("penstock.token.parts", parts, tags.and("type", "cached_input"), registry);
            this.cacheWrite = counter("penstock.token.parts", parts, tags.and("type", "cache_write"), registry);
            this.reasoning = counter("penstock.token.parts", parts, tags.and("type", "reasoning"), registry);
            this.cost = counter("penstock.cost.usd", "What answers cost, in US dollars.", tags, registry);
            this.unpriced = counter(
                    "penstock.unpriced",
                    "Exchanges that took tokens of a provider whose price is not known.",
                    tags,
                    registry);
        }

        private static Counter counter(String name, String help, Tags tags, MeterRegistry registry) {
            return Counter.builder(name).description(help).tags(tags).register(registry);
        }

        void count(ExchangeRecord settled) {
            requests.increment();
            Usage usage = settled.usage();
            add(input, usage.inputTokens());
            add(output, usage.outputTokens());
            add(cachedInput, usage.cachedInputTokens());
            add(cacheWrite, usage.cacheWriteTokens());
            add(reasoning, usage.reasoningTokens());
            if (settled.nanoUsd() > 0) {
                cost.increment(settled.nanoUsd() / NANOS);
            } else if (settled.nanoUsd() < 0 && usage.totalTokens() > 0) {
                unpriced.increment();
            }
        }

        private static void add(Counter counter, long tokens) {
            if (tokens > 0) {
                counter.increment((double) tokens);
            }
        }
    }
}
