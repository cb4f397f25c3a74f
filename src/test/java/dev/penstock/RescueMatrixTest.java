// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.FaultExpectation.End;
import dev.penstock.kit.Answer;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Fault;
import dev.penstock.kit.Fault.Texts;
import dev.penstock.kit.FaultyPlaces;
import dev.penstock.kit.MatrixReport;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.ProviderSimulator.Transport;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import dev.penstock.kit.SseEvents;
import dev.penstock.kit.tls.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The fault matrix once more, with somebody who is well: every {@link Fault} of the first attempt, for clients of each schema, as a
 * stream and whole, under each way out. Before the first content a second target, the same one once more or a faster rival answers,
 * and nobody notices but the headers and the log; after it plain text goes on where the model says so. Where the request itself is
 * at fault, and in all else, the first one's fate is the client's.
 */
final class RescueMatrixTest {

    private static final Path PAGE =
            Path.of(System.getProperty("penstock.basedir", ".")).resolve("src/site/markdown/rescue-matrix.md");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int AT_ONCE = 24;
    private static final String RESCUED = Answers.text(3);

    private static FaultyPlaces places;
    private static ProviderSimulator rescuer;
    private static InProcess gateway;
    private static List<Cell> cells;
    private static final Map<String, RawResponse> SEEN = new HashMap<>();
    private static final Map<String, List<JsonNode>> SETTLED = new HashMap<>();

    private enum Client {
        CHAT("/v1/chat/completions", "\"messages\":[{\"role\":\"user\",\"content\":\"How wide?\"}]"),
        MESSAGES("/v1/messages", "\"max_tokens\":99,\"messages\":[{\"role\":\"user\",\"content\":\"How wide?\"}]"),
        RESPONSES("/v1/responses", "\"input\":\"How wide?\"");

        private final String path;
        private final String prompt;

        Client(String path, String prompt) {
            this.path = path;
            this.prompt = prompt;
        }

        boolean isComplete(SseEvents events) {
            return switch (this) {
                case CHAT -> events.done();
                case MESSAGES -> has(events, "message_stop");
                case RESPONSES -> has(events, "response.completed");
            };
        }

        private static boolean has(SseEvents events, String type) {
            return events.events().stream().anyMatch(event -> event.type().equals(type));
        }

        /** How often an answer begins: a second beginning would be the failed target's. */
        long beginnings(SseEvents events) {
            return events.events().stream()
                    .filter(event -> switch (this) {
                        case CHAT -> event.data().contains("\"role\":\"assistant\"");
                        case MESSAGES -> event.type().equals("message_start");
                        case RESPONSES -> event.type().equals("response.created");
                    })
                    .count();
        }

        String text(SseEvents events) throws IOException {
            StringBuilder text = new StringBuilder();
            for (SseEvents.Event event : events.events()) {
                if (event.data().startsWith("{")) {
                    JsonNode data = JSON.readTree(event.data());
                    text.append(
                            switch (this) {
                                case CHAT -> data.at("/choices/0/delta/content").asText("");
                                case MESSAGES -> data.at("/delta/text").asText("");
                                case RESPONSES ->
                                    event.type().equals("response.output_text.delta")
                                            ? data.path("delta").asText()
                                            : "";
                            });
                }
            }
            return text.toString();
        }

        String text(byte[] whole) throws IOException {
            JsonNode body = JSON.readTree(whole);
            return switch (this) {
                case CHAT -> body.at("/choices/0/message/content").asText();
                case MESSAGES -> body.at("/content/0/text").asText();
                case RESPONSES -> body.at("/output/0/content/0/text").asText();
            };
        }
    }

    /** How an exchange gets out of a failed attempt. */
    private enum Rescue {
        FALLBACK("the next target", "200, the second target's answer", "fallback"),
        RETRY("the same target again", "200, the answer of the second try", "ok"),
        HEDGE("a rival", "200, the rival's answer", "fallback"),
        CONTINUATION("going on", "200, the whole text, one beginning and one end", "fallback");

        private final String words;
        private final String clientSees;
        private final String outcome;

        Rescue(String words, String clientSees, String outcome) {
            this.words = words;
            this.clientSees = clientSees;
            this.outcome = outcome;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private record Cell(int number, Rescue rescue, Fault fault, Client client, boolean stream) {

        String alias() {
            return rescue.label() + "." + fault.model() + "." + client.name().toLowerCase(Locale.ROOT)
                    + (stream ? ".stream" : ".unary");
        }

        FaultExpectation expectation() {
            return FaultExpectation.of(fault, stream);
        }

        boolean isOfInterest() {
            return fault.appliesTo(stream)
                    // What goes well needs nobody else.
                    && expectation().error() != null
                    && switch (rescue) {
                        case FALLBACK -> true;
                        case RETRY -> fault.place() == Fault.Place.SCRIPT;
                        case HEDGE -> stream && isSilent();
                        case CONTINUATION -> stream && expectation().end() == End.ERROR_EVENT;
                    };
        }

        boolean isRescued() {
            boolean beforeContent = expectation().end() == End.HTTP_ERROR
                    && expectation().shortTimer() != FaultExpectation.Timer.TOTAL
                    && !isCallersOwn();
            return switch (rescue) {
                case FALLBACK -> beforeContent;
                case RETRY -> beforeContent && !isPointless();
                case HEDGE -> true;
                case CONTINUATION -> Texts.BEFORE_CUT.equals(expectation().text()) && fault != Fault.GIANT_EVENT;
            };
        }

        /** A 404 is about the model's name at this target, which the operator chose, not the caller. */
        private boolean isCallersOwn() {
            int status = expectation().status();
            return status == 400 || status == 413 || status == 422;
        }

        /** Whatever would be the same at the same target, or takes longer than a pause may. */
        private boolean isPointless() {
            return switch (fault) {
                case STATUS_401,
                        STATUS_403,
                        STATUS_404,
                        QUOTA_EXHAUSTED,
                        IMPOSSIBLE_LIMIT,
                        GIANT_EVENT,
                        RATE_LIMITED_RETRY_AFTER -> true;
                default -> false;
            };
        }

        private boolean isSilent() {
            return switch (fault) {
                case ACCEPTED_THEN_SILENT, HEAD_THEN_SILENT, STALL_BEFORE_FIRST_TOKEN, KEEP_ALIVES_ONLY -> true;
                default -> false;
            };
        }

        String body() {
            return "{\"model\":\"" + alias() + "\",\"stream\":" + stream + "," + client.prompt + "}";
        }

        String provider() {
            return "p" + number;
        }

        /** What the provider of the first attempt knows it by. */
        String model() {
            return rescue == Rescue.RETRY ? alias() : fault.model();
        }

        String yaml() {
            String second =
                    switch (rescue) {
                        case FALLBACK, HEDGE -> ", rescuer/m";
                        case RETRY -> "";
                        case CONTINUATION -> ", rescuer/rest";
                    };
            String more =
                    switch (rescue) {
                        case FALLBACK -> "";
                        case RETRY -> ", retries: {attempts: 2, backoff: 1ms-5ms}";
                        case HEDGE -> ", hedge: {floor: 50ms}";
                        case CONTINUATION -> ", on_cut: continue_text";
                    };
            String timers =
                    rescue == Rescue.HEDGE ? "" : expectation().shortTimer().yaml();
            return "  \"" + alias() + "\": {targets: [\"" + provider() + "/" + model() + "\"" + second
                    + "], timeouts: {" + timers + "}" + more + "}\n";
        }

        String text() {
            return rescue == Rescue.CONTINUATION ? Texts.ALL : RESCUED;
        }

        List<String> tries() {
            String first = provider() + "/" + model() + " first ";
            String failed = first + expectation().error().label();
            return switch (rescue) {
                case FALLBACK -> List.of(failed, "rescuer/m fallback ok");
                case RETRY -> List.of(failed, provider() + "/" + model() + " retry ok");
                case HEDGE -> List.of(first + "lost", "rescuer/m hedge ok");
                case CONTINUATION -> List.of(failed, "rescuer/rest continuation ok");
            };
        }
    }

    /** Fails the first time and answers from then on. */
    private static Answer onceThenWell(Fault fault) {
        AtomicBoolean failed = new AtomicBoolean();
        return request -> failed.getAndSet(true) ? Answers.chat(3).to(request) : fault.to(request);
    }

    /** A model that goes on exactly where the text in the request ends: what a deterministic one would say. */
    private static Script rest(SeenRequest request) {
        try {
            String said = "";
            for (JsonNode message : JSON.readTree(request.awaitBody()).path("messages")) {
                said = message.path("role").asText().equals("assistant")
                        ? message.path("content").asText()
                        : said;
            }
            if (!Texts.ALL.startsWith(said)) {
                throw new AssertionError("not the beginning of the answer: " + said);
            }
            return Answers.text(Texts.ALL.substring(said.length())).to(request);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeAll
    static void runEverything() throws Exception {
        places = FaultyPlaces.open(TestCertificates.create().localhost().options(), Transport.HTTP_1_1);
        rescuer = ProviderSimulator.start();
        rescuer.otherwise(Answers.chat(3)).when("rest", RescueMatrixTest::rest);
        cells = allCells();
        cells.stream().filter(cell -> cell.rescue() == Rescue.RETRY).forEach(cell -> places.simulator()
                .when(cell.model(), onceThenWell(cell.fault())));
        gateway = InProcess.start(yaml());
        Semaphore room = new Semaphore(AT_ONCE);
        try (ExecutorService lanes = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Cell, Future<RawResponse>> running = new LinkedHashMap<>();
            for (Cell cell : cells) {
                running.put(cell, lanes.submit(() -> ask(room, cell)));
            }
            for (Map.Entry<Cell, Future<RawResponse>> run : running.entrySet()) {
                SEEN.put(run.getKey().alias(), run.getValue().get(60, TimeUnit.SECONDS));
            }
        }
        for (int i = 0; i < cells.size(); i++) {
            JsonNode line = gateway.awaitSettlement();
            SETTLED.computeIfAbsent(line.at("/penstock/alias").asText(), alias -> new ArrayList<>())
                    .add(line);
        }
    }

    private static RawResponse ask(Semaphore room, Cell cell) throws InterruptedException {
        room.acquire();
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(cell.client().path, cell.body()).readResponse();
        } finally {
            room.release();
        }
    }

    private static List<Cell> allCells() {
        List<Cell> all = new ArrayList<>();
        for (Rescue rescue : Rescue.values()) {
            for (Fault fault : Fault.values()) {
                for (Client client : Client.values()) {
                    for (boolean stream : new boolean[] {true, false}) {
                        Cell cell = new Cell(all.size(), rescue, fault, client, stream);
                        if (cell.isOfInterest()) {
                            all.add(cell);
                        }
                    }
                }
            }
        }
        return all;
    }

    private static String yaml() {
        return "providers:\n  rescuer: {type: openai, base_url: \"" + rescuer.baseUrl() + "\"}\n"
                + cells.stream()
                        .map(cell -> "  " + cell.provider() + ": {type: openai, http: \"1.1\", base_url: \""
                                + places.baseUrl(cell.fault().place(), Transport.HTTP_1_1) + "\"}\n")
                        .collect(Collectors.joining())
                // All that is tried again here comes out of one budget, which is not what is tested.
                + "models:\n  \"*\": {retries: {attempts: 1}}\n"
                + cells.stream().map(Cell::yaml).collect(Collectors.joining());
    }

    @AfterAll
    static void close() {
        gateway.close();
        rescuer.close();
        places.close();
    }

    @TestFactory
    Stream<DynamicTest> whoIsWellAnswersInThePlaceOfWhoIsNot() {
        return cells.stream()
                .map(cell -> DynamicTest.dynamicTest(cell.alias(), () -> {
                    try {
                        if (cell.isRescued()) {
                            isRescued(cell);
                        } else {
                            isLeftAlone(cell);
                        }
                    } catch (AssertionError wrong) {
                        throw new AssertionError(cell.alias() + ": " + wrong.getMessage(), wrong);
                    }
                }));
    }

    private static void isRescued(Cell cell) throws IOException {
        RawResponse seen = SEEN.get(cell.alias());
        assertThat(seen.status()).as(seen.bodyText()).isEqualTo(200);
        if (cell.rescue() != Rescue.CONTINUATION) {
            assertThat(seen.header("x-penstock-outcome").orElse("ok")).isEqualTo(cell.rescue().outcome);
            assertThat(seen.header("x-penstock-attempts")).hasValue("2");
        }
        if (cell.stream()) {
            assertThat(cell.client().isComplete(seen.events())).isTrue();
            assertThat(cell.client().beginnings(seen.events())).isOne();
            assertThat(cell.client().text(seen.events())).isEqualTo(cell.text());
        } else {
            assertThat(cell.client().text(seen.body())).isEqualTo(cell.text());
        }
        JsonNode line = settled(cell);
        assertThat(line.at("/penstock/outcome").asText()).isEqualTo(cell.rescue().outcome);
        assertThat(line.at("/penstock/error").isMissingNode()).isTrue();
        assertThat(tries(line)).isEqualTo(cell.tries());
    }

    private static List<String> tries(JsonNode line) {
        List<String> tries = new ArrayList<>();
        for (JsonNode attempt : line.at("/penstock/tries")) {
            String end = attempt.has("lost") ? "lost" : attempt.path("error").asText("ok");
            tries.add(
                    attempt.path("target").asText() + " " + attempt.path("why").asText() + " " + end);
        }
        return tries;
    }

    private static void isLeftAlone(Cell cell) {
        RawResponse seen = SEEN.get(cell.alias());
        JsonNode line = settled(cell);
        assertThat(seen.status())
                .as(seen.bodyText())
                .isEqualTo(cell.expectation().status());
        assertThat(line.at("/penstock/attempts").asInt()).isEqualTo(1);
        assertThat(line.at("/penstock/outcome").asText())
                .isEqualTo(cell.expectation().outcome().label());
        if (cell.stream() && seen.status() == 200) {
            assertThat(cell.client().isComplete(seen.events()))
                    .as("a cut answer never looks complete")
                    .isFalse();
        }
    }

    private static JsonNode settled(Cell cell) {
        assertThat(SETTLED.get(cell.alias())).as("settlements").hasSize(1);
        return SETTLED.get(cell.alias()).get(0);
    }

    @Test
    void leavesNothingOpen() {
        Scrape after = Scrape.of(gateway);

        assertThat(after.activeStreams()).isZero();
        assertThat(gateway.hasMoreSettlements()).isFalse();
    }

    /** The page is printed from the expectations that the other tests of this class hold the gateway to. */
    @Test
    void isThePageOfTheDocumentation() {
        MatrixReport report = new MatrixReport();
        for (Cell cell : cells) {
            if (cell.client() == Client.CHAT) {
                report.add(row(cell));
            }
        }

        MatrixReport.check(PAGE, report.toMarkdown("The fault matrix with a way out", """
                What happens when the first attempt fails and somebody else is well. `RescueMatrixTest` makes each fault happen for clients
                of chat completions, messages and responses, as a stream and whole, under each way out: the next target, the same
                target again (`retries`), a rival that is raced (`hedge`), and going on with text that broke off (`on_cut:
                continue_text`). It checks what the client sees and what the request log records, and compares this page with what it
                checked (`mvn test -Dtest=RescueMatrixTest -Dpenstock.update=true` writes it anew).

                Whatever happens before the first content, somebody else answers: status 200, one beginning, one end. What the caller
                itself has to mend is not asked of anybody else, and what would be the same at the same target is not asked there
                again. What breaks off after the first content ends in the schema's error event, unless plain text may go on.
                """));
    }

    private static MatrixReport.Row row(Cell cell) {
        FaultExpectation expected = cell.expectation();
        String surface = (cell.stream() ? "stream, " : "unary, ") + cell.rescue().words;
        int order = cell.rescue().ordinal() * 1_000 + cell.fault().ordinal();
        return cell.isRescued()
                ? new MatrixReport.Row(
                        order,
                        cell.fault().description(),
                        surface,
                        cell.rescue().clientSees,
                        "`" + cell.rescue().outcome + "`, two tries, the first with "
                                + (cell.rescue() == Rescue.HEDGE
                                        ? "`lost`"
                                        : "error `" + expected.error().label() + "`"),
                        "`attempts{why=\"" + cell.rescue().label() + "\"}`",
                        cell.rescue() == Rescue.HEDGE ? "a cancel" : "one request each")
                : expected.row(order, cell.fault().description(), surface);
    }
}
