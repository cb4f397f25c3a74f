// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.config.ProviderConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import dev.penstock.telemetry.GenAiConventions.Metric;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The histograms of OpenTelemetry's conventions: those of a client for each try at a provider, those of a server for the exchange as
 * the caller had it. The conventions' time for each output chunk is left out, because it asks for a sample per token;
 * {@code penstock_inter_token_seconds} has the gaps.
 */
final class GenAiMeters {

    private static final int MOST_TARGETS = 1_000;
    private static final ApiSchema[] SCHEMAS = ApiSchema.values();
    private static final GatewayError.Kind[] KINDS = GatewayError.Kind.values();
    private static final String[] CALL = {
        label(GenAiConventions.OPERATION_NAME),
        label(GenAiConventions.PROVIDER_NAME),
        label(GenAiConventions.REQUEST_MODEL)
    };

    private final HistogramFamily tokens =
            family(GenAiConventions.TOKEN_USAGE, Buckets.TOKENS, GenAiConventions.TOKEN_TYPE);
    private final HistogramFamily operation =
            family(GenAiConventions.OPERATION_DURATION, Buckets.OPERATION, GenAiConventions.ERROR_TYPE);
    private final HistogramFamily firstChunk = family(GenAiConventions.TIME_TO_FIRST_CHUNK, Buckets.OPERATION);
    private final HistogramFamily served =
            family(GenAiConventions.SERVER_DURATION, Buckets.OPERATION, GenAiConventions.ERROR_TYPE);
    private final HistogramFamily firstToken = family(GenAiConventions.SERVER_FIRST_TOKEN, Buckets.SERVER_FIRST_TOKEN);
    private final HistogramFamily outputToken =
            family(GenAiConventions.SERVER_OUTPUT_TOKEN, Buckets.SERVER_OUTPUT_TOKEN);

    /** Targets that have answered; callers can make up others. */
    private final CappedLabels targets = new CappedLabels(MOST_TARGETS);

    private final LongTable<Call> calls = new LongTable<>();
    private final LongTable<SettledHistogram> durations = new LongTable<>();
    private final LongTable<SettledHistogram> answers = new LongTable<>();
    private final LongFunction<Call> makeCall = this::call;
    private final LongFunction<SettledHistogram> makeDuration = this::operationDuration;
    private final LongFunction<SettledHistogram> makeAnswer = this::servedDuration;
    private final Map<Target, Integer> ids = new ConcurrentHashMap<>();
    private final Map<Integer, Target> byId = new ConcurrentHashMap<>();
    private volatile Map<String, String> providers = Map.of();

    private static HistogramFamily family(Metric metric, Buckets buckets, String... more) {
        String[] labels = Arrays.copyOf(CALL, CALL.length + more.length);
        for (int i = 0; i < more.length; i++) {
            labels[CALL.length + i] = label(more[i]);
        }
        return new HistogramFamily(metric.prometheusName(), metric.description(), buckets, labels);
    }

    private static String label(String attribute) {
        return attribute.replace('.', '_');
    }

    List<HistogramFamily> families() {
        return List.of(tokens, operation, firstChunk, served, firstToken, outputToken);
    }

    void configured(Snapshot snapshot) {
        Map<String, String> names = new LinkedHashMap<>();
        snapshot.providers()
                .values()
                .forEach((ProviderConfig provider) ->
                        names.put(provider.name(), GenAiConventions.providerName(provider)));
        providers = names;
    }

    /** What the conventions call the provider of that name. */
    String provider(String name) {
        return providers.getOrDefault(name, name);
    }

    void count(ExchangeRecord settled) {
        List<AttemptRecord> tries = settled.tries();
        for (int i = 0; i < tries.size(); i++) {
            tried(settled, tries.get(i));
        }
        Target target = settled.target();
        if (target == null) {
            return;
        }
        int id = id(target, ExchangeMeters.isAnswered(settled.outcome()));
        answers.get(key(settled.schema(), id, settled.error()), makeAnswer).record(settled.durationNanos(), settled);
        if (settled.error() != null || !settled.stream() || settled.ttftNanos() < 0) {
            return;
        }
        Call call = calls.get(key(settled.schema(), id, null), makeCall);
        call.firstToken.record(settled.ttftNanos(), settled);
        long later = settled.usage().outputTokens() - 1;
        if (later > 0) {
            call.outputToken.record((settled.durationNanos() - settled.ttftNanos()) / later, settled);
        }
    }

    private void tried(ExchangeRecord settled, AttemptRecord attempt) {
        int id = id(attempt.target(), attempt.succeeded());
        durations
                .get(key(settled.schema(), id, attempt.error()), makeDuration)
                .record(attempt.durationNanos(), settled);
        Usage usage = attempt.usage();
        // Without a number from the provider there is no sample: the conventions want it so.
        boolean reported = !usage.estimated() && usage.totalTokens() > 0;
        boolean timed = settled.stream() && attempt.ttftNanos() >= 0;
        if (!reported && !timed) {
            return;
        }
        Call call = calls.get(key(settled.schema(), id, null), makeCall);
        if (reported) {
            call.input.record(usage.inputTokens(), settled);
            call.output.record(usage.outputTokens(), settled);
        }
        if (timed) {
            call.firstChunk.record(attempt.ttftNanos(), settled);
        }
    }

    private int id(Target target, boolean answered) {
        // Not toString, which would make a text for each call: an answered target is looked up by the target itself.
        Integer known = ids.get(target);
        return known != null ? known : answered ? admit(target) : CappedLabels.OTHER_ID;
    }

    private int admit(Target target) {
        int id = targets.idOf(target.toString());
        if (id != CappedLabels.OTHER_ID) {
            byId.put(id, target);
            ids.put(target, id);
        }
        return id;
    }

    private static long key(ApiSchema schema, int target, GatewayError.@Nullable Kind error) {
        return (long) target << 32 | (long) schema.ordinal() << 16 | (error == null ? 0 : error.ordinal() + 1) << 1 | 1;
    }

    private SettledHistogram operationDuration(long key) {
        return duration(operation, key);
    }

    private SettledHistogram servedDuration(long key) {
        return duration(served, key);
    }

    private SettledHistogram duration(HistogramFamily family, long key) {
        int error = (int) (key >>> 1) & 0x7fff;
        return family.settled(labels(key, error == 0 ? "" : KINDS[error - 1].label()));
    }

    private String[] labels(long key, String... more) {
        Target target = byId.get((int) (key >>> 32));
        String[] labels = new String[CALL.length + more.length];
        labels[0] = GenAiConventions.operation(SCHEMAS[(int) (key >>> 16) & 0xffff]);
        labels[1] = target == null ? CappedLabels.OTHER : provider(target.provider());
        labels[2] = target == null ? CappedLabels.OTHER : target.model();
        System.arraycopy(more, 0, labels, CALL.length, more.length);
        return labels;
    }

    private Call call(long key) {
        Function<String, SettledHistogram> ofType = type -> tokens.settled(labels(key, type));
        return new Call(
                ofType.apply("input"),
                ofType.apply("output"),
                firstChunk.settled(labels(key)),
                firstToken.settled(labels(key)),
                outputToken.settled(labels(key)));
    }

    /** The histograms of one operation at one target that have nothing to do with errors. */
    private record Call(
            SettledHistogram input,
            SettledHistogram output,
            SettledHistogram firstChunk,
            SettledHistogram firstToken,
            SettledHistogram outputToken) {}
}
