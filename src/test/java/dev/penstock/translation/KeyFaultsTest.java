// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.conversation.ErrorReader;
import dev.penstock.exchange.KeyFault;
import dev.penstock.schema.openai.ProviderErrorReader;
import dev.penstock.translation.converse.ConverseErrorReader;
import dev.penstock.translation.gemini.GeminiErrorReader;
import dev.penstock.translation.messages.MessagesErrorReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each kind of provider's errors say about the key: refused, used up, too fast, or nothing at all. */
final class KeyFaultsTest {

    private static final ErrorReader OPENAI = (status, header, body, now) ->
            ProviderErrorReader.read(status, "application/json", body, header.apply("retry-after"), now);
    private static final ErrorReader ANTHROPIC = new MessagesErrorReader();
    private static final ErrorReader GEMINI = new GeminiErrorReader();
    private static final ErrorReader BEDROCK = new ConverseErrorReader();

    static Stream<Arguments> errors() {
        return Stream.of(
                openai(401, "{}", KeyFault.REFUSED),
                openai(403, "<html>", KeyFault.REFUSED),
                openai(400, "{\"error\":\"Incorrect API key provided: x\"}", KeyFault.REFUSED),
                openai(402, "{}", KeyFault.EXHAUSTED),
                openai(429, "{\"error\":{\"type\":\"insufficient_quota\"}}", KeyFault.EXHAUSTED),
                openai(429, "{\"error\":{\"code\":\"credit_balance_exhausted\"}}", KeyFault.EXHAUSTED),
                openai(200, "{\"error\":{\"code\":\"credit_balance_exhausted\"}}", KeyFault.EXHAUSTED),
                openai(200, "{\"error\":{\"code\":402,\"message\":\"no\"}}", KeyFault.EXHAUSTED),
                openai(429, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}", KeyFault.RATE_LIMITED),
                openai(429, "", KeyFault.RATE_LIMITED),
                openai(429, "{\"error\":{\"message\":\"Request too large for gpt-4o in organization\"}}", null),
                openai(403, "{\"error\":{\"message\":\"no\",\"metadata\":{\"flagged_input\":\"x\"}}}", null),
                openai(498, "{}", null),
                openai(400, "{\"error\":{\"code\":\"context_length_exceeded\"}}", null),
                openai(500, "{}", null),
                openai(503, "{}", null),
                anthropic(401, "authentication_error", KeyFault.REFUSED),
                anthropic(403, "permission_error", KeyFault.REFUSED),
                anthropic(402, "billing_error", KeyFault.EXHAUSTED),
                anthropic(429, "enforced_spend_limit_reached", KeyFault.EXHAUSTED),
                anthropic(429, "rate_limit_error", KeyFault.RATE_LIMITED),
                anthropic(400, "invalid_request_error", null),
                anthropic(413, "request_too_large", null),
                anthropic(529, "overloaded_error", null),
                gemini(
                        400,
                        "{\"error\":{\"code\":400,\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}",
                        KeyFault.REFUSED),
                gemini(403, "{\"error\":{\"status\":\"PERMISSION_DENIED\"}}", KeyFault.REFUSED),
                gemini(429, "{\"error\":{\"details\":[{\"retryDelay\":\"7s\"}]}}", KeyFault.RATE_LIMITED),
                gemini(
                        429,
                        "{\"error\":{\"details\":[{\"violations\":[{\"quotaId\":\"GenerateRequestsPerDayPerProject\"}]}]}}",
                        KeyFault.EXHAUSTED),
                gemini(400, "{\"error\":{\"status\":\"FAILED_PRECONDITION\"}}", null),
                gemini(400, "{\"error\":{\"status\":\"INVALID_ARGUMENT\"}}", null),
                gemini(503, "{\"error\":{\"status\":\"UNAVAILABLE\"}}", null),
                bedrock(403, "UnrecognizedClientException", KeyFault.REFUSED),
                bedrock(403, "ExpiredTokenException", KeyFault.REFUSED),
                bedrock(429, "ThrottlingException", KeyFault.RATE_LIMITED),
                bedrock(400, "ServiceQuotaExceededException", KeyFault.EXHAUSTED),
                bedrock(429, "ModelNotReadyException", null),
                bedrock(400, "ValidationException", null),
                bedrock(500, "InternalServerException", null));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void namesTheFaultOfTheKey(
            ErrorReader reader, int status, Map<String, String> headers, String body, @Nullable KeyFault expected) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);

        assertThat(reader.read(status, headers::get, bytes, Instant.EPOCH).keyFault())
                .isEqualTo(expected);
    }

    private static Arguments openai(int status, String body, @Nullable KeyFault expected) {
        return Arguments.of(OPENAI, status, Map.of(), body, expected);
    }

    /** With the id that makes the reader write a hint of its own. */
    private static Arguments anthropic(int status, String type, @Nullable KeyFault expected) {
        String body = "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"no\"}}";
        return Arguments.of(ANTHROPIC, status, Map.of("request-id", "req_1"), body, expected);
    }

    private static Arguments gemini(int status, String body, @Nullable KeyFault expected) {
        return Arguments.of(GEMINI, status, Map.of(), body, expected);
    }

    private static Arguments bedrock(int status, String exception, @Nullable KeyFault expected) {
        return Arguments.of(BEDROCK, status, Map.of("x-amzn-errortype", exception), "{\"message\":\"no\"}", expected);
    }
}
