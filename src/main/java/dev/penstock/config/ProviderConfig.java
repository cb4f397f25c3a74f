// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One upstream: where it is, how to sign in, and how it deviates.
 *
 * @param name the first part of {@code provider/model}
 * @param type which protocol it speaks
 * @param baseUrl where the API begins, with the version part ({@code https://api.openai.com/v1}); null for types without network
 * @param apiKey sent as bearer token, or null for servers without keys
 * @param http which HTTP version to speak
 * @param pool most connections that one event loop opens to it
 * @param usageInStream whether to ask for usage in streams ({@code stream_options.include_usage})
 * @param ca PEM file with the certificate authorities to trust instead of the JDK's, or null
 * @param models model names to list for it; empty when any name is passed on
 * @param tokensPerSecond pace of the {@code demo} provider
 * @param origin where this entry came from, for a person: "penstock.yaml:4" or "OPENAI_API_KEY"
 */
public record ProviderConfig(
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

    /** What a provider speaks. */
    public enum Type {
        /** OpenAI's chat completions, as OpenAI and the many compatible servers speak it. */
        OPENAI,
        /** No network: a deterministic, labelled answer at a set pace. */
        DEMO,
        /** No network: the fixed answers of the section {@code static}. */
        STATIC
    }

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
    }

    /** The time between two tokens of the demo provider. */
    public Duration tokenGap() {
        return tokensPerSecond == 0 ? Duration.ZERO : Duration.ofNanos(1_000_000_000L / tokensPerSecond);
    }
}
