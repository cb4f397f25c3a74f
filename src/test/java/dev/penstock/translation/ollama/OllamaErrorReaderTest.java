// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OllamaErrorReaderTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model 'qwen3:8b' not found",
                "model \\\"qwen3:8b\\\" not found, try pulling it first",
            })
    void aModelThatWasNotPulledIsAskedForElsewhere(String said) {
        GatewayError error = read(404, "{\"error\":\"" + said + "\"}");

        assertThat(error.status()).isEqualTo(404);
        assertThat(error.code()).isEqualTo("model_not_found");
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
        assertThat(error.getMessage()).contains("qwen3:8b");
    }

    @Test
    void aPathThatIsNoneIsNoModel() {
        GatewayError error = read(404, "404 page not found");

        assertThat(error.status()).isEqualTo(404);
        assertThat(error.code()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "the input length exceeds the context length",
                "prompt too long; exceeded max context length by 1119046 tokens (ref: 96164522-08b2)",
            })
    void tooLongAPromptMayFitAnotherModel(String said) {
        GatewayError error = read(400, "{\"error\":\"" + said + "\"}");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo("context_length_exceeded");
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools", "thinking"})
    void whatAModelLacksAnotherOneMayHave(String ability) {
        GatewayError error =
                read(400, "{\"error\":\"registry.ollama.ai/library/gemma:2b does not support " + ability + "\"}");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
        assertThat(error.getMessage()).contains("does not support " + ability);
    }

    @ParameterizedTest
    @CsvSource({
        "400, 400, NEVER, invalid options",
        "429, 429, OTHER_TARGET, too many requests",
        "500, 500, OTHER_TARGET, llama runner process has terminated",
        "503, 503, OTHER_TARGET, server busy"
    })
    void allOthersKeepTheirStatus(int status, int told, Retry retry, String said) {
        GatewayError error = read(status, "{\"error\":\"" + said + "\"}");

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(told);
        assertThat(error.retry()).isEqualTo(retry);
        assertThat(error.getMessage()).isEqualTo(said);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aKeyThatTheCloudRefusesIsTheGatewaysFault(int status) {
        GatewayError error = read(status, "{\"error\":\"unauthorized key1234\"}");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.code()).isEqualTo("provider_auth");
        assertThat(error.getMessage()).doesNotContain("key1234");
    }

    @Test
    void theDelayOfALimitStandsInTheHeader() {
        GatewayError error = new OllamaErrorReader()
                .read(
                        429,
                        Map.of("retry-after", "7")::get,
                        "{\"error\":\"slow down\"}".getBytes(StandardCharsets.UTF_8),
                        Instant.EPOCH);

        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void aPageOfSomeProxyIsNotShown() {
        GatewayError error = read(502, "<html>http://10.0.0.1/secret</html>");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.getMessage()).doesNotContain("10.0.0.1", "html");
    }

    @Test
    void aStatusBelow400WithoutAnErrorIsNone() {
        assertThat(read(204, "").kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    private static GatewayError read(int status, String body) {
        return new OllamaErrorReader().read(status, name -> null, body.getBytes(StandardCharsets.UTF_8), Instant.EPOCH);
    }
}
