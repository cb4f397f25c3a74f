// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Spans and metrics in the JSON form of OTLP 1.x (opentelemetry.io, "OTLP Specification", "JSON Protobuf Encoding", and the
 * {@code .proto} files of opentelemetry-proto): ids in hexadecimal, 64-bit numbers as text, enumerations by their number. Not for
 * event loops.
 */
final class OtlpJson {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String SCOPE = "dev.penstock";
    private static final int STATUS_ERROR = 2;
    private static final int CUMULATIVE = 2;

    private static final Map<String, GenAiConventions.Metric> CONVENTIONAL = GenAiConventions.METRICS.stream()
            .collect(Collectors.toUnmodifiableMap(GenAiConventions.Metric::prometheusName, metric -> metric));
    private static final Map<String, String> ATTRIBUTES = GenAiConventions.ATTRIBUTES.stream()
            .collect(Collectors.toUnmodifiableMap(name -> name.replace('.', '_'), name -> name));

    private final Map<String, Object> resource;
    private final String version;

    /**
     * @param version of this build
     * @param node name of this node
     */
    OtlpJson(String version, String node) {
        this.version = version;
        this.resource = Map.of("service.name", "penstock", "service.version", version, "service.instance.id", node);
    }

    // ---- traces

    byte[] traces(List<Span> spans) {
        return written(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("resourceSpans");
            resource(json);
            json.writeArrayFieldStart("scopeSpans");
            scope(json);
            json.writeArrayFieldStart("spans");
            for (Span span : spans) {
                span(json, span);
            }
            close(json);
        });
    }

    private void span(JsonGenerator json, Span span) throws IOException {
        json.writeStartObject();
        json.writeStringField("traceId", span.traceId());
        json.writeStringField("spanId", span.spanId());
        if (!span.parentId().isEmpty()) {
            json.writeStringField("parentSpanId", span.parentId());
        }
        json.writeStringField("name", span.name());
        json.writeNumberField("kind", span.kind().number());
        json.writeStringField("startTimeUnixNano", Long.toString(span.startNanos()));
        json.writeStringField("endTimeUnixNano", Long.toString(span.endNanos()));
        attributes(json, span.attributes());
        if (span.failed()) {
            json.writeObjectFieldStart("status");
            json.writeNumberField("code", STATUS_ERROR);
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    // ---- metrics

    /**
     * @param fromNanos since when they are counted, since 1970
     * @param atNanos when they were read, since 1970
     */
    byte[] metrics(MetricSnapshots all, long fromNanos, long atNanos) {
        return written(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("resourceMetrics");
            resource(json);
            json.writeArrayFieldStart("scopeMetrics");
            scope(json);
            json.writeArrayFieldStart("metrics");
            for (MetricSnapshot metric : all) {
                metric(json, metric, Long.toString(fromNanos), Long.toString(atNanos));
            }
            close(json);
        });
    }

    private void metric(JsonGenerator json, MetricSnapshot metric, String from, String at) throws IOException {
        String name = metric.getMetadata().getPrometheusName();
        GenAiConventions.Metric known = CONVENTIONAL.get(name);
        json.writeStartObject();
        json.writeStringField("name", known == null ? name : known.name());
        if (metric.getMetadata().getHelp() != null) {
            json.writeStringField("description", metric.getMetadata().getHelp());
        }
        json.writeStringField("unit", known != null ? known.unit() : name.endsWith("_seconds") ? "s" : "");
        json.writeObjectFieldStart(
                switch (metric) {
                    case CounterSnapshot c -> "sum";
                    case HistogramSnapshot h -> "histogram";
                    case SummarySnapshot s -> "summary";
                    default -> "gauge";
                });
        if (metric instanceof CounterSnapshot) {
            json.writeBooleanField("isMonotonic", true);
        }
        if (metric instanceof CounterSnapshot || metric instanceof HistogramSnapshot) {
            json.writeNumberField("aggregationTemporality", CUMULATIVE);
        }
        json.writeArrayFieldStart("dataPoints");
        for (DataPointSnapshot point : metric.getDataPoints()) {
            json.writeStartObject();
            labels(json, point.getLabels(), known != null);
            json.writeStringField("startTimeUnixNano", from);
            json.writeStringField("timeUnixNano", at);
            value(json, point);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void value(JsonGenerator json, DataPointSnapshot point) throws IOException {
        switch (point) {
            case CounterSnapshot.CounterDataPointSnapshot counter -> number(json, counter.getValue());
            case GaugeSnapshot.GaugeDataPointSnapshot gauge -> number(json, gauge.getValue());
            case UnknownSnapshot.UnknownDataPointSnapshot unknown -> number(json, unknown.getValue());
            case HistogramDataPointSnapshot histogram -> histogram(json, histogram);
            case SummaryDataPointSnapshot summary -> {
                json.writeStringField("count", Long.toString(summary.getCount()));
                json.writeNumberField("sum", finite(summary.getSum()));
            }
            case InfoSnapshot.InfoDataPointSnapshot info -> number(json, 1);
            case StateSetSnapshot.StateSetDataPointSnapshot states -> number(json, states.size());
            default -> number(json, 0);
        }
    }

    private static void histogram(JsonGenerator json, HistogramDataPointSnapshot histogram) throws IOException {
        json.writeStringField("count", Long.toString(histogram.getCount()));
        json.writeNumberField("sum", finite(histogram.getSum()));
        json.writeArrayFieldStart("bucketCounts");
        for (int i = 0; i < histogram.getClassicBuckets().size(); i++) {
            json.writeString(Long.toString(histogram.getClassicBuckets().getCount(i)));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("explicitBounds");
        for (int i = 0; i < histogram.getClassicBuckets().size() - 1; i++) {
            json.writeNumber(histogram.getClassicBuckets().getUpperBound(i));
        }
        json.writeEndArray();
    }

    /** The JSON of numbers knows neither infinity nor what is no number. */
    private static void number(JsonGenerator json, double value) throws IOException {
        json.writeNumberField("asDouble", finite(value));
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }

    private static void labels(JsonGenerator json, Labels labels, boolean conventional) throws IOException {
        json.writeArrayFieldStart("attributes");
        for (Label label : labels) {
            if (!label.getValue().isEmpty()) {
                String name =
                        conventional ? ATTRIBUTES.getOrDefault(label.getName(), label.getName()) : label.getName();
                attribute(json, name, label.getValue());
            }
        }
        json.writeEndArray();
    }

    // ---- what both have

    private void resource(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("resource");
        attributes(json, resource);
        json.writeEndObject();
    }

    private void scope(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("scope");
        json.writeStringField("name", SCOPE);
        json.writeStringField("version", version);
        json.writeEndObject();
    }

    /** The list of spans or metrics, its scope, the scopes, the resource, the resources, and all of it. */
    private static void close(JsonGenerator json) throws IOException {
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void attributes(JsonGenerator json, Map<String, Object> attributes) throws IOException {
        json.writeArrayFieldStart("attributes");
        for (Map.Entry<String, Object> one : attributes.entrySet()) {
            attribute(json, one.getKey(), one.getValue());
        }
        json.writeEndArray();
    }

    private static void attribute(JsonGenerator json, String name, Object value) throws IOException {
        json.writeStartObject();
        json.writeStringField("key", name);
        json.writeFieldName("value");
        any(json, value);
        json.writeEndObject();
    }

    private static void any(JsonGenerator json, Object value) throws IOException {
        json.writeStartObject();
        switch (value) {
            case Boolean truth -> json.writeBooleanField("boolValue", truth);
            case Long number -> json.writeStringField("intValue", Long.toString(number));
            case Double number -> json.writeNumberField("doubleValue", finite(number));
            case List<?> list -> {
                json.writeObjectFieldStart("arrayValue");
                json.writeArrayFieldStart("values");
                for (Object each : list) {
                    any(json, each);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            default -> json.writeStringField("stringValue", value.toString());
        }
        json.writeEndObject();
    }

    @FunctionalInterface
    private interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    private static byte[] written(Writing what) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(16 << 10);
        // Through a writer, for which half of a character in a name that a client made up is a question mark and no
        // error.
        try (JsonGenerator json = JSON.createGenerator(new OutputStreamWriter(bytes, UTF_8))) {
            what.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
