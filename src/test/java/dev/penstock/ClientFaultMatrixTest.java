// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Answers;
import dev.penstock.kit.ChatEvents;
import dev.penstock.kit.Fault;
import dev.penstock.kit.FaultProxy;
import dev.penstock.kit.Gate;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.MatrixReport;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawClient.Closing;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SeenRequest.How;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.Toxics;
import io.vertx.core.http.HttpMethod;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The fault matrix, the other sides: what clients and networks do to an exchange. Each test proves rows of
 * {@link ClientFault} on the whole gateway, over real sockets.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ClientFaultMatrixTest {

    private static final Path PAGE =
            Path.of(System.getProperty("penstock.basedir", ".")).resolve("src/site/markdown/fault-matrix-clients.md");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";
    private static final String FLOOD = "flood";
    private static final long CANCEL = 0x8;
    /** The gateway cancels in the same turn; the rest is what a busy machine needs for a turn. */
    private static final Duration PROMPTLY = Duration.ofSeconds(2);

    private static final Set<ClientFault> PROVED = EnumSet.noneOf(ClientFault.class);

    private static ProviderSimulator provider;
    private static FaultProxy network;
    private static InProcess gateway;
    private static final Map<String, List<JsonNode>> LINES = new HashMap<>();
    private Scrape before;
    private int openBefore;

    /** How a client leaves. */
    enum Leaving {
        FIN,
        RST,
        HTTP2_RESET,
        HTTP2_CONNECTION
    }

    @BeforeAll
    static void start() {
        provider = ProviderSimulator.builder()
                .transports(Transport.HTTP_1_1, Transport.HTTP_2_CLEAR)
                .start();
        Fault.register(provider);
        provider.when(FLOOD, Answers.chat(10_000_000));
        provider.when("flowing", Answers.chat(10_000_000, Duration.ofMillis(5)));
        network = FaultProxy.to(provider.port(Transport.HTTP_1_1));
        gateway = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 2s, body_timeout: 1s, max_body: 64KiB}
                providers:
                  one: {type: openai, base_url: "%s", http: "1.1"}
                  two: {type: openai, base_url: "%s", http: "2"}
                  net: {type: openai, base_url: "http://127.0.0.1:%d/v1", http: "1.1"}
                models:
                  plain1: {targets: [one/plain]}
                  plain2: {targets: [two/plain]}
                  head1: {targets: [one/accepted-then-silent]}
                  head2: {targets: [two/accepted-then-silent]}
                  token1: {targets: [one/stall-before-first-token]}
                  token2: {targets: [two/stall-before-first-token]}
                  silent1: {targets: [one/stall-mid-text]}
                  silent2: {targets: [two/stall-mid-text]}
                  jsonhead1: {targets: [one/head-then-silent]}
                  jsonhead2: {targets: [two/head-then-silent]}
                  flowing1: {targets: [one/flowing]}
                  flowing2: {targets: [two/flowing]}
                  drain1: {targets: [one/drained], on_disconnect: drain}
                  drain2: {targets: [two/drained], on_disconnect: drain}
                  stalled1: {targets: [one/flood], write_stall: 500ms}
                  stalled2: {targets: [two/flood], write_stall: 500ms}
                  slow1: {targets: [one/slow]}
                  slow2: {targets: [two/slow]}
                  waiting: {targets: [one/waiting], keep_alive: 100ms}
                  early: {targets: [one/early], keep_alive: 100ms, early_commit: true}
                  committed: {targets: [one/committed], keep_alive: 1h, early_commit: true}
                  event: {targets: [one/event], max_event: 1KiB}
                  response: {targets: [one/response], max_event: 1KiB, max_response: 4KiB}
                  network: {targets: [net/plain], timeouts: {idle: 1s}}
                """.formatted(
                provider.baseUrl(Transport.HTTP_1_1), provider.baseUrl(Transport.HTTP_2_CLEAR), network.port()));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        network.close();
        provider.close();
    }

    @BeforeEach
    void look() {
        provider.forget();
        before = Scrape.of(gateway);
        openBefore = provider.openRequests();
    }

    // ---- leaving

    @ParameterizedTest
    @CsvSource({
        "LEAVES_BEFORE_THE_HEAD, head, true, 0",
        "LEAVES_BEFORE_THE_HEAD, head, false, 0",
        "LEAVES_BEFORE_THE_FIRST_TOKEN, token, true, 0",
        "LEAVES_BEFORE_THE_FIRST_TOKEN, jsonhead, true, 0",
        "LEAVES_BEFORE_THE_FIRST_TOKEN, jsonhead, false, 0",
        "LEAVES_IN_MID_STREAM, flowing, true, 30",
        "LEAVES_WHILE_NOTHING_FLOWS, silent, true, 4",
        "LEAVES_WHILE_NOTHING_FLOWS, silent, false, 0"
    })
    void cancelsTheProviderWhenTheClientLeaves(ClientFault row, String stage, boolean stream, int eventsRead)
            throws IOException {
        for (Leaving leaving : Leaving.values()) {
            for (int upstream = 1; upstream <= 2; upstream++) {
                look();
                String alias = stage + upstream;
                SeenRequest seen = leave(leaving, alias, stream, eventsRead);
                long left = System.nanoTime();

                SeenRequest.Ending end = seen.awaitEnd(PROMPTLY);
                assertThat(end.cancelled())
                        .as(leaving + " " + alias + " " + end)
                        .isTrue();
                assertThat(Duration.ofNanos(end.atNanos() - left)).isLessThan(PROMPTLY);
                JsonNode line = settled(row, alias);
                assertThat(line.at("/http/response/status_code").asInt()).isEqualTo(499);
                assertThat(line.at("/penstock/events").asInt()).isGreaterThanOrEqualTo(eventsRead);
                if (stage.equals("silent") && stream) {
                    // The role and three tokens went out; "The gate is wide" is 16 bytes, 4 tokens by estimate.
                    assertThat(line.at("/penstock/events").asInt()).isEqualTo(4);
                    assertThat(line.at("/gen_ai/usage/output_tokens").asInt()).isEqualTo(4);
                    assertThat(line.at("/penstock/usage_estimated").asBoolean()).isTrue();
                }
            }
        }
        assertNothingIsOpen();
    }

    /** Makes a request, reads so many events, and leaves. */
    private static SeenRequest leave(Leaving leaving, String alias, boolean stream, int eventsRead) {
        if (leaving == Leaving.FIN || leaving == Leaving.RST) {
            RawClient client = RawClient.connect(gateway.port());
            RawResponse response = client.post(CHAT, body(alias, stream)).response();
            SeenRequest seen = provider.awaitRequest();
            seen.awaitBody();
            await(() -> seen.bytesSent() > 0 || alias.startsWith("head") || alias.startsWith("jsonhead"));
            while (eventsRead > 0 && response.events().events().size() < eventsRead) {
                response.readAtLeast(response.body().length + 1);
            }
            if (leaving == Leaving.FIN) {
                client.leave();
            } else {
                client.reset();
            }
            return seen;
        }
        H2Client client = H2Client.clear(gateway.port());
        H2Client.Exchange exchange = client.post(CHAT, body(alias, stream));
        SeenRequest seen = provider.awaitRequest();
        seen.awaitBody();
        if (eventsRead > 0) {
            await(() -> exchange.events().events().size() >= eventsRead);
        }
        if (leaving == Leaving.HTTP2_RESET) {
            exchange.reset(CANCEL);
            seen.awaitEnd(PROMPTLY);
        }
        client.close();
        return seen;
    }

    @Test
    void leavesNothingBehindAfterAThousandDisconnects() throws Exception {
        String[] stages = {"head1", "token1", "silent1", "flowing1", "head2", "token2", "silent2", "flowing2"};
        int lanes = 20;
        int rounds = 50;
        long descriptors = openDescriptors();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int lane = 0; lane < lanes; lane++) {
                int first = lane;
                running.add(threads.submit(() -> IntStream.range(0, rounds)
                        .forEach(round -> disconnect(stages[(first + round) % stages.length], round % 3))));
            }
            for (Future<?> lane : running) {
                lane.get(60, TimeUnit.SECONDS);
            }
        }
        int settled = 0;
        while (settled < lanes * rounds) {
            JsonNode line = gateway.awaitSettlement();
            assertThat(line.at("/penstock/outcome").asText()).isEqualTo("cancelled");
            settled++;
        }

        assertNothingIsOpen();
        await(() -> openDescriptors() <= descriptors + 32);
        assertThat(gateway.hasMoreSettlements()).isFalse();
        assertThat(Scrape.of(gateway).errors("client_gone") - before.errors("client_gone"))
                .isEqualTo(lanes * rounds);
    }

    private static void disconnect(String alias, int manner) {
        RawClient client = RawClient.connect(gateway.port());
        client.post(CHAT, body(alias, true));
        if (manner == 0 && (alias.startsWith("silent") || alias.startsWith("flowing"))) {
            client.response().readUntil("content\":\"");
        }
        if (manner == 1) {
            client.reset();
        } else {
            client.leave();
        }
    }

    @ParameterizedTest
    @CsvSource({"drain1, true", "drain2, true", "drain1, false", "drain2, false"})
    void readsOnForTheUsageWhenTheModelDrains(String alias, boolean stream) {
        Gate gate = new Gate();
        provider.when("drained", request -> {
            if (!request.stream()) {
                return Script.whole(200, "application/json", "")
                        .waitFor(gate)
                        .contentLength(
                                ChatEvents.of(request).unary("hi", 7, true).length())
                        .send(ChatEvents.of(request).unary("hi", 7, true))
                        .build();
            }
            return Answers.steppedText(gate, "One", " two", " three").to(request);
        });
        RawClient client = RawClient.connect(gateway.port());
        RawResponse response = client.post(CHAT, body(alias, stream)).response();
        SeenRequest seen = provider.awaitRequest();
        seen.awaitBody();
        if (stream) {
            gate.step();
            gate.step();
            response.readUntil("One");
        }

        client.leave();
        everyLoopTurns();
        gate.open();

        assertThat(seen.awaitEnd(PROMPTLY).how()).isEqualTo(How.COMPLETED);
        JsonNode line = settled(ClientFault.LEAVES_AND_THE_REST_IS_DRAINED, alias);
        assertThat(line.at("/gen_ai/usage/output_tokens").asInt()).isEqualTo(stream ? 3 : 7);
        assertThat(line.at("/penstock/usage_estimated").asBoolean()).isFalse();
    }

    @Test
    void drainsAnAnswerThatWasPausedForItsReader() {
        int tokens = 40_000;
        provider.when("drained", Answers.chat(tokens));
        RawClient client = RawClient.connectWithSmallBuffer(gateway.port(), 4096);
        client.post(CHAT, body("drain1", true)).response().readUntil("content");
        SeenRequest seen = provider.awaitRequest();
        awaitStandstill(seen);

        client.reset();

        assertThat(seen.awaitEnd(Duration.ofSeconds(10)).how()).isEqualTo(How.COMPLETED);
        JsonNode line = settled(ClientFault.LEAVES_AND_THE_REST_IS_DRAINED, "drain1");
        assertThat(line.at("/gen_ai/usage/output_tokens").asInt()).isEqualTo(tokens);
    }

    // ---- the client's own request

    @ParameterizedTest
    @EnumSource(Leaving.class)
    void settlesAClientThatLeavesInItsOwnBody(Leaving leaving) {
        String half = body("plain1", true).substring(0, 20);
        if (leaving == Leaving.FIN || leaving == Leaving.RST) {
            RawClient client = RawClient.connect(gateway.port());
            client.send("POST " + CHAT + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                    + "content-length: 500\r\n\r\n" + half);
            if (leaving == Leaving.FIN) {
                client.leave();
            } else {
                client.reset();
            }
            settled(ClientFault.LEAVES_IN_ITS_BODY, "");
        } else {
            try (H2Client client = H2Client.clear(gateway.port())) {
                H2Client.Exchange exchange = client.begin(HttpMethod.POST, CHAT).send(half);
                if (leaving == Leaving.HTTP2_RESET) {
                    exchange.reset(CANCEL);
                    settled(ClientFault.LEAVES_IN_ITS_BODY, "");
                    return;
                }
            }
            settled(ClientFault.LEAVES_IN_ITS_BODY, "");
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void tellsAClientThatStopsSendingSo() throws IOException {
        try (RawClient client = RawClient.connect(gateway.port());
                H2Client other = H2Client.clear(gateway.port())) {
            RawResponse response = client.send(
                            "POST " + CHAT
                                    + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{")
                    .readResponse();
            assertThat(response.status()).isEqualTo(408);
            assertThat(code(response.body())).isEqualTo("request_timeout");
            assertThat(client.awaitClose()).isEqualTo(Closing.FIN);
            settled(ClientFault.STALLS_IN_ITS_BODY, "");

            look();
            assertThat(other.begin(HttpMethod.POST, CHAT).send("{").status()).isEqualTo(408);
            settled(ClientFault.STALLS_IN_ITS_BODY, "");
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void refusesABodyThatIsTooLarge() throws IOException {
        String large = body("plain1", true).replace("\"hi\"", "\"" + "x".repeat(70_000) + "\"");
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse announced = client.post(CHAT, large).readResponse();
            assertThat(announced.status()).isEqualTo(413);
            assertThat(code(announced.body())).isEqualTo("body_too_large");
            settled(ClientFault.SENDS_TOO_LARGE_A_BODY, "");
        }
        look();
        try (RawClient client = RawClient.connect(gateway.port())) {
            client.send("POST " + CHAT + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                    + "transfer-encoding: chunked\r\n\r\n" + Integer.toHexString(large.length()) + "\r\n" + large
                    + "\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(413);
            settled(ClientFault.SENDS_TOO_LARGE_A_BODY, "");
        }
        look();
        try (H2Client client = H2Client.clear(gateway.port())) {
            assertThat(client.begin(HttpMethod.POST, CHAT).send(large).status()).isEqualTo(413);
            settled(ClientFault.SENDS_TOO_LARGE_A_BODY, "");
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void refusesAHeadThatIsTooLarge() {
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.send(
                            "POST " + CHAT + " HTTP/1.1\r\nhost: localhost\r\nx-long: " + "x".repeat(40_000))
                    .readResponse();

            assertThat(response.status()).isEqualTo(431);
        }
        assertThat(Scrape.of(gateway).samples())
                .anyMatch(line -> line.startsWith("penstock_edge_refusals_total{") && line.contains("status=\"431\""));
        PROVED.add(ClientFault.SENDS_TOO_LARGE_A_HEAD);
    }

    // ---- slow readers

    @ParameterizedTest
    @ValueSource(strings = {"stalled1", "stalled2"})
    void cutsAReaderThatReadsNothingAndNobodyElse(String alias) {
        try (RawClient stalled = RawClient.connectWithSmallBuffer(gateway.port(), 4096)) {
            stalled.post(CHAT, body(alias, true));
            SeenRequest seen = provider.awaitRequest();
            awaitStandstill(seen);
            othersStream();

            SeenRequest.Ending end = seen.awaitEnd(Duration.ofSeconds(5));
            assertThat(end.cancelled()).isTrue();
            assertThat(end.bytesSent()).as("bounded, kernel buffers included").isLessThan(HELD);
            settled(ClientFault.READS_NOTHING, alias);
            assertThat(stalled.awaitClose()).isIn(Closing.FIN, Closing.RST);
        }
        assertNothingIsOpen();
    }

    /** What may be on its way to a reader that reads nothing: four socket buffers and the gateway's own 64 KiB. */
    private static final long HELD = 512 << 10;

    @ParameterizedTest
    @ValueSource(strings = {"stalled1", "stalled2"})
    void resetsAnHttp2StreamThatNobodyReads(String alias) {
        try (H2Client client = H2Client.clearWithWindow(gateway.port(), 16_384)) {
            H2Client.Exchange stalled =
                    client.begin(HttpMethod.POST, CHAT).dontRead().finish(body(alias, true));
            SeenRequest seen = provider.awaitRequest();
            awaitStandstill(seen);
            H2Client.Exchange other = client.post(CHAT, body("plain1", true));
            assertThat(other.awaitEnd()).as("a stream on the same connection").isEqualTo(H2Client.End.COMPLETE);
            settledLine("plain1");

            assertThat(seen.awaitEnd(Duration.ofSeconds(5)).cancelled()).isTrue();
            settled(ClientFault.READS_NOTHING, alias);
            assertThat(stalled.awaitEnd()).isEqualTo(H2Client.End.RESET);
        }
        assertNothingIsOpen();
    }

    @ParameterizedTest
    @ValueSource(strings = {"slow1", "slow2"})
    void pausesTheProviderOfASlowReaderAndLosesNothing(String alias) {
        provider.when("slow", Answers.chat(40_000));
        try (RawClient slow = RawClient.connectWithSmallBuffer(gateway.port(), 4096)) {
            RawResponse response = slow.post(CHAT, body(alias, true)).response();
            SeenRequest seen = provider.awaitRequest();
            long held = awaitStandstill(seen);
            assertThat(held).as("bounded, kernel buffers included").isLessThan(HELD);
            othersStream();

            response.readToEnd();

            assertThat(response.end()).isEqualTo(RawResponse.End.COMPLETE);
            assertThat(response.events().events()).hasSize(1 + 40_000 + 1 + 1);
            assertThat(response.events().done()).isTrue();
            assertThat(seen.awaitEnd(PROMPTLY).how()).isEqualTo(How.COMPLETED);
            settled(ClientFault.READS_SLOWLY, alias);
        }
    }

    /** Streams of other clients, on every shard, while one does not read. */
    private static void othersStream() {
        for (int i = 0; i < 8; i++) {
            String alias = i % 2 == 0 ? "plain1" : "plain2";
            try (RawClient other = RawClient.connect(gateway.port())) {
                assertThat(other.post(CHAT, body(alias, true))
                                .readResponse()
                                .events()
                                .done())
                        .isTrue();
            }
            settledLine(alias);
        }
    }

    // ---- silence

    @Test
    void sendsCommentsWhileTheProviderIsSilentAndNeverInsideAnEvent() {
        Gate gate = new Gate();
        provider.when("waiting", request -> {
            ChatEvents events = ChatEvents.of(request);
            String second = events.content("second");
            return Script.stream()
                    .send(events.role())
                    .send(events.content("first"))
                    .waitFor(gate)
                    .send(second.substring(0, 60))
                    .waitFor(gate)
                    .send(second.substring(60))
                    .waitFor(gate)
                    .send(events.finish("stop") + events.done())
                    .build();
        });
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(CHAT, body("waiting", true)).response();
            response.readUntil("first");
            for (int pause = 1; pause <= 3; pause++) {
                int wanted = comments(response) + 2;
                while (comments(response) < wanted && response.end() == RawResponse.End.OPEN) {
                    response.readAtLeast(response.body().length + 1);
                }
                gate.step();
            }
            response.readToEnd();

            SseEvents seen = response.events();
            assertThat(seen.comments()).isGreaterThanOrEqualTo(6);
            assertThat(seen.done()).isTrue();
            assertThat(response.bodyText().replace(": keep-alive\n\n", ""))
                    .isEqualTo(sentTo(provider.requests().get(0)));
        }
        settled(ClientFault.WAITS_FOR_A_SILENT_PROVIDER, "waiting");
    }

    private static String sentTo(SeenRequest seen) {
        ChatEvents events = ChatEvents.of(seen);
        return events.role()
                + events.content("first")
                + events.content("second")
                + events.finish("stop")
                + events.done();
    }

    private static int comments(RawResponse response) {
        return response.events().comments();
    }

    @Test
    void commitsAtOnceWhereTheModelSaysSo() {
        Gate never = new Gate();
        provider.when("committed", Answers.steppedText(never, "late"));
        try (RawClient client = RawClient.connect(gateway.port())) {
            // No comment is due for an hour and the provider says nothing: only the commitment can bring this head.
            assertThat(client.post(CHAT, body("committed", true))
                            .response()
                            .readHead()
                            .status())
                    .isEqualTo(200);
            never.open();
        }
        settledLine("committed");
        look();
        Gate gate = new Gate();
        provider.when("early", Answers.steppedText(gate, "late"));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response =
                    client.post(CHAT, body("early", true)).response().readHead();
            assertThat(response.status()).isEqualTo(200);
            while (comments(response) < 3) {
                response.readAtLeast(response.body().length + 1);
            }
            gate.open();
            response.readToEnd();

            assertThat(response.bodyText())
                    .startsWith(": keep-alive\n\n")
                    .contains("late")
                    .endsWith("data: [DONE]\n\n");
        }
        settled(ClientFault.WAITS_WITH_EARLY_COMMIT, "early");
    }

    @Test
    void endsAnEarlyCommitWithAnErrorEventWhenTheProviderRefuses() throws IOException {
        provider.when("early", Answers.error(500, "server_error", "The server had an error.", null));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(CHAT, body("early", true)).readResponse();

            assertThat(response.status()).isEqualTo(200);
            List<String> data = response.events().data();
            assertThat(data).hasSize(1);
            assertThat(code(data.get(0).getBytes(StandardCharsets.UTF_8))).isEqualTo("provider_error");
            assertThat(client.awaitClose()).isEqualTo(Closing.FIN);
        }
        settled(ClientFault.IS_REFUSED_AFTER_EARLY_COMMIT, "early");
    }

    // ---- limits

    @Test
    void endsAStreamThatIsTooLargeAndRefusesAWholeAnswer() throws IOException {
        provider.when("response", Answers.chat(1_000_000));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(CHAT, body("response", true)).readResponse();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body().length).isLessThan(8 << 10);
            assertThat(response.events().done()).isFalse();
            assertThat(lastCode(response)).isEqualTo("response_too_large");
            assertThat(provider.awaitRequest().awaitEnd(PROMPTLY).cancelled()).isTrue();
            settled(ClientFault.GETS_TOO_LARGE_AN_ANSWER, "response");
        }
        look();
        provider.when("response", Answers.text("x".repeat(1 << 20)));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(CHAT, body("response", false)).readResponse();
            assertThat(response.status()).isEqualTo(502);
            assertThat(code(response.body())).isEqualTo("response_too_large");
            settled(ClientFault.GETS_TOO_LARGE_AN_ANSWER, "response");
        }
    }

    @Test
    void endsAStreamWithAnEventThatIsTooLarge() throws IOException {
        provider.when("event", Answers.text("fits", "x".repeat(5_000), "never"));
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post(CHAT, body("event", true)).readResponse();

            assertThat(response.bodyText()).contains("fits").doesNotContain("xxx", "never", "[DONE]");
            assertThat(lastCode(response)).isEqualTo("response_too_large");
        }
        settled(ClientFault.GETS_TOO_LARGE_AN_EVENT, "event");
    }

    @Test
    void keepsTheStatusOfAnErrorWhoseBodyIsLong() throws IOException {
        provider.when(
                "plain",
                Script.whole(429, "text/html", "<p>" + "slow down ".repeat(100_000))
                        .build());
        try (RawClient client = RawClient.connect(gateway.port())) {
            assertThat(client.post(CHAT, body("plain1", true)).readResponse().status())
                    .isEqualTo(429);
        } finally {
            provider.when("plain", Answers.chat(5));
        }
        settledLine("plain1");
    }

    // ---- the network between gateway and provider

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void passesEveryByteOverASlowNetwork(boolean stream) {
        Toxics slow = Toxics.NONE.withLatency(Duration.ofMillis(40), Duration.ofMillis(60));
        Toxics narrow = Toxics.NONE.withBandwidth(4_000);
        Toxics sliced = Toxics.NONE.withSlices(7, Duration.ofMillis(1));
        Toxics slowClose = Toxics.NONE.withSlowClose(Duration.ofMillis(300));
        for (Toxics toxics : List.of(slow, narrow, sliced, slowClose)) {
            look();
            network.upstream(toxics == slow ? slow : Toxics.NONE).downstream(toxics);
            provider.when("plain", Answers.chat(20));
            try (RawClient client = RawClient.connect(gateway.port())) {
                RawResponse response =
                        client.post(CHAT, body("network", stream)).readResponse();
                assertThat(response.end()).as(toxics + ": " + response).isEqualTo(RawResponse.End.COMPLETE);
                SeenRequest seen = provider.awaitRequest();
                String sent = new String(Answers.chat(20).to(seen).payload(), StandardCharsets.UTF_8);
                assertThat(response.bodyText()).isEqualTo(stream ? withoutUsage(sent) : sent);
            }
            settled(ClientFault.NETWORK_IS_SLOW, "network");
        }
        network.upstream(Toxics.NONE).downstream(Toxics.NONE).resetAll();
        provider.when("plain", Answers.chat(5));
    }

    /** Bytes of a whole answer are life as those of a stream are: this one takes three times as long as idle allows. */
    @Test
    void waitsForAWholeAnswerAsLongAsBytesCome() {
        network.downstream(Toxics.NONE.withBandwidth(500)).resetAll();
        provider.when("plain", Answers.text("x".repeat(800)));
        try (RawClient client = RawClient.connect(gateway.port())) {
            assertThat(client.post(CHAT, body("network", false)).readResponse().status())
                    .isEqualTo(200);
        }
        settled(ClientFault.NETWORK_IS_SLOW, "network");
        network.downstream(Toxics.NONE).resetAll();
        provider.when("plain", Answers.chat(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reset", "limit"})
    void showsABrokenNetworkAsATruncatedAnswer(String manner) throws IOException {
        network.resetAll();
        network.downstream(
                manner.equals("reset") ? Toxics.NONE.withResetAfter(2_000) : Toxics.NONE.withCloseAfter(2_000));
        try {
            provider.when("plain", Answers.chat(500));
            try (RawClient client = RawClient.connect(gateway.port())) {
                RawResponse response = client.post(CHAT, body("network", true)).readResponse();
                assertBroken(response, "truncated");
            }
            settled(ClientFault.NETWORK_BREAKS, "network");
        } finally {
            network.downstream(Toxics.NONE).resetAll();
            provider.when("plain", Answers.chat(5));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"black hole", "half-open"})
    void showsASwallowingNetworkAsATimeout(String manner) throws IOException {
        network.resetAll();
        Gate gate = new Gate();
        provider.when("plain", request -> {
            ChatEvents events = ChatEvents.of(request);
            return Script.stream()
                    .send(events.role() + events.content("first"))
                    .waitFor(gate)
                    .closeOrderly();
        });
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response =
                    client.post(CHAT, body("network", true)).response().readUntil("first");
            network.downstream(manner.equals("black hole") ? Toxics.NONE.withBlackHole() : Toxics.NONE.withHalfOpen());
            gate.open();
            response.readToEnd();
            assertBroken(response, "idle_timeout");
            settled(ClientFault.NETWORK_SWALLOWS, "network");
        } finally {
            network.downstream(Toxics.NONE).resetAll();
            provider.when("plain", Answers.chat(5));
        }
    }

    private static void assertBroken(RawResponse response, String code) throws IOException {
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.events().done()).isFalse();
        assertThat(lastCode(response)).isEqualTo(code);
    }

    // ---- drain

    @Test
    void letsStreamsFinishWhileItDrainsAndTellsTheOthers() throws IOException {
        Gate finishing = new Gate();
        provider.when("finishing", Answers.steppedText(finishing, "One", " two"));
        try (InProcess drained = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 2s}
                providers: {one: {type: openai, base_url: "%s", http: "1.1"}}
                models: {finishing: one/finishing, silent: one/stall-mid-text}
                """.formatted(provider.baseUrl(Transport.HTTP_1_1)));
                RawClient first = RawClient.connect(drained.port());
                RawClient second = RawClient.connect(drained.port());
                H2Client third = H2Client.clear(drained.port())) {
            RawResponse finishes = first.post(CHAT, body("finishing", true)).response();
            finishing.step();
            finishing.step();
            finishes.readUntil("One");
            RawResponse cut = second.post(CHAT, body("silent", true)).response().readUntil(Fault.Texts.THIRD);
            H2Client.Exchange cut2 = third.post(CHAT, body("silent", true)).awaitText(Fault.Texts.THIRD);

            drained.gateway().stop();
            finishing.open();

            assertThat(finishes.readToEnd().events().done()).isTrue();
            JsonNode line = drained.awaitSettlement();
            assertSettled(ClientFault.FINISHES_WITHIN_THE_DRAIN, line);
            assertThat(cut.readToEnd().end()).isEqualTo(RawResponse.End.COMPLETE);
            assertBroken(cut, "gateway_shutdown");
            assertThat(second.awaitClose()).isEqualTo(Closing.FIN);
            assertThat(cut2.awaitEnd()).isEqualTo(H2Client.End.COMPLETE);
            assertThat(cut2.events().done()).isFalse();
            assertSettled(ClientFault.IS_CUT_BY_THE_DRAIN, drained.awaitSettlement());
            assertSettled(ClientFault.IS_CUT_BY_THE_DRAIN, drained.awaitSettlement());
            provider.requests().forEach(seen -> seen.awaitEnd(PROMPTLY));
        }
    }

    // ---- the page

    @Test
    @Order(Integer.MAX_VALUE)
    void isThePageOfTheDocumentation() {
        assertThat(PROVED).as("every row has its proof in this class").containsExactlyInAnyOrder(ClientFault.values());
        MatrixReport report = new MatrixReport();
        for (ClientFault row : ClientFault.values()) {
            report.add(row.row());
        }

        MatrixReport.check(PAGE, report.toMarkdown("The fault matrix: clients and networks", """
                What clients and networks can do to an exchange; what providers can do stands in
                [the fault matrix](fault-matrix.md). `ClientFaultMatrixTest` does all of it to a whole gateway over real
                sockets (leaving by FIN, by RST, by an HTTP/2 reset and by closing an HTTP/2 connection; providers on HTTP/1.1
                and HTTP/2), and this page is compared with what it checked.
                """));
    }

    // ---- helpers

    private static String body(String alias, boolean stream) {
        return "{\"model\":\"" + alias + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    }

    /** The one settlement of that alias since the test began, in the log and in the metrics. */
    private JsonNode settled(ClientFault row, String alias) {
        JsonNode line = settledLine(alias);
        assertSettled(row, line);
        Scrape after = Scrape.of(gateway);
        if (!alias.isEmpty()) {
            Map<String, Integer> counted = new HashMap<>(after.requestsOf(alias));
            before.requestsOf(alias).forEach((outcome, count) -> counted.merge(outcome, -count, Integer::sum));
            counted.values().removeIf(count -> count == 0);
            assertThat(counted).isEqualTo(Map.of(row.outcome(), 1));
        }
        if (row.error() != null) {
            assertThat(after.errors(row.error()) - before.errors(row.error())).isEqualTo(1);
        }
        assertThat(gateway.hasMoreSettlements()).as("one settlement").isFalse();
        return line;
    }

    private static void assertSettled(ClientFault row, JsonNode line) {
        assertThat(line.at("/penstock/outcome").asText()).as(line.toString()).isEqualTo(row.outcome());
        assertThat(line.at("/penstock/error").asText(null)).isEqualTo(row.error());
        PROVED.add(row);
    }

    /** Lines of other aliases are kept for whoever asks for them. */
    private static JsonNode settledLine(String alias) {
        List<JsonNode> waiting = LINES.computeIfAbsent(alias, name -> new ArrayList<>());
        while (waiting.isEmpty()) {
            JsonNode line = gateway.awaitSettlement();
            LINES.computeIfAbsent(line.at("/penstock/alias").asText(), name -> new ArrayList<>())
                    .add(line);
        }
        return waiting.remove(0);
    }

    private static String withoutUsage(String stream) {
        StringBuilder rest = new StringBuilder();
        for (String event : stream.split("(?<=\n\n)")) {
            if (!event.contains("\"choices\":[],\"usage\"")) {
                rest.append(event);
            }
        }
        return rest.toString();
    }

    private static String code(byte[] error) throws IOException {
        return JSON.readTree(error).at("/error/code").asText();
    }

    private static String lastCode(RawResponse response) throws IOException {
        List<String> data = response.events().data();
        return code(data.get(data.size() - 1).getBytes(StandardCharsets.UTF_8));
    }

    /** Waits until the provider can send no more, and says how much it has sent. */
    private static long awaitStandstill(SeenRequest seen) {
        long[] last = {-1, System.nanoTime()};
        await(() -> {
            long sent = seen.bytesSent();
            if (sent != last[0]) {
                last[0] = sent;
                last[1] = System.nanoTime();
            }
            return sent > 0 && System.nanoTime() - last[1] > 200_000_000L;
        });
        return last[0];
    }

    /** What reached the gateway before this call has been noticed after it: new connections go to the loops in turn. */
    private static void everyLoopTurns() {
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            try (RawClient client = RawClient.connect(gateway.port())) {
                assertThat(client.get("/livez").readResponse().status()).isEqualTo(200);
            }
        }
    }

    private void assertNothingIsOpen() {
        for (SeenRequest seen : provider.requests()) {
            assertThat(seen.awaitEnd(Duration.ofSeconds(10))).isNotNull();
        }
        // A connection that the network swallowed in an earlier test may still look open to the provider.
        await(() -> provider.openRequests() <= openBefore);
        await(() -> Scrape.of(gateway).activeStreams() == 0);
    }

    private static long openDescriptors() {
        String[] descriptors = new File("/proc/self/fd").list();
        return descriptors == null ? 0 : descriptors.length;
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within ten seconds");
            }
            Thread.onSpinWait();
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
    }
}
