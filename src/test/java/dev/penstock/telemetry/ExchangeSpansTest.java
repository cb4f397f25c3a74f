// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class ExchangeSpansTest {

    private static final long ARRIVED =
            Instant.parse("2026-11-20T18:02:09.575Z").toEpochMilli() * 1_000_000;

    private final ExchangeSpans spans = new ExchangeSpans(UnaryOperator.identity());

    @Test
    void everyStageWhoseTimesAreKnownIsASpanInItsPlace() {
        List<Span> made = spans.of(Endings.fellBack("chat"));

        assertThat(made)
                .extracting(Span::name, span -> span.startNanos() - ARRIVED, span -> span.endNanos() - ARRIVED)
                .containsExactly(
                        tuple("POST /v1/chat/completions", -300_000L, 1_843_000_000L),
                        tuple("authenticate", -300_000L, 0L),
                        tuple("receive", 0L, 2_000_000L),
                        tuple("route", 2_100_000L, 2_109_000L),
                        tuple("admit", 2_109_000L, 2_900_000L),
                        tuple("answer", 15_000_000L, 1_843_000_000L),
                        tuple("chat gpt-4o", 3_000_000L, 43_000_000L),
                        tuple("chat gpt-4o", 3_000_000L, 43_000_000L));
    }

    @Test
    void whatIsNotTracedHasNone() {
        assertThat(spans.of(Endings.untraced("chat"))).isEmpty();
    }
}
