// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ErrorRendererTest {

    private static RawClient.Response rendered(GatewayError error, Outcome outcome) throws Exception {
        try (EdgeFixture edge = new EdgeFixture(null, request -> {
                    ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, error, "req_1", outcome);
                    ErrorRenderer.render(request, ApiSchema.OPENAI_CHAT, error, "req_2", outcome);
                });
                RawClient client = new RawClient(edge.port())) {
            return client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").read();
        }
    }

    @Test
    void rendersTheOpenAiFormOnce() throws Exception {
        GatewayError error = GatewayError.builder(Kind.MODEL_NOT_FOUND, "no \"such\" model: \u00e4\n")
                .param("model")
                .code("model_not_found")
                .hint("try another")
                .build();
        RawClient.Response response = rendered(error, Outcome.CLIENT_ERROR);
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("x-request-id", "req_1")
                .containsEntry("x-penstock-outcome", "client_error")
                .containsEntry("x-should-retry", "false")
                .doesNotContainKey("retry-after");
        var body = new ObjectMapper().readTree(response.body()).get("error");
        assertThat(body.get("message").asText()).isEqualTo("no \"such\" model: \u00e4\n");
        assertThat(body.get("type").asText()).isEqualTo("invalid_request_error");
        assertThat(body.get("param").asText()).isEqualTo("model");
        assertThat(body.get("code").asText()).isEqualTo("model_not_found");
        assertThat(body.get("request_id").asText()).isEqualTo("req_1");
        assertThat(body.get("hint").asText()).isEqualTo("try another");
    }

    @Test
    void saysWhenToComeBackInWholeSecondsRoundedUp() throws Exception {
        GatewayError error = GatewayError.builder(Kind.OVERLOADED, "full")
                .retryAfter(Duration.ofMillis(1200))
                .build();
        RawClient.Response response = rendered(error, Outcome.LIMITED);
        assertThat(response.headers()).containsEntry("retry-after", "2").containsEntry("x-should-retry", "true");
        assertThat(response.body()).contains("\"type\":\"server_error\"", "\"param\":null");
    }

    @Test
    void makesAStreamEventOfOneLine() {
        GatewayError error = GatewayError.of(Kind.TRUNCATED, "cut\r\n\r\ndata: [DONE]");
        String event =
                ErrorRenderer.streamEvent(ApiSchema.OPENAI_CHAT, error, "req_1").toString();
        assertThat(event).startsWith("data: {\"error\":{").endsWith("}}\n\n").contains("\"type\":\"api_error\"");
        assertThat(event.lines().filter(line -> !line.isEmpty())).hasSize(1);
    }
}
