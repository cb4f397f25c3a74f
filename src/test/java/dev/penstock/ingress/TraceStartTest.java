// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.TelemetryConfig.Otlp;
import dev.penstock.config.TelemetryConfig.Traces;
import dev.penstock.exchange.TraceContext;
import dev.penstock.kit.time.ManualTime;
import java.net.URI;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TraceStartTest {

    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";

    private final RequestIds ids = new RequestIds(new ManualTime(), new Random(7));

    private static TraceStart sampling(double share) {
        return TraceStart.of(new Traces(new Otlp(URI.create("http://127.0.0.1:4318"), Map.of()), share));
    }

    @Test
    void recordsAboutTheShareThatIsWantedAndDecidesByTheIdAlone() {
        TraceStart tenth = sampling(0.1);
        int recorded = 0;
        for (int i = 0; i < 10_000; i++) {
            UUID exchange = ids.unique();
            TraceContext trace = tenth.begin(null, exchange);
            assertThat(tenth.begin(null, exchange)).isEqualTo(trace);
            recorded += trace == null ? 0 : 1;
        }

        assertThat(recorded).isBetween(850, 1_150);
    }

    @Test
    void aShareOfAllIsAllAndOfNothingNothing() {
        for (int i = 0; i < 100; i++) {
            assertThat(sampling(1).begin(null, ids.unique())).isNotNull();
            assertThat(sampling(0).begin(null, ids.unique())).isNull();
        }
    }

    @Test
    void whatTheCallerDecidedHolds() {
        TraceContext wanted = sampling(0).begin(PARENT + "01", ids.unique());
        TraceContext unwanted = sampling(1).begin(PARENT + "00", ids.unique());

        assertThat(wanted.isRecorded()).isTrue();
        assertThat(wanted.parentId()).isEqualTo("00f067aa0ba902b7");
        assertThat(unwanted.isRecorded()).isFalse();
        assertThat(unwanted.traceId()).isEqualTo(wanted.traceId());
    }

    @Test
    void whereNobodyCollectsNothingBeginsAndACallersTraceIsKept() {
        TraceStart off = TraceStart.of(Traces.OFF);

        assertThat(off.begin(null, ids.unique())).isNull();
        assertThat(off.begin(PARENT + "01", ids.unique()).isRecorded()).isFalse();
        assertThat(sampling(1).begin("nonsense", ids.unique()).parentId()).isEmpty();
    }

    @Test
    void idsOfSpansFollowFromTheExchangeAndDiffer() {
        UUID exchange = ids.unique();
        TraceContext trace = sampling(1).begin(null, exchange);
        Set<String> spans = new HashSet<>();
        for (int kind = 0; kind < 5; kind++) {
            for (long nanos = 0; nanos < 1_000; nanos++) {
                spans.add(trace.span(kind, nanos));
            }
        }

        assertThat(spans).hasSize(5_000).allMatch(id -> id.matches("[0-9a-f]{16}"));
        assertThat(spans).contains(trace.spanId());
        assertThat(trace.header(trace.spanId())).isEqualTo("00-" + trace.traceId() + "-" + trace.spanId() + "-01");
        assertThat(trace.traceId()).isEqualTo(exchange.toString().replace("-", ""));
        assertThat(TraceContext.parse(trace.header(trace.spanId()))).isNotNull();
    }
}
