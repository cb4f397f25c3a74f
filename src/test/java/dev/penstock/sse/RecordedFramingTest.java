// SPDX-License-Identifier: Apache-2.0
package dev.penstock.sse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Replays the recordings and the attack corpus when a folder is given: {@code -Dpenstock.recordings=<folder>}. Without it the
 * cases of {@link SseFramerTest} stand alone.
 */
final class RecordedFramingTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Above this, every offset would take too long; the plan of cuts is thinned evenly. */
    private static final int MAX_CUTS = 2_000;

    @TestFactory
    Stream<DynamicTest> everyEdgeCaseSplitAtEveryByteYieldsTheEventsOfTheSpecification() throws IOException {
        Path folder = Path.of(FOLDER, "_sse-edge");
        if (FOLDER.isEmpty() || !Files.isDirectory(folder)) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode vector :
                JSON.readTree(folder.resolve("manifest.json").toFile()).get("vectors")) {
            byte[] stream = Files.readAllBytes(folder.resolve(vector.get("file").asText()));
            tests.add(DynamicTest.dynamicTest(vector.get("name").asText(), () -> {
                replay(stream);
                if (vector.get("unterminated_tail").asBoolean()) {
                    assertThat(Chunks.frame(stream).insideEvent()).isTrue();
                }
                assertThat(SseReference.events(stream)).isEqualTo(expected(vector.get("events_per_spec")));
            }));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOfTheAttackCorpusYieldsItsEvents() throws IOException {
        Path file = FOLDER.isEmpty() ? Path.of("") : Path.of(FOLDER).resolveSibling("corpora/attacks/sse_cases.jsonl");
        if (FOLDER.isEmpty() || !Files.exists(file)) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode node = JSON.readTree(line);
            byte[] stream = Base64.getDecoder().decode(node.path("raw_b64").asText());
            tests.add(DynamicTest.dynamicTest(node.get("id").asText(), () -> replay(stream)));
        }
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedStreamKeepsItsBytesHoweverItIsCut() throws IOException {
        if (FOLDER.isEmpty()) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(FOLDER), 3)) {
            for (Path file :
                    files.filter(f -> f.endsWith("response.sse")).sorted().toList()) {
                byte[] stream = Files.readAllBytes(file);
                tests.add(DynamicTest.dynamicTest(file.getParent().toString(), () -> {
                    SseFramerTest.assertSound(stream, Chunks.frame(stream));
                    SseFramerTest.assertSound(stream, Chunks.byteByByte(stream));
                }));
            }
        }
        return tests.stream();
    }

    private static void replay(byte[] stream) {
        SseFramerTest.assertSound(stream, Chunks.byteByByte(stream));
        int step = Math.max(1, stream.length / MAX_CUTS);
        // Comparing all events at each cut of a large stream would be quadratic; its ends and a sample will do.
        boolean large = stream.length > 20_000;
        for (int cut = 0; cut <= stream.length; cut += large ? Math.max(step, stream.length / 8) : step) {
            SseFramerTest.assertSound(stream, Chunks.frame(stream, cut));
        }
    }

    private static List<SseReference.Event> expected(JsonNode events) {
        List<SseReference.Event> list = new ArrayList<>();
        events.forEach(e -> list.add(
                new SseReference.Event(e.get("event").asText(), e.get("data").asText())));
        return list;
    }
}
