// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sections {@code observability.metrics}, {@code .traces} and {@code .logs}. */
final class TelemetryForms {

    private TelemetryForms() {}

    /** The section {@code observability.metrics}. */
    record Metrics(
            @Key(
                    value = "What requests, tokens and cost are told apart by: tenant, feature, model, provider.",
                    unset = "all of them")
            List<TelemetryConfig.@Nullable Label> labels,

            @Key(
                    value = "Most values of tenant and of feature; what comes later is counted as __other__.",
                    def = "100",
                    min = "1",
                    max = "10000")
            int cap,

            @Key(value = "Serve them on the admin listener as /metrics.", def = "true")
            boolean prometheus,

            @Key(
                    value = "Send them to a receiver of OpenTelemetry (OTLP over HTTP), such as http://collector:4318;"
                            + " empty for nobody.",
                    unset = "sent to nobody")
            @Nullable
            OtlpUrl otlp,

            @Key(value = "How often they are sent.", def = "60s", min = "1s", max = "1h")
            Duration every,

            @Key(value = "Header fields for the receiver, such as a token.", unset = "none")
            Map<String, Field> headers) {}

    /** The section {@code observability.traces}. */
    record Traces(
            @Key(
                    value = "Send spans to a receiver of OpenTelemetry (OTLP over HTTP), such as http://collector:4318"
                            + " or ${OTEL_EXPORTER_OTLP_ENDPOINT:-}; empty for nobody.",
                    unset = "no spans are made")
            @Nullable
            OtlpUrl otlp,

            @Key(
                    value = "Share of the traces that begin here. A caller that sends traceparent has decided already.",
                    def = "10%")
            Share sample,

            @Key(value = "Header fields for the receiver, such as a token.", unset = "none")
            Map<String, Field> headers) {}

    /** The section {@code observability.logs}. */
    record Logs(
            @Key(value = "One line of JSON per call in Elastic's common schema (ecs), or none.", def = "ecs")
            TelemetryConfig.Logs format) {}

    /** One entry of {@code headers}. */
    @ShortForm(value = "value", forms = "a text, or a map with value")
    record Field(
            @Key(value = "What is sent.", required = true) @Nullable
            Secret value) {}
}
