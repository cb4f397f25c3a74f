// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.penstock.exchange.GatewayError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model's name stays one segment of the path, whatever stands in it. */
final class PathSegmentTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "gpt-4o gpt-4o",
                "gemini-2.5-flash_x~1 gemini-2.5-flash_x~1",
                "anthropic.claude-sonnet-4-5-20250929-v1:0 anthropic.claude-sonnet-4-5-20250929-v1%3A0",
                "arn:aws:bedrock:us-east-1:1:inference-profile/us.x arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x",
                "a/b a%2Fb",
                "a?b=c a%3Fb%3Dc",
                "a#b a%23b",
                "a%2fb a%252fb",
                "%2e%2e %252e%252e",
                "a&b;c a%26b%3Bc",
                "a@b a%40b",
                "a+b a%2Bb",
                "... ...",
                "a..b a..b",
                "é %C3%A9",
                "模型 %E6%A8%A1%E5%9E%8B",
                "😀 %F0%9F%98%80"
            })
    void encodesAllButTheUnreservedCharacters(String name, String segment) {
        assertThat(PathSegment.of(name)).isEqualTo(segment);
    }

    @Test
    void encodesBlanksControlsAndHalvesOfPairs() {
        assertThat(PathSegment.of("a b")).isEqualTo("a%20b");
        assertThat(PathSegment.of("a\r\nb\u0000")).isEqualTo("a%0D%0Ab%00");
        assertThat(PathSegment.of("a\ud83d")).isEqualTo("a%3F");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "../x", "x/..", "x/../y", "x/./y", "..\\x", "x\\..", "./", "/.."})
    void refusesDotSegments(String name) {
        assertThatExceptionOfType(GatewayError.class)
                .isThrownBy(() -> PathSegment.of(name))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST))
                .satisfies(e -> assertThat(e.param()).isEqualTo("model"));
    }
}
