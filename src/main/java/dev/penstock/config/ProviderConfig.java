// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.ChatDialect;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One upstream: where it is, how to sign in, and how it deviates.
 *
 * @param name the first part of {@code provider/model}
 * @param type which protocol it speaks
 * @param baseUrl where the API begins, with the version part ({@code https://api.openai.com/v1}); null for types without network
 * @param apiKey sent in the way of the type, or null for servers without keys and where there are several
 * @param apiKeys several keys in place of one, in the order of the file; empty where there is one or none
 * @param http which HTTP version to speak
 * @param pool most connections that one event loop opens to it
 * @param usageInStream whether to ask for usage in streams ({@code stream_options.include_usage})
 * @param ca PEM file with the certificate authorities to trust instead of the JDK's, or null
 * @param models model names to list for it; empty when any name is passed on
 * @param tokensPerSecond pace of the {@code demo} provider
 * @param extras what only its type needs
 * @param origin where this entry came from, for a person: "penstock.yaml:4" or "OPENAI_API_KEY"
 */
public record ProviderConfig(
        String name,
        Type type,
        @Nullable URI baseUrl,
        @Nullable Secret apiKey,
        List<ApiKey> apiKeys,
        Http http,
        int pool,
        boolean usageInStream,
        @Nullable Path ca,
        List<String> models,
        int tokensPerSecond,
        Extras extras,
        String origin) {

    /**
     * One of several keys.
     *
     * @param name for people: stands in logs, metrics and the admin API
     * @param secret the key itself
     * @param weight its share of the requests, beside the weights of the others; at least 1
     */
    public record ApiKey(String name, Secret secret, int weight) {

        public ApiKey {
            if (weight < 1) {
                throw new IllegalArgumentException("weight: " + weight + " (expected: >= 1)");
            }
        }
    }

    /** What a provider speaks. */
    public enum Type {
        /** OpenAI's chat completions, as OpenAI and the many compatible servers speak it. */
        OPENAI(ApiSchema.OPENAI_CHAT, true),
        /** The same on Azure, with its own paths and its own way to sign in. */
        AZURE(ApiSchema.OPENAI_CHAT, true),
        /** Anthropic's Messages. */
        ANTHROPIC(ApiSchema.ANTHROPIC_MESSAGES, true),
        /** Gemini's generateContent, as the Gemini API and Vertex AI offer it. */
        GEMINI(ApiSchema.GEMINI_GENERATE_CONTENT, true),
        /** Converse of AWS Bedrock. */
        BEDROCK(ApiSchema.BEDROCK_CONVERSE, true),
        /** Ollama's own API. What it offers below {@code /v1} is of type {@link #OPENAI}. */
        OLLAMA(ApiSchema.OLLAMA_CHAT, true),
        /** Version 2 of Cohere's own chat. */
        COHERE(ApiSchema.COHERE_CHAT, true),
        /** No network: a deterministic, labelled answer at a set pace. */
        DEMO(ApiSchema.OPENAI_CHAT, false),
        /** No network: the fixed answers of the section {@code static}. */
        STATIC(ApiSchema.OPENAI_CHAT, false),
        /** No network: what the section {@code rules} answers. */
        RULES(ApiSchema.OPENAI_CHAT, false);

        private final ApiSchema schema;
        private final boolean network;

        Type(ApiSchema schema, boolean network) {
            this.schema = schema;
            this.network = network;
        }

        /** Whether calls leave this process, and so may cost money. */
        public boolean usesNetwork() {
            return network;
        }
    }

    /**
     * What only some types need.
     *
     * @param apiVersion of Azure OpenAI's dated API; empty for its {@code /openai/v1} surface, which needs none
     * @param defaultMaxTokens most tokens of an answer where the client sets no limit and the protocol requires one
     *     (Anthropic); 0 for types whose protocol does not
     * @param region of Bedrock, which a signature names; empty for other types and where only {@code base_url} is given
     * @param awsKeys what requests to Bedrock are signed with, or null
     * @param responses whether it offers OpenAI's {@code /responses} itself
     * @param vertex what is called at Vertex AI instead of the Gemini API, or null
     * @param login where credentials are to be fetched, or null when they stand here or nobody signs in
     */
    public record Extras(
            String apiVersion,
            int defaultMaxTokens,
            String region,
            @Nullable AwsKeys awsKeys,
            boolean responses,
            @Nullable Vertex vertex,
            @Nullable CloudLogin login) {

        public static final Extras NONE = new Extras("", 0, "", null);

        private static final String OPENAI_HOST = "api.openai.com";

        /** Of a provider that does not offer {@code /responses}. */
        public Extras(String apiVersion, int defaultMaxTokens, String region, @Nullable AwsKeys awsKeys) {
            this(apiVersion, defaultMaxTokens, region, awsKeys, false);
        }

        /** Of a provider whose credentials need no fetching. */
        public Extras(
                String apiVersion, int defaultMaxTokens, String region, @Nullable AwsKeys awsKeys, boolean responses) {
            this(apiVersion, defaultMaxTokens, region, awsKeys, responses, null, null);
        }

        /** The compatible servers speak chat; OpenAI's own speaks its newer API as well. */
        static Extras openai(@Nullable Boolean responses, URI url) {
            return new Extras("", 0, "", null, responses != null ? responses : OPENAI_HOST.equals(url.getHost()));
        }

        static Extras azure(String apiVersion, @Nullable Boolean responses) {
            return new Extras(apiVersion, 0, "", null, responses != null ? responses : apiVersion.isEmpty());
        }

        static Extras anthropic(int defaultMaxTokens) {
            return new Extras("", defaultMaxTokens, "", null);
        }

        static Extras bedrock(@Nullable Region region, @Nullable AwsKeys keys, @Nullable CloudLogin login) {
            return new Extras("", 0, region == null ? "" : region.name(), keys, false, null, login);
        }

        /** At Vertex AI. */
        public static Extras vertex(Vertex vertex, GoogleLogin login) {
            return new Extras("", 0, "", null, false, vertex, login);
        }
    }

    /**
     * Whose models of Vertex AI are called, and where.
     *
     * @param project id or number
     * @param location such as {@code europe-west4} or {@code global}
     */
    public record Vertex(String project, String location) {}

    /**
     * Access keys of AWS.
     *
     * @param sessionToken of temporary credentials, or null
     */
    public record AwsKeys(
            Secret accessKeyId,
            Secret secretAccessKey,
            @Nullable Secret sessionToken) {}

    /** Which HTTP version is spoken upstream. */
    public enum Http {
        /** HTTP/2 where TLS negotiation (ALPN) offers it, else HTTP/1.1; cleartext is HTTP/1.1. */
        AUTO,
        HTTP_1_1,
        /** HTTP/2 always; in cleartext with prior knowledge. */
        HTTP_2
    }

    public ProviderConfig {
        models = List.copyOf(models);
        apiKeys = List.copyOf(apiKeys);
    }

    /** A provider with one key or none. */
    public ProviderConfig(
            String name,
            Type type,
            @Nullable URI baseUrl,
            @Nullable Secret apiKey,
            Http http,
            int pool,
            boolean usageInStream,
            @Nullable Path ca,
            List<String> models,
            int tokensPerSecond,
            Extras extras,
            String origin) {
        this(
                name,
                type,
                baseUrl,
                apiKey,
                List.of(),
                http,
                pool,
                usageInStream,
                ca,
                models,
                tokensPerSecond,
                extras,
                origin);
    }

    /** A provider that needs nothing that only its type knows. */
    public ProviderConfig(
            String name,
            Type type,
            @Nullable URI baseUrl,
            @Nullable Secret apiKey,
            Http http,
            int pool,
            boolean usageInStream,
            @Nullable Path ca,
            List<String> models,
            int tokensPerSecond,
            String origin) {
        this(name, type, baseUrl, apiKey, http, pool, usageInStream, ca, models, tokensPerSecond, Extras.NONE, origin);
    }

    /** All wire formats in which it can be called as they are. */
    public Set<ApiSchema> schemas() {
        return switch (type) {
            case OPENAI, AZURE ->
                extras.responses()
                        ? Set.of(
                                ApiSchema.OPENAI_CHAT,
                                ApiSchema.OPENAI_COMPLETIONS,
                                ApiSchema.OPENAI_EMBEDDINGS,
                                ApiSchema.OPENAI_RESPONSES)
                        : Set.of(ApiSchema.OPENAI_CHAT, ApiSchema.OPENAI_COMPLETIONS, ApiSchema.OPENAI_EMBEDDINGS);
            case ANTHROPIC -> Set.of(ApiSchema.ANTHROPIC_MESSAGES, ApiSchema.ANTHROPIC_COUNT_TOKENS);
            case GEMINI, BEDROCK, OLLAMA, COHERE, DEMO, STATIC, RULES -> Set.of(type.schema);
        };
    }

    /** The wire format in which its models answer; others are translated into it. */
    public ApiSchema schema() {
        return type.schema;
    }

    /** How a server of type {@code openai} deviates from OpenAI; nothing is known of deployments at Azure, and of other types. */
    public ChatDialect dialect() {
        return type == Type.OPENAI ? Preset.dialect(name, baseUrl) : ChatDialect.UNKNOWN;
    }

    /** The time between two tokens of the demo provider. */
    public Duration tokenGap() {
        return tokensPerSecond == 0 ? Duration.ZERO : Duration.ofNanos(1_000_000_000L / tokensPerSecond);
    }
}
