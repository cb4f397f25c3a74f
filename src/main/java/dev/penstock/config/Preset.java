// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OpenAI-compatible service whose address and deviations are known, so that its key alone is enough. Addresses are those
 * of the vendors' API references, November 2026.
 *
 * @param name of the provider that it becomes
 * @param keyVariable the variable of the vendor's own SDK
 * @param baseUrl where its API begins
 * @param usageInStream whether it accepts {@code stream_options}; several versions of Mistral's API refuse it with 422
 * @param example a model that an ordinary key can call, for the first request of a new user; empty when none is sure to exist
 */
record Preset(String name, String keyVariable, URI baseUrl, boolean usageInStream, String example) {

    static final List<Preset> ALL = List.of(
            of("openai", "OPENAI_API_KEY", "https://api.openai.com/v1", true, "gpt-4o-mini"),
            of("mistral", "MISTRAL_API_KEY", "https://api.mistral.ai/v1", false, "mistral-small-latest"),
            of("groq", "GROQ_API_KEY", "https://api.groq.com/openai/v1", true, "llama-3.1-8b-instant"),
            of("deepseek", "DEEPSEEK_API_KEY", "https://api.deepseek.com/v1", true, "deepseek-chat"),
            of("openrouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1", true, "openai/gpt-4o-mini"),
            of(
                    "together",
                    "TOGETHER_API_KEY",
                    "https://api.together.xyz/v1",
                    true,
                    "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
            of("xai", "XAI_API_KEY", "https://api.x.ai/v1", true, "grok-3-mini"),
            of("perplexity", "PERPLEXITY_API_KEY", "https://api.perplexity.ai", true, "sonar"),
            of("cerebras", "CEREBRAS_API_KEY", "https://api.cerebras.ai/v1", true, "llama3.1-8b"),
            of("ollama", "OLLAMA_HOST", "http://127.0.0.1:11434/v1", true, ""));

    /** Variables of providers that this version does not speak to; naming them beats ignoring them. */
    static final Map<String, String> UNSUPPORTED = new java.util.TreeMap<>(Map.of(
            "ANTHROPIC_API_KEY", "anthropic",
            "GEMINI_API_KEY", "gemini",
            "GOOGLE_API_KEY", "gemini",
            "AZURE_OPENAI_API_KEY", "azure",
            "AZURE_OPENAI_ENDPOINT", "azure",
            "AWS_ACCESS_KEY_ID", "bedrock",
            "AWS_BEARER_TOKEN_BEDROCK", "bedrock",
            "AWS_PROFILE", "bedrock"));

    private static Preset of(String name, String variable, String url, boolean usageInStream, String example) {
        return new Preset(name, variable, URI.create(url), usageInStream, example);
    }

    static Optional<Preset> named(String name) {
        return ALL.stream().filter(p -> p.name.equals(name)).findFirst();
    }

    /** The preset of a service that is configured under another name. */
    static Optional<Preset> at(URI url) {
        return ALL.stream()
                .filter(p -> p.baseUrl.getHost().equals(url.getHost()))
                .findFirst();
    }
}
