// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import dev.penstock.config.TelemetryConfig.Label;
import dev.penstock.config.TelemetryConfig.Otlp;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From {@code observability} in the file to {@link TelemetryConfig}. */
final class TelemetrySection {

    private static final String METRICS = "observability.metrics";
    private static final String TRACES = "observability.traces";

    private final ObservabilityForm form;
    private final Binder binder;
    private final Problems problems;

    TelemetrySection(ObservabilityForm form, Binder binder, Problems problems) {
        this.form = form;
        this.binder = binder;
        this.problems = problems;
    }

    TelemetryConfig assemble() {
        TelemetryForms.Metrics metrics = form.metrics();
        TelemetryForms.Traces traces = form.traces();
        return new TelemetryConfig(
                new TelemetryConfig.Metrics(
                        labels(metrics),
                        metrics.cap(),
                        metrics.prometheus(),
                        otlp(METRICS, metrics.otlp(), metrics.headers()),
                        metrics.every()),
                new TelemetryConfig.Traces(
                        otlp(TRACES, traces.otlp(), traces.headers()),
                        traces.sample().value()),
                form.logs().format());
    }

    private Set<Label> labels(TelemetryForms.Metrics metrics) {
        Set<Label> named = EnumSet.noneOf(Label.class);
        metrics.labels().stream().filter(Objects::nonNull).forEach(named::add);
        return binder.has(METRICS + ".labels") ? named : EnumSet.allOf(Label.class);
    }

    private @Nullable Otlp otlp(String section, @Nullable OtlpUrl url, Map<String, TelemetryForms.Field> headers) {
        Map<String, Secret> fields = new LinkedHashMap<>();
        headers.forEach((name, field) -> {
            Secret value = field.value();
            if (value != null && isField(Paths.child(section + ".headers", name), name)) {
                fields.put(name, value);
            }
        });
        URI endpoint = url == null ? null : url.url();
        return endpoint == null ? null : new Otlp(endpoint, fields);
    }

    /** What a value may hold has been looked at when it was read, as with every secret. */
    private boolean isField(String path, String name) {
        boolean token = !name.isEmpty()
                && name.chars()
                        .allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0));
        if (!token) {
            problems.add(binder.keyAt(path), path, "not the name of a header field");
        }
        return token;
    }

    /** As lines of key and value, for what is printed and compared. */
    static Map<String, Object> lines(TelemetryConfig telemetry) {
        Map<String, Object> lines = new LinkedHashMap<>();
        TelemetryConfig.Metrics metrics = telemetry.metrics();
        lines.put(
                METRICS + ".labels",
                metrics.ordered().stream()
                        .map(label -> label.name().toLowerCase(Locale.ROOT))
                        .toList());
        lines.put(METRICS + ".cap", metrics.cap());
        lines.put(METRICS + ".prometheus", metrics.prometheus());
        Otlp sent = metrics.otlp();
        if (sent != null) {
            lines.put(METRICS + ".otlp", sent.endpoint());
            Duration every = metrics.every();
            lines.put(METRICS + ".every", every);
        }
        Otlp traced = telemetry.traces().otlp();
        if (traced != null) {
            lines.put(TRACES + ".otlp", traced.endpoint());
            lines.put(TRACES + ".sample", Share.of(telemetry.traces().sample()));
        }
        lines.put("observability.logs.format", telemetry.logs().name().toLowerCase(Locale.ROOT));
        return lines;
    }

    /** The header fields by their keys. */
    static Map<String, Secret> secrets(TelemetryConfig telemetry) {
        Map<String, Secret> secrets = new LinkedHashMap<>();
        fields(METRICS, telemetry.metrics().otlp(), secrets);
        fields(TRACES, telemetry.traces().otlp(), secrets);
        return secrets;
    }

    private static void fields(String section, @Nullable Otlp otlp, Map<String, Secret> into) {
        if (otlp != null) {
            otlp.headers().forEach((name, value) -> into.put(Paths.child(section + ".headers", name), value));
        }
    }
}
