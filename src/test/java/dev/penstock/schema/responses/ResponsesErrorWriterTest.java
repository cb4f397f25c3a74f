// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.responses;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ResponsesErrorWriterTest {

    private final GatewayError wrong = GatewayError.builder(GatewayError.Kind.INVALID_REQUEST, "No \"input\".")
            .param("input")
            .code("missing_required_parameter")
            .hint("Send it.")
            .build();

    @Test
    void saysAnErrorAsAllOpenAiApisDo() {
        assertThat(text(ResponsesErrorWriter.error(wrong, "req-1")))
                .isEqualTo(
                        "{\"error\":{\"message\":\"No \\\"input\\\".\",\"type\":\"invalid_request_error\",\"param\":\"input\","
                                + "\"code\":\"missing_required_parameter\",\"request_id\":\"req-1\",\"hint\":\"Send it.\"}}");
    }

    @Test
    void saysAnErrorInsideAStreamAsAnEventWithItsNumber() {
        GatewayError silent = GatewayError.of(GatewayError.Kind.IDLE_TIMEOUT, "Silence.");

        assertThat(text(ResponsesErrorWriter.errorEvent(silent, "req-2", 7)))
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"code\":\"idle_timeout\",\"message\":\"Silence.\","
                        + "\"param\":null,\"sequence_number\":7,\"request_id\":\"req-2\"}\n\n");
    }

    @Test
    void namesTheTypeThatOpenAiHasForTheStatus() {
        assertThat(type(429, null)).isEqualTo("rate_limit_error");
        assertThat(type(429, "insufficient_quota")).isEqualTo("insufficient_quota");
        assertThat(type(504, null)).isEqualTo("timeout_error");
        assertThat(type(502, null)).isEqualTo("api_error");
    }

    @Test
    void survivesHalfASurrogatePair() {
        GatewayError half = GatewayError.of(GatewayError.Kind.PROVIDER_ERROR, "a\ud83d");

        assertThat(text(ResponsesErrorWriter.error(half, "r"))).contains("a\\uD83D");
    }

    private static String type(int status, String code) {
        GatewayError error = GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, "x")
                .status(status)
                .code(code)
                .build();
        String body = text(ResponsesErrorWriter.error(error, "r"));
        int from = body.indexOf("\"type\":\"") + 8;
        return body.substring(from, body.indexOf('"', from));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
