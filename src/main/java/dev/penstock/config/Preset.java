// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.exchange.ChatDialect;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A service whose address and deviations are known, so that its key alone is enough. Addresses are those of the vendors' API
 * references, November 2026.
 *
 * @param name of the provider that it becomes
 * @param type what it speaks
 * @param keyVariables the variables of the vendor's own SDK; the first that is set counts. None where no variable is usual:
 *     then only an entry of the file brings it
 * @param urlVariable the SDK's variable for another address, or empty
 * @param baseUrl where its API begins
 * @param usageInStream whether it accepts {@code stream_options}; Cohere's API and several versions of Mistral's refuse it
 * @param example a model that an ordinary key can call, for the first request of a new user; empty when none is sure to exist
 */
record Preset(
        String name,
        ProviderConfig.Type type,
        List<String> keyVariables,
        String urlVariable,
        URI baseUrl,
        boolean usageInStream,
        String example) {

    static final List<Preset> ALL = List.of(
            new Preset(
                    "openai",
                    ProviderConfig.Type.OPENAI,
                    List.of("OPENAI_API_KEY"),
                    "OPENAI_BASE_URL",
                    URI.create("https://api.openai.com/v1"),
                    true,
                    "gpt-4o-mini"),
            new Preset(
                    "anthropic",
                    ProviderConfig.Type.ANTHROPIC,
                    List.of("ANTHROPIC_API_KEY"),
                    "ANTHROPIC_BASE_URL",
                    URI.create("https://api.anthropic.com"),
                    false,
                    "claude-haiku-4-5"),
            new Preset(
                    "gemini",
                    ProviderConfig.Type.GEMINI,
                    List.of("GEMINI_API_KEY", "GOOGLE_API_KEY"),
                    "GOOGLE_GEMINI_BASE_URL",
                    URI.create("https://generativelanguage.googleapis.com"),
                    false,
                    "gemini-flash-latest"),
            compatible("mistral", "MISTRAL_API_KEY", "https://api.mistral.ai/v1", false, "mistral-small-latest"),
            compatible("groq", "GROQ_API_KEY", "https://api.groq.com/openai/v1", true, "llama-3.1-8b-instant"),
            compatible("deepseek", "DEEPSEEK_API_KEY", "https://api.deepseek.com/v1", true, "deepseek-chat"),
            compatible("openrouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1", true, "openai/gpt-4o-mini"),
            compatible(
                    "together",
                    "TOGETHER_API_KEY",
                    "https://api.together.xyz/v1",
                    true,
                    "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
            compatible("xai", "XAI_API_KEY", "https://api.x.ai/v1", true, "grok-3-mini"),
            compatible("perplexity", "PERPLEXITY_API_KEY", "https://api.perplexity.ai", true, "sonar"),
            compatible("cerebras", "CEREBRAS_API_KEY", "https://api.cerebras.ai/v1", true, "llama3.1-8b"),
            new Preset(
                    "cohere",
                    ProviderConfig.Type.OPENAI,
                    List.of("CO_API_KEY", "COHERE_API_KEY"),
                    "",
                    URI.create("https://api.cohere.ai/compatibility/v1"),
                    false,
                    "command-a-03-2025"),
            new Preset(
                    "cohere-v2",
                    ProviderConfig.Type.COHERE,
                    List.of(),
                    "",
                    URI.create("https://api.cohere.com/v2"),
                    false,
                    "command-a-03-2025"),
            new Preset(
                    "vllm",
                    ProviderConfig.Type.OPENAI,
                    List.of(),
                    "",
                    URI.create("http://127.0.0.1:8000/v1"),
                    true,
                    ""),
            compatible("ollama", "OLLAMA_HOST", "http://127.0.0.1:11434/v1", true, ""));

    private static final Map<String, ChatDialect> DIALECTS = Stream.of(ChatDialect.values())
            .filter(dialect -> dialect != ChatDialect.UNKNOWN)
            .collect(Collectors.toUnmodifiableMap(ChatDialect::label, dialect -> dialect));

    /** Where services can be found besides the address of their preset. */
    private static final Map<String, ChatDialect> OTHER_HOSTS = Map.of(
            "api.cohere.ai", ChatDialect.COHERE,
            "api.cohere.com", ChatDialect.COHERE,
            "api.together.ai", ChatDialect.TOGETHER);

    /**
     * A service that only two variables together bring, because its address belongs to the account.
     *
     * @param name of the provider that it becomes
     * @param type what it speaks
     * @param keyVariable the credential
     * @param placeVariable what its address is made of
     * @param address where its API begins, for a person
     */
    record Pair(String name, ProviderConfig.Type type, String keyVariable, String placeVariable, String address) {}

    static final Pair AZURE = new Pair(
            "azure",
            ProviderConfig.Type.AZURE,
            "AZURE_OPENAI_API_KEY",
            "AZURE_OPENAI_ENDPOINT",
            "https://<resource>.openai.azure.com");

    static final Pair BEDROCK = new Pair(
            "bedrock",
            ProviderConfig.Type.BEDROCK,
            "AWS_BEARER_TOKEN_BEDROCK",
            "AWS_REGION",
            "https://bedrock-runtime.<region>.amazonaws.com");

    /** Where Ollama's server listens unless it is told otherwise, as its own API wants to be called. */
    static final URI OLLAMA = URI.create("http://127.0.0.1:11434");

    static final List<Pair> PAIRS = List.of(AZURE, BEDROCK);

    private static Preset compatible(String name, String variable, String url, boolean usageInStream, String example) {
        return new Preset(
                name, ProviderConfig.Type.OPENAI, List.of(variable), "", URI.create(url), usageInStream, example);
    }

    static Optional<Preset> named(String name) {
        return ALL.stream().filter(p -> p.name.equals(name)).findFirst();
    }

    /** The one that a provider of this type and name in the file means when it does not say where it is. */
    static Optional<Preset> meant(String name, ProviderConfig.Type type) {
        return type == ProviderConfig.Type.OPENAI
                ? named(name).filter(p -> p.type == type)
                : ALL.stream().filter(p -> p.type == type).findFirst();
    }

    /** The preset of a compatible service that is configured under another name. This machine is nobody's in particular. */
    static Optional<Preset> at(URI url) {
        return ALL.stream()
                .filter(p -> p.type == ProviderConfig.Type.OPENAI && "https".equals(p.baseUrl.getScheme()))
                .filter(p -> p.baseUrl.getHost().equals(url.getHost()))
                .findFirst();
    }

    /**
     * How a server of type {@code openai} deviates: by the name of its provider, or by where it is. A provider may have the name
     * {@code openai} because that is where clients want to go; only at OpenAI's own address it is OpenAI.
     */
    static ChatDialect dialect(String name, @Nullable URI url) {
        ChatDialect named = dialect(name);
        if (named != ChatDialect.UNKNOWN && named != ChatDialect.OPENAI) {
            return named;
        }
        if (url == null || url.getHost() == null) {
            return ChatDialect.UNKNOWN;
        }
        ChatDialect other = OTHER_HOSTS.get(url.getHost());
        return other != null ? other : at(url).map(p -> dialect(p.name)).orElse(ChatDialect.UNKNOWN);
    }

    private static ChatDialect dialect(String name) {
        return DIALECTS.getOrDefault(name, ChatDialect.UNKNOWN);
    }

    /** {@code OPENAI_API_KEY brings openai}, for a provider that a variable would bring. */
    static Optional<String> wayTo(String name) {
        Optional<String> pair = PAIRS.stream()
                .filter(p -> p.name.equals(name))
                .map(p -> p.keyVariable + " and " + p.placeVariable + " bring " + name)
                .findFirst();
        return pair.or(() ->
                named(name).filter(p -> !p.keyVariables.isEmpty()).map(p -> p.keyVariables.get(0) + " brings " + name));
    }

    /** Where Bedrock's API begins in a region. */
    static URI bedrock(Region region) {
        return URI.create("https://bedrock-runtime." + region + ".amazonaws.com");
    }
}
