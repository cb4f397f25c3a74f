// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Priority;
import dev.penstock.pipeline.CallTerms;
import io.vertx.core.MultiMap;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How clients say what is urgent. */
final class TermsReaderTest {

    private static CallTerms read(String name, String value) {
        return TermsReader.read(MultiMap.caseInsensitiveMultiMap().add(name, value));
    }

    @Test
    void whoSaysNothingGetsTheModelsTerms() {
        assertThat(TermsReader.read(MultiMap.caseInsensitiveMultiMap())).isEqualTo(CallTerms.NONE);
    }

    @Test
    void aPriorityIsOneOfTwo() {
        assertThat(read("x-penstock-priority", "batch").priority()).isEqualTo(Priority.BATCH);
        assertThat(read("X-Penstock-Priority", " interactive ").priority()).isEqualTo(Priority.INTERACTIVE);
    }

    @ParameterizedTest
    @CsvSource({
        "1.5, 1500",
        "30, 30000",
        "30s, 30000",
        "1500ms, 1500",
        "0.25s, 250",
        "2.0019, 2001",
        "86400, 86400000",
        "999999999999, 86400000",
        "25000000000ms, 86400000"
    })
    void aTimeoutIsSecondsOrHasAUnit(String text, long millis) {
        assertThat(read("x-request-timeout", text).timeout()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0.0",
                "0ms",
                "0.0001",
                "-1",
                "+1",
                "1e3",
                "1.5ms",
                "1,5",
                "1.",
                ".5",
                "1m",
                "ms",
                "s",
                "1 s",
                "1.2.3",
                "٣",
                "12345678901234567890"
            })
    void anUnclearTimeoutIsRefusedByName(String text) {
        assertThatThrownBy(() -> read("x-request-timeout", text)).isInstanceOfSatisfying(GatewayError.class, error -> {
            assertThat(error.status()).isEqualTo(400);
            assertThat(error.param()).isEqualTo("x-request-timeout");
            assertThat(error.getMessage()).contains("1.5", "30s", "1500ms");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "BATCH", "high", "0", "interactive,batch"})
    void anUnknownPriorityIsRefusedByName(String text) {
        assertThatThrownBy(() -> read("x-penstock-priority", text))
                .isInstanceOfSatisfying(GatewayError.class, error -> {
                    assertThat(error.status()).isEqualTo(400);
                    assertThat(error.param()).isEqualTo("x-penstock-priority");
                    assertThat(error.getMessage()).contains("interactive or batch");
                });
    }
}
