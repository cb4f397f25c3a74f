// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Usage;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChatWriterTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ODD = "a\"b\\c\n\r\n\ndata: [DONE]\n\n\u0000\u001f\u2028\u00e9\u20ac\uD83D\uDE00";

    @Test
    void writesAStreamThatTheReaderUnderstands() {
        ChatEventReader reader = new ChatEventReader();
        Usage usage = Usage.reported(7, 3, 5, 2);

        assertThat(read(reader, ChatWriter.roleChunk("id", 1, "m"))).isZero();
        assertThat(read(reader, ChatWriter.contentChunk("id", 1, "m", "Hi"))).isEqualTo(ChatEventReader.CONTENT);
        assertThat(read(reader, ChatWriter.finishChunk("id", 1, "m", "stop"))).isEqualTo(ChatEventReader.FINISH);
        assertThat(read(reader, ChatWriter.usageChunk("id", 1, "m", usage)))
                .isEqualTo(ChatEventReader.USAGE | ChatEventReader.USAGE_ONLY);
        assertThat(read(reader, ChatWriter.done())).isEqualTo(ChatEventReader.DONE);
        assertThat(reader.usage()).isEqualTo(usage);
        assertThat(reader.finishReason()).isEqualTo("stop");
        assertThat(reader.complete()).isTrue();
    }

    @Test
    void noTextCanLeaveItsString() throws Exception {
        String event = ChatWriter.contentChunk(ODD, 1, ODD, ODD).toString();

        assertThat(event).startsWith("data: {").endsWith("}\n\n");
        assertThat(event.substring(0, event.length() - 2)).doesNotContain("\n", "\r");
        JsonNode chunk = JSON.readTree(event.substring(6));
        assertThat(chunk.get("id").asText()).isEqualTo(ODD);
        assertThat(chunk.get("model").asText()).isEqualTo(ODD);
        assertThat(chunk.at("/choices/0/delta/content").asText()).isEqualTo(ODD);
        assertThat(chunk.at("/choices/0/finish_reason").isNull()).isTrue();
        assertThat(chunk.get("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(chunk.get("created").asLong()).isEqualTo(1);
    }

    @Test
    void writesAWholeAnswer() throws Exception {
        Buffer body = ChatWriter.completion("id", 9, "m", ODD, "stop", Usage.estimated(3, 4));

        JsonNode answer = JSON.readTree(body.getBytes());
        assertThat(answer.get("object").asText()).isEqualTo("chat.completion");
        assertThat(answer.at("/choices/0/message/role").asText()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo(ODD);
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(answer.at("/usage/total_tokens").asLong()).isEqualTo(7);
        assertThat(ChatResponseReader.read(body.getBytes()).usage()).isEqualTo(Usage.reported(3, 0, 4, 0));
    }

    @Test
    void listsModels() throws Exception {
        JsonNode list =
                JSON.readTree(ChatWriter.models(List.of(new ModelEntry("a/b", "demo"), new ModelEntry("\"", "x")))
                        .getBytes());

        assertThat(list.get("object").asText()).isEqualTo("list");
        assertThat(list.at("/data/0/id").asText()).isEqualTo("a/b");
        assertThat(list.at("/data/0/object").asText()).isEqualTo("model");
        assertThat(list.at("/data/0/owned_by").asText()).isEqualTo("demo");
        assertThat(list.at("/data/1/id").asText()).isEqualTo("\"");
        assertThat(JSON.readTree(ChatWriter.models(List.of()).getBytes()).get("data"))
                .isEmpty();
    }

    @Test
    void writesAnErrorWithEverythingThatIsKnown() throws Exception {
        GatewayError error = GatewayError.builder(GatewayError.Kind.MODEL_NOT_FOUND, "No model \"x\".")
                .param("model")
                .hint("Did you mean y?")
                .build();

        JsonNode body =
                JSON.readTree(ChatWriter.error(error, "req-1").getBytes()).get("error");

        assertThat(body.get("message").asText()).isEqualTo("No model \"x\".");
        assertThat(body.get("type").asText()).isEqualTo("invalid_request_error");
        assertThat(body.get("param").asText()).isEqualTo("model");
        assertThat(body.get("code").asText()).isEqualTo("model_not_found");
        assertThat(body.get("request_id").asText()).isEqualTo("req-1");
        assertThat(body.get("hint").asText()).isEqualTo("Did you mean y?");
    }

    @Test
    void keepsTheFieldsOfTheReferenceWhenNothingIsKnown() throws Exception {
        GatewayError error = GatewayError.of(GatewayError.Kind.PROVIDER_ERROR, "x");

        JsonNode body = JSON.readTree(ChatWriter.error(error, null).getBytes()).get("error");

        assertThat(body.get("param").isNull()).isTrue();
        assertThat(body.get("code").asText()).isEqualTo("provider_error");
        assertThat(body.has("request_id")).isFalse();
        assertThat(body.has("hint")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "INVALID_REQUEST, invalid_request_error",
        "BODY_TOO_LARGE, invalid_request_error",
        "INTERNAL, server_error",
        "DRAINING, server_error",
        "PROVIDER_ERROR, api_error",
        "TRUNCATED, api_error",
        "IDLE_TIMEOUT, timeout_error"
    })
    void usesTheTypeNamesOfTheReference(GatewayError.Kind kind, String type) throws Exception {
        Buffer body = ChatWriter.error(GatewayError.of(kind, "x"), null);

        assertThat(JSON.readTree(body.getBytes()).at("/error/type").asText()).isEqualTo(type);
    }

    @Test
    void tellsAnEmptyAccountFromALimit() throws Exception {
        GatewayError limit = GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, "x")
                .status(429)
                .build();
        GatewayError account = GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, "x")
                .status(429)
                .code("insufficient_quota")
                .build();

        assertThat(JSON.readTree(ChatWriter.error(limit, null).getBytes())
                        .at("/error/type")
                        .asText())
                .isEqualTo("rate_limit_error");
        assertThat(JSON.readTree(ChatWriter.error(account, null).getBytes())
                        .at("/error/type")
                        .asText())
                .isEqualTo("insufficient_quota");
    }

    @Test
    void anErrorEventIsAnErrorToTheReader() {
        ChatEventReader reader = new ChatEventReader();
        GatewayError error = GatewayError.of(GatewayError.Kind.TRUNCATED, "The provider's answer broke off.");

        assertThat(read(reader, ChatWriter.errorEvent(error, "req-1"))).isEqualTo(ChatEventReader.ERROR);
        assertThat(reader.error().getMessage()).isEqualTo("The provider's answer broke off.");
    }

    private static int read(ChatEventReader reader, Buffer event) {
        byte[] bytes = event.getBytes();
        return reader.read(bytes, 0, bytes.length);
    }
}
