// SPDX-License-Identifier: Apache-2.0
package dev.penstock.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RequestLogTest {

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void writesOneEcsLinePerExchange() throws Exception {
        JsonNode line = only(log -> log.settled(Endings.ok("chat")));

        assertThat(line).isEqualTo(JSON.readTree("""
                {"@timestamp":"2026-11-20T18:02:11.418Z","log.level":"INFO","message":"chat ok","ecs.version":"9.3.0",
                 "event":{"dataset":"penstock.request","kind":"event","outcome":"success","duration":1843000000},
                 "service":{"name":"penstock","version":"0.1.0","node":{"name":"gw-1"}},
                 "trace":{"id":"4bf92f3577b34da6a3ce929d0e0e4736"},"span":{"id":"ffcb5c99f6aa8871"},
                 "http":{"request":{"id":"req_1","body":{"bytes":1200}},
                         "response":{"status_code":200,"body":{"bytes":60000}}},
                 "gen_ai":{"operation":{"name":"chat"},"provider":{"name":"openai"},
                           "request":{"model":"gpt-4o","stream":true},"response":{"finish_reasons":["stop"]},
                           "usage":{"input_tokens":812,"output_tokens":221,"cache_read":{"input_tokens":100},
                                    "reasoning":{"output_tokens":20}}},
                 "penstock":{"outcome":"ok","alias":"chat","attempts":1,"events":223,"ttft_ms":412,"max_gap_ms":51,"gap_p99_ms":48,
                             "overhead_us":184}}
                """));
    }

    @Test
    void triesStandInTheLineWhereThereWasMoreThanOne() throws Exception {
        JsonNode line = only(log -> log.settled(Endings.fellBack("chat")));

        assertThat(line.at("/penstock/outcome").asText()).isEqualTo("fallback");
        assertThat(line.at("/penstock/tries").toString())
                .isEqualTo(
                        "[{\"target\":\"openai/gpt-4o\",\"why\":\"first\",\"error\":\"connect_failed\",\"status\":502,"
                                + "\"started_ms\":3,\"took_ms\":40},{\"target\":\"azure/gpt-4o\",\"why\":\"fallback\","
                                + "\"input_tokens\":812,\"output_tokens\":221,\"started_ms\":3,\"took_ms\":40}]");
    }

    @Test
    void namesTheCallerByItsPublicNamesAndTheCostWhereItIsKnown() throws Exception {
        JsonNode known = only(log -> log.settled(Endings.ofTenant("acme")));

        assertThat(known.at("/user/id").asText()).isEqualTo("u-17");
        assertThat(known.at("/penstock/key_id").asText()).isEqualTo("k7f3");
        assertThat(known.at("/penstock/cost_nano_usd").asLong()).isEqualTo(1_250);
    }

    @Test
    void saysNothingOfACallerAndACostThatNobodyKnows() throws Exception {
        JsonNode unknown = only(log -> log.settled(Endings.ofTenant("")));

        assertThat(unknown.has("user")).isFalse();
        assertThat(unknown.path("penstock").has("key_id")).isFalse();
        assertThat(unknown.path("penstock").has("cost_nano_usd")).isFalse();
    }

    @Test
    void namesTheTenantWhereTheKeyBelongsToOne() throws Exception {
        JsonNode line = only(log -> log.settled(Endings.ofTenant("acme")));

        assertThat(line.at("/penstock/tenant").asText()).isEqualTo("acme");
        assertThat(line.at("/penstock/alias").asText()).isEqualTo("chat");
    }

    @Test
    void anErrorHasItsKindInBothPlaces() throws Exception {
        JsonNode line = only(log ->
                log.settled(Endings.failed("chat", Endings.GPT, Outcome.TRUNCATED, GatewayError.Kind.TRUNCATED)));

        assertThat(line.at("/log.level").asText()).isEqualTo("WARN");
        assertThat(line.at("/event/outcome").asText()).isEqualTo("failure");
        assertThat(line.at("/error/type").asText()).isEqualTo("truncated");
        assertThat(line.at("/penstock/error").asText()).isEqualTo("truncated");
        assertThat(line.at("/penstock/usage_estimated").asBoolean()).isTrue();
    }

    @Test
    void aRequestThatWasNotUnderstoodHasALineToo() throws Exception {
        JsonNode line = only(log ->
                log.settled(Endings.failed(null, null, Outcome.CLIENT_ERROR, GatewayError.Kind.INVALID_REQUEST)));

        assertThat(line.at("/gen_ai/provider").isMissingNode()).isTrue();
        assertThat(line.at("/gen_ai/usage").isMissingNode()).isTrue();
        assertThat(line.at("/penstock/alias").isMissingNode()).isTrue();
        assertThat(line.at("/penstock/outcome").asText()).isEqualTo("client_error");
    }

    @Test
    void everyOutcomeAndEveryErrorMakesAValidLine() throws Exception {
        List<JsonNode> lines = lines(log -> {
            for (Outcome outcome : Outcome.values()) {
                for (GatewayError.Kind kind : GatewayError.Kind.values()) {
                    log.settled(Endings.failed("chat", Endings.GPT, outcome, kind));
                }
            }
        });

        assertThat(lines).hasSize(Outcome.values().length * GatewayError.Kind.values().length);
    }

    @Test
    void hostileNamesStayInsideTheirField() throws Exception {
        List<String> hostile = new ArrayList<>(List.of(
                "\"}\n{\"log.level\":\"ERROR\"}",
                "a\\",
                "\r\n\t\b\f",
                "\u001b[31mred",
                "\u007f\u0080\u009f",
                "\u2028\u2029",
                "grüße 模型 🚀",
                "\ud83d",
                "\ude80x",
                "\ud83d\ud83d\ude80"));
        for (char c = 0; c < 0x20; c++) {
            hostile.add("x" + c + "y");
        }

        List<JsonNode> lines = lines(log -> hostile.forEach(name -> log.settled(Endings.ok(name))));

        assertThat(lines)
                .extracting(line -> line.at("/penstock/alias").asText())
                .containsExactlyElementsOf(hostile.stream()
                        .map(name -> new String(
                                name.getBytes(java.nio.charset.StandardCharsets.UTF_16BE),
                                java.nio.charset.StandardCharsets.UTF_16BE))
                        .toList());
        assertThat(lines).allMatch(line -> line.at("/log.level").asText().equals("INFO"));
        assertThat(out.toString(UTF_8)).doesNotContain("\u001b", "\u2028", "\u007f");
    }

    @Test
    void longNamesAreCut() throws Exception {
        JsonNode line = only(log -> log.settled(Endings.ok("x".repeat(100_000))));

        assertThat(line.at("/penstock/alias").asText()).hasSize(256);
    }

    @Test
    void dropsAndCountsInsteadOfWaitingWhenTheReaderIsSlow() throws Exception {
        CountDownLatch firstWrite = new CountDownLatch(1);
        CountDownLatch reader = new CountDownLatch(1);
        OutputStream slow = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("lines are written in batches");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                firstWrite.countDown();
                await(reader);
                out.write(bytes, offset, length);
            }
        };
        RequestLog log = new RequestLog(slow, new EcsLine("0.1.0", "gw-1"), 4096);
        log.start();
        log.settled(Endings.ok("first"));
        assertThat(firstWrite.await(10, TimeUnit.SECONDS)).isTrue();

        for (int i = 0; i < 100; i++) {
            log.settled(Endings.ok("n" + i));
        }
        long dropped = log.dropped();
        reader.countDown();
        log.close();

        assertThat(dropped).isPositive();
        assertThat(parsed()).hasSize((int) (101 - dropped));
    }

    @Test
    void linesOfSeveralEventLoopsStayWhole() throws Exception {
        int loops = 4;
        int each = 2_000;
        RequestLog log = new RequestLog(out, new EcsLine("0.1.0", "gw-1"), 4 << 20);
        log.start();
        List<Thread> threads = new ArrayList<>();
        for (int loop = 0; loop < loops; loop++) {
            String name = "loop" + loop + "-";
            threads.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    log.settled(Endings.ending(name + i, "chat", Endings.GPT, Outcome.OK, null, Usage.NONE));
                }
            }));
        }

        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        log.close();

        Set<String> ids = new HashSet<>();
        parsed().forEach(line -> ids.add(line.at("/http/request/id").asText()));
        assertThat(log.dropped()).isZero();
        assertThat(ids).hasSize(loops * each);
    }

    @Test
    void linesWrapAroundTheEndOfTheRing() throws Exception {
        RequestLog log = new RequestLog(out, new EcsLine("0.1.0", "gw-1"), 2048);
        log.start();

        for (int i = 0; i < 50; i++) {
            long before = out.size();
            log.settled(Endings.ending("req_" + i, "chat", new Target("p", "m"), Outcome.OK, null, Usage.NONE));
            while (out.size() == before) {
                Thread.onSpinWait();
            }
        }
        log.close();

        assertThat(parsed()).hasSize(50);
    }

    @Test
    void aReaderThatIsGoneIsCountedAndHurtsNobody() {
        RequestLog log = new RequestLog(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("broken pipe");
                    }
                },
                new EcsLine("0.1.0", "gw-1"),
                4096);
        log.start();

        log.settled(Endings.ok("chat"));
        log.close();

        assertThat(log.dropped()).isEqualTo(1);
    }

    @Test
    void afterCloseLinesAreCountedAsDropped() {
        RequestLog log = RequestLog.to(out, "0.1.0", "gw-1");
        log.close();

        log.settled(Endings.ok("chat"));

        assertThat(log.dropped()).isEqualTo(1);
        assertThat(out.size()).isZero();
    }

    private interface Traffic {
        void on(RequestLog log);
    }

    private JsonNode only(Traffic traffic) throws IOException {
        List<JsonNode> lines = lines(traffic);
        assertThat(lines).hasSize(1);
        return lines.get(0);
    }

    private List<JsonNode> lines(Traffic traffic) throws IOException {
        RequestLog log = RequestLog.to(out, "0.1.0", "gw-1");
        traffic.on(log);
        log.close();
        return parsed();
    }

    private List<JsonNode> parsed() throws IOException {
        String text = out.toString(UTF_8);
        List<JsonNode> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (!line.isEmpty()) {
                lines.add(JSON.readTree(line));
            }
        }
        assertThat(text.isEmpty() || text.endsWith("\n")).isTrue();
        return lines;
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
