// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import static dev.penstock.resilience.BreakerRoom.answered;
import static dev.penstock.resilience.BreakerRoom.error;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.exchange.FailureClass;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Origin;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which class each error falls into; the statuses are those that the readers of providers' errors give. */
final class FailuresTest {

    private static final Map<Kind, FailureClass> OF_UPSTREAM = Map.of(
            Kind.PROVIDER_ERROR, FailureClass.SERVER,
            Kind.CONNECT_FAILED, FailureClass.CONNECT,
            Kind.CONNECT_TIMEOUT, FailureClass.TIMEOUT,
            Kind.FIRST_TOKEN_TIMEOUT, FailureClass.TIMEOUT,
            Kind.IDLE_TIMEOUT, FailureClass.TIMEOUT,
            Kind.TOTAL_TIMEOUT, FailureClass.CALLER,
            Kind.BREAKER_OPEN, FailureClass.CALLER,
            Kind.TRUNCATED, FailureClass.PROTOCOL,
            Kind.INVALID_UPSTREAM, FailureClass.PROTOCOL,
            Kind.RESPONSE_TOO_LARGE, FailureClass.CALLER);

    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyKindHasAClassAndOnlyUpstreamsOnesSpeakAgainstATarget(Kind kind) {
        FailureClass found = Failures.classify(GatewayError.of(kind, "It went wrong."));
        if (kind.origin() == Origin.UPSTREAM) {
            assertThat(found).isEqualTo(OF_UPSTREAM.get(kind));
        } else {
            assertThat(found).isEqualTo(FailureClass.CALLER);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, CALLER",
        "404, CALLER",
        "409, CALLER",
        "413, CALLER",
        "422, CALLER",
        "508, CALLER",
        "429, RATE_LIMIT",
        "500, SERVER",
        "502, SERVER",
        "503, SERVER",
        "504, SERVER"
    })
    void aProvidersStatusDecidesWhereNothingElseDoes(int status, FailureClass expected) {
        assertThat(Failures.classify(error(status))).isEqualTo(expected);
    }

    @Test
    void theFaultOfTheKeyGoesBeforeTheStatus() {
        assertThat(Failures.classify(answered(502, KeyFault.REFUSED, null, Retry.ONLY_OTHER_TARGET)))
                .isEqualTo(FailureClass.KEY);
        assertThat(Failures.classify(answered(429, KeyFault.EXHAUSTED, null, Retry.ONLY_OTHER_TARGET)))
                .isEqualTo(FailureClass.QUOTA);
        assertThat(Failures.classify(answered(429, KeyFault.RATE_LIMITED, null, Retry.OTHER_TARGET)))
                .isEqualTo(FailureClass.RATE_LIMIT);
    }

    @Test
    void aRequestLargerThanTheLimitIsTheCallers() {
        assertThat(Failures.classify(answered(429, null, null, Retry.ONLY_OTHER_TARGET)))
                .isEqualTo(FailureClass.CALLER);
    }

    @ParameterizedTest
    @CsvSource({
        "content_filter, 502",
        "content_policy_violation, 500",
        "context_length_exceeded, 503",
        "provider_auth, 502"
    })
    void whatIsAboutTheRequestIsTheCallersWhateverTheStatus(String code, int status) {
        GatewayError error = GatewayError.builder(Kind.PROVIDER_ERROR, "No.")
                .status(status)
                .code(code)
                .build();
        assertThat(Failures.classify(error)).isEqualTo(FailureClass.CALLER);
    }
}
