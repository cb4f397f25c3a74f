// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The published vectors of the event stream and of the signature, when a folder is given: {@code -Dpenstock.recordings=<folder>}.
 */
final class RecordedVectorsTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyVectorOfTheEventStreamGivesItsFrames() throws IOException {
        Path folder = Path.of(FOLDER, "_eventstream-vectors");
        if (FOLDER.isEmpty() || !Files.isDirectory(folder)) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode vector : JSON.readTree(folder.resolve("manifest.json").toFile())) {
            byte[] bytes = Files.readAllBytes(folder.resolve(vector.get("file").asText()));
            tests.add(DynamicTest.dynamicTest(vector.get("name").asText(), () -> check(vector, bytes)));
        }
        return tests.stream();
    }

    private static void check(JsonNode vector, byte[] bytes) {
        int step = Math.max(1, bytes.length > 20_000 ? bytes.length / 50 : bytes.length / 1_000);
        check(vector, Frames.cut(bytes));
        for (int cut = 0; cut <= bytes.length; cut += step) {
            check(vector, Frames.cut(bytes, cut));
        }
        if (bytes.length < 20_000) {
            check(vector, Frames.byteByByte(bytes));
        }
    }

    private static void check(JsonNode vector, List<byte[]> slices) {
        EventStreamFrame frame = new EventStreamFrame();
        int index = 0;
        for (byte[] slice : slices) {
            if (!frame.read(slice, 0, slice.length)) {
                assertThat(vector.get("valid").asBoolean())
                        .as("frame %d", index)
                        .isFalse();
                return;
            }
            if (vector.get("valid").asBoolean()) {
                same(frame, vector.get("frames").get(index));
            }
            index++;
        }
        assertThat(vector.get("valid").asBoolean()).isTrue();
        assertThat(index).isEqualTo(vector.get("frames").size());
    }

    private static void same(EventStreamFrame frame, JsonNode expected) {
        JsonNode headers = expected.get("headers");
        assertThat(frame.eventType()).isEqualTo(text(headers, ":event-type"));
        assertThat(frame.exceptionType()).isEqualTo(text(headers, ":exception-type"));
        assertThat(frame.errorCode()).isEqualTo(text(headers, ":error-code"));
        assertThat(frame.errorMessage()).isEqualTo(text(headers, ":error-message"));
        assertThat(frame.contentType()).isEqualTo(text(headers, ":content-type"));
        String type = text(headers, ":message-type");
        assertThat(frame.type().name().toLowerCase(Locale.ROOT)).isEqualTo(type == null ? "other" : type);
        JsonNode payload = expected.get("payload");
        if (payload.has("utf8")) {
            int length = frame.payloadTo() - frame.payloadFrom();
            assertThat(new String(frame.bytes(), frame.payloadFrom(), length, StandardCharsets.UTF_8))
                    .isEqualTo(payload.get("utf8").asText());
        }
    }

    private static String text(JsonNode headers, String name) {
        JsonNode value = headers.get(name);
        return value == null || !value.isTextual() ? null : value.asText();
    }

    // ------------------------------------------------------------------ the signature

    @TestFactory
    Stream<DynamicTest> everyCaseOfTheSignatureSuiteGivesItsSignature() throws IOException {
        Path file = Path.of(FOLDER, "_sigv4-vectors", "vectors.json");
        if (FOLDER.isEmpty() || !Files.exists(file)) {
            return Stream.empty();
        }
        JsonNode suite = JSON.readTree(file.toFile());
        SigV4 signer = new SigV4(
                suite.at("/credentials/access_key_id").asText(),
                suite.at("/credentials/secret").asText(),
                null,
                suite.at("/credentials/region").asText(),
                suite.at("/credentials/service").asText());
        Instant at = LocalDateTime.parse(
                        suite.at("/credentials/date").asText(), DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'"))
                .toInstant(ZoneOffset.UTC);
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode one : suite.get("cases")) {
            tests.add(DynamicTest.dynamicTest(one.get("name").asText(), () -> sign(signer, one, at)));
        }
        return tests.stream();
    }

    private static void sign(SigV4 signer, JsonNode one, Instant at) {
        String[] parts = one.get("request").asText().split("\n\n", 2);
        String[] lines = parts[0].split("\n");
        String target = lines[0].substring(lines[0].indexOf(' ') + 1, lines[0].lastIndexOf(' '));
        int question = target.indexOf('?');
        TreeMap<String, String> signed = new TreeMap<>();
        String last = "";
        for (int i = 1; i < lines.length; i++) {
            if (lines[i].startsWith(" ")) {
                signed.merge(last, lines[i], (before, more) -> before + more);
            } else {
                last = lines[i].substring(0, lines[i].indexOf(':')).toLowerCase(Locale.ROOT);
                signed.merge(
                        last, lines[i].substring(lines[i].indexOf(':') + 1), (before, more) -> before + "," + more);
            }
        }
        // Two cases name a token that is in no request: one signs it, one adds it afterwards.
        String canonical = one.get("canonical_request").asText();
        canonical
                .lines()
                .filter(line -> line.startsWith("x-amz-security-token:"))
                .forEach(line -> signed.put("x-amz-security-token", line.substring(line.indexOf(':') + 1)));
        SigV4.Request request = new SigV4.Request(
                lines[0].substring(0, lines[0].indexOf(' ')),
                "example.amazonaws.com",
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                Map.of(),
                SigV4.sha256((parts.length < 2 ? "" : parts[1]).getBytes(StandardCharsets.UTF_8)));
        assertThat(signer.canonicalRequest(request, signed)).isEqualTo(canonical);
        assertThat(signer.stringToSign(canonical, at))
                .isEqualTo(one.get("string_to_sign").asText());
        assertThat(signer.authorization(request, signed, at))
                .isEqualTo(one.get("authorization").asText());
    }
}
