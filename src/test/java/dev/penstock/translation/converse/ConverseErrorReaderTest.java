// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConverseErrorReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "400, ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/, 400, NEVER, ValidationException",
        "429, ThrottlingException, 429, OTHER_TARGET, ThrottlingException",
        "429, ModelNotReadyException, 429, OTHER_TARGET, ModelNotReadyException",
        "400, ServiceQuotaExceededException, 429, ONLY_OTHER_TARGET, ServiceQuotaExceededException",
        "403, AccessDeniedException, 502, ONLY_OTHER_TARGET, provider_auth",
        "403, UnrecognizedClientException:http://internal.amazon.com/coral/, 502, ONLY_OTHER_TARGET, provider_auth",
        "400, ExpiredTokenException, 502, ONLY_OTHER_TARGET, provider_auth",
        "403, '', 502, ONLY_OTHER_TARGET, provider_auth",
        "404, ResourceNotFoundException, 404, ONLY_OTHER_TARGET, ResourceNotFoundException",
        "408, ModelTimeoutException, 504, OTHER_TARGET, ModelTimeoutException",
        "424, ModelErrorException, 502, OTHER_TARGET, ModelErrorException",
        "500, InternalServerException, 500, OTHER_TARGET, InternalServerException",
        "503, ServiceUnavailableException, 503, OTHER_TARGET, ServiceUnavailableException",
        "418, TeapotException, 502, OTHER_TARGET, TeapotException"
    })
    void classifiesByTheNameOfTheException(int status, String type, int seen, GatewayError.Retry retry, String code) {
        GatewayError error = read(status, Map.of("x-amzn-errortype", type), "{\"message\":\"Not now.\"}");
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(seen);
        assertThat(error.retry()).isEqualTo(retry);
        assertThat(error.code()).isEqualTo(code);
    }

    @Test
    void findsTheNameInTheBodyWhenNoHeaderHasIt() {
        GatewayError error = read(
                400,
                Map.of(),
                "{\"x\":{\"message\":\"no\"},\"__type\":\"a.b#ThrottlingException\",\"Message\":\"Wait\"}");
        assertThat(error.status()).isEqualTo(429);
        assertThat(error.getMessage()).isEqualTo("Wait");
    }

    @Test
    void marksAPromptThatIsTooLongAndAModelThatNobodyKnows() {
        assertThat(read(
                                400,
                                Map.of("x-amzn-errortype", "ValidationException"),
                                "{\"message\":\"The model returned the following errors: Input Tokens Exceeded: Number of"
                                        + " input tokens exceeds maximum length.\"}")
                        .code())
                .isEqualTo("context_length_exceeded");
        GatewayError unknown = read(
                400,
                Map.of("x-amzn-errortype", "ValidationException"),
                "{\"message\":\"The provided model identifier is invalid.\"}");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.code()).isEqualTo("model_not_found");
        assertThat(unknown.retry()).isEqualTo(GatewayError.Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void showsNoAccountAndNoAddress() {
        GatewayError error = read(
                400,
                Map.of("x-amzn-errortype", "ValidationException"),
                "{\"message\":\"See https://internal.example.com/x and AKIAIOSFODNN7EXAMPLE12 for it\"}");
        assertThat(error.getMessage()).doesNotContain("internal.example.com", "AKIAIOSFODNN7EXAMPLE12");
        GatewayError auth = read(
                403, Map.of("x-amzn-errortype", "AccessDeniedException"), "{\"message\":\"User: arn:aws:iam::1:u\"}");
        assertThat(auth.getMessage()).doesNotContain("arn");
    }

    @Test
    void waitsAsLongAsItIsToldOnlyWhenWaitingHelps() {
        assertThat(read(503, Map.of("retry-after", "3"), "{}").retryAfter()).isEqualTo(Duration.ofSeconds(3));
        assertThat(read(400, Map.of("retry-after", "3"), "{}").retryAfter()).isNull();
    }

    @Test
    void makesSomethingOfEveryBody() {
        for (String body :
                new String[] {"", "<html>", "null", "[]", "{\"message\":", "{\"message\":null}", "{\"message\":5}"}) {
            assertThat(read(500, Map.of(), body).getMessage()).isNotBlank();
        }
        assertThat(read(200, Map.of(), "<html>").kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
        assertThat(read(200, Map.of(), "{\"message\":\"odd\"}").status()).isEqualTo(502);
    }

    private static GatewayError read(int status, Map<String, String> headers, String body) {
        return new ConverseErrorReader().read(status, headers::get, body.getBytes(StandardCharsets.UTF_8), NOW);
    }
}
