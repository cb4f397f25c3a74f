// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatRequestReaderTest {

    private static final String FOLDER = System.getProperty("penstock.recordings", "");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void findsTheModelOfACompletionAndOfEmbeddings() {
        assertThat(ChatRequestReader.readCompletion(
                        bytes("{\"model\":\"m\",\"prompt\":\"Once upon\",\"stream\":true}")))
                .satisfies(head -> {
                    assertThat(head.model()).isEqualTo("m");
                    assertThat(head.stream()).isTrue();
                    assertThat(head.promptBytes()).isEqualTo(9);
                });
        assertThat(ChatRequestReader.readEmbeddings(bytes("{\"input\":[\"ab\",\"cd\"],\"model\":\"e\"}")))
                .satisfies(head -> assertThat(head.promptBytes()).isEqualTo(4));
        assertThat(ChatRequestReader.readEmbeddings(bytes("{\"input\":[[1,2],[345]],\"model\":\"e\"}"))
                        .promptBytes())
                .isPositive();
    }

    @Test
    void namesTheFieldInWhichThePromptIsMissing() {
        assertThatThrownBy(() -> ChatRequestReader.readEmbeddings(bytes("{\"model\":\"e\",\"messages\":[]}")))
                .hasMessageContaining("'input' is missing");
        assertThatThrownBy(() -> ChatRequestReader.readCompletion(bytes("{\"model\":\"e\",\"prompt\":{}}")))
                .hasMessageContaining("'prompt' must be a string or an array");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsTheHead() {
        ChatRequestHead head = read("{\"model\":\"a/b\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                + "\"max_tokens\":5,\"max_completion_tokens\":7,\"n\":2,\"temperature\":0.10," + MESSAGES + "}");

        assertThat(head.model()).isEqualTo("a/b");
        assertThat(head.stream()).isTrue();
        assertThat(head.includeUsage()).isTrue();
        assertThat(head.streamOptionsPresent()).isTrue();
        assertThat(head.maxTokens()).hasValue(7);
        assertThat(head.n()).isEqualTo(2);
        assertThat(head.promptBytes()).isEqualTo(2);
    }

    @Test
    void hasDefaultsForWhatIsAbsentOrNull() {
        ChatRequestHead absent = read("{\"model\":\"m\"," + MESSAGES + "}");
        ChatRequestHead nulls = read("{\"model\":\"m\",\"stream\":null,\"stream_options\":null,\"max_tokens\":null,"
                + "\"max_completion_tokens\":null,\"n\":null," + MESSAGES + "}");

        for (ChatRequestHead head : List.of(absent, nulls)) {
            assertThat(head.stream()).isFalse();
            assertThat(head.includeUsage()).isFalse();
            assertThat(head.maxTokens()).isEmpty();
            assertThat(head.n()).isEqualTo(1);
        }
        assertThat(absent.streamOptionsPresent()).isFalse();
        assertThat(nulls.streamOptionsPresent()).isTrue();
    }

    @Test
    void resolvesEscapesInNamesAndInTheModel() {
        ChatRequestHead head = read("{\"mod\\u0065l\":\"gp\\u0074\\u002d4\",\"str\\u0065am\":true," + MESSAGES + "}");

        assertThat(head.model()).isEqualTo("gpt-4");
        assertThat(head.stream()).isTrue();
    }

    @Test
    void ignoresNamesOfTheHeadAtOtherDepths() {
        ChatRequestHead head = read("{\"metadata\":{\"model\":\"x\",\"stream\":true},\"model\":\"m\","
                + "\"tools\":[{\"model\":\"y\"}]," + MESSAGES + "}");

        assertThat(head.model()).isEqualTo("m");
        assertThat(head.stream()).isFalse();
    }

    @Test
    void measuresTheTextOfThePromptAndNotItsPictures() {
        String picture = "data:image/png;base64," + "A".repeat(5_000);
        ChatRequestHead head = read(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"12345\"},"
                        + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + picture + "\"}}]},"
                        + "{\"role\":\"tool\",\"content\":\"678\"}],\"tools\":[1,2]}");

        assertThat(head.promptBytes()).isEqualTo(5 + 3 + 5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"model", "stream", "stream_options", "messages", "max_tokens", "max_completion_tokens", "n"})
    void refusesASecondFieldThatItActsOn(String name) {
        String value =
                switch (name) {
                    case "model" -> "\"m\"";
                    case "messages" -> "[{}]";
                    case "stream" -> "true";
                    case "stream_options" -> "{}";
                    default -> "1";
                };
        String rest = name.equals("model")
                ? MESSAGES
                : name.equals("messages") ? "\"model\":\"m\"" : "\"model\":\"m\"," + MESSAGES;
        String escaped = String.format("\\u%04x", (int) name.charAt(0)) + name.substring(1);

        GatewayError plain = refused("{\"" + name + "\":" + value + "," + rest + ",\"" + name + "\":" + value + "}");
        GatewayError spelled =
                refused("{\"" + name + "\":" + value + "," + rest + ",\"" + escaped + "\":" + value + "}");

        assertThat(plain.param()).isEqualTo(name);
        assertThat(plain.getMessage()).contains("appears twice at line 1, column");
        assertThat(spelled.param()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{MESSAGES} | model | missing",
                "{\"model\":null,MESSAGES} | model | must be a string",
                "{\"model\":[\"m\"],MESSAGES} | model | must be a string",
                "{\"model\":7,MESSAGES} | model | must be a string",
                "{\"model\":\"\",MESSAGES} | model | empty",
                "{\"model\":\"m\\r\\nX: y\",MESSAGES} | model | characters that no model name has",
                "{\"model\":\"m\\ud800\",MESSAGES} | model | characters that no model name has",
                "{\"model\":\"m\",\"stream\":\"true\",MESSAGES} | stream | must be a boolean",
                "{\"model\":\"m\",\"stream\":1,MESSAGES} | stream | must be a boolean",
                "{\"model\":\"m\",\"stream_options\":[],MESSAGES} | stream_options | must be an object",
                "{\"model\":\"m\",\"stream_options\":true,MESSAGES} | stream_options | must be an object",
                "{\"model\":\"m\",\"stream_options\":{\"include_usage\":1},MESSAGES} | stream_options.include_usage | must be a boolean",
                "{\"model\":\"m\"} | messages | missing",
                "{\"model\":\"m\",\"messages\":\"hi\"} | messages | must be an array",
                "{\"model\":\"m\",\"messages\":{}} | messages | must be an array",
                "{\"model\":\"m\",\"messages\":[]} | messages | empty",
                "{\"model\":\"m\",\"messages\":[null]} | messages | must be an array of objects",
                "{\"model\":\"m\",\"messages\":[{},\"x\"]} | messages | must be an array of objects",
                "{\"model\":\"m\",\"max_tokens\":-1,MESSAGES} | max_tokens | integer from 0",
                "{\"model\":\"m\",\"max_tokens\":1e308,MESSAGES} | max_tokens | integer from 0",
                "{\"model\":\"m\",\"max_tokens\":1.5,MESSAGES} | max_tokens | integer from 0",
                "{\"model\":\"m\",\"max_tokens\":9223372036854775808,MESSAGES} | max_tokens | integer from 0",
                "{\"model\":\"m\",\"max_tokens\":\"5\",MESSAGES} | max_tokens | must be an integer",
                "{\"model\":\"m\",\"n\":0,MESSAGES} | n | integer from 1 to 128",
                "{\"model\":\"m\",\"n\":1000000,MESSAGES} | n | integer from 1 to 128"
            })
    void namesTheFieldThatIsWrong(String body, String param, String words) {
        GatewayError error = refused(body.replace("MESSAGES", MESSAGES));

        assertThat(error.param()).isEqualTo(param);
        assertThat(error.getMessage()).contains(words);
    }

    @Test
    void namesThePlaceOfABrokenBody() {
        GatewayError error = refused("{\"model\":\"m\",\n  \"stream\": tru,\n" + MESSAGES + "}");

        assertThat(error.getMessage()).startsWith("The request body is not valid JSON at line 2, column ");
    }

    @Test
    void neverRepeatsTheContentOfABrokenBody() {
        GatewayError error = refused("{\"model\":\"m\",\"messages\":[{\"content\": secretword }]}");

        assertThat(error.getMessage()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "\"x\"", "7", "[\"java.util.HashMap\",{}]", "true"})
    void wantsAnObject(String body) {
        assertThat(refused(body).getMessage()).contains("must be a JSON object");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}x",
                "{\"model\":\"m\"",
                "{\"model\":NaN}",
                "{'model':'m'}",
                "{\"a\":1,}",
                "{\"a\":01}",
                "// c\n{}"
            })
    void refusesWhatIsNotJson(String body) {
        assertThat(refused(body)).isNotNull();
    }

    @Test
    void refusesBytesAfterTheObject() {
        String body = "{\"model\":\"m\"," + MESSAGES + "}";

        assertThat(refused(body + "{\"model\":\"x\"}").getMessage()).contains("more bytes after");
        assertThat(refused(body + " trailing")).isNotNull();
        assertThat(refused(body + "\u0000")).isNotNull();
        assertThat(read(body + " \r\n\t").model()).isEqualTo("m");
    }

    @Test
    void refusesAByteOrderMark() {
        assertThat(refused("\uFEFF{\"model\":\"m\"," + MESSAGES + "}").getMessage())
                .contains("byte order mark");
    }

    @Test
    void refusesEveryOtherEncoding() {
        String body = "{\"model\":\"m\"," + MESSAGES + "}";

        for (var charset : List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
            assertThat(refused(body.getBytes(charset))).as(charset.name()).isNotNull();
        }
    }

    @Test
    void refusesInvalidUtf8AnywhereAndNamesTheByte() {
        int[][] invalid = {
            {0x80},
            {0xC0, 0xAF},
            {0xC1, 0xBF},
            {0xE0, 0x80, 0xAF},
            {0xED, 0xA0, 0x80},
            {0xED, 0xBF, 0xBF},
            {0xF0, 0x80, 0x80, 0xAF},
            {0xF4, 0x90, 0x80, 0x80},
            {0xF5, 0x80, 0x80, 0x80},
            {0xFF},
            {0xFE},
            {0xC3},
            {0xE2, 0x82},
            {0xF0, 0x9F, 0x98},
            {0xF8, 0x88, 0x80, 0x80, 0x80}
        };
        String head = "{\"model\":\"m\",\"messages\":[{\"content\":\"abcdefgh";
        for (int[] sequence : invalid) {
            byte[] body = around(head, sequence, "\"}]}");

            GatewayError error = refused(body);

            assertThat(error.getMessage())
                    .isEqualTo("The request body is not valid UTF-8 at byte " + head.length() + ".");
        }
    }

    @Test
    void acceptsTheBoundariesOfUtf8() {
        String text = "\u0080\u07FF\u0800\uD7FF\uE000\uFFFF" + new String(Character.toChars(0x10000))
                + new String(Character.toChars(0x10FFFF));

        assertThat(read("{\"model\":\"" + text.substring(1) + "\"," + MESSAGES + "}")
                        .model())
                .isEqualTo(text.substring(1));
    }

    @Test
    void capsTheDepth() {
        String fits = "[".repeat(ChatRequestReader.MAX_DEPTH - 1) + "]".repeat(ChatRequestReader.MAX_DEPTH - 1);
        String tooDeep = "[".repeat(ChatRequestReader.MAX_DEPTH) + "]".repeat(ChatRequestReader.MAX_DEPTH);

        assertThat(read("{\"model\":\"m\"," + MESSAGES + ",\"x\":" + fits + "}").model())
                .isEqualTo("m");
        assertThat(refused("{\"model\":\"m\"," + MESSAGES + ",\"x\":" + tooDeep + "}")
                        .getMessage())
                .contains("depth 64");
        assertThat(refused("[".repeat(100_000))).isNotNull();
        assertThat(refused("{\"a\":".repeat(100_000))).isNotNull();
    }

    @Test
    void capsFieldsAndDigits() {
        StringBuilder many = new StringBuilder("{\"model\":\"m\"");
        for (int i = 0; i < 100_000; i++) {
            many.append(",\"k").append(i).append("\":1");
        }

        assertThat(refused(many + "}").getMessage()).contains("fields");
        assertThat(refused("{\"model\":\"m\"," + MESSAGES + ",\"x\":" + "1".repeat(1_000_000) + "}"))
                .isNotNull();
    }

    @Test
    void passesLargeStrings() {
        String large = "x".repeat(33 << 20);

        ChatRequestHead head =
                read("{\"messages\":[{\"role\":\"user\",\"content\":\"" + large + "\"}],\"model\":\"m\"}");

        assertThat(head.promptBytes()).isEqualTo(33 << 20);
    }

    @Test
    void takesADoubledUsageOptionAsEveryParserDoes() {
        ChatRequestHead head = read("{\"model\":\"m\",\"stream\":true,"
                + "\"stream_options\":{\"include_usage\":true,\"include_us\\u0061ge\":false}," + MESSAGES + "}");

        assertThat(head.includeUsage()).isFalse();
    }

    // ------------------------------------------------------------------ the corpora, when given

    @TestFactory
    Stream<DynamicTest> acceptsAndRefusesTheJsonTestSuiteAsItsManifestSays() throws IOException {
        Path attacks = corpus();
        if (attacks == null) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : Files.readAllLines(attacks.resolve("jsontestsuite.manifest.jsonl"))) {
            JsonNode entry = JSON.readTree(line);
            byte[] text = Files.readAllBytes(attacks.resolve(entry.get("file").asText()));
            tests.add(DynamicTest.dynamicTest(
                    entry.get("file").asText(),
                    () -> checkSuite(text, entry.get("expect").asText())));
        }
        return tests.stream();
    }

    private static void checkSuite(byte[] text, String expect) throws IOException {
        byte[] body = around("{\"model\":\"m\"," + MESSAGES + ",\"x\":", text, "}");
        boolean accepted = accepts(body);
        if (!expect.equals("either")) {
            assertThat(accepted).isEqualTo(expect.equals("accept"));
        }
        if (accepted) {
            assertThat(JSON.readTree(body).get("model").asText()).isEqualTo("m");
        }
        assertThat(accepts(text)).as("alone it is no chat request").isFalse();
    }

    @TestFactory
    Stream<DynamicTest> treatsTheBodiesOfTheAttackCorpusAsExpected() throws IOException {
        Path attacks = corpus();
        if (attacks == null) {
            return Stream.empty();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (String line : Files.readAllLines(attacks.resolve("json_bodies.jsonl"))) {
            JsonNode entry = JSON.readTree(line);
            if (entry.get("body").isTextual()) {
                byte[] body = entry.get("body").asText().getBytes(StandardCharsets.UTF_8);
                tests.add(DynamicTest.dynamicTest(
                        entry.get("note").asText(),
                        () -> checkBody(body, entry.get("expect").asText())));
            }
        }
        return tests.stream();
    }

    private static void checkBody(byte[] body, String expect) throws IOException {
        boolean accepted = accepts(body);
        if (expect.equals("400")) {
            assertThat(accepted).isFalse();
        } else if (!expect.startsWith("400")) {
            assertThat(accepted).isTrue();
        }
        if (accepted) {
            assertThat(ChatRequestReader.read(body).model())
                    .isEqualTo(JSON.readTree(body).get("model").asText());
        }
    }

    private static Path corpus() {
        Path attacks = FOLDER.isEmpty()
                ? null
                : Path.of(FOLDER).resolveSibling("corpora").resolve("attacks");
        return attacks != null && Files.isDirectory(attacks) ? attacks : null;
    }

    // ------------------------------------------------------------------ helpers

    private static boolean accepts(byte[] body) {
        try {
            ChatRequestReader.read(body);
            return true;
        } catch (GatewayError e) {
            assertThat(e.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
            assertThat(e.status()).isEqualTo(400);
            return false;
        }
    }

    private static ChatRequestHead read(String body) {
        return ChatRequestReader.read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static GatewayError refused(String body) {
        return refused(body.getBytes(StandardCharsets.UTF_8));
    }

    private static GatewayError refused(byte[] body) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> ChatRequestReader.read(body));
        assertThat(error).isNotNull();
        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        return error;
    }

    private static byte[] around(String before, int[] middle, String after) {
        byte[] bytes = new byte[middle.length];
        for (int i = 0; i < middle.length; i++) {
            bytes[i] = (byte) middle[i];
        }
        return around(before, bytes, after);
    }

    private static byte[] around(String before, byte[] middle, String after) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(before.getBytes(StandardCharsets.UTF_8));
        out.writeBytes(middle);
        out.writeBytes(after.getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }
}
