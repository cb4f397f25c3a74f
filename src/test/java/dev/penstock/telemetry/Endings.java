// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.AttemptRecord.Why;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.Caller;
import dev.penstock.accounting.ExchangeRecord.Trace;
import dev.penstock.config.ModelConfig;
import dev.penstock.config.ServerConfig;
import dev.penstock.config.Snapshot;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.StreamPolicy;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Timeouts;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Records of exchanges for the tests of this room. */
final class Endings {

    static final Target GPT = new Target("openai", "gpt-4o");
    static final Target SECOND = new Target("azure", "gpt-4o");

    static final TraceContext TRACE =
            new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true, 17);

    private Endings() {}

    static ExchangeRecord ok(@Nullable String alias) {
        return ending("req_1", alias, GPT, Outcome.OK, null, Usage.reported(812, 100, 221, 20));
    }

    static ExchangeRecord ofTenant(String tenant) {
        return ending("req_1", "chat", GPT, Outcome.OK, null, Usage.reported(812, 100, 221, 20), tenant, List.of());
    }

    /** Answered by the second of two targets. */
    static ExchangeRecord fellBack(String alias) {
        return ending(
                "req_1",
                alias,
                SECOND,
                Outcome.FALLBACK,
                null,
                Usage.reported(812, 100, 221, 20),
                List.of(
                        attempt(GPT, Why.FIRST, GatewayError.Kind.CONNECT_FAILED),
                        attempt(SECOND, Why.FALLBACK, null)));
    }

    /** With these tries and no more. */
    static ExchangeRecord after(
            String alias,
            Target target,
            Outcome outcome,
            GatewayError.@Nullable Kind error,
            List<AttemptRecord> tries) {
        return ending("req_1", alias, target, outcome, error, Usage.NONE, tries);
    }

    static AttemptRecord attempt(Target target, Why why, GatewayError.@Nullable Kind error) {
        return new AttemptRecord(
                target,
                why,
                error,
                error == null ? 0 : 502,
                false,
                3_000_000L,
                40_000_000L,
                error == null ? Usage.reported(812, 100, 221, 20) : Usage.NONE,
                -1,
                error == null ? 12_000_000L : -1,
                null,
                1);
    }

    static ExchangeRecord failed(
            @Nullable String alias, @Nullable Target target, Outcome outcome, GatewayError.Kind error) {
        return ending("req_1", alias, target, outcome, error, Usage.NONE);
    }

    static ExchangeRecord ending(
            String id,
            @Nullable String alias,
            @Nullable Target target,
            Outcome outcome,
            GatewayError.@Nullable Kind error,
            Usage usage) {
        return ending(id, alias, target, outcome, error, usage, "", List.of());
    }

    private static ExchangeRecord ending(
            String id,
            String alias,
            Target target,
            Outcome outcome,
            GatewayError.@Nullable Kind error,
            Usage usage,
            List<AttemptRecord> tries) {
        return ending(id, alias, target, outcome, error, usage, "", tries);
    }

    private static ExchangeRecord ending(
            String id,
            @Nullable String alias,
            @Nullable Target target,
            Outcome outcome,
            GatewayError.@Nullable Kind error,
            Usage usage,
            String tenant,
            List<AttemptRecord> tries) {
        return new ExchangeRecord(
                new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0001L),
                id,
                new Trace(TRACE, 2_100_000L, 300_000L),
                Instant.parse("2026-11-20T18:02:09.575Z"),
                ApiSchema.OPENAI_CHAT,
                alias,
                target,
                true,
                outcome,
                error == null ? 200 : 502,
                error,
                error == null ? "stop" : null,
                usage,
                target == null ? 0 : Math.max(1, tries.size()),
                tries,
                null,
                223,
                1_200,
                60_000,
                1_843_000_000L,
                412_000_000L,
                184_000L,
                9_000L,
                51_000_000L,
                Set.of(),
                48_000_000L,
                tenant.isEmpty() ? Caller.NOBODY : new Caller(tenant, "u-17", "k7f3", "", ""),
                tenant.isEmpty() ? -1 : 1_250,
                "",
                List.of(),
                List.of(),
                new ExchangeRecord.Times(2_000_000L, 2_109_000L, 2_900_000L, 15_000_000L));
    }

    /** Of a caller that sends no trace, where none begins. */
    static ExchangeRecord untraced(String alias) {
        return with(ok(alias), null, Caller.NOBODY, -1);
    }

    /** For a tenant and a feature, at a price in billionths of a dollar, or -1. */
    static ExchangeRecord by(String tenant, String feature, long nanoUsd) {
        return with(ok("chat"), null, new Caller(tenant, "", "", feature, ""), nanoUsd);
    }

    private static ExchangeRecord with(ExchangeRecord e, @Nullable Trace trace, Caller who, long nanoUsd) {
        return new ExchangeRecord(
                e.uuid(),
                e.id(),
                trace,
                e.startedAt(),
                e.schema(),
                e.alias(),
                e.target(),
                e.stream(),
                e.outcome(),
                e.status(),
                e.error(),
                e.finishReason(),
                e.usage(),
                e.attempts(),
                e.tries(),
                e.providerKey(),
                e.events(),
                e.requestBytes(),
                e.responseBytes(),
                e.durationNanos(),
                e.ttftNanos(),
                e.overheadNanos(),
                e.routeNanos(),
                e.maxGapNanos(),
                e.dropped(),
                e.gapP99Nanos(),
                who,
                nanoUsd,
                e.priceVersion(),
                e.limits(),
                e.passedOver(),
                e.times());
    }

    static Snapshot configWithModels(String... names) {
        Map<String, ModelConfig> models = new LinkedHashMap<>();
        for (String name : names) {
            models.put(name, new ModelConfig(name, List.of(GPT), Timeouts.DEFAULT, StreamPolicy.DEFAULT));
        }
        return new Snapshot(ServerConfig.defaults(), Map.of(), models, Map.of(), "v1");
    }
}
