// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long and until when, in the words of the two vendors. */
final class LimitHeadersTest {

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0s",
        "PT-3S, 0s",
        "PT0.0000001S, 1ms",
        "PT0.02S, 20ms",
        "PT0.9995S, 1s",
        "PT1S, 1s",
        "PT1.001S, 2s",
        "PT59.5S, 1m0s",
        "PT6M, 6m0s",
        "PT1H5S, 1h0m5s",
        "P31D, 744h0m0s"
    })
    void aSpanIsWrittenAsOpenAiWritesItAndNeverTooShort(Duration span, String text) {
        assertThat(LimitHeaders.span(span)).isEqualTo(text);
    }

    @Test
    void aMomentIsAWholeSecondAndNeverTooEarly() {
        Instant now = Instant.parse("2026-11-22T10:00:00.250Z");

        assertThat(LimitHeaders.moment(now, Duration.ofMillis(1_500))).isEqualTo("2026-11-22T10:00:02Z");
        assertThat(LimitHeaders.moment(now, Duration.ofMillis(1_750))).isEqualTo("2026-11-22T10:00:02Z");
    }
}
