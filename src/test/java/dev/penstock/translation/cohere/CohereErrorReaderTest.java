// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.GatewayError;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CohereErrorReaderTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "400, 400, NEVER, ",
        "401, 502, ONLY_OTHER_TARGET, provider_auth",
        "402, 502, ONLY_OTHER_TARGET, provider_quota",
        "403, 502, ONLY_OTHER_TARGET, provider_auth",
        "404, 404, ONLY_OTHER_TARGET, ",
        "422, 422, NEVER, ",
        "429, 429, OTHER_TARGET, ",
        "498, 400, NEVER, content_filter",
        "499, 502, OTHER_TARGET, ",
        "500, 500, OTHER_TARGET, ",
        "501, 502, OTHER_TARGET, ",
        "503, 503, OTHER_TARGET, ",
        "504, 504, OTHER_TARGET, "
    })
    void theStatusDecides(int status, int seen, GatewayError.Retry retry, String code) {
        GatewayError error = read(status, "{\"id\":\"x\",\"message\":\"Not now.\"}");

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
        assertThat(error.status()).isEqualTo(seen);
        assertThat(error.retry()).isEqualTo(retry);
        assertThat(error.code()).isEqualTo(code);
    }

    @Test
    void tooManyTokensIsToldByItsTypeAndALargerModelMayTakeThem() {
        GatewayError error = read(
                400,
                "{\"error_type\":\"TOO_MANY_TOKENS\",\"id\":\"c167e04b\",\"message\":\"too many tokens: size limit exceeded by 25836 tokens.\"}");

        assertThat(error.status()).isEqualTo(400);
        assertThat(error.code()).isEqualTo("context_length_exceeded");
        assertThat(error.retry()).isEqualTo(GatewayError.Retry.ONLY_OTHER_TARGET);
        assertThat(error.getMessage()).isEqualTo("too many tokens: size limit exceeded by 25836 tokens.");
    }

    @Test
    void anotherTypeIsACodeWhenItLooksLikeOne() {
        assertThat(read(400, "{\"error_type\":\"BAD_TOOL\",\"message\":\"no\"}").code())
                .isEqualTo("bad_tool");
        assertThat(read(400, "{\"error_type\":\"bad tool!\",\"message\":\"no\"}")
                        .code())
                .isNull();
    }

    @Test
    void theCallsOfAMonthDoNotComeBackByWaiting() {
        GatewayError error = read(
                429,
                "{\"message\":\"You are using a Trial key, which is limited to 1000 API calls / month. You can continue to use the Trial key for free.\"}");

        assertThat(error.status()).isEqualTo(429);
        assertThat(error.code()).isEqualTo("provider_quota");
        assertThat(error.retry()).isEqualTo(GatewayError.Retry.ONLY_OTHER_TARGET);
    }

    @Test
    void waitsAsLongAsTheHeaderSays() {
        GatewayError error = new CohereErrorReader()
                .read(429, Map.of("retry-after", "7")::get, bytes("{\"message\":\"slow down\"}"), NOW);

        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void keysAndAddressesAreNotShown() {
        assertThat(read(400, "{\"message\":\"see https://internal.cohere.ai/x\"}")
                        .getMessage())
                .isEqualTo("see [address]");
        assertThat(read(401, "{\"message\":\"invalid api token abc\"}").getMessage())
                .doesNotContain("abc");
    }

    @Test
    void aPageOfAProxyAndAnEmptyBodyAreErrorsToo() {
        assertThat(read(502, "<html>Bad Gateway</html>").status()).isEqualTo(502);
        assertThat(read(500, "").getMessage()).isNotBlank();
        assertThat(read(200, "{\"id\":\"x\"}").kind()).isEqualTo(GatewayError.Kind.INVALID_UPSTREAM);
    }

    private static GatewayError read(int status, String body) {
        return new CohereErrorReader().read(status, name -> null, bytes(body), NOW);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
