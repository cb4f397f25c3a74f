// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Providers that appear because a variable of their own SDK is set. */
final class EnvironmentProvidersTest {

    @TempDir
    Path folder;

    ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "OPENAI_API_KEY, openai, https://api.openai.com/v1, true",
        "MISTRAL_API_KEY, mistral, https://api.mistral.ai/v1, false",
        "GROQ_API_KEY, groq, https://api.groq.com/openai/v1, true",
        "DEEPSEEK_API_KEY, deepseek, https://api.deepseek.com/v1, true",
        "OPENROUTER_API_KEY, openrouter, https://openrouter.ai/api/v1, true",
        "TOGETHER_API_KEY, together, https://api.together.xyz/v1, true",
        "XAI_API_KEY, xai, https://api.x.ai/v1, true",
        "PERPLEXITY_API_KEY, perplexity, https://api.perplexity.ai, true",
        "CEREBRAS_API_KEY, cerebras, https://api.cerebras.ai/v1, true"
    })
    void aKeyIsEnough(String variable, String name, URI url, boolean usage) {
        ProviderConfig provider =
                room.env(variable, "k-1").snapshot().providers().get(name);

        assertThat(provider.type()).isEqualTo(ProviderConfig.Type.OPENAI);
        assertThat(provider.baseUrl()).isEqualTo(url);
        assertThat(provider.apiKey()).isEqualTo(Secret.of("k-1"));
        assertThat(provider.usageInStream()).isEqualTo(usage);
        assertThat(provider.origin()).isEqualTo(variable);
    }

    @ParameterizedTest
    @CsvSource({
        "llama.example, http://llama.example:11434/v1",
        "llama.example:8080, http://llama.example:8080/v1",
        ":8080, http://127.0.0.1:8080/v1",
        "0.0.0.0, http://127.0.0.1:11434/v1",
        "0.0.0.0:5000, http://127.0.0.1:5000/v1",
        "http://llama.example, http://llama.example:80/v1",
        "https://llama.example/, https://llama.example:443/v1",
        "https://llama.example/base/, https://llama.example:443/base/v1",
        "http://llama.example:1234/v1, http://llama.example:1234/v1",
        "[::1]:7777, http://[::1]:7777/v1",
        "::1, http://[::1]:11434/v1",
        "[::], http://[::1]:11434/v1"
    })
    void readsOllamaHostAsOllamaDoes(String host, URI url) {
        ProviderConfig ollama =
                room.env("OLLAMA_HOST", host).snapshot().providers().get("ollama");

        assertThat(ollama.baseUrl()).isEqualTo(url);
        assertThat(ollama.apiKey()).isNull();
    }

    @Test
    void openaisOwnBaseUrlIsHonoured() {
        room.env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", "http://127.0.0.1:1234/v1/");

        Snapshot snapshot = room.snapshot();

        assertThat(snapshot.providers().get("openai").baseUrl()).isEqualTo(URI.create("http://127.0.0.1:1234/v1"));
        assertThat(snapshot.exampleModel())
                .as("gpt-4o-mini may not exist there")
                .isEqualTo("demo/demo");
    }

    @Test
    void anEmptyVariableBringsNothing() {
        room.env("OPENAI_API_KEY", "").env("OLLAMA_HOST", " ");

        assertThat(room.snapshot().providers()).containsOnlyKeys("demo");
    }

    @Test
    void aWrongVariableIsAProblemWithItsName() {
        room.env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", "api.example/v1").env("GROQ_API_KEY", "a\nb");

        assertThat(room.problems())
                .containsExactly(
                        "OPENAI_BASE_URL  providers.openai.base_url  \"api.example/v1\"; expected an http or https URL, such as"
                                + " https://host.example/v1",
                        "GROQ_API_KEY  providers.groq.api_key  a secret with blanks or characters that no header can carry;"
                                + " expected printable ASCII");
    }

    @Test
    void aProviderThatCannotBeCalledYetIsNamed() {
        room.env("ANTHROPIC_API_KEY", "sk-ant-canary")
                .env("AZURE_OPENAI_API_KEY", "canary")
                .env("AZURE_OPENAI_ENDPOINT", "https://canary");

        assertThat(room.loaded().notices())
                .containsExactly(
                        "ANTHROPIC_API_KEY is set, but this version does not support the provider anthropic yet: it is left out.",
                        "AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT is set, but this version does not support the provider"
                                + " azure yet: it is left out.");
    }
}
