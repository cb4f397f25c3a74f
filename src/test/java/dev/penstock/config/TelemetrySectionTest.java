// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.config.TelemetryConfig.Label;
import dev.penstock.config.TelemetryConfig.Otlp;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TelemetrySectionTest {

    private static final String CANARY = "c4nary-t0ken";

    @TempDir
    Path folder;

    private ConfigRoom room;

    @BeforeEach
    void openRoom() {
        room = new ConfigRoom(folder);
    }

    private TelemetryConfig telemetry() {
        return room.snapshot().observability().telemetry();
    }

    @Test
    void withoutAWordEverythingIsCountedAndServedAndNothingIsSent() {
        assertThat(telemetry())
                .isEqualTo(new TelemetryConfig(
                        TelemetryConfig.Metrics.DEFAULT,
                        new TelemetryConfig.Traces(null, 0.1),
                        TelemetryConfig.Logs.ECS));
    }

    @Test
    void takesWhatTheFileSays() {
        room.env("TOKEN", CANARY).yaml("""
            observability:
              metrics: {labels: [model, tenant], cap: 20, prometheus: false, otlp: "http://m:4318/", every: 15s}
              traces: {otlp: "https://t.example/otlp", sample: 2.5%, headers: {authorization: "${TOKEN}"}}
              logs: {format: none}
            """);

        assertThat(telemetry())
                .isEqualTo(new TelemetryConfig(
                        new TelemetryConfig.Metrics(
                                Set.of(Label.TENANT, Label.MODEL),
                                20,
                                false,
                                new Otlp(URI.create("http://m:4318"), Map.of()),
                                Duration.ofSeconds(15)),
                        new TelemetryConfig.Traces(
                                new Otlp(
                                        URI.create("https://t.example/otlp"),
                                        Map.of("authorization", Secret.of(CANARY))),
                                0.025),
                        TelemetryConfig.Logs.NONE));
        assertThat(room.settings().toString())
                .contains("observability.traces.headers.authorization")
                .doesNotContain(CANARY);
    }

    @Test
    void aVariableThatIsNotSetMeansNobody() {
        room.yaml("observability: {traces: {otlp: \"${OTEL_EXPORTER_OTLP_ENDPOINT:-}\"}}");

        assertThat(telemetry().traces().otlp()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "traces: {otlp: 'http://h:4318/v1/traces'} | observability.traces.otlp",
                "traces: {otlp: 'h:4318'} | observability.traces.otlp",
                "traces: {sample: 0.1} | observability.traces.sample",
                "traces: {otlp: 'http://h:1', headers: {'a b': c}} | not the name of a header field",
                "traces: {otlp: 'http://h:1', headers: {a: \"c4nary-t0ken\\n"
                        + "x: y\"}} | characters that no header can carry",
                "metrics: {labels: [user]} | observability.metrics.labels",
                "metrics: {cap: 0} | observability.metrics.cap",
                "logs: {format: text} | observability.logs.format",
                "metrik: {} | Did you mean"
            })
    void refusesWhatIsWrongAndSaysWhere(String section, String said) {
        room.yaml("observability: {" + section + "}");

        assertThat(room.problems()).singleElement().asString().contains(said).doesNotContain(CANARY);
    }

    @Test
    void aChangeHoldsAfterARestart() {
        room.yaml("observability: {metrics: {cap: 10}}");
        Snapshot before = room.snapshot();
        room.yaml("observability: {metrics: {cap: 20}, logs: {format: none}}");

        ConfigDiff diff = ConfigDiff.between(before, room.snapshot());

        assertThat(diff.changed())
                .containsExactly("observability.logs.format", "observability.metrics.cap")
                .isEqualTo(diff.restart());
    }
}
