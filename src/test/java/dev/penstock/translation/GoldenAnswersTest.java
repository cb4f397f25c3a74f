// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.conversation.AnswerInfo;
import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.bedrock.Frames;
import dev.penstock.sse.EventReader;
import dev.penstock.sse.Framer;
import dev.penstock.sse.TranslatingReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Answers of providers, each beside what it becomes in every schema of a client: {@code golden/translation}, one file per case, made
 * to be read. A Bedrock stream stands there as a line per frame. {@code -Dpenstock.regenerate=true} writes the files again; what
 * changes is then in the diff.
 */
final class GoldenAnswersTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER =
            Path.of(System.getProperty("penstock.basedir", "."), "src/test/resources/golden/translation");
    private static final AnswerInfo INFO = new AnswerInfo("chat", "req_1", 1_700_000_000L, true, null);
    private static final String SECTION = "== ";

    @TestFactory
    Stream<DynamicTest> everyAnswerBecomesWhatTheFileShows() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
        }
    }

    @TestFactory
    Stream<DynamicTest> everyStreamIsTheSameHoweverItIsCut() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith("-stream.txt")).sorted().toList().stream()
                    .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> checkCuts(file)));
        }
    }

    private static void check(Path file) throws IOException {
        String text = Files.readString(file);
        Map<String, String> sections = sections(text);
        String source = sections.keySet().iterator().next();
        StringBuilder made = new StringBuilder(SECTION + source + "\n" + sections.get(source) + "\n");
        for (ApiSchema client : Capabilities.CLIENTS) {
            ApiSchema provider = provider(source);
            if (client != provider) {
                byte[] answer = input(source, sections.get(source));
                String becomes = source.endsWith(" stream")
                        ? streamed(client, provider, answer, answer.length)
                        : whole(client, provider, answer);
                made.append(SECTION)
                        .append("to ")
                        .append(name(client))
                        .append('\n')
                        .append(becomes.strip())
                        .append('\n');
            }
        }
        if (Boolean.getBoolean("penstock.regenerate")) {
            Files.writeString(file, made);
        }
        assertThat(made.toString()).isEqualTo(Files.readString(file));
    }

    private static void checkCuts(Path file) throws IOException {
        Map<String, String> sections = sections(Files.readString(file));
        String source = sections.keySet().iterator().next();
        ApiSchema provider = provider(source);
        byte[] answer = input(source, sections.get(source));
        for (ApiSchema client : Capabilities.CLIENTS) {
            if (client != provider) {
                String atOnce = streamed(client, provider, answer, answer.length);
                for (int size : new int[] {1, 2, 7, 61}) {
                    assertThat(streamed(client, provider, answer, size))
                            .as(client + " in pieces of " + size)
                            .isEqualTo(atOnce);
                }
            }
        }
    }

    // ------------------------------------------------------------------ translating

    /** As the stream's machine does it: whole events only, an error instead of an end, nothing after it. */
    private static String streamed(ApiSchema client, ApiSchema provider, byte[] answer, int pieceSize) {
        Translation translation = TranslationTable.between(client, provider, 4_096);
        TranslatingReader reader = translation.stream(INFO);
        Framer framer = translation.framer();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream open = new ByteArrayOutputStream();
        for (int from = 0; from < answer.length; from += pieceSize) {
            int to = Math.min(answer.length, from + pieceSize);
            int at = from;
            int end;
            while ((end = framer.nextEventEnd(answer, at, to)) >= 0) {
                open.write(answer, at, end - at);
                byte[] event = open.toByteArray();
                open.reset();
                at = end;
                int flags = reader.read(event, 0, event.length);
                if ((flags & (EventReader.ERROR | EventReader.MALFORMED)) != 0) {
                    GatewayError error = reader.error();
                    return text(out)
                            + text(reader.errorEvent(
                                    error == null
                                            ? GatewayError.of(GatewayError.Kind.INVALID_UPSTREAM, "Not an event.")
                                            : error,
                                    "req_1"));
                }
                out.writeBytes(reader.take());
                if ((flags & EventReader.DONE) != 0) {
                    return text(out);
                }
            }
            open.write(answer, at, to - at);
        }
        if (!reader.complete()) {
            GatewayError cut = GatewayError.of(
                    GatewayError.Kind.TRUNCATED, "The provider ended the stream before the answer was complete.");
            return text(out) + text(reader.errorEvent(cut, "req_1"));
        }
        reader.finish();
        out.writeBytes(reader.take());
        return text(out);
    }

    private static String whole(ApiSchema client, ApiSchema provider, byte[] answer) throws IOException {
        byte[] body = TranslationTable.between(client, provider, 4_096)
                .answer(answer, INFO)
                .body();
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(JSON.readTree(body));
    }

    // ------------------------------------------------------------------ files

    private static Map<String, String> sections(String text) {
        Map<String, String> sections = new LinkedHashMap<>();
        String name = "";
        List<String> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(SECTION)) {
                if (!name.isEmpty()) {
                    sections.put(name, String.join("\n", lines).strip());
                }
                name = line.substring(SECTION.length());
                lines.clear();
            } else {
                lines.add(line);
            }
        }
        sections.put(name, String.join("\n", lines).strip());
        return sections;
    }

    private static ApiSchema provider(String source) {
        return ApiSchema.valueOf(source.split(" ")[1].toUpperCase(Locale.ROOT));
    }

    private static byte[] input(String source, String text) {
        if (!source.equals("from bedrock_converse stream")) {
            return (text + "\n\n").getBytes(StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String line : text.split("\n")) {
            int space = line.indexOf(' ');
            String type = line.substring(0, space);
            String payload = line.substring(space + 1);
            out.writeBytes(type.endsWith("Exception") ? Frames.exception(type, payload) : Frames.event(type, payload));
        }
        return out.toByteArray();
    }

    private static String name(ApiSchema schema) {
        return schema.name().toLowerCase(Locale.ROOT);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return text(bytes.toByteArray());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
