// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafeTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sk-1234567890abcdef",
                "sk-abcdefghijklmnop",
                "sk-proj-Abc-123",
                "sk-...abcd",
                "sk-\u2026abcd",
                "bad-key-**********test",
                "****-key",
                "gsk_9Xy1",
                "AIzaSyA1234567",
                "xai-Q1w2e3",
                "AKIAIOSFODNN7EXAMPLE",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
                "hf_aBcD1234",
                "0123456789abcdef0123456789abcdef",
                "org-AbC123xyz",
                "org-XXX",
                "proj_9aBc",
                "user-Q1w2",
                "acct_1A2b"
            })
    void hidesKeysAndIdsOfAccounts(String secret) {
        assertThat(SafeText.of("Refused '" + secret + "'. Ask again: " + secret))
                .isEqualTo("Refused '[redacted]'. Ask again: [redacted]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://platform.openai.com/account?x",
                "http://10.0.0.7:8000/v1",
                "api.openai.com",
                "api.openai.com:443",
                "vllm-0.vllm.default.svc.cluster.local:8000",
                "localhost",
                "localhost:8000",
                "10.1.2.3",
                "10.1.2.3:80",
                "www.x.y",
                "ops@corp.example",
                "grpc://host-1:50051",
                "console.x.ai",
                "fe80::1ff:fe23:4567:890a",
                "/opt/vllm/engine.py",
                "gpu-node-7:8000",
                "api.openai.com/v1/chat/completions"
            })
    void hidesAddresses(String address) {
        assertThat(SafeText.of("See " + address + ", please (" + address + ")."))
                .isEqualTo("See [address], please ([address]).");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Invalid value: 'messages[1].content[0].text' is not of type 'string'.",
                "The model `gpt-4.1-nano-wrong` does not exist or you do not have access to it.",
                "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8 is overloaded",
                "Limit 30000, Requested 31538. Please try again in 1m9.696s.",
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                "claude-3.5-sonnet@20240620? no: use max_tokens <= 4096; see field a.b.c",
                "an org-wide, user-defined limit: 3.14 at 12:30",
                "(ref: 96164522-08b2-4cbf-886e-e5a38961a688)",
                "Expected 'bool', got \u00ab1\u00bb \u2013 \u65e5\u672c\u8a9e"
            })
    void leavesOrdinaryWordsAlone(String text) {
        assertThat(SafeText.of(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "a\u0000b|a b",
                "a\u001b[31mb|a [31mb",
                "a\u202eb|a b",
                "a\u2028b|a b",
                "  a \t b  |a b",
                "a\u200bb|a b"
            })
    void removesControlAndFormatCharacters(String text, String expected) {
        assertThat(SafeText.of(text)).isEqualTo(expected);
    }

    @Test
    void hidesTheIdThatFollowsAnOwner() {
        assertThat(
                        SafeText.of(
                                "limit (org: 00000000-0000-0000-0000-000000000000, model: claude-sonnet-4-20250514) of project 123456789012."))
                .isEqualTo("limit (org: [redacted], model: claude-sonnet-4-20250514) of project [redacted].");
    }

    @Test
    void flattensLines() {
        assertThat(SafeText.of("a\r\n\r\nb\nc")).isEqualTo("a b c");
    }

    @Test
    void capsTheLengthWithoutCuttingACharacter() {
        assertThat(SafeText.of("word ".repeat(10_000)))
                .hasSize(SafeText.MAX_LENGTH)
                .endsWith("\u2026");
        assertThat(SafeText.of("x" + "\uD83D\uDE00".repeat(5_000)))
                .hasSizeLessThanOrEqualTo(SafeText.MAX_LENGTH)
                .endsWith("\uDE00\u2026");
    }
}
