// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.SafeText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProviderErrorReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T06:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                // status | body | status to the client | code | param | message
                "400 | {\"error\":{\"message\":\"Bad thing\",\"type\":\"invalid_request_error\",\"param\":\"messages[1].content\",\"code\":\"invalid_value\"}} | 400 | invalid_value | messages[1].content | Bad thing",
                "404 | {\"error\":{\"message\":\"The model `x` does not exist\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}} | 404 | model_not_found | | The model `x` does not exist",
                "400 | {\"error\":\"Model not loaded\"} | 400 | | | Model not loaded",
                "400 | {\"code\":\"Client specified an invalid argument\",\"error\":\"Bad temperature\"} | 400 | | | Bad temperature",
                "500 | {\"message\":\"Too many tokens\"} | 500 | | | Too many tokens",
                "404 | {\"detail\":\"Not Found\"} | 404 | | | Not Found",
                "422 | {\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"x\"],\"msg\":\"Extra inputs are not permitted\"}]} | 422 | | | Extra inputs are not permitted",
                "422 | {\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\"],\"msg\":\"Extra inputs\"}]},\"type\":\"invalid_request_error\",\"code\":null} | 422 | | | Extra inputs",
                "429 | {\"object\":\"error\",\"message\":\"Rate limit exceeded\",\"type\":\"rate_limited\",\"param\":null,\"code\":\"1300\",\"raw_status_code\":429} | 429 | 1300 | | Rate limit exceeded",
                "503 | [{\"error\":{\"code\":503,\"message\":\"The model is overloaded.\",\"status\":\"UNAVAILABLE\"}}] | 503 | UNAVAILABLE | | The model is overloaded.",
                "429 | {\"error\":{\"code\":\"429\",\"message\":\"Slow down\"}} | 429 | 429 | | Slow down",
                "529 | {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}} | 503 | | | Overloaded",
                "498 | {\"error\":{\"message\":\"No flex capacity\",\"code\":\"capacity_exceeded\"}} | 429 | capacity_exceeded | | No flex capacity",
                "408 | {} | 504 | | | The provider answered with status 408 and no readable error.",
                "508 | {\"error\":{\"message\":\"Loop.\",\"code\":\"loop_detected\"}} | 508 | loop_detected | | Loop.",
                "418 | {\"error\":{\"message\":\"x\"}} | 502 | | | x",
                "500 | Internal Server Error | 500 | | | Internal Server Error",
                "502 | <html><body>secret.host</body></html> | 502 | | | The provider answered with status 502 and no readable error.",
                "504 | | 504 | | | The provider answered with status 504 and no readable error.",
                "400 | {\"error\":{\"message\":\"cut o | 400 | | | The provider answered with status 400 and no readable error.",
                "400 | {\"error\":{\"message\":\"whole\",\"code\":\"c\",\"x\":[1,  | 400 | c | | whole",
                "400 | {\"error\":{\"message\":\"m\",\"code\":\"<script>alert(1)</script>\"}} | 400 | | | m"
            })
    void readsEveryShape(int status, String body, int clientStatus, String code, String param, String message) {
        GatewayError error = read(status, body == null ? "" : body);

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(clientStatus);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.getMessage()).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "401 | {\"error\":{\"message\":\"Incorrect API key provided: sk-proj-abc...wxyz. You can find your API key at https://platform.openai.com\",\"code\":\"invalid_api_key\"}}",
                "403 | {\"error\":{\"message\":\"Forbidden for org-Abc\"}}",
                "401 | <html>login</html>",
                "400 | {\"code\":\"Client specified an invalid argument\",\"error\":\"Incorrect API key provided: xa***Y1. You can obtain an API key from https://console.x.ai.\"}",
                "400 | {\"error\":{\"code\":400,\"message\":\"API key not valid. Please pass a valid API key.\",\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]}}",
                "200 | {\"error\":{\"message\":\"bad key\",\"type\":\"authentication_error\"}}"
            })
    void keepsTheGatewaysOwnCredentialOutOfIt(int status, String body) {
        GatewayError error = read(status, body);

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.code()).isEqualTo("provider_auth");
        assertThat(error.getMessage()).isEqualTo("The provider refused the gateway's credentials.");
        assertThat(error.hint()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "400 | {\"error\":{\"message\":\"Bad thing\"}} | NEVER",
                "413 | {\"error\":{\"message\":\"Too large\"}} | NEVER",
                "422 | {\"detail\":\"extra\"} | NEVER",
                "404 | {\"error\":{\"message\":\"no such model\"}} | ONLY_OTHER_TARGET",
                "401 | {} | ONLY_OTHER_TARGET",
                "402 | {} | ONLY_OTHER_TARGET",
                "429 | {\"error\":{\"message\":\"You exceeded your current quota\",\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}} | ONLY_OTHER_TARGET",
                "429 | {\"error\":{\"message\":\"Request too large for gpt-4o: Limit 30000, Requested 41250.\",\"code\":\"rate_limit_exceeded\"}} | ONLY_OTHER_TARGET",
                "429 | {\"error\":{\"message\":\"Rate limit reached.\",\"code\":\"rate_limit_exceeded\"}} | OTHER_TARGET",
                "503 | {\"error\":{\"message\":\"Overloaded\"}} | OTHER_TARGET"
            })
    void knowsWhetherTryingAgainCanHelp(int status, String body, GatewayError.Retry retry) {
        assertThat(read(status, body).retry()).isEqualTo(retry);
    }

    @Test
    void anEmptyAccountIsTheGatewaysTrouble() {
        GatewayError error = read(
                402, "{\"error\":{\"message\":\"Insufficient credits. Add more at https://x.example\",\"code\":402}}");

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.code()).isEqualTo("provider_quota");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"error\":{\"message\":\"x\",\"code\":503}} | 503",
                "{\"error\":{\"message\":\"x\",\"code\":\"rate_limit_exceeded\"}} | 429",
                "{\"error\":{\"message\":\"x\",\"type\":\"overloaded_error\"}} | 503",
                "{\"error\":{\"message\":\"x\",\"type\":\"invalid_request_error\"}} | 400",
                "{\"error\":{\"message\":\"x\",\"type\":\"server_error\"}} | 502",
                "{\"object\":\"error\",\"message\":\"x\",\"code\":500} | 500",
                "{\"error\":\"x\"} | 502"
            })
    void takesTheStatusFromTheTextWhenTheHeadSaid200(String body, int status) {
        assertThat(read(200, body).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "7 | PT7S",
                "0 | PT0S",
                "0.5 | PT0.5S",
                "12.25 | PT12.25S",
                "86401 | PT24H",
                "999999999999999999 | PT24H",
                "34.07s | PT34.07S",
                "Sat, 21 Nov 2026 06:00:30 GMT | PT30S",
                "Sat, 21 Nov 2026 05:00:00 GMT | PT0S",
                "Sun, 21 Nov 2027 06:00:30 GMT | PT24H",
                "-5 | none",
                "soon | none",
                "1.2.3 | none",
                ". | none",
                "1e9 | none",
                "'' | none"
            })
    void understandsWhenToComeBack(String header, Duration expected) {
        GatewayError error = ProviderErrorReader.read(429, null, new byte[0], header, NOW);

        assertThat(error.retryAfter()).isEqualTo(expected);
    }

    @Test
    void findsGooglesDelayInTheBody() {
        GatewayError error = read(
                429,
                "[{\"error\":{\"code\":429,\"message\":\"Quota\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":"
                        + "[{\"@type\":\"q\",\"violations\":[{\"id\":\"PerDay\"}]},{\"@type\":\"r\",\"retryDelay\":\"34.07s\"}]}}]");

        assertThat(error.retryAfter()).isEqualTo(Duration.ofMillis(34_070));
        assertThat(error.code()).isEqualTo("RESOURCE_EXHAUSTED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "301 | text/plain | $$",
                "307 | text/plain | $$",
                "200 | text/html | <html><body>Welcome</body></html>",
                "200 | text/plain | hello",
                "200 | application/json | {\"id\":\"chatcmpl-1\",\"choices\":[{\"message\":{\"content\":\"hi\"}}]}"
            })
    void tellsAnAnswerThatNobodyAskedForFromAnError(int status, String type, String body) {
        GatewayError error = ProviderErrorReader.read(status, type, body.getBytes(StandardCharsets.UTF_8), null);

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
        assertThat(error.status()).isEqualTo(502);
        assertThat(error.getMessage()).contains("status " + status);
    }

    @Test
    void doesNotShowAnHtmlPageWhateverItCallsItself() {
        GatewayError error =
                ProviderErrorReader.read(500, "text/html", "Oops at host-1".getBytes(StandardCharsets.UTF_8), null);

        assertThat(error.getMessage()).isEqualTo("The provider answered with status 500 and no readable error.");
    }

    @Test
    void survivesAnyBytes() {
        Random random = new Random(20261121);
        byte[] seed = "[{\"error\":{\"message\":\"m\",\"details\":[[[{\"a\":{\"b\":1e5}}]],null,true]}}]"
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 20_000; round++) {
            byte[] body = seed.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            GatewayError error = ProviderErrorReader.read(500, null, body, null);
            assertThat(error.getMessage()).isNotBlank().hasSizeLessThanOrEqualTo(SafeText.MAX_LENGTH);
        }
        assertThat(read(500, "[".repeat(50_000)).status()).isEqualTo(500);
        assertThat(read(500, "{\"a\":".repeat(50_000)).status()).isEqualTo(500);
    }

    private static GatewayError read(int status, String body) {
        return ProviderErrorReader.read(status, null, body.getBytes(StandardCharsets.UTF_8), null);
    }
}
