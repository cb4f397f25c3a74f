// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.penstock.exchange.GatewayError;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesRequestReaderTest {

    private static final String REST = "\"max_tokens\":5,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    @Test
    void readsModelStreamAndTheBytesOfThePrompt() {
        MessagesRequestHead head = read("""
                {"system":"be kind","model":"clau\\u0064e","stream":true,"max_tokens":0,
                 "messages":[{"role":"user","content":[{"type":"text","text":"four"}]}],"unknown":[1]}""");

        assertThat(head.model()).isEqualTo("claude");
        assertThat(head.stream()).isTrue();
        assertThat(head.promptBytes()).isEqualTo("be kind".length() + "four".length());
    }

    @Test
    void countsASystemOfBlocksAndTheTools() {
        MessagesRequestHead head =
                read("{\"system\":[{\"type\":\"text\",\"text\":\"abc\"}],\"tools\":[{\"name\":\"t\"}],"
                        + "\"model\":\"m\"," + REST + "}");

        assertThat(head.promptBytes()).isEqualTo("abc".length() + "[{\"name\":\"t\"}]".length() + "hi".length());
        assertThat(head.stream()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {
                "{\"max_tokens\":5,\"messages\":[{}]} | model",
                "{\"model\":\"m\",\"max_tokens\":5} | messages",
                "{\"model\":\"m\",\"messages\":[{}]} | max_tokens",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[]} | messages",
                "{\"model\":\"m\",\"max_tokens\":5,\"messages\":[1]} | messages",
                "{\"model\":\"m\",\"max_tokens\":-1,\"messages\":[{}]} | max_tokens",
                "{\"model\":\"m\",\"max_tokens\":\"5\",\"messages\":[{}]} | max_tokens",
                "{\"model\":7,\"max_tokens\":5,\"messages\":[{}]} | model",
                "{\"model\":\"m\",\"mod\\u0065l\":\"n\",\"max_tokens\":5,\"messages\":[{}]} | model",
                "{\"model\":\"m\",\"stream\":1,\"max_tokens\":5,\"messages\":[{}]} | stream"
            })
    void namesTheFieldThatIsMissingOrWrong(String body, String param) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> read(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
        assertThat(error.param()).isEqualTo(param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '$',
            value = {"$$", "[]", "{", "{} x", "{\"model\":\"m\"}}"})
    void refusesWhatIsNoJsonObject(String body) {
        GatewayError error = catchThrowableOfType(GatewayError.class, () -> read(body));

        assertThat(error.kind()).isEqualTo(GatewayError.Kind.INVALID_REQUEST);
    }

    @Test
    void replacesTheModelAndNothingElse() {
        String body = " {\n \"temperature\" : 1.0e-00, \"model\" :\t\"my\\/alias\" , \"x\":[1 ,2]," + REST + "\r\n} ";

        assertThat(splice(body, "claude-\"4\"\u00e9"))
                .isEqualTo(body.replace("\"my\\/alias\"", "\"claude-\\\"4\\\"\u00e9\""));
    }

    @Test
    void leavesABodyThatNeedsNothingAsItIs() {
        String body = "{\"model\":\"m\\u0031\"," + REST + "}";

        assertThat(splice(body, "m1")).isEqualTo(body);
    }

    @Test
    void doesNotCopyALargeBody() {
        String body = "{\"model\":\"alias\",\"system\":\"" + "x".repeat(50_000) + "\"," + REST + "}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);

        List<Buffer> pieces = MessagesRequestReader.splice(bytes, MessagesRequestReader.read(bytes), "claude");

        assertThat(pieces).hasSize(3);
        assertThat(joined(pieces)).isEqualTo(body.replace("alias", "claude"));
        bytes[bytes.length - 1] = ' ';
        assertThat(joined(pieces)).endsWith("] ");
    }

    private static MessagesRequestHead read(String body) {
        return MessagesRequestReader.read(body.getBytes(StandardCharsets.UTF_8));
    }

    private static String splice(String body, String model) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return joined(MessagesRequestReader.splice(bytes, MessagesRequestReader.read(bytes), model));
    }

    private static String joined(List<Buffer> pieces) {
        Buffer all = Buffer.buffer();
        pieces.forEach(all::appendBuffer);
        return all.toString(StandardCharsets.UTF_8);
    }
}
