// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.Usage;
import dev.penstock.ledger.LedgerEntry;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is kept of an exchange, as JSON. Written field by field, so that a new fact does not appear by itself. */
final class ExchangeFacts {

    private ExchangeFacts() {}

    /** What a list shows of each. */
    static JsonObject of(LedgerEntry entry) {
        ExchangeRecord e = entry.exchange();
        JsonArray attempts = new JsonArray();
        e.tries().forEach(attempt -> attempts.add(attempt(attempt)));
        JsonObject json = new JsonObject()
                .put("id", e.uuid().toString())
                .put("request_id", e.id())
                .put("started", e.startedAt().toString())
                .put("node", entry.node())
                .put("tenant", e.tenant())
                .put("user", e.user())
                .put("key", e.keyId())
                .put("feature", e.who().feature())
                .put("session", e.who().session())
                .put("schema", e.schema().name().toLowerCase(Locale.ROOT))
                .put("model", e.alias())
                .put("target", e.target() == null ? null : e.target().toString())
                .put("stream", e.stream())
                .put("outcome", e.outcome().label())
                .put("status", e.status())
                .put("error", e.error() == null ? null : e.error().label())
                .put("duration_ms", millis(e.durationNanos()))
                .put("ttft_ms", millis(e.ttftNanos()));
        usage(json, e.usage());
        return cost(json, e.nanoUsd()).put("price_version", e.priceVersion()).put("attempts", attempts);
    }

    /** What is told of one besides. */
    static JsonObject more(ExchangeRecord e) {
        JsonArray limits = new JsonArray();
        e.limits()
                .forEach(limit -> limits.add(new JsonObject()
                        .put("limit", limit.limit())
                        .put("unit", limit.unit())
                        .put("reserved", limit.reserved())
                        .put("settled", limit.settled())
                        .put("refused", limit.refused())));
        JsonArray passed = new JsonArray();
        e.passedOver()
                .forEach(over -> passed.add(
                        new JsonObject().put("target", over.target().toString()).put("why", over.why())));
        return new JsonObject()
                .put("trace_id", e.traceId())
                .put("finish_reason", e.finishReason())
                .put("provider_key", e.providerKey())
                .put("request_bytes", e.requestBytes())
                .put("response_bytes", e.responseBytes())
                .put("events", e.events())
                .put("overhead_us", e.overheadNanos() / 1_000)
                .put("gap_p99_ms", millis(e.gapP99Nanos()))
                .put("max_gap_ms", millis(e.maxGapNanos()))
                .put("dropped", new JsonArray(e.dropped().stream().sorted().toList()))
                .put("limits", limits)
                .put("passed_over", passed)
                .put(
                        "times",
                        new JsonObject()
                                .put("whole_ms", millis(e.times().wholeNanos()))
                                .put("routed_ms", millis(e.times().routedNanos()))
                                .put("admitted_ms", millis(e.times().admittedNanos()))
                                .put("committed_ms", millis(e.times().committedNanos())));
    }

    private static JsonObject attempt(AttemptRecord attempt) {
        JsonObject json = new JsonObject()
                .put("target", attempt.target().toString())
                .put("provider", attempt.target().provider())
                .put("provider_model", attempt.target().model())
                .put("why", attempt.why().label())
                .put("error", attempt.error() == null ? null : attempt.error().label())
                .put("status", attempt.status())
                .put("lost", attempt.lost())
                .put("calls", attempt.calls())
                .put("started_ms", millis(attempt.startedNanos()))
                .put("duration_ms", millis(attempt.durationNanos()))
                .put("ttft_ms", millis(attempt.ttftNanos()))
                .put("provider_request_id", attempt.providerRequestId());
        usage(json, attempt.usage());
        return cost(json, attempt.nanoUsd());
    }

    private static void usage(JsonObject json, Usage usage) {
        json.put("input_tokens", usage.inputTokens())
                .put("cached_input_tokens", usage.cachedInputTokens())
                .put("cache_write_tokens", usage.cacheWriteTokens())
                .put("output_tokens", usage.outputTokens())
                .put("reasoning_tokens", usage.reasoningTokens())
                .put("estimated", usage.estimated());
    }

    private static JsonObject cost(JsonObject json, long nanoUsd) {
        return json.put("cost_nano_usd", nanoUsd < 0 ? null : nanoUsd)
                .put("cost_usd", nanoUsd < 0 ? null : UsagePage.usd(nanoUsd));
    }

    /** To the microsecond; null for what did not happen. */
    static @Nullable Double millis(long nanos) {
        return nanos < 0 ? null : Math.floorDiv(nanos, 1_000) / 1e3;
    }
}
