// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import dev.penstock.sse.Chunks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Reads every recorded chat answer when a folder is given ({@code -Dpenstock.recordings=<folder>}) and compares with what an
 * independent parser made of it. Without the folder the golden files of {@link ChatEventReaderTest} stand alone.
 */
final class RecordedChatTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> everyRecordedStreamGivesTheExpectedFinishUsageAndContent() throws IOException {
        return forEach("response.sse", RecordedChatTest::checkStream);
    }

    @TestFactory
    Stream<DynamicTest> everyRecordedAnswerGivesTheExpectedFinishUsageAndContent() throws IOException {
        return forEach("response.txt", RecordedChatTest::checkAnswer);
    }

    @TestFactory
    Stream<DynamicTest> noRecordedErrorShowsAKeyAnAccountOrAnAddress() throws IOException {
        if (FOLDER.isEmpty()) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(FOLDER), 3)) {
            for (Path file :
                    files.filter(f -> f.endsWith("response.txt")).sorted().toList()) {
                int status = JSON.readTree(file.resolveSibling("meta.json").toFile())
                        .path("status")
                        .asInt(200);
                if (status >= 400) {
                    byte[] body = Files.readAllBytes(file);
                    tests.add(DynamicTest.dynamicTest(file.getParent().toString(), () -> {
                        GatewayError error = ProviderErrorReader.read(status, null, body, null);
                        assertThat(error.status()).isBetween(400, 599).isNotIn(401, 402, 403);
                        assertThat(error.getMessage())
                                .isNotBlank()
                                .doesNotContain("http", "://", "www.", "org-", ".com", "sk-", "***")
                                .doesNotContainPattern("[0-9a-f]{8}-[0-9a-f]{4}-0000");
                    }));
                }
            }
        }
        return tests.stream();
    }

    private interface Check {
        void run(byte[] body, JsonNode expected, JsonNode meta);
    }

    private static Stream<DynamicTest> forEach(String fileName, Check check) throws IOException {
        if (FOLDER.isEmpty()) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(FOLDER), 3)) {
            for (Path file : files.filter(f -> f.endsWith(fileName)).sorted().toList()) {
                Path folder = file.getParent();
                if (folder.getFileName().toString().startsWith("chat-completions--")) {
                    byte[] body = Files.readAllBytes(file);
                    Path expected = folder.resolve("expected.json");
                    tests.add(DynamicTest.dynamicTest(
                            folder.toString(),
                            () -> check.run(
                                    body,
                                    Files.exists(expected) ? JSON.readTree(expected.toFile()) : JSON.createObjectNode(),
                                    JSON.readTree(folder.resolve("meta.json").toFile()))));
                }
            }
        }
        return tests.stream();
    }

    private static void checkStream(byte[] stream, JsonNode expected, JsonNode meta) {
        checkEvents(Chunks.frame(stream), expected);
        checkEvents(Chunks.byteByByte(stream), expected);
    }

    private static void checkEvents(Chunks.Framed framed, JsonNode expected) {
        ChatEventReader reader = new ChatEventReader();
        int all = 0;
        for (byte[] event : framed.events()) {
            all |= reader.read(event, 0, event.length);
        }
        if (framed.insideEvent()) {
            // Two streams end right behind [DONE], without a line end.
            all |= reader.read(framed.tail(), 0, framed.tail().length);
        }
        JsonNode choice = choiceZero(expected);
        assertThat(reader.finishReason()).isEqualTo(choice.path("finish_reason").textValue());
        assertUsage(reader.usage(), expected.path("usage"));
        assertThat((all & ChatEventReader.DONE) != 0)
                .isEqualTo(expected.path("done_sentinel").asBoolean());
        assertThat((all & (ChatEventReader.MALFORMED | ChatEventReader.ERROR)) != 0)
                .isFalse();
        assertThat((all & ChatEventReader.CONTENT) != 0).isEqualTo(anyContent(expected));
        assertThat((all & ChatEventReader.TOOL) != 0).isEqualTo(anyTool(expected));
        assertThat(reader.complete()).isEqualTo(expected.path("terminal_seen").asBoolean());
    }

    private static void checkAnswer(byte[] body, JsonNode expected, JsonNode meta) {
        int status = meta.path("status").asInt(200);
        if (expected.path("error").isObject()) {
            GatewayError error = status == 200
                    ? ChatResponseReader.read(body).error()
                    : ProviderErrorReader.read(status, null, body, null);
            assertThat(error).isNotNull();
            assertThat(error.kind()).isEqualTo(GatewayError.Kind.PROVIDER_ERROR);
            return;
        }
        ChatResponse response = ChatResponseReader.read(body);
        if (expected.path("choices").isEmpty()) {
            return;
        }
        String finish = choiceZero(expected).path("finish_reason").textValue();
        assertThat(response.object()).isTrue();
        assertThat(response.error()).isNull();
        assertThat(response.finishReason()).isEqualTo(finish);
        assertUsage(response.usage(), expected.path("usage"));
        assertThat(response.contentBytes() > 0).isEqualTo(anyContent(expected));
    }

    private static void assertUsage(Usage usage, JsonNode expected) {
        boolean counted = expected.path("output_total").isNumber()
                || expected.path("input_total").isNumber();
        if (!counted) {
            // The reference knows one usage less: an answer in another protocol's words.
            return;
        }
        assertThat(usage).isNotNull();
        assertThat(usage.estimated()).isFalse();
        long reasoning = expected.path("reasoning").asLong();
        long output = expected.path("output_total").asLong();
        assertThat(usage.inputTokens()).isEqualTo(expected.path("input_total").asLong());
        assertThat(usage.cachedInputTokens())
                .isEqualTo(Math.min(expected.path("cached_read").asLong(), usage.inputTokens()));
        assertThat(usage.reasoningTokens()).isEqualTo(reasoning);
        // The reference keeps xAI's completion as it is, without the reasoning outside of it.
        assertThat(usage.outputTokens()).isEqualTo(reasoning > output ? output + reasoning : output);
    }

    private static JsonNode choiceZero(JsonNode expected) {
        for (JsonNode choice : expected.path("choices")) {
            if (choice.path("index").asInt() == 0) {
                return choice;
            }
        }
        return JSON.createObjectNode();
    }

    private static boolean anyContent(JsonNode expected) {
        for (JsonNode choice : expected.path("choices")) {
            boolean text = !choice.path("text").asText("").isEmpty()
                    || !choice.path("reasoning").asText("").isEmpty()
                    || !choice.path("refusal").asText("").isEmpty();
            if (text
                    || !choice.path("tool_calls")
                            .path(0)
                            .path("name")
                            .asText("")
                            .isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyTool(JsonNode expected) {
        for (JsonNode choice : expected.path("choices")) {
            if (!choice.path("tool_calls").isEmpty()) {
                return true;
            }
        }
        return false;
    }
}
