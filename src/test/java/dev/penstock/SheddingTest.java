// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.Gate;
import dev.penstock.kit.H2Client;
import dev.penstock.kit.Header;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.RawClient;
import dev.penstock.kit.RawResponse;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole gateway that is full: what clients of each schema see at its door, and that the door opens again. */
final class SheddingTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ANSWER =
            "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                    + "\"content\":\"Ho\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}";
    private static final String CHAT = "{\"model\":\"open/m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    private static final String RESPONSES = "{\"model\":\"open/m\",\"input\":\"Hi\"}";
    private static final String MESSAGES =
            "{\"model\":\"open/m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private ProviderSimulator provider;
    private InProcess gateway;
    private final Gate gate = new Gate();

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        provider.otherwise(Script.json(200, ANSWER));
        gateway = InProcess.start("""
                server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s, shed: {lag: 0s, heap: 100%%, exchanges: 1}}
                providers:
                  open: {type: openai, base_url: "%s"}
                """.formatted(provider.baseUrl()));
    }

    @AfterEach
    void stop() {
        gate.open();
        gateway.close();
        provider.close();
    }

    /** One exchange is open, which is as many as may be. */
    private RawClient fill() {
        provider.enqueue(Script.status(200)
                .header("content-type", "application/json")
                .waitFor(gate)
                .send(ANSWER)
                .build());
        RawClient client = RawClient.connect(gateway.port()).post("/v1/chat/completions", CHAT);
        provider.awaitRequest();
        return client;
    }

    private RawResponse post(String path, String body, Header... headers) {
        try (RawClient client = RawClient.connect(gateway.port())) {
            return client.post(path, body, headers).readResponse();
        }
    }

    @ParameterizedTest
    @CsvSource({"/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/messages/count_tokens"})
    void aFullNodeRefusesInTheClientsSchema(String path) throws Exception {
        try (RawClient first = fill()) {
            String body = path.contains("messages") ? MESSAGES : path.contains("responses") ? RESPONSES : CHAT;

            RawResponse response = post(path, body);

            assertThat(response.status()).isEqualTo(503);
            assertThat(Integer.parseInt(response.header("retry-after").orElseThrow()))
                    .isBetween(1, 3);
            assertThat(response.header("x-penstock-outcome")).hasValue("limited");
            assertThat(response.header("x-should-retry")).hasValue("true");
            JsonNode error = JSON.readTree(response.body());
            if (path.contains("messages")) {
                assertThat(error.path("type").asText()).isEqualTo("error");
                assertThat(error.at("/error/type").asText()).isEqualTo("overloaded_error");
            } else {
                assertThat(error.at("/error/code").asText()).isEqualTo("overloaded");
            }
            JsonNode settled = gateway.awaitSettlement();
            assertThat(settled.toString()).contains("limited");
            assertThat(provider.openRequests()).isEqualTo(1);
            assertThat(gateway.admin("GET", "/metrics").body())
                    .contains("penstock_shed_total{priority=\"interactive\",reason=\"exchanges\"} 1");
        }
    }

    @Test
    void theConnectionOfARefusedRequestServesTheNextOne() {
        try (RawClient first = fill();
                RawClient client = RawClient.connect(gateway.port())) {
            byte[] request = RawClient.request("POST", "/v1/chat/completions", CHAT);
            int head = new String(request, StandardCharsets.UTF_8).indexOf("\r\n\r\n") + 4;

            // The head alone first: the refusal must not cut the connection before the body has come.
            client.send(Arrays.copyOf(request, head));
            client.send(Arrays.copyOfRange(request, head, request.length));
            RawResponse refused = client.readResponse();
            RawResponse models = client.get("/v1/models").readResponse();
            gateway.awaitSettlement();
            gate.open();
            first.readResponse();
            gateway.awaitSettlement();
            RawResponse served = client.post("/v1/chat/completions", CHAT).readResponse();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(models.status()).isEqualTo(200);
            assertThat(served.status()).isEqualTo(200);
        }
    }

    @Test
    void overHttp2OnlyTheStreamEnds() {
        try (RawClient first = fill();
                H2Client client = H2Client.clear(gateway.port())) {
            H2Client.Exchange refused =
                    client.begin(HttpMethod.POST, "/v1/chat/completions").send("{");
            refused.awaitText("overloaded");
            H2Client.Exchange models = client.get("/v1/models");
            models.awaitEnd();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isPresent();
            assertThat(models.status()).isEqualTo(200);
        }
    }

    @Test
    void aLargeBodyIsNotReadToBeRefused() {
        try (RawClient first = fill();
                RawClient client = RawClient.connect(gateway.port())) {
            client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                    + "content-length: 1000000\r\n\r\n{");

            RawResponse refused = client.readResponse();

            assertThat(refused.status()).isEqualTo(503);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models", "/livez", "/readyz", "/"})
    void whatCallsNoModelIsNotShed(String path) {
        try (RawClient first = fill();
                RawClient client = RawClient.connect(gateway.port())) {
            assertThat(client.get(path).readResponse().status()).isEqualTo(200);
        }
    }

    @Test
    void whoLeavesMakesRoom() {
        try (RawClient first = fill()) {
            first.leave();
            gateway.awaitSettlement();
        }

        assertThat(post("/v1/chat/completions", CHAT).status()).isEqualTo(200);
    }

    @Test
    void aReloadChangesTheThresholds() throws Exception {
        try (RawClient first = fill()) {
            gateway.write("""
                    server: {port: 0, admin: "127.0.0.1:0", drain_delay: 0s, drain: 4s}
                    providers:
                      open: {type: openai, base_url: "%s"}
                    """.formatted(provider.baseUrl()));
            gateway.gateway().reload();

            assertThat(post("/v1/chat/completions", CHAT).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "x-penstock-priority, urgent, interactive or batch",
        "x-request-timeout, soon, 1500ms",
        "x-request-timeout, 0, 1500ms"
    })
    void aHeaderFieldThatIsNotUnderstoodIsRefusedByName(String name, String value, String forms) throws Exception {
        RawResponse chat = post("/v1/chat/completions", CHAT, new Header(name, value));
        RawResponse messages = post("/v1/messages", MESSAGES, new Header(name, value));

        assertThat(chat.status()).isEqualTo(400);
        JsonNode error = JSON.readTree(chat.body());
        assertThat(error.at("/error/param").asText()).isEqualTo(name);
        assertThat(error.at("/error/message").asText()).contains(name, forms);
        assertThat(messages.status()).isEqualTo(400);
        assertThat(JSON.readTree(messages.body()).path("type").asText()).isEqualTo("error");
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void theTermsOfACallStayHere() {
        RawResponse response = post(
                "/v1/chat/completions",
                CHAT,
                new Header("x-penstock-priority", "interactive"),
                new Header("x-request-timeout", "30s"));

        SeenRequest seen = provider.awaitRequest();
        assertThat(response.status()).isEqualTo(200);
        assertThat(seen.headers().stream().map(header -> header.name().toLowerCase(java.util.Locale.ROOT)))
                .doesNotContain("x-penstock-priority", "x-request-timeout");
    }

    @Test
    void batchIsRefusedBeforeTheNodeIsFull() {
        RawResponse batch = post("/v1/chat/completions", CHAT, new Header("x-penstock-priority", "batch"));
        RawResponse interactive = post("/v1/chat/completions", CHAT, new Header("x-penstock-priority", "interactive"));

        assertThat(batch.status()).as("one of one is above 60 %").isEqualTo(503);
        assertThat(interactive.status()).isEqualTo(200);
    }
}
