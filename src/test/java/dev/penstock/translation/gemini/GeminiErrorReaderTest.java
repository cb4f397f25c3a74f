// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class GeminiErrorReaderTest {

    @Test
    void aBadKeyIsTheGatewaysFaultAlthoughItComesAs400() {
        GatewayError error = read(400, """
                {"error":{"code":400,"message":"API key not valid. key1234","status":"INVALID_ARGUMENT","details":[
                 {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"},
                 {"@type":"type.googleapis.com/google.rpc.DebugInfo","detail":"Invalid API key: key1234"}]}}""");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.code()).isEqualTo("provider_auth");
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
        assertThat(error.getMessage()).doesNotContain("key1234");
    }

    @Test
    void aBadRequestStaysTheClients() {
        GatewayError error = read(400, """
                {"error":{"code":400,"message":"Unknown name \\"x\\" at 'tools[0]': Cannot find field.","status":"INVALID_ARGUMENT"}}""");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo("INVALID_ARGUMENT");
        assertThat(error.retry()).isEqualTo(Retry.NEVER);
        assertThat(error.getMessage()).contains("tools[0]");
    }

    @Test
    void theDelayOfALimitStandsInTheDetails() {
        GatewayError error = read(429, """
                [{"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED","details":[
                 {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel"}]},
                 {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.074824224s"}]}}]""");

        assertThat(error.status()).isEqualTo(429);
        assertThat(error.code()).isEqualTo("RESOURCE_EXHAUSTED");
        assertThat(error.retryAfter()).isEqualTo(Duration.ofMillis(34_074));
        assertThat(error.retry()).isEqualTo(Retry.OTHER_TARGET);
    }

    @Test
    void aLimitForTheDayIsNotWorthWaitingFor() {
        GatewayError error = read(429, """
                {"error":{"code":429,"message":"Quota exceeded.","status":"RESOURCE_EXHAUSTED","details":[
                 {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}}""");

        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void tooLongAPromptMayFitAnotherModel() {
        GatewayError error = read(400, """
                {"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}""");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo("context_length_exceeded");
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void aCountryWithoutBillingIsTheGatewaysFault() {
        GatewayError error = read(400, """
                {"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}""");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void aMissingPermissionIsTheGatewaysFault() {
        GatewayError error = read(403, """
                {"error":{"code":403,"message":"Permission denied on resource project my-secret-project.","status":"PERMISSION_DENIED"}}""");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.getMessage()).doesNotContain("my-secret-project");
    }

    @Test
    void overloadAndUnknownModelsKeepTheirStatus() {
        assertThat(read(503, "{\"error\":{\"code\":503,\"message\":\"Overloaded.\",\"status\":\"UNAVAILABLE\"}}")
                        .status())
                .isEqualTo(503);
        GatewayError missing =
                read(404, "{\"error\":{\"code\":404,\"message\":\"Not found.\",\"status\":\"NOT_FOUND\"}}");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.retry()).isEqualTo(Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void aPageOfHtmlSaysOnlyItsStatus() {
        GatewayError error = read(500, "<html><title>Error 500 at https://internal</title></html>");

        assertThat(error.status()).isEqualTo(500);
        assertThat(error.getMessage()).doesNotContain("internal", "html");
    }

    @Test
    void anErrorWithStatus200TakesItsStatusFromTheBody() {
        assertThat(read(200, "{\"error\":{\"message\":\"Later.\",\"status\":\"RESOURCE_EXHAUSTED\"}}")
                        .status())
                .isEqualTo(429);
        assertThat(read(200, "{}").kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    private static GatewayError read(int status, String body) {
        return new GeminiErrorReader().read(status, name -> null, body.getBytes(StandardCharsets.UTF_8), Instant.EPOCH);
    }
}
