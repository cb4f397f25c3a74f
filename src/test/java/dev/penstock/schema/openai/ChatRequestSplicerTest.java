// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChatRequestSplicerTest {

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void replacesTheModelAndNothingElse() {
        String body =
                " {\n \"temperature\" : 1.0e-00, \"mod\\u0065l\" :\t\"my\\/alias\" , \"x\":[1 ,2],\"big\":123456789012345678901234567890, "
                        + MESSAGES + "\r\n} ";

        assertThat(splice(body, "gpt-\"4\"\u00e9\n", false))
                .isEqualTo(body.replace("\"my\\/alias\"", "\"gpt-\\\"4\\\"\u00e9\\n\""));
    }

    @Test
    void leavesABodyThatNeedsNothingAsItIs() {
        String body = "{\"model\":\"g\\u0070t\"," + MESSAGES + "}";

        assertThat(splice(body, "gpt", false)).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"model\":\"m\",M} | {\"model\":\"m\",\"stream_options\":{\"include_usage\":true},M}",
                "{M,\"model\":\"m\"} | {M,\"model\":\"m\",\"stream_options\":{\"include_usage\":true}}",
                "{\"model\":\"m\",\"stream_options\":null,M} | {\"model\":\"m\",\"stream_options\":{\"include_usage\":true},M}",
                "{\"model\":\"m\",\"stream_options\": {} ,M} | {\"model\":\"m\",\"stream_options\": {\"include_usage\":true} ,M}",
                "{\"model\":\"m\",\"stream_options\":{  },M} | {\"model\":\"m\",\"stream_options\":{\"include_usage\":true  },M}",
                "{\"stream_options\":{\"include_usage\":false},\"model\":\"m\",M} | {\"stream_options\":{\"include_usage\":true},\"model\":\"m\",M}",
                "{\"stream_options\":{\"include_usage\": null },\"model\":\"m\",M} | {\"stream_options\":{\"include_usage\": true },\"model\":\"m\",M}",
                "{\"stream_options\":{\"include_obfuscation\":false},\"model\":\"m\",M} | {\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false},\"model\":\"m\",M}",
                "{\"stream_options\":{\"include_usage\":true,\"x\":{\"include_usage\":false},\"include_us\\u0061ge\":false},\"model\":\"m\",M} | {\"stream_options\":{\"include_usage\":true,\"x\":{\"include_usage\":false},\"include_us\\u0061ge\":true},\"model\":\"m\",M}"
            })
    void asksForUsageWhateverTheClientWrote(String body, String expected) {
        assertThat(splice(body.replace("M", MESSAGES), "m", true)).isEqualTo(expected.replace("M", MESSAGES));
    }

    @Test
    void doesNotCopyALargeBody() {
        String large =
                "{\"model\":\"m\",\"messages\":[{\"content\":\"" + "x".repeat(ChatRequestSplicer.COPY_UP_TO) + "\"}]}";
        byte[] body = large.getBytes(StandardCharsets.UTF_8);

        List<Buffer> pieces = ChatRequestSplicer.splice(body, ChatRequestReader.read(body), "other", false);
        body[body.length - 1] = '!';

        assertThat(pieces).hasSize(3);
        assertThat(pieces.get(1).toString()).isEqualTo("\"other\"");
        assertThat(pieces.get(2).toString()).endsWith("!");
    }

    @Test
    void sendsASmallBodyInOnePiece() {
        byte[] body = ("{\"model\":\"m\"," + MESSAGES + "}").getBytes(StandardCharsets.UTF_8);

        assertThat(ChatRequestSplicer.splice(body, ChatRequestReader.read(body), "other", true))
                .hasSize(1);
    }

    @Test
    void anyRequestMeansTheSameAfterwardsExceptForTheTwoFields() throws Exception {
        Random random = new Random(20261121);
        for (int round = 0; round < 2_000; round++) {
            Generated request = generate(random);
            byte[] body = request.text().getBytes(StandardCharsets.UTF_8);
            ChatRequestHead head = ChatRequestReader.read(body);
            String upstream = random.nextInt(4) == 0 ? request.model() : text(random, 1 + random.nextInt(12));
            boolean ask = random.nextBoolean();

            String spliced = String.join("", strings(ChatRequestSplicer.splice(body, head, upstream, ask)));

            assertThat(head.model()).isEqualTo(request.model());
            ObjectNode expected = (ObjectNode) JSON.readTree(body);
            expected.put("model", upstream);
            if (ask) {
                JsonNode options = expected.get("stream_options");
                ObjectNode changed = options instanceof ObjectNode object ? object : JSON.createObjectNode();
                changed.put("include_usage", true);
                expected.set("stream_options", changed);
            }
            assertThat(JSON.readTree(spliced)).as(request.text()).isEqualTo(expected);
            assertOtherMembersSurvive(request, spliced);
        }
    }

    /** Every member but the two is there with the very characters that the client wrote, in the same order. */
    private static void assertOtherMembersSurvive(Generated request, String spliced) {
        int at = 0;
        for (String member : request.otherMembers()) {
            int found = spliced.indexOf(member, at);
            assertThat(found).as(member).isNotNegative();
            at = found + member.length();
        }
    }

    // ------------------------------------------------------------------ random requests

    private record Generated(String text, String model, List<String> otherMembers) {}

    private static Generated generate(Random random) throws Exception {
        String model = text(random, 1 + random.nextInt(10));
        List<String> members = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            members.add(key(random, "k" + i + text(random, 2)) + value(random, 0));
        }
        members.add(space(random) + "\"messages\"" + space(random) + ":[{\"role\":\"user\",\"content\":"
                + value(random, 0) + "}]");
        List<String> others = new ArrayList<>(members);
        String modelMember = key(random, "model") + quoted(random, model) + space(random);
        int place = random.nextInt(members.size() + 1);
        members.add(place, modelMember);
        if (random.nextInt(3) > 0) {
            String options =
                    switch (random.nextInt(5)) {
                        case 0 -> "null";
                        case 1 -> "{" + space(random) + "}";
                        case 2 ->
                            "{\"include_usage\":" + (random.nextBoolean() ? "false" : "null") + space(random) + "}";
                        case 3 -> "{" + space(random) + "\"include_obfuscation\":" + value(random, 2) + "}";
                        default -> "{\"a\":" + value(random, 2) + "," + key(random, "include_usage") + "true}";
                    };
            members.add(random.nextInt(members.size() + 1), key(random, "stream_options") + options + space(random));
        }
        String text = space(random) + "{" + String.join(",", members) + "}" + space(random);
        return new Generated(text, model, Collections.unmodifiableList(others));
    }

    private static String key(Random random, String name) {
        return space(random) + quoted(random, name) + space(random) + ":" + space(random);
    }

    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 3 ? 5 : 7)) {
            case 0 -> "null";
            case 1 -> random.nextBoolean() ? "true" : "false";
            case 2 -> random.nextInt() + (random.nextBoolean() ? ".50" : "");
            case 3 -> random.nextInt(9) + "e+0" + random.nextInt(9);
            case 4 -> quoted(random, text(random, random.nextInt(20)));
            case 5 -> "[" + value(random, depth + 1) + space(random) + "," + value(random, depth + 1) + "]";
            default -> "{" + key(random, "model") + value(random, depth + 1) + "}";
        };
    }

    /** A JSON string with some characters escaped that need not be. */
    private static String quoted(Random random, String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            boolean must = c == '"' || c == '\\' || c < ' ';
            if (must || random.nextInt(8) == 0) {
                for (char half : Character.toChars(c)) {
                    out.append(String.format("\\u%04x", (int) half));
                }
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append('"').toString();
    }

    private static String text(Random random, int length) {
        String[] alphabet = {
            "a", "b", "-", "/", "\"", "\\", "\u00e9", "\u20ac", "\uD83D\uDE00", "{", "}", ":", ",", "0", "model"
        };
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            out.append(alphabet[random.nextInt(alphabet.length)]);
        }
        return out.toString();
    }

    private static String space(Random random) {
        String[] spaces = {"", "", "", " ", "\n", "\r\n\t"};
        return spaces[random.nextInt(spaces.length)];
    }

    // ------------------------------------------------------------------ helpers

    private static String splice(String text, String model, boolean ask) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] untouched = Arrays.copyOf(body, body.length);
        List<Buffer> pieces = ChatRequestSplicer.splice(body, ChatRequestReader.read(body), model, ask);
        assertThat(body).isEqualTo(untouched);
        return String.join("", strings(pieces));
    }

    private static List<String> strings(List<Buffer> pieces) {
        return pieces.stream().map(Buffer::toString).toList();
    }
}
