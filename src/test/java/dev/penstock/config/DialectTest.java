// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.ChatDialect;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** By what a compatible server is known. */
final class DialectTest {

    @TempDir
    Path folder;

    private ChatDialect of(String name, String entry) {
        return new ConfigRoom(folder)
                .yaml("providers:\n  " + name + ": {" + entry + "}\n")
                .snapshot()
                .providers()
                .get(name)
                .dialect();
    }

    @Test
    void everyPresetOfTheTypeIsDescribed() {
        assertThat(Preset.ALL.stream().filter(preset -> preset.type() == ProviderConfig.Type.OPENAI))
                .isNotEmpty()
                .allSatisfy(preset -> assertThat(
                                of(preset.name(), "type: openai, api_key: k").label())
                        .isEqualTo(preset.name()));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNKNOWN", "OPENAI"})
    void aNameHoldsAtEveryAddress(ChatDialect dialect) {
        assertThat(of(dialect.label(), "type: openai, base_url: \"http://10.0.0.7:9000/v1\""))
                .isEqualTo(dialect);
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1, OPENAI",
        "https://api.mistral.ai/v1, MISTRAL",
        "https://api.groq.com/openai/v1, GROQ",
        "https://api.deepseek.com, DEEPSEEK",
        "https://openrouter.ai/api/v1, OPENROUTER",
        "https://api.together.xyz/v1, TOGETHER",
        "https://api.together.ai/v1, TOGETHER",
        "https://api.x.ai/v1, XAI",
        "https://api.perplexity.ai, PERPLEXITY",
        "https://api.cerebras.ai/v1, CEREBRAS",
        "https://api.cohere.ai/compatibility/v1, COHERE",
        "https://api.cohere.com/compatibility/v1, COHERE",
        "https://llm.example/v1, UNKNOWN",
        "http://127.0.0.1:11434/v1, UNKNOWN",
        "https://generativelanguage.googleapis.com/v1beta/openai, UNKNOWN"
    })
    void anotherNameIsKnownByItsAddress(String url, ChatDialect dialect) {
        assertThat(of("prod-1", "type: openai, base_url: \"" + url + "\"")).isEqualTo(dialect);
    }

    @Test
    void openAiIsOpenAiOnlyAtItsOwnAddress() {
        assertThat(of("openai", "type: openai, base_url: \"http://127.0.0.1:8000/v1\""))
                .isEqualTo(ChatDialect.UNKNOWN);
    }

    @Test
    void onlyProvidersOfTheTypeHaveOne() {
        assertThat(of("mistral", "type: anthropic, base_url: \"https://api.mistral.ai\""))
                .isEqualTo(ChatDialect.UNKNOWN);
        assertThat(of("azure", "type: azure, base_url: \"https://acme.openai.azure.com\", api_key: k"))
                .isEqualTo(ChatDialect.UNKNOWN);
    }
}
