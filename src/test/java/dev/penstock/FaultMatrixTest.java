// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.FaultExpectation.End;
import dev.penstock.kit.Fault;
import dev.penstock.kit.FaultyPlaces;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.Header;
import dev.penstock.kit.MatrixReport;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SeenRequest.How;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.tls.TestCertificates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The fault matrix, provider's side: every {@link Fault}, as a stream and as a whole answer, for clients on HTTP/1.1 and
 * HTTP/2, from providers on HTTP/1.1 and HTTP/2. All exchanges run at the same time, each under an alias of its own, so that
 * its settlement and its metric can be told from the others'; then each cell is compared with {@link FaultExpectation}, and
 * the page of the documentation with what was proved.
 */
final class FaultMatrixTest {

    private static final Path PAGE =
            Path.of(System.getProperty("penstock.basedir", ".")).resolve("src/site/markdown/fault-matrix.md");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int AT_ONCE = 24;
    private static final Duration PROMPTLY = Duration.ofSeconds(5);

    private static FaultyPlaces places;
    private static InProcess gateway;
    private static List<Cell> cells;
    private static final Map<String, Observed> OBSERVED = new HashMap<>();
    private static final Map<String, List<JsonNode>> SETTLED = new HashMap<>();
    private static Scrape before;
    private static Scrape after;

    /** One fault, one surface, one pair of transports. */
    private record Cell(int number, Fault fault, boolean stream, boolean client2, boolean upstream2) {

        String alias() {
            return fault.model()
                    + (stream ? ".stream" : ".unary")
                    + (client2 ? ".to2" : ".to1")
                    + (upstream2 ? ".from2" : ".from1");
        }

        FaultExpectation expectation() {
            return FaultExpectation.of(fault, stream);
        }

        String trace() {
            return String.format("%032x", 0xFA00_0000L + number);
        }

        /** A provider of its own, and by its pool size an HTTP client of its own: some faults take the connection with them. */
        String provider() {
            return "p" + number;
        }

        /** Clients on HTTP/2 ask for usage, the others must not see it. */
        String body() {
            return "{\"model\":\"" + alias() + "\",\"stream\":" + stream
                    + (stream && client2 ? ",\"stream_options\":{\"include_usage\":true}" : "")
                    + ",\"messages\":[{\"role\":\"user\",\"content\":\"How wide is the gate?\"}]}";
        }

        Header[] headers() {
            return new Header[] {new Header("traceparent", "00-" + trace() + "-00f067aa0ba902b7-01")};
        }
    }

    /** What the client saw. */
    private record Observed(int status, String outcome, byte[] body, boolean orderly, boolean connectionGoesOn) {

        SseEvents events() {
            return SseEvents.parse(body);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    @BeforeAll
    static void runEverything() throws Exception {
        places = FaultyPlaces.open(
                TestCertificates.create().localhost().options(), Transport.HTTP_1_1, Transport.HTTP_2_CLEAR);
        cells = allCells();
        gateway = InProcess.start(yaml());
        before = Scrape.of(gateway);
        Semaphore room = new Semaphore(AT_ONCE);
        try (H2Client h2 = H2Client.clear(gateway.port());
                ExecutorService lanes = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Cell, Future<Observed>> running = new LinkedHashMap<>();
            for (Cell cell : cells) {
                running.put(
                        cell, lanes.submit(() -> inTurn(room, () -> cell.client2() ? over2(h2, cell) : over1(cell))));
            }
            for (Map.Entry<Cell, Future<Observed>> run : running.entrySet()) {
                OBSERVED.put(run.getKey().alias(), run.getValue().get(60, TimeUnit.SECONDS));
            }
        }
        for (int i = 0; i < cells.size(); i++) {
            JsonNode line = gateway.awaitSettlement();
            SETTLED.computeIfAbsent(line.at("/penstock/alias").asText(), alias -> new ArrayList<>())
                    .add(line);
        }
        after = Scrape.of(gateway);
    }

    @AfterAll
    static void close() {
        gateway.close();
        places.close();
    }

    @TestFactory
    Stream<DynamicTest> everyFaultEndsAsTheContractSays() {
        return cells.stream()
                .map(cell -> DynamicTest.dynamicTest(cell.alias(), () -> {
                    try {
                        theClientSees(cell, OBSERVED.get(cell.alias()));
                        theLedgerHas(cell);
                        theMetricSays(cell);
                        theProviderSaw(cell);
                    } catch (AssertionError wrong) {
                        // Reports name dynamic tests by number only.
                        throw new AssertionError(cell.alias() + ": " + wrong.getMessage(), wrong);
                    }
                }));
    }

    @Test
    void countsEachErrorOnce() {
        Map<String, Integer> expected = new TreeMap<>(before.errors());
        cells.stream()
                .map(cell -> cell.expectation().error())
                .filter(error -> error != null)
                .forEach(error -> expected.merge(error.label(), 1, Integer::sum));

        assertThat(after.errors()).isEqualTo(expected);
    }

    @Test
    void leavesNothingOpen() {
        assertThat(after.activeStreams()).isZero();
        places.simulator().requests().forEach(seen -> seen.awaitEnd(PROMPTLY));
        assertThat(places.simulator().openRequests()).isZero();
        assertThat(gateway.hasMoreSettlements()).isFalse();
    }

    /** The page is printed from the expectations that the other tests of this class hold the gateway to. */
    @Test
    void isThePageOfTheDocumentation() {
        MatrixReport report = new MatrixReport();
        for (Fault fault : Fault.values()) {
            for (boolean stream : new boolean[] {true, false}) {
                if (fault.appliesTo(stream)) {
                    report.add(FaultExpectation.of(fault, stream)
                            .row(fault.ordinal(), fault.description(), stream ? "stream" : "unary"));
                }
            }
        }

        MatrixReport.check(PAGE, report.toMarkdown("The fault matrix", introduction()));
    }

    private static String introduction() {
        return """
                What happens when a provider fails, in every way that we know of. `FaultMatrixTest` makes each fault happen
                on each surface, for clients and from providers on HTTP/1.1 and HTTP/2, checks what the client sees, what
                the request log records, what the metrics count and what the provider sees, and compares this page with
                what it checked (`mvn test -Dtest=FaultMatrixTest -Dpenstock.update=true` writes it anew).

                Every exchange is settled exactly once. Metric names have the prefix `penstock_` and the suffix `_total`.
                An answer that the provider did not finish never looks complete: before the first content the client gets an
                HTTP error, after it an error event, no terminal marker and the end of the connection (of the stream, on
                HTTP/2).
                """;
    }

    // ---- what is compared

    private static void theClientSees(Cell cell, Observed observed) throws IOException {
        FaultExpectation expected = cell.expectation();
        assertThat(observed.status()).as(observed.text()).isEqualTo(expected.status());
        assertThat(observed.orderly()).as("the framing of the answer is whole").isTrue();
        switch (expected.end()) {
            case HTTP_ERROR -> {
                assertThat(codeIn(JSON.readTree(observed.body()))).isEqualTo(expected.code());
                assertThat(observed.outcome()).isEqualTo(expected.outcome().label());
                assertThat(observed.connectionGoesOn()).isTrue();
                assertThat(observed.text()).doesNotContain("sk-proj", "127.0.0.1", "<html");
            }
            case ERROR_EVENT -> {
                List<String> data = observed.events().data();
                assertThat(observed.events().done()).as("no terminal marker").isFalse();
                assertThat(observed.events().unterminatedTail())
                        .as("no half event")
                        .isFalse();
                assertThat(codeIn(JSON.readTree(data.get(data.size() - 1)))).isEqualTo(expected.code());
                if (expected.text() != null) {
                    assertThat(textOf(data)).isEqualTo(expected.text());
                }
                assertThat(observed.connectionGoesOn()).isEqualTo(cell.client2());
            }
            case COMPLETE, COMPLETE_WITHOUT_MARKER -> {
                assertThat(observed.text()).isEqualTo(bytesOfTheProvider(cell));
                if (cell.stream()) {
                    assertThat(observed.events().done()).isEqualTo(expected.end() == End.COMPLETE);
                }
                assertThat(observed.connectionGoesOn()).isTrue();
            }
        }
    }

    private static String codeIn(JsonNode error) {
        return error.at("/error/code").asText();
    }

    private static String textOf(List<String> data) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String event : data) {
            text.append(JSON.readTree(event).at("/choices/0/delta/content").asText(""));
        }
        return text.toString();
    }

    /** What the provider sent, up to its first terminal marker, without the usage that the client did not ask for. */
    private static String bytesOfTheProvider(Cell cell) {
        String sent = new String(cell.fault().to(seen(cell)).payload(), StandardCharsets.UTF_8);
        if (!cell.stream()) {
            return sent;
        }
        StringBuilder relayed = new StringBuilder();
        for (String event : sent.split("(?<=\n\n|\r\n\r\n)")) {
            if (cell.client2() || !event.contains("\"choices\":[],\"usage\"")) {
                relayed.append(event);
            }
            if (event.contains("data: [DONE]")) {
                break;
            }
        }
        return relayed.toString();
    }

    private static void theLedgerHas(Cell cell) {
        FaultExpectation expected = cell.expectation();
        assertThat(SETTLED.get(cell.alias())).as("settlements").hasSize(1);
        JsonNode line = SETTLED.get(cell.alias()).get(0);
        assertThat(line.at("/penstock/outcome").asText())
                .isEqualTo(expected.outcome().label());
        assertThat(line.at("/penstock/error").asText(null))
                .isEqualTo(expected.error() == null ? null : expected.error().label());
        assertThat(line.at("/http/response/status_code").asInt()).isEqualTo(expected.status());
        assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(1);
        long input = line.at("/gen_ai/usage/input_tokens").asLong();
        long output = line.at("/gen_ai/usage/output_tokens").asLong();
        boolean estimated = line.at("/penstock/usage_estimated").asBoolean();
        switch (expected.usage()) {
            case REPORTED -> {
                assertThat(estimated).isFalse();
                assertThat(List.of(input, output)).containsExactly(11L, 4L);
            }
            case ESTIMATED -> {
                assertThat(estimated).isTrue();
                assertThat(input).isPositive();
                // Four bytes to a token, rounded up: the text, or 20 bytes and more of a tool call's name and
                // arguments.
                String text = expected.text() == null ? "get_weather{\"city\":\"Zü" : expected.text();
                assertThat(output).isBetween(2L, text.length() / 3L + 2);
            }
            case NONE -> assertThat(List.of(input, output)).containsExactly(0L, 0L);
        }
        if (expected.end() == End.COMPLETE) {
            assertThat(line.at("/gen_ai/response/finish_reasons/0").asText()).isEqualTo("stop");
        }
    }

    private static void theMetricSays(Cell cell) {
        assertThat(before.requestsOf(cell.alias())).isEmpty();
        assertThat(after.requestsOf(cell.alias()))
                .isEqualTo(Map.of(cell.expectation().outcome().label(), 1));
    }

    private static void theProviderSaw(Cell cell) {
        SeenRequest seen = seen(cell);
        switch (cell.expectation().upstream()) {
            case NOTHING -> assertThat(seen).isNull();
            case COMPLETED -> assertThat(seen.awaitEnd(PROMPTLY).how()).isEqualTo(How.COMPLETED);
            case CUT -> assertThat(seen.awaitEnd(PROMPTLY).how()).isEqualTo(How.CUT_BY_SCRIPT);
            case CANCELLED ->
                assertThat(seen.awaitEnd(PROMPTLY).cancelled())
                        .as(seen + " " + seen.end())
                        .isTrue();
            case CANCELLED_OR_COMPLETED ->
                assertThat(seen.awaitEnd(PROMPTLY)).matches(end -> end.cancelled() || end.how() == How.COMPLETED);
        }
    }

    private static SeenRequest seen(Cell cell) {
        List<SeenRequest> all = places.simulator().requests().stream()
                .filter(seen -> seen.header("traceparent").orElse("").contains(cell.trace()))
                .toList();
        assertThat(all.size()).as("attempts that reached the provider").isLessThanOrEqualTo(1);
        return all.isEmpty() ? null : all.get(0);
    }

    // ---- how it is run

    private static List<Cell> allCells() {
        List<Cell> all = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            for (boolean stream : new boolean[] {true, false}) {
                for (boolean client2 : new boolean[] {false, true}) {
                    for (boolean upstream2 : new boolean[] {false, true}) {
                        boolean possible = fault.appliesToHttp2() && fault.place() != Fault.Place.UNTRUSTED_TLS;
                        if (fault.appliesTo(stream) && (!upstream2 || possible)) {
                            all.add(new Cell(all.size(), fault, stream, client2, upstream2));
                        }
                    }
                }
            }
        }
        return all;
    }

    private static String yaml() {
        return "providers:\n"
                + cells.stream()
                        .map(cell -> "  " + cell.provider() + ": {type: openai, base_url: \""
                                + places.baseUrl(
                                        cell.fault().place(),
                                        cell.upstream2() ? Transport.HTTP_2_CLEAR : Transport.HTTP_1_1)
                                + "\", pool: " + (cell.upstream2() ? 1 + cell.number() : 1024) + ", http: \""
                                + (cell.upstream2() ? "2" : "1.1") + "\"}\n")
                        .collect(Collectors.joining())
                + "models:\n  \"*\": {retries: {attempts: 1}}\n"
                + cells.stream()
                        .map(cell -> "  \"" + cell.alias() + "\": {targets: [\"" + cell.provider() + "/"
                                + cell.fault().model() + "\"], timeouts: {"
                                + cell.expectation().shortTimer().yaml() + "}}\n")
                        .collect(Collectors.joining());
    }

    private static <T> T inTurn(Semaphore room, Callable<T> task) throws Exception {
        room.acquire();
        try {
            return task.call();
        } finally {
            room.release();
        }
    }

    private static Observed over1(Cell cell) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            RawResponse response = client.post("/v1/chat/completions", cell.body(), cell.headers())
                    .readResponse();
            String outcome = response.header("x-penstock-outcome").orElse("");
            return new Observed(
                    response.status(),
                    outcome,
                    response.body(),
                    response.end() == RawResponse.End.COMPLETE,
                    goesOn(client));
        }
    }

    /** Whether another request on the same connection is answered: the framing was right to the last byte. */
    private static boolean goesOn(RawClient client) {
        try {
            return client.get("/livez").readResponse().status() == 200;
        } catch (java.io.UncheckedIOException closed) {
            return false;
        }
    }

    private static Observed over2(H2Client client, Cell cell) {
        H2Client.Exchange exchange = client.post("/v1/chat/completions", cell.body(), cell.headers());
        H2Client.End end = exchange.awaitEnd();
        return new Observed(
                exchange.status(),
                exchange.header("x-penstock-outcome").orElse(""),
                exchange.body(),
                end == H2Client.End.COMPLETE,
                true);
    }
}
