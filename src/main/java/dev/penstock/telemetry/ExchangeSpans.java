// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * From the record of an exchange to its spans: the exchange itself, the stages whose times are known, and one for each try. Made after
 * the end, so tracing costs a stream nothing. Only facts of the record become attributes, and it has neither content nor keys.
 *
 * <pre>
 *   POST /v1/chat/completions                   server, child of the caller's span
 *     authenticate receive route admit answer   internal
 *     chat gpt-4o                               client, one per try; its id went upstream in traceparent
 * </pre>
 */
final class ExchangeSpans {

    private static final int RECEIVE = 2;
    private static final int ROUTE = 3;
    private static final int ADMIT = 4;
    private static final int AUTHENTICATE = 5;
    private static final int ANSWER = 6;
    private static final double NANOS = 1e9;

    private static final Map<ApiSchema, String> PATHS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_CHAT, "/v1/chat/completions",
            ApiSchema.OPENAI_COMPLETIONS, "/v1/completions",
            ApiSchema.OPENAI_EMBEDDINGS, "/v1/embeddings",
            ApiSchema.OPENAI_RESPONSES, "/v1/responses",
            ApiSchema.ANTHROPIC_MESSAGES, "/v1/messages",
            ApiSchema.ANTHROPIC_COUNT_TOKENS, "/v1/messages/count_tokens"));

    private final UnaryOperator<String> providers;

    /** @param providers from a configured name to that of the conventions */
    ExchangeSpans(UnaryOperator<String> providers) {
        this.providers = providers;
    }

    /** None where the exchange is not traced. */
    List<Span> of(ExchangeRecord settled) {
        ExchangeRecord.Trace trace = settled.trace();
        if (trace == null || !trace.context().isRecorded()) {
            return List.of();
        }
        TraceContext context = trace.context();
        long start = ChronoUnit.NANOS.between(Instant.EPOCH, settled.startedAt());
        List<Span> spans = new ArrayList<>();
        spans.add(server(settled, trace, start));
        stages(settled, trace, start, spans);
        settled.tries().forEach(attempt -> spans.add(client(settled, attempt, context, start)));
        return spans;
    }

    private static Span server(ExchangeRecord settled, ExchangeRecord.Trace trace, long start) {
        TraceContext context = trace.context();
        String path = PATHS.get(settled.schema());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("http.request.method", "POST");
        put(facts, "http.route", path);
        put(facts, "url.path", path);
        facts.put("http.response.status_code", (long) settled.status());
        facts.put("http.request.body.size", settled.requestBytes());
        facts.put("http.response.body.size", settled.responseBytes());
        facts.put(GenAiConventions.OPERATION_NAME, GenAiConventions.operation(settled.schema()));
        put(facts, GenAiConventions.REQUEST_MODEL, settled.alias());
        facts.put(GenAiConventions.REQUEST_STREAM, settled.stream());
        facts.put("penstock.exchange.id", settled.id());
        facts.put("penstock.outcome", settled.outcome().label());
        facts.put("penstock.attempts", (long) settled.attempts());
        putText(facts, "penstock.tenant", settled.who().tenant());
        putText(facts, "penstock.feature", settled.who().feature());
        putText(facts, "penstock.key_id", settled.who().keyId());
        if (settled.target() != null) {
            facts.put("penstock.target", settled.target().toString());
            usage(facts, settled.usage());
            facts.put("penstock.overhead", settled.overheadNanos() / NANOS);
        }
        if (settled.nanoUsd() >= 0) {
            facts.put("penstock.cost_usd", settled.nanoUsd() / NANOS);
        }
        if (settled.ttftNanos() >= 0) {
            facts.put(GenAiConventions.RESPONSE_FIRST_CHUNK, settled.ttftNanos() / NANOS);
        }
        if (settled.finishReason() != null) {
            facts.put(GenAiConventions.FINISH_REASONS, List.of(settled.finishReason()));
        }
        put(
                facts,
                GenAiConventions.ERROR_TYPE,
                settled.error() == null ? null : settled.error().label());
        return new Span(
                context.traceId(),
                context.spanId(),
                context.parentId(),
                path == null ? "POST" : "POST " + path,
                Span.Kind.SERVER,
                start - Math.max(0, trace.authNanos()),
                start + settled.durationNanos(),
                facts,
                isServerError(settled.outcome()));
    }

    /** HTTP conventions: what the caller did wrong is no error of the server. */
    private static boolean isServerError(Outcome outcome) {
        return switch (outcome) {
            case UPSTREAM_ERROR, TRUNCATED, TIMEOUT -> true;
            case OK, CACHED, FALLBACK, DEGRADED, LIMITED, BLOCKED, CLIENT_ERROR, CANCELLED -> false;
        };
    }

    private static void stages(ExchangeRecord settled, ExchangeRecord.Trace trace, long start, List<Span> into) {
        TraceContext context = trace.context();
        ExchangeRecord.Times times = settled.times();
        if (trace.authNanos() >= 0) {
            into.add(stage(context, AUTHENTICATE, "authenticate", start, -trace.authNanos(), 0));
        }
        if (times.wholeNanos() >= 0) {
            into.add(stage(context, RECEIVE, "receive", start, 0, times.wholeNanos()));
        }
        if (trace.routeFromNanos() >= 0) {
            long routed = trace.routeFromNanos() + Math.max(0, settled.routeNanos());
            into.add(stage(context, ROUTE, "route", start, trace.routeFromNanos(), routed));
            if (times.admittedNanos() >= 0) {
                // Limits may send a call elsewhere: then the way that is known is the second one, and begins after
                // them.
                long asked = times.admittedNanos() >= routed ? routed : Math.max(0, times.wholeNanos());
                into.add(stage(context, ADMIT, "admit", start, asked, times.admittedNanos()));
            }
        }
        if (times.committedNanos() >= 0) {
            into.add(stage(context, ANSWER, "answer", start, times.committedNanos(), settled.durationNanos()));
        }
    }

    private static Span stage(TraceContext context, int kind, String name, long start, long from, long to) {
        return new Span(
                context.traceId(),
                context.span(kind, from),
                context.spanId(),
                name,
                Span.Kind.INTERNAL,
                start + from,
                start + to,
                Map.of(),
                false);
    }

    private Span client(ExchangeRecord settled, AttemptRecord attempt, TraceContext context, long start) {
        String operation = GenAiConventions.operation(settled.schema());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(GenAiConventions.OPERATION_NAME, operation);
        facts.put(
                GenAiConventions.PROVIDER_NAME, providers.apply(attempt.target().provider()));
        facts.put(GenAiConventions.REQUEST_MODEL, attempt.target().model());
        facts.put(GenAiConventions.REQUEST_STREAM, settled.stream());
        facts.put("penstock.provider", attempt.target().provider());
        facts.put("penstock.attempt.why", attempt.why().label());
        if (attempt.lost()) {
            facts.put("penstock.attempt.lost", true);
        }
        if (attempt.usage().totalTokens() > 0) {
            usage(facts, attempt.usage());
        }
        if (attempt.nanoUsd() >= 0) {
            facts.put("penstock.cost_usd", attempt.nanoUsd() / NANOS);
        }
        if (attempt.ttftNanos() >= 0) {
            facts.put(GenAiConventions.RESPONSE_FIRST_CHUNK, attempt.ttftNanos() / NANOS);
        }
        put(facts, "penstock.provider_request_id", attempt.providerRequestId());
        if (attempt.error() != null) {
            facts.put(GenAiConventions.ERROR_TYPE, attempt.error().label());
        }
        return new Span(
                context.traceId(),
                context.span(AttemptRecord.SPAN, attempt.startedNanos()),
                context.spanId(),
                operation + " " + attempt.target().model(),
                Span.Kind.CLIENT,
                start + attempt.startedNanos(),
                start + attempt.startedNanos() + attempt.durationNanos(),
                facts,
                attempt.error() != null);
    }

    private static void usage(Map<String, Object> facts, Usage usage) {
        facts.put(GenAiConventions.INPUT_TOKENS, usage.inputTokens());
        facts.put(GenAiConventions.OUTPUT_TOKENS, usage.outputTokens());
        if (usage.cachedInputTokens() > 0) {
            facts.put(GenAiConventions.CACHE_READ_TOKENS, usage.cachedInputTokens());
        }
        if (usage.cacheWriteTokens() > 0) {
            facts.put(GenAiConventions.CACHE_WRITE_TOKENS, usage.cacheWriteTokens());
        }
        if (usage.reasoningTokens() > 0) {
            facts.put(GenAiConventions.REASONING_TOKENS, usage.reasoningTokens());
        }
        if (usage.estimated()) {
            facts.put("penstock.usage.estimated", true);
        }
    }

    private static void put(Map<String, Object> facts, String name, @Nullable Object value) {
        if (value != null) {
            facts.put(name, value);
        }
    }

    private static void putText(Map<String, Object> facts, String name, String value) {
        if (!value.isEmpty()) {
            facts.put(name, value);
        }
    }
}
