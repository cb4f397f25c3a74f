// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Header;
import dev.penstock.kit.OtlpReceiver;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.RefusedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Traces and metrics as a collector gets them, over a whole gateway. */
final class TracesTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00f067aa0ba902b7";
    private static final String TOKEN = "c4nary-t0ken";
    private static final String CONTENT = "c4nary-pr0mpt";

    private ProviderSimulator first;
    private ProviderSimulator second;
    private OtlpReceiver collector;

    @BeforeEach
    void start() {
        first = ProviderSimulator.start();
        second = ProviderSimulator.start();
        second.otherwise(Answers.chat(3));
        collector = OtlpReceiver.open();
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        collector.close();
    }

    private InProcess gateway(String traces) {
        return InProcess.start("providers:\n  one: {type: openai, api_key: sk-c4nary, base_url: \"" + first.baseUrl()
                + "\"}\n  two: {type: openai, base_url: \"" + second.baseUrl() + "\"}\n"
                + "models:\n  chat: {targets: [one/m, two/n]}\nobservability:\n  " + traces + "\n");
    }

    private String always() {
        return "traces: {otlp: \"" + collector.url() + "\", sample: 100%, headers: {authorization: " + TOKEN + "}}";
    }

    private static RawResponse ask(InProcess gateway, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(
                            "/v1/chat/completions",
                            "{\"model\":\"chat\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
                                    + CONTENT + "\"}]}",
                            headers)
                    .readResponse();
        }
    }

    private static Header parent(String flags) {
        return new Header("traceparent", "00-" + TRACE + "-" + PARENT + "-" + flags);
    }

    private static JsonNode named(List<JsonNode> spans, String name) {
        return spans.stream()
                .filter(span -> span.at("/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is none of " + spans));
    }

    @Test
    void anExchangeIsOneSpanWithItsStagesAndOneForEachTry() {
        first.otherwise(Answers.error(500, "server_error", "No.", null));
        try (InProcess gateway = gateway(always())) {
            assertThat(ask(gateway, parent("01")).status()).isEqualTo(200);

            List<JsonNode> spans = collector.awaitSpans(8);

            JsonNode server = named(spans, "POST /v1/chat/completions");
            JsonNode failed = named(spans, "chat m");
            JsonNode answered = named(spans, "chat n");
            assertThat(spans)
                    .hasSizeGreaterThanOrEqualTo(8)
                    .allMatch(span -> span.at("/traceId").asText().equals(TRACE))
                    .filteredOn(span -> span != server)
                    .allMatch(span -> span.at("/parentSpanId")
                            .asText()
                            .equals(server.at("/spanId").asText()))
                    .allSatisfy(span -> {
                        assertThat(nanos(span, "/startTimeUnixNano"))
                                .isGreaterThanOrEqualTo(nanos(server, "/startTimeUnixNano"))
                                .isLessThanOrEqualTo(nanos(span, "/endTimeUnixNano"));
                        assertThat(nanos(span, "/endTimeUnixNano"))
                                .isLessThanOrEqualTo(nanos(server, "/endTimeUnixNano"));
                    });
            assertThat(spans.stream().map(span -> span.at("/spanId").asText()).distinct())
                    .hasSameSizeAs(spans)
                    .allMatch(id -> id.matches("[0-9a-f]{16}"));
            assertThat(spans)
                    .extracting(span -> span.at("/name").asText())
                    .contains("authenticate", "receive", "route", "admit", "answer");
            assertThat(server.at("/parentSpanId").asText()).isEqualTo(PARENT);
            assertThat(server.at("/kind").asInt()).isEqualTo(2);
            assertThat(server.has("status")).isFalse();
            assertThat(OtlpReceiver.attributes(server))
                    .containsEntry("http.response.status_code", "200")
                    .containsEntry("http.route", "/v1/chat/completions")
                    .containsEntry("gen_ai.request.model", "chat")
                    .containsEntry("gen_ai.request.stream", "true")
                    .containsEntry("penstock.outcome", "fallback")
                    .containsEntry("penstock.target", "two/n");
            assertThat(failed.at("/kind").asInt()).isEqualTo(3);
            assertThat(failed.at("/status/code").asInt()).isEqualTo(2);
            assertThat(OtlpReceiver.attributes(failed)).containsEntry("error.type", "provider_error");
            assertThat(OtlpReceiver.attributes(answered))
                    .containsEntry("gen_ai.operation.name", "chat")
                    .containsEntry("gen_ai.provider.name", "two")
                    .containsEntry("gen_ai.request.model", "n")
                    .containsEntry("penstock.attempt.why", "fallback")
                    .containsKey("gen_ai.usage.output_tokens");
            assertThat(second.requests().get(0).header("traceparent"))
                    .as("the provider's spans hang below that of the try")
                    .hasValue("00-" + TRACE + "-" + answered.at("/spanId").asText() + "-01");
        }
    }

    private static long nanos(JsonNode span, String at) {
        return Long.parseLong(span.at(at).asText());
    }

    @Test
    void noContentAndNoSecretIsInASpanAndTheTokenIsInTheHeader() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway(always())) {
            ask(gateway, parent("01"));

            OtlpReceiver.Taken taken = collector.awaitTraces();

            assertThat(taken.headers()).containsEntry("authorization", TOKEN);
            assertThat(taken.text()).doesNotContain("c4nary");
            assertThat(gateway.admin("GET", "/admin/v1/config").body()).doesNotContain("c4nary");
            assertThat(OtlpReceiver.attributes(taken.json().at("/resourceSpans/0/resource")))
                    .containsEntry("service.name", "penstock")
                    .containsKeys("service.version", "service.instance.id");
        }
    }

    @Test
    void aTraceThatBeginsHereHasTheIdOfTheExchangeAndTheLogKnowsIt() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway(always())) {
            RawResponse answer = ask(gateway);

            JsonNode server = named(collector.awaitSpans(7), "POST /v1/chat/completions");

            String id = answer.header("x-request-id").orElseThrow().substring("req_".length());
            assertThat(server.at("/traceId").asText()).isEqualTo(id);
            assertThat(server.has("parentSpanId")).isFalse();
            assertThat(gateway.awaitSettlement().at("/trace/id").asText()).isEqualTo(id);
            assertThat(first.requests().get(0).header("traceparent"))
                    .hasValueSatisfying(value -> assertThat(value).startsWith("00-" + id + "-"));
        }
    }

    @Test
    void whatTheCallerDoesNotRecordIsPassedOnAndNotRecordedHere() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway(always())) {
            ask(gateway, parent("00"));
            assertThat(gateway.awaitSettlement().at("/trace/id").asText()).isEqualTo(TRACE);
            ask(gateway);

            List<JsonNode> spans = collector.awaitSpans(7);

            assertThat(spans).noneMatch(span -> span.at("/traceId").asText().equals(TRACE));
            assertThat(first.requests().get(0).header("traceparent"))
                    .hasValue(parent("00").value());
        }
    }

    @Test
    void withoutAShareOnlyTracesOfCallersAreRecorded() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway(always().replace("100%", "0%"))) {
            ask(gateway);
            ask(gateway, parent("01"));

            assertThat(collector.awaitSpans(7))
                    .allMatch(span -> span.at("/traceId").asText().equals(TRACE));
            assertThat(first.requests().get(0).header("traceparent")).isEmpty();
        }
    }

    @Test
    void whereNobodyCollectsATraceIsPassedOnAsItCame() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("traces: {otlp: \"\"}")) {
            ask(gateway, parent("01"));

            assertThat(first.requests().get(0).header("traceparent"))
                    .hasValue(parent("01").value());
            assertThat(collector.asked()).isZero();
        }
    }

    @Test
    void aCollectorThatIsAwayOrHangsChangesNothingForCalls() throws Exception {
        first.otherwise(Answers.chat(3));
        try (RefusedPort nobody = RefusedPort.open();
                InProcess gateway =
                        gateway("traces: {otlp: \"http://127.0.0.1:" + nobody.port() + "\", sample: 100%}")) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(gateway).status()).isEqualTo(200);
            }
        }
        CountDownLatch held = collector.hold();
        try (InProcess gateway = gateway(always())) {
            for (int i = 0; i < 20; i++) {
                assertThat(ask(gateway).status()).isEqualTo(200);
            }
            held.countDown();
            assertThat(collector.awaitSpans(140)).hasSizeGreaterThanOrEqualTo(140);
        }
    }

    @Test
    void whatWasNotSentYetIsSentAtTheEnd() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway(always())) {
            ask(gateway, parent("01"));
            gateway.awaitSettlement();
        }

        assertThat(collector.awaitSpans(7)).hasSize(7);
    }

    @Test
    void metricsAreSentUnderTheNamesAndUnitsOfTheConventions() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("metrics: {otlp: \"" + collector.url() + "\", every: 1s}")) {
            ask(gateway);
            gateway.awaitSettlement();

            JsonNode usage = metric("gen_ai.client.token.usage");

            assertThat(usage.at("/unit").asText()).isEqualTo("{token}");
            assertThat(usage.at("/histogram/aggregationTemporality").asInt()).isEqualTo(2);
            JsonNode point = usage.at("/histogram/dataPoints/0");
            assertThat(OtlpReceiver.attributes(point))
                    .containsEntry("gen_ai.operation.name", "chat")
                    .containsEntry("gen_ai.provider.name", "one")
                    .containsEntry("gen_ai.request.model", "m")
                    .containsKey("gen_ai.token.type");
            assertThat(point.at("/count").asText()).isEqualTo("1");
            assertThat(point.at("/explicitBounds")).hasSize(14);
            assertThat(point.at("/bucketCounts")).hasSize(15);
            JsonNode requests = metric("penstock_requests");
            assertThat(requests.at("/sum/isMonotonic").asBoolean()).isTrue();
            assertThat(OtlpReceiver.attributes(requests.at("/sum/dataPoints/0")))
                    .isEqualTo(Map.of(
                            "feature", "none", "model", "chat", "outcome", "ok", "provider", "one", "tenant", "none"));
            assertThat(metric("penstock_active_streams").has("gauge")).isTrue();
        }
    }

    /** Of the next reading that has it. */
    private JsonNode metric(String name) {
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            for (JsonNode one : collector.awaitMetrics().json().at("/resourceMetrics/0/scopeMetrics/0/metrics")) {
                if (one.at("/name").asText().equals(name)) {
                    return one;
                }
                seen.add(one.at("/name").asText());
            }
        }
        throw new AssertionError(name + " is none of " + seen);
    }

    @Test
    void metricsCanBeSentWithoutBeingServed() {
        first.otherwise(Answers.chat(3));
        try (InProcess gateway = gateway("metrics: {prometheus: false}")) {
            assertThat(gateway.admin("GET", "/metrics").statusCode()).isEqualTo(404);
        }
    }
}
