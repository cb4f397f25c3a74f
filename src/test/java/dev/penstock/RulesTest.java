// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Header;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.SseEvents;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The provider {@code rules} behind the doors of the client schemas: no network, the client's own form, marked degraded. */
final class RulesTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ANSWER =
            "Our assistant is out of order. <Call> \"us\", we answer from nine to five, or ask again in a minute. 🙂";

    private static InProcess gateway;

    /** A client's schema: how it asks, and where the text of an answer stands. */
    enum Client {
        CHAT(
                "/v1/chat/completions",
                "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}",
                "/choices/0/message/content",
                "/choices/0/delta/content"),
        MESSAGES(
                "/v1/messages",
                "{\"model\":\"%s\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}",
                "/content/0/text",
                "/delta/text"),
        RESPONSES("/v1/responses", "{\"model\":\"%s\",\"input\":\"Hi\"%s}", "/output/0/content/0/text", "/delta");

        private final String path;
        private final String body;
        private final String whole;
        private final String piece;

        Client(String path, String body, String whole, String piece) {
            this.path = path;
            this.body = body;
            this.whole = whole;
            this.piece = piece;
        }

        RawResponse ask(String model, String more) {
            try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
                Header version = new Header("anthropic-version", "2023-06-01");
                return this == MESSAGES
                        ? client.post(path, body.formatted(model, more), version)
                                .readResponse()
                        : client.post(path, body.formatted(model, more)).readResponse();
            }
        }
    }

    @BeforeAll
    static void start() {
        gateway = InProcess.start("""
                models: {help: rules/helpdesk}
                rules:
                  helpdesk:
                    - {when: "request.tokens > 1000000", answer: "That is much."}
                    - {answer: '%s'}
                  picky: [{when: "request.tokens > 1000000", answer: "That is much."}]
                """.formatted(ANSWER));
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aWholeAnswerComesInTheClientsSchemaAndIsMarkedDegraded(Client client) throws Exception {
        RawResponse response = client.ask("help", "");

        assertThat(response.status()).isEqualTo(200);
        assertThat(JSON.readTree(response.body()).at(client.whole).asText()).isEqualTo(ANSWER);
        assertThat(response.header("x-penstock-outcome")).hasValue("degraded");
        assertThat(response.header("x-penstock-provider")).hasValue("rules");
        assertThat(gateway.awaitSettlement().toString()).contains("\"degraded\"", "rules");
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aStreamComesInPiecesInTheClientsSchemaAndIsMarkedDegraded(Client client) throws Exception {
        RawResponse response = client.ask("help", ",\"stream\":true");

        StringBuilder text = new StringBuilder();
        int pieces = 0;
        for (String data : SseEvents.parse(response.body()).data()) {
            JsonNode event = data.equals("[DONE]") ? JSON.createObjectNode() : JSON.readTree(data);
            JsonNode piece = event.at(client.piece);
            text.append(piece.isTextual() ? piece.asText() : "");
            pieces += piece.isTextual() && !piece.asText().isEmpty() ? 1 : 0;
        }
        assertThat(response.header("content-type").orElseThrow()).startsWith("text/event-stream");
        assertThat(text).hasToString(ANSWER);
        assertThat(pieces).isGreaterThan(2);
        assertThat(response.header("x-penstock-outcome")).hasValue("degraded");
        assertThat(gateway.awaitSettlement().toString()).contains("\"degraded\"");
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void whereNoRuleAnswersTheClientReadsWhy(Client client) throws Exception {
        RawResponse response = client.ask("rules/picky", "");

        assertThat(response.status()).isEqualTo(503);
        assertThat(JSON.readTree(response.body()).at("/error/message").asText())
                .isEqualTo("No rule of \"picky\" answers this request.");
        gateway.awaitSettlement();
    }

    @Test
    void rulesAreListedOnceAndUnknownOnesAreNotFound() throws Exception {
        JsonNode models = JSON.readTree(gateway.get("/v1/models").body()).path("data");
        List<String> ids = models.findValuesAsText("id");

        assertThat(ids).contains("help").containsOnlyOnce("rules/helpdesk", "rules/picky");
        RawResponse unknown = Client.CHAT.ask("rules/helpdsk", "");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.bodyText()).contains("rules/helpdesk");
        gateway.awaitSettlement();
    }
}
