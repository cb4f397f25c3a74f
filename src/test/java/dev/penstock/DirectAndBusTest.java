// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Fault;
import dev.penstock.kit.Gate;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The bus is a way of calling and nothing else: whatever is asked, a gateway whose rooms call each other directly gives the
 * same bytes to the client, sends the same request upstream and writes the same line, but for ids and times.
 */
final class DirectAndBusTest {

    /** What one call came to. */
    private record Seen(String head, String body, RawResponse.End end, JsonNode line, String upstream) {}

    @Test
    void behaveTheSame() {
        Map<String, Seen> direct = calls(Shard.Caller.DIRECT);
        Map<String, Seen> bus = calls(Shard.Caller.BUS);

        assertThat(bus.keySet()).isEqualTo(direct.keySet()).hasSizeGreaterThan(15);
        bus.forEach((call, seen) -> assertThat(seen).as(call).isEqualTo(direct.get(call)));
    }

    private static Map<String, Seen> calls(Shard.Caller caller) {
        try (ProviderSimulator provider = ProviderSimulator.start();
                InProcess gateway = InProcess.start(
                        "server: {port: 0, admin: \"127.0.0.1:0\", loops: 1}\n"
                                + "providers:\n"
                                + "  sim: {type: openai, base_url: \"" + provider.baseUrl() + "\", api_key: sk-test}\n"
                                + "  demo: {type: demo, tokens_per_second: 0}\n"
                                + "models:\n"
                                + "  \"*\": {retries: {attempts: 1}}\n"
                                + "  fast: sim/gpt-4o-mini\n"
                                + "  slow: {targets: [sim/stall-mid-text], timeouts: {idle: 300ms}}\n"
                                + "static: {busy: {text: Busy., marker: degraded}}\n",
                        caller,
                        UnaryOperator.identity())) {
            Fault.register(provider);
            Calls calls = new Calls(provider, gateway);
            calls.both("fast");
            calls.both("sim/anything");
            calls.both("demo/demo");
            calls.both("static/busy");
            calls.both("fats");
            calls.both("slow");
            List.of(
                            Fault.STATUS_400,
                            Fault.STATUS_401,
                            Fault.RATE_LIMITED_RETRY_AFTER,
                            Fault.RST_BEFORE_HEAD,
                            Fault.CUT_MID_TEXT,
                            Fault.MALFORMED_JSON)
                    .forEach(fault -> calls.both("sim/" + fault.model()));
            calls.stream("sim/" + Fault.ERROR_EVENT_MID_STREAM.model());
            calls.stream("sim/" + Fault.EOF_BEFORE_FIRST_TOKEN.model());
            calls.post("no json", "{\"model\":");
            calls.post("model twice", "{\"model\":\"fast\",\"model\":\"slow\",\"messages\":[]}");
            calls.leave("client leaves");
            return calls.seen;
        }
    }

    /** Makes calls one after the other and writes down what came of them. */
    private static final class Calls {
        private final ProviderSimulator provider;
        private final InProcess gateway;
        private final Map<String, Seen> seen = new LinkedHashMap<>();

        Calls(ProviderSimulator provider, InProcess gateway) {
            this.provider = provider;
            this.gateway = gateway;
        }

        void both(String model) {
            stream(model);
            post(model + ", whole", body(model, ""));
        }

        void stream(String model) {
            post(model + ", stream", body(model, ",\"stream\":true"));
        }

        void post(String call, String body) {
            provider.forget();
            try (RawClient client = RawClient.connect(gateway.port())) {
                RawResponse response = client.post(
                                "/v1/chat/completions",
                                body,
                                new Header("x-request-id", "same-in-both"),
                                new Header("connection", "close"))
                        .readResponse();
                seen.put(
                        call,
                        new Seen(
                                head(response),
                                // the demo says when it was asked
                                response.bodyText().replaceAll("\"created\":\\d+", "\"created\":0"),
                                response.end(),
                                line(gateway.awaitSettlement()),
                                upstream()));
            }
        }

        void leave(String call) {
            provider.forget();
            Gate gate = new Gate();
            provider.enqueue(Answers.steppedText(gate, "one", "two"));
            gate.step();
            gate.step();
            try (RawClient client = RawClient.connect(gateway.port())) {
                RawResponse response = client.post("/v1/chat/completions", body("fast", ",\"stream\":true"))
                        .response()
                        .readUntil("one");
                client.reset();
                seen.put(
                        call,
                        new Seen(
                                "",
                                response.bodyText(),
                                response.end(),
                                line(gateway.awaitSettlement()),
                                provider.awaitRequest()
                                        .awaitEnd(Duration.ofSeconds(10))
                                        .how()
                                        .name()));
            }
        }

        private String upstream() {
            List<String> requests = new ArrayList<>();
            provider.requests()
                    .forEach(r -> requests.add(r.target() + " "
                            + r.headers().stream()
                                    .filter(h -> !h.name().equalsIgnoreCase("host"))
                                    .toList() + " " + r.bodyText()));
            return String.join("\n", requests);
        }

        private static String body(String model, String more) {
            return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]" + more + "}";
        }

        private static String head(RawResponse response) {
            return response.status() + " "
                    + response.headers().stream()
                            .map(h -> h.name() + ": " + (h.name().equals("server-timing") ? "*" : h.value()))
                            .toList();
        }

        /** The line without what is different in every exchange. */
        private static JsonNode line(JsonNode line) {
            ObjectNode copy = line.deepCopy();
            copy.remove("@timestamp");
            ((ObjectNode) copy.path("http").path("request")).remove("id");
            ((ObjectNode) copy.path("event")).remove("duration");
            ((ObjectNode) copy.path("penstock")).remove(List.of("ttft_ms", "max_gap_ms", "gap_p99_ms", "overhead_us"));
            copy.path("penstock").path("tries").forEach(attempt -> ((ObjectNode) attempt)
                    .remove(List.of("started_ms", "took_ms")));
            return copy;
        }
    }
}
