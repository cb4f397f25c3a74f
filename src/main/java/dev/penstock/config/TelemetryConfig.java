// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is measured and told. Nothing of it changes while the process runs. */
public record TelemetryConfig(Metrics metrics, Traces traces, Logs logs) {

    /** What holds where nobody says anything. */
    public static final TelemetryConfig DEFAULT = new TelemetryConfig(Metrics.DEFAULT, Traces.OFF, Logs.ECS);

    /** What metrics of exchanges are told apart by. */
    public enum Label {
        TENANT,
        FEATURE,
        MODEL,
        PROVIDER
    }

    /** In what form exchanges are logged. */
    public enum Logs {
        /** A line of JSON for each, in Elastic's common schema. */
        ECS,
        /** Not at all. */
        NONE
    }

    /**
     * Metrics.
     *
     * @param labels what requests, tokens and cost are told apart by
     * @param cap most values of one of them that callers have a say in; more are counted together
     * @param prometheus whether {@code /metrics} is served
     * @param otlp where they are sent to, or null
     * @param every how often they are sent
     */
    public record Metrics(
            Set<Label> labels,
            int cap,
            boolean prometheus,
            @Nullable Otlp otlp,
            Duration every) {

        /** Everything told apart, nothing sent. */
        public static final Metrics DEFAULT =
                new Metrics(EnumSet.allOf(Label.class), 100, true, null, Duration.ofSeconds(60));

        public Metrics {
            Set<Label> ordered = EnumSet.noneOf(Label.class);
            ordered.addAll(labels);
            labels = Collections.unmodifiableSet(ordered);
        }

        /** In a fixed order. */
        public List<Label> ordered() {
            return List.copyOf(labels);
        }
    }

    /**
     * Traces.
     *
     * @param otlp where spans are sent to; null where none are made
     * @param sample share of the traces that begin here, 0 to 1
     */
    public record Traces(@Nullable Otlp otlp, double sample) {

        /** None are made. */
        public static final Traces OFF = new Traces(null, 0);
    }

    /**
     * A receiver of OTLP over HTTP.
     *
     * @param endpoint without {@code /v1/traces} and {@code /v1/metrics}
     * @param headers sent with each request
     */
    public record Otlp(URI endpoint, Map<String, Secret> headers) {

        public Otlp {
            headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
        }
    }
}
