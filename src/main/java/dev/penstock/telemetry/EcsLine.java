// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.accounting.AttemptRecord;
import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.ExchangeRecord.LimitUse;
import dev.penstock.accounting.ExchangeRecord.PassedOver;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a line of the request log: Elastic Common Schema 9.3 with its {@code gen_ai} set (elastic.co,
 * "Generative AI fields", taken from OpenTelemetry's conventions of the same names), and {@code penstock} for the rest.
 * {@code @timestamp} is the end of the exchange, so that lines are in order; {@code event.duration} is in nanoseconds as
 * ECS wants it.
 */
final class EcsLine {

    private static final int MAX_CHARS = 256;

    private static final byte[] TIMESTAMP = utf8("{\"@timestamp\":");
    private static final byte[] INFO = utf8(",\"log.level\":\"INFO\",\"message\":\"chat ");
    private static final byte[] WARN = utf8(",\"log.level\":\"WARN\",\"message\":\"chat ");
    private static final byte[] EVENT = utf8(
            "\",\"ecs.version\":\"9.3.0\",\"event\":{\"dataset\":\"penstock.request\",\"kind\":\"event\",\"outcome\":\"");
    private static final byte[] DURATION = utf8("\",\"duration\":");
    private static final byte[] TRACE = utf8(",\"trace\":{\"id\":");
    private static final byte[] SPAN = utf8("},\"span\":{\"id\":");
    private static final byte[] REQUEST = utf8(",\"http\":{\"request\":{\"id\":");
    private static final byte[] REQUEST_BYTES = utf8(",\"body\":{\"bytes\":");
    private static final byte[] RESPONSE = utf8("}},\"response\":{\"status_code\":");
    private static final byte[] GEN_AI = utf8("}}},\"gen_ai\":{\"operation\":{\"name\":\"");
    private static final byte[] OPERATION_END = utf8("\"}");
    private static final byte[] PROVIDER = utf8(",\"provider\":{\"name\":");
    private static final byte[] MODEL = utf8("},\"request\":{\"model\":");
    private static final byte[] STREAM = utf8(",\"stream\":");
    private static final byte[] NO_TARGET_STREAM = utf8(",\"request\":{\"stream\":");
    private static final byte[] FINISH = utf8(",\"response\":{\"finish_reasons\":[");
    private static final byte[] USAGE = utf8(",\"usage\":{\"input_tokens\":");
    private static final byte[] OUTPUT = utf8(",\"output_tokens\":");
    private static final byte[] CACHED = utf8(",\"cache_read\":{\"input_tokens\":");
    private static final byte[] CACHE_WRITE = utf8(",\"cache_creation\":{\"input_tokens\":");
    private static final byte[] REASONING = utf8(",\"reasoning\":{\"output_tokens\":");
    private static final byte[] PENSTOCK = utf8("},\"penstock\":{\"outcome\":\"");
    private static final byte[] ALIAS = utf8(",\"alias\":");
    private static final byte[] TENANT = utf8(",\"tenant\":");
    private static final byte[] FEATURE = utf8(",\"feature\":");
    private static final byte[] SESSION = utf8(",\"session\":");
    private static final byte[] KEY_ID = utf8(",\"key_id\":");
    private static final byte[] USER = utf8(",\"user\":{\"id\":");
    private static final byte[] COST = utf8(",\"cost_nano_usd\":");
    private static final byte[] PRICES = utf8(",\"price_version\":");
    private static final byte[] ATTEMPTS = utf8(",\"attempts\":");
    private static final byte[] TRIES = utf8(",\"tries\":[{\"target\":");
    private static final byte[] NEXT_TRY = utf8(",{\"target\":");
    private static final byte[] WHY = utf8(",\"why\":\"");
    private static final byte[] STATUS = utf8(",\"status\":");
    private static final byte[] LOST = utf8(",\"lost\":true");
    private static final byte[] TRY_INPUT = utf8(",\"input_tokens\":");
    private static final byte[] STARTED = utf8(",\"started_ms\":");
    private static final byte[] TOOK = utf8(",\"took_ms\":");
    private static final byte[] PROVIDER_REQUEST = utf8(",\"provider_request_id\":");
    private static final byte[] PASSED_OVER = utf8(",\"passed_over\":[");
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] COMMA = utf8(",");
    private static final byte[] REFUSED_BY = utf8(",\"refused_by\":");
    private static final byte[] END_OF_TRIES = utf8("]");
    private static final byte[] PROVIDER_KEY = utf8(",\"provider_key\":");
    private static final byte[] EVENTS = utf8(",\"events\":");
    private static final byte[] TTFT = utf8(",\"ttft_ms\":");
    private static final byte[] MAX_GAP = utf8(",\"max_gap_ms\":");
    private static final byte[] GAP_P99 = utf8(",\"gap_p99_ms\":");
    private static final byte[] OVERHEAD = utf8(",\"overhead_us\":");
    private static final byte[] DROPPED = utf8(",\"dropped\":");
    private static final byte[] ESTIMATED = utf8(",\"usage_estimated\":true");
    private static final byte[] ERROR = utf8(",\"error\":\"");
    private static final byte[] ERROR_TYPE = utf8("},\"error\":{\"type\":\"");
    private static final byte[] QUOTE = utf8("\"");
    private static final byte[] CLOSE = utf8("}");
    private static final byte[] CLOSE_LIST = utf8("]}");
    private static final byte[] TRUE = utf8("true}");
    private static final byte[] FALSE = utf8("false}");
    private static final byte[] END = utf8("}}\n");
    private static final byte[] END_OF_ERROR = utf8("\"}}\n");

    /** The operation's name by OpenTelemetry's conventions for generative AI; counting is not among them. */
    private static final byte[] CHAT = utf8("chat");

    private static final Map<ApiSchema, byte[]> OPERATIONS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_COMPLETIONS, utf8("text_completion"),
            ApiSchema.OPENAI_EMBEDDINGS, utf8("embeddings"),
            ApiSchema.ANTHROPIC_COUNT_TOKENS, utf8("count_tokens")));

    private static final byte[] SUCCESS = utf8("success");
    private static final byte[] FAILURE = utf8("failure");
    private static final byte[] UNKNOWN = utf8("unknown");

    private static final Map<Outcome, byte[]> OUTCOMES = outcomes();
    private static final Map<GatewayError.Kind, byte[]> ERRORS = errors();

    private static final Map<AttemptRecord.Why, byte[]> WHYS = whys();

    private final byte[] service;

    EcsLine(String version, String node) {
        JsonLine json = new JsonLine();
        json.raw(utf8(",\"service\":{\"name\":\"penstock\",\"version\":"))
                .string(version, MAX_CHARS)
                .raw(utf8(",\"node\":{\"name\":"))
                .string(node, MAX_CHARS)
                .raw(utf8("}}"));
        this.service = Arrays.copyOf(json.array(), json.length());
    }

    JsonLine write(JsonLine line, ExchangeRecord e) {
        byte[] outcome = OUTCOMES.getOrDefault(e.outcome(), UNKNOWN);
        line.raw(TIMESTAMP)
                .instant(e.startedAt().plusNanos(e.durationNanos()))
                .raw(isTrouble(e.outcome()) ? WARN : INFO)
                .raw(outcome)
                .raw(EVENT)
                .raw(eventOutcome(e.outcome()))
                .raw(DURATION)
                .number(e.durationNanos())
                .raw(CLOSE)
                .raw(service);
        trace(line, e.trace());
        user(line, e.user());
        line.raw(REQUEST)
                .string(e.id(), MAX_CHARS)
                .raw(REQUEST_BYTES)
                .number(e.requestBytes())
                .raw(RESPONSE)
                .number(e.status())
                .raw(REQUEST_BYTES)
                .number(e.responseBytes());
        genAi(line, e);
        line.raw(PENSTOCK).raw(outcome).raw(QUOTE);
        penstock(line, e);
        return end(line, e.error());
    }

    private static void trace(JsonLine line, ExchangeRecord.@Nullable Trace trace) {
        if (trace == null) {
            return;
        }
        line.raw(TRACE).string(trace.context().traceId(), MAX_CHARS);
        if (trace.context().isRecorded()) {
            line.raw(SPAN).string(trace.context().spanId(), MAX_CHARS);
        }
        line.raw(CLOSE);
    }

    private static void user(JsonLine line, String user) {
        if (!user.isEmpty()) {
            line.raw(USER).string(user, MAX_CHARS).raw(CLOSE);
        }
    }

    private static void genAi(JsonLine line, ExchangeRecord e) {
        line.raw(GEN_AI).raw(OPERATIONS.getOrDefault(e.schema(), CHAT)).raw(OPERATION_END);
        Target target = e.target();
        if (target == null) {
            line.raw(NO_TARGET_STREAM);
        } else {
            line.raw(PROVIDER)
                    .string(target.provider(), MAX_CHARS)
                    .raw(MODEL)
                    .string(target.model(), MAX_CHARS)
                    .raw(STREAM);
        }
        line.raw(e.stream() ? TRUE : FALSE);
        if (e.finishReason() != null) {
            line.raw(FINISH).string(e.finishReason(), MAX_CHARS).raw(CLOSE_LIST);
        }
        if (target != null) {
            usage(line, e.usage());
        }
    }

    private static void usage(JsonLine line, Usage usage) {
        line.raw(USAGE).number(usage.inputTokens()).raw(OUTPUT).number(usage.outputTokens());
        if (usage.cachedInputTokens() > 0) {
            line.raw(CACHED).number(usage.cachedInputTokens()).raw(CLOSE);
        }
        if (usage.cacheWriteTokens() > 0) {
            line.raw(CACHE_WRITE).number(usage.cacheWriteTokens()).raw(CLOSE);
        }
        if (usage.reasoningTokens() > 0) {
            line.raw(REASONING).number(usage.reasoningTokens()).raw(CLOSE);
        }
        line.raw(CLOSE);
    }

    private static void penstock(JsonLine line, ExchangeRecord e) {
        if (e.alias() != null) {
            line.raw(ALIAS).string(e.alias(), MAX_CHARS);
        }
        if (!e.tenant().isEmpty()) {
            line.raw(TENANT).string(e.tenant(), MAX_CHARS);
        }
        if (!e.who().feature().isEmpty()) {
            line.raw(FEATURE).string(e.who().feature(), MAX_CHARS);
        }
        if (!e.who().session().isEmpty()) {
            line.raw(SESSION).string(e.who().session(), MAX_CHARS);
        }
        if (!e.keyId().isEmpty()) {
            line.raw(KEY_ID).string(e.keyId(), MAX_CHARS);
        }
        if (e.nanoUsd() >= 0) {
            line.raw(COST).number(e.nanoUsd());
            if (!e.priceVersion().isEmpty()) {
                line.raw(PRICES).string(e.priceVersion(), MAX_CHARS);
            }
        }
        line.raw(ATTEMPTS).number(e.attempts());
        tries(line, e.tries());
        passedOver(line, e.passedOver());
        for (LimitUse limit : e.limits()) {
            if (limit.refused()) {
                line.raw(REFUSED_BY).string(limit.limit(), MAX_CHARS);
                break;
            }
        }
        if (e.providerKey() != null) {
            line.raw(PROVIDER_KEY).string(e.providerKey(), MAX_CHARS);
        }
        if (e.stream()) {
            line.raw(EVENTS).number(e.events());
        }
        if (e.ttftNanos() >= 0) {
            line.raw(TTFT).number(e.ttftNanos() / 1_000_000);
        }
        if (e.maxGapNanos() >= 0) {
            line.raw(MAX_GAP).number(e.maxGapNanos() / 1_000_000);
        }
        if (e.gapP99Nanos() >= 0) {
            line.raw(GAP_P99).number(e.gapP99Nanos() / 1_000_000);
        }
        line.raw(OVERHEAD).number(e.overheadNanos() / 1_000);
        if (e.target() != null && e.usage().estimated()) {
            line.raw(ESTIMATED);
        }
        if (!e.dropped().isEmpty()) {
            line.raw(DROPPED).string(String.join(", ", e.dropped()), MAX_CHARS);
        }
    }

    /** Only where there is more to say than that the first try was the answer. */
    private static void tries(JsonLine line, List<AttemptRecord> tries) {
        if (tries.isEmpty() || (tries.size() == 1 && tries.get(0).succeeded())) {
            return;
        }
        for (int i = 0; i < tries.size(); i++) {
            AttemptRecord attempt = tries.get(i);
            line.raw(i == 0 ? TRIES : NEXT_TRY)
                    .string(attempt.target().toString(), MAX_CHARS)
                    .raw(WHY)
                    .raw(WHYS.getOrDefault(attempt.why(), UNKNOWN))
                    .raw(QUOTE);
            byte[] failed = attempt.error() == null ? null : ERRORS.get(attempt.error());
            if (failed != null) {
                line.raw(ERROR).raw(failed).raw(QUOTE).raw(STATUS).number(attempt.status());
            } else if (attempt.lost()) {
                line.raw(LOST);
            }
            if (attempt.usage().totalTokens() > 0) {
                line.raw(TRY_INPUT)
                        .number(attempt.usage().inputTokens())
                        .raw(OUTPUT)
                        .number(attempt.usage().outputTokens());
            }
            line.raw(STARTED)
                    .number(attempt.startedNanos() / 1_000_000)
                    .raw(TOOK)
                    .number(attempt.durationNanos() / 1_000_000);
            if (attempt.providerRequestId() != null) {
                line.raw(PROVIDER_REQUEST).string(attempt.providerRequestId(), MAX_CHARS);
            }
            line.raw(CLOSE);
        }
        line.raw(END_OF_TRIES);
    }

    private static void passedOver(JsonLine line, List<PassedOver> passed) {
        if (passed.isEmpty()) {
            return;
        }
        line.raw(PASSED_OVER);
        for (int i = 0; i < passed.size(); i++) {
            PassedOver over = passed.get(i);
            line.raw(i == 0 ? NOTHING : COMMA).string(over.target() + " " + over.why(), MAX_CHARS);
        }
        line.raw(END_OF_TRIES);
    }

    private static JsonLine end(JsonLine line, GatewayError.@Nullable Kind error) {
        byte[] label = error == null ? null : ERRORS.get(error);
        return label == null
                ? line.raw(END)
                : line.raw(ERROR)
                        .raw(label)
                        .raw(QUOTE)
                        .raw(ERROR_TYPE)
                        .raw(label)
                        .raw(END_OF_ERROR);
    }

    private static boolean isTrouble(Outcome outcome) {
        return switch (outcome) {
            case UPSTREAM_ERROR, TRUNCATED, TIMEOUT, DEGRADED -> true;
            case OK, CACHED, FALLBACK, LIMITED, BLOCKED, CLIENT_ERROR, CANCELLED -> false;
        };
    }

    /** ECS knows three: a client that left says nothing about success. */
    private static byte[] eventOutcome(Outcome outcome) {
        return switch (outcome) {
            case OK, CACHED, FALLBACK, DEGRADED -> SUCCESS;
            case LIMITED, BLOCKED, CLIENT_ERROR, UPSTREAM_ERROR, TRUNCATED, TIMEOUT -> FAILURE;
            case CANCELLED -> UNKNOWN;
        };
    }

    private static Map<Outcome, byte[]> outcomes() {
        Map<Outcome, byte[]> labels = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            labels.put(outcome, utf8(outcome.label()));
        }
        return labels;
    }

    private static Map<GatewayError.Kind, byte[]> errors() {
        Map<GatewayError.Kind, byte[]> labels = new EnumMap<>(GatewayError.Kind.class);
        for (GatewayError.Kind kind : GatewayError.Kind.values()) {
            labels.put(kind, utf8(kind.label()));
        }
        return labels;
    }

    private static Map<AttemptRecord.Why, byte[]> whys() {
        Map<AttemptRecord.Why, byte[]> labels = new EnumMap<>(AttemptRecord.Why.class);
        for (AttemptRecord.Why why : AttemptRecord.Why.values()) {
            labels.put(why, utf8(why.label()));
        }
        return labels;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
