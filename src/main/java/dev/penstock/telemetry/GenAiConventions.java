// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import dev.penstock.config.ProviderConfig;
import dev.penstock.exchange.ApiSchema;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The names that OpenTelemetry's semantic conventions for generative AI give to metrics, spans and their attributes, with units and
 * bucket bounds. They are in development and change; this is the one place that knows them.
 *
 * <p>Source: {@value #SOURCE}, {@code docs/gen-ai/gen-ai-metrics.md} and {@code gen-ai-spans.md} at {@value #COMMIT}, read on
 * 2026-11-22. {@code GenAiConventionsTest} holds them against a copy of that table.
 */
final class GenAiConventions {

    static final String SOURCE = "https://github.com/open-telemetry/semantic-conventions-genai";
    static final String COMMIT = "004902b8cb70aa5ae6ca4ae07132b7daabcd3e10";

    /** A histogram of the conventions. */
    record Metric(String name, String unit, String description) {

        /** As Prometheus has it: no dots, the unit in the name, units in braces left out. */
        String prometheusName() {
            String plain = name.replace('.', '_');
            return unit.equals("s") ? plain + "_seconds" : plain;
        }
    }

    static final Metric TOKEN_USAGE =
            new Metric("gen_ai.client.token.usage", "{token}", "Number of input and output tokens used.");
    static final Metric OPERATION_DURATION =
            new Metric("gen_ai.client.operation.duration", "s", "GenAI operation duration.");
    static final Metric TIME_TO_FIRST_CHUNK = new Metric(
            "gen_ai.client.operation.time_to_first_chunk",
            "s",
            "Time to receive the first chunk, measured from when the client issues the generation request to when the"
                    + " first chunk is received in the response stream.");
    static final Metric SERVER_DURATION = new Metric(
            "gen_ai.server.request.duration",
            "s",
            "Generative AI server request duration such as time-to-last byte or last output token.");
    static final Metric SERVER_FIRST_TOKEN = new Metric(
            "gen_ai.server.time_to_first_token", "s", "Time to generate first token for successful responses.");
    static final Metric SERVER_OUTPUT_TOKEN = new Metric(
            "gen_ai.server.time_per_output_token",
            "s",
            "Time per output token generated after the first token for successful responses.");

    static final List<Metric> METRICS = List.of(
            TOKEN_USAGE,
            OPERATION_DURATION,
            TIME_TO_FIRST_CHUNK,
            SERVER_DURATION,
            SERVER_FIRST_TOKEN,
            SERVER_OUTPUT_TOKEN);

    static final double[] OPERATION_SECONDS = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };
    static final double[] FIRST_TOKEN_SECONDS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0
    };
    static final double[] OUTPUT_TOKEN_SECONDS = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5
    };

    static final String OPERATION_NAME = "gen_ai.operation.name";
    static final String PROVIDER_NAME = "gen_ai.provider.name";
    static final String REQUEST_MODEL = "gen_ai.request.model";
    static final String REQUEST_STREAM = "gen_ai.request.stream";
    static final String TOKEN_TYPE = "gen_ai.token.type";
    static final String FINISH_REASONS = "gen_ai.response.finish_reasons";
    static final String INPUT_TOKENS = "gen_ai.usage.input_tokens";
    static final String OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
    static final String CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens";
    static final String CACHE_WRITE_TOKENS = "gen_ai.usage.cache_creation.input_tokens";
    static final String REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens";
    static final String RESPONSE_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
    static final String ERROR_TYPE = "error.type";

    /** All attributes, for the test that looks them up. */
    static final List<String> ATTRIBUTES = List.of(
            OPERATION_NAME,
            PROVIDER_NAME,
            REQUEST_MODEL,
            REQUEST_STREAM,
            TOKEN_TYPE,
            FINISH_REASONS,
            INPUT_TOKENS,
            OUTPUT_TOKENS,
            CACHE_READ_TOKENS,
            CACHE_WRITE_TOKENS,
            REASONING_TOKENS,
            RESPONSE_FIRST_CHUNK,
            ERROR_TYPE);

    /** The conventions' names of providers that many know under another one. */
    private static final Map<String, String> WELL_KNOWN =
            Map.of("mistral", "mistral_ai", "xai", "x_ai", "moonshot", "moonshot_ai");

    private static final String CHAT = "chat";

    /** Counting tokens is not among the conventions' operations; a name of one's own is allowed. */
    private static final Map<ApiSchema, String> OPERATIONS = new EnumMap<>(Map.of(
            ApiSchema.OPENAI_COMPLETIONS, "text_completion",
            ApiSchema.OPENAI_EMBEDDINGS, "embeddings",
            ApiSchema.ANTHROPIC_COUNT_TOKENS, "count_tokens"));

    private GenAiConventions() {}

    /** Powers of four. */
    static long[] tokenBounds() {
        long[] bounds = new long[14];
        Arrays.setAll(bounds, i -> 1L << (2 * i));
        return bounds;
    }

    static String operation(ApiSchema schema) {
        return OPERATIONS.getOrDefault(schema, CHAT);
    }

    /** What the conventions call a provider; where they have no word for it, what the configuration does. */
    static String providerName(ProviderConfig provider) {
        return switch (provider.type()) {
            case AZURE -> "azure.ai.openai";
            case ANTHROPIC -> "anthropic";
            case BEDROCK -> "aws.bedrock";
            case COHERE -> "cohere";
            case GEMINI -> provider.extras().vertex() == null ? "gcp.gemini" : "gcp.vertex_ai";
            case OPENAI, OLLAMA, DEMO, STATIC, RULES -> WELL_KNOWN.getOrDefault(provider.name(), provider.name());
        };
    }
}
