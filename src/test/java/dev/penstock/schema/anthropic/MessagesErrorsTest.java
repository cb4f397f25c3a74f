// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesErrorsTest {

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error",
        "401, authentication_error",
        "402, billing_error",
        "403, permission_error",
        "404, not_found_error",
        "413, request_too_large",
        "422, invalid_request_error",
        "429, rate_limit_error",
        "500, api_error",
        "502, api_error",
        "503, overloaded_error",
        "504, timeout_error",
        "529, overloaded_error"
    })
    void namesTheTypeThatBelongsToTheStatus(int status, String type) {
        GatewayError error = GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, "no")
                .status(status)
                .build();

        assertThat(text(MessagesErrorWriter.error(error, "req_1")))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"" + type
                        + "\",\"message\":\"no\"},\"request_id\":\"req_1\"}");
    }

    @Test
    void writesAnEventThatNoTextCanForge() {
        GatewayError error = GatewayError.of(GatewayError.Kind.TRUNCATED, "a\n\nevent: x \u00e9 \ud83d");

        assertThat(text(MessagesErrorWriter.errorEvent(error, "r")))
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\","
                        + "\"message\":\"a\\n\\nevent: x \\u00E9 \\uD83D\"},\"request_id\":\"r\"}\n\n");
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, 400, NEVER, invalid_request_error",
        "401, authentication_error, 502, ONLY_OTHER_TARGET, provider_auth",
        "402, billing_error, 502, ONLY_OTHER_TARGET, provider_quota",
        "403, permission_error, 502, ONLY_OTHER_TARGET, provider_auth",
        "404, not_found_error, 404, ONLY_OTHER_TARGET, not_found_error",
        "413, request_too_large, 413, NEVER, request_too_large",
        "429, rate_limit_error, 429, OTHER_TARGET, rate_limit_error",
        "429, enforced_spend_limit_reached, 429, ONLY_OTHER_TARGET, enforced_spend_limit_reached",
        "500, api_error, 500, OTHER_TARGET, api_error",
        "504, timeout_error, 504, OTHER_TARGET, timeout_error",
        "529, overloaded_error, 503, OTHER_TARGET, overloaded_error"
    })
    void readsWhatTheProviderSays(int status, String type, int clientStatus, GatewayError.Retry retry, String code) {
        GatewayError error = MessagesProviderError.read(
                status,
                Map.of("retry-after", "24")::get,
                bytes("{\"type\":\"error\",\"error\":{\"type\":\"" + type
                        + "\",\"message\":\"see https://internal.example.com/x\"},\"request_id\":\"req_2\"}"),
                Instant.EPOCH);

        assertThat(error.status()).isEqualTo(clientStatus);
        assertThat(error.retry()).isEqualTo(retry);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.getMessage()).doesNotContain("://");
        assertThat(error.retryAfter()).isEqualTo(clientStatus == 502 ? null : Duration.ofSeconds(24));
    }

    @Test
    void believesAServerThatSaysNotToTryAgain() {
        GatewayError error = MessagesProviderError.read(
                429,
                Map.of("x-should-retry", "false")::get,
                bytes("{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"cap\"}}"),
                Instant.EPOCH);

        assertThat(error.retry()).isEqualTo(GatewayError.Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void leavesAPageOfAProxyToTheGeneralReader() {
        GatewayError error = MessagesProviderError.read(
                502, Map.of("content-type", "text/html")::get, bytes("<html>bad gateway</html>"), Instant.EPOCH);

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.getMessage()).doesNotContain("<");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
