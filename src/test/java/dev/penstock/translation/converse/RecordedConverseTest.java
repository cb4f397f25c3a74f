// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.Tokens;
import dev.penstock.exchange.GatewayError;
import dev.penstock.kit.CollectedAnswer;
import dev.penstock.schema.SafeText;
import dev.penstock.schema.bedrock.Frames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Reads every recorded answer of Converse when a folder is given ({@code -Dpenstock.recordings=<folder>}) and compares with what an
 * independent parser made of it. Streams come whole, byte by byte, and cut in many places.
 */
final class RecordedConverseTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CUTS = 60;
    /** The other parser takes tools that Bedrock runs itself for calls to the client. */
    private static final Set<String> SERVER_TOOLS = Set.of("nova_grounding", "nova_code_interpreter");

    @TestFactory
    Stream<DynamicTest> everyRecordingGivesWhatTheOtherParserFound() throws IOException {
        if (FOLDER.isEmpty()) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        Path root = Path.of(FOLDER);
        for (JsonNode entry : JSON.readTree(root.resolve("index.json").toFile()).path("recordings")) {
            if (entry.path("protocol").asText().equals("bedrock-converse")) {
                Path folder = root.resolve(entry.path("id").asText());
                tests.add(DynamicTest.dynamicTest(entry.path("id").asText(), () -> check(folder)));
            }
        }
        assertThat(tests).isNotEmpty();
        return tests.stream();
    }

    private static void check(Path folder) throws IOException {
        JsonNode meta = JSON.readTree(folder.resolve("meta.json").toFile());
        JsonNode expected = JSON.readTree(folder.resolve("expected.json").toFile());
        byte[] body =
                Files.readAllBytes(folder.resolve(meta.path("response_file").asText()));
        int status = meta.path("status").asInt(200);
        if (status >= 400) {
            checkError(meta, status, body, expected);
        } else if (meta.path("body_format").asText().equals("ndjson")) {
            checkStream(framed(body), expected);
        } else if (meta.path("stream").asBoolean()) {
            checkStream(body, expected);
        } else {
            CollectedAnswer answer = new CollectedAnswer();
            new ConverseAnswerDecoder().decode(body, answer);
            compare(answer, expected);
        }
    }

    private static void checkError(JsonNode meta, int status, byte[] body, JsonNode expected) {
        JsonNode headers = meta.path("response_headers");
        GatewayError error = new ConverseErrorReader()
                .read(
                        status,
                        name -> headers.hasNonNull(name) ? headers.get(name).asText() : null,
                        body,
                        Instant.parse("2026-11-21T12:00:00Z"));
        if (status == 403) {
            assertThat(error.code()).isEqualTo("provider_auth");
        } else {
            assertThat(error.getMessage())
                    .isEqualTo(SafeText.of(expected.at("/error/message").asText()));
            assertThat(error.status()).isBetween(400, 429);
        }
    }

    private static byte[] framed(byte[] lines) throws IOException {
        List<byte[]> frames = new ArrayList<>();
        for (String line : new String(lines, StandardCharsets.UTF_8).split("\n", -1)) {
            if (!line.isBlank()) {
                Map.Entry<String, JsonNode> event =
                        JSON.readTree(line).properties().iterator().next();
                frames.add(Frames.event(event.getKey(), event.getValue().toString()));
            }
        }
        return Frames.join(frames.toArray(byte[][]::new));
    }

    private static void checkStream(byte[] stream, JsonNode expected) {
        compare(decode(Frames.cut(stream)), expected);
        compare(decode(Frames.byteByByte(stream)), expected);
        for (int i = 1; i < CUTS; i++) {
            int cut = (int) ((long) stream.length * i / CUTS);
            compare(decode(Frames.cut(stream, cut, Math.min(stream.length, cut + i))), expected);
        }
    }

    private static CollectedAnswer decode(List<byte[]> frames) {
        ConverseStreamDecoder decoder = new ConverseStreamDecoder();
        CollectedAnswer answer = new CollectedAnswer();
        for (byte[] frame : frames) {
            assertThat(decoder.event(frame, 0, frame.length, answer)).isTrue();
        }
        assertThat(decoder.terminal()).isTrue();
        decoder.finish(answer);
        return answer;
    }

    private static void compare(CollectedAnswer answer, JsonNode expected) {
        JsonNode choice = expected.at("/choices/0");
        assertThat(answer.ended).isTrue();
        assertThat(answer.text).hasToString(choice.path("text").asText());
        assertThat(answer.thought).hasToString(choice.path("reasoning").asText());
        assertThat(answer.finish.nativeWord())
                .isEqualTo(choice.path("finish_reason").asText());
        List<String> calls = new ArrayList<>();
        for (JsonNode call : choice.path("tool_calls")) {
            if (!SERVER_TOOLS.contains(call.path("name").asText())) {
                calls.add(call.path("id").asText() + " " + call.path("name").asText() + " "
                        + json(call.path("arguments").asText()));
            }
        }
        assertThat(answer.calls.values().stream()
                        .map(call -> call.id + " " + call.name + " " + json(call.json()))
                        .toList())
                .isEqualTo(calls);
        assertThat(answer.tokens).isEqualTo(tokens(expected.path("usage")));
    }

    private static Tokens tokens(JsonNode usage) {
        if (usage.isNull() || usage.isMissingNode()) {
            return Tokens.UNKNOWN;
        }
        long read = usage.path("cached_read").asLong(-1);
        long write = usage.path("cache_write").asLong(-1);
        long input = usage.path("input_uncached").asLong() + Math.max(0, read) + Math.max(0, write);
        return new Tokens(input, read, write, -1, usage.path("output_total").asLong(), -1);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.isEmpty() ? "{}" : text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }
}
