// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.kit.RawClient;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The built-in model says as much as the caller wants to hear, in each API. */
final class DemoTest {

    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

    private final InProcess gateway =
            InProcess.start("providers: {demo: {type: demo, tokens_per_second: 0}}\nmodels: {chat: demo/demo}\n");

    @AfterEach
    void stop() {
        gateway.close();
    }

    private JsonObject post(String path, String body) {
        return new JsonObject(text(path, body));
    }

    private String text(String path, String body) {
        try (RawClient client = RawClient.connect(gateway.port(), Duration.ofSeconds(20))) {
            return client.post(path, body).readResponse().bodyText();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"max_tokens", "max_completion_tokens"})
    void aChatEndsWhereTheCallerWantsNoMore(String limit) {
        JsonObject answer = post("/v1/chat/completions", "{\"model\":\"chat\",\"" + limit + "\":3," + HELLO);

        JsonObject choice = answer.getJsonArray("choices").getJsonObject(0);
        assertThat(choice.getJsonObject("message").getString("content")).isEqualTo("[demo] Hello from");
        assertThat(choice.getString("finish_reason")).isEqualTo("length");
        assertThat(answer.getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(3);
    }

    @Test
    void soDoesAStream() {
        String events = text("/v1/chat/completions", "{\"model\":\"chat\",\"stream\":true,\"max_tokens\":2," + HELLO);

        assertThat(events)
                .contains("\"[demo]\"", "\" Hello\"", "\"finish_reason\":\"length\"", "[DONE]")
                .doesNotContain("\" from\"", "\"stop\"");
    }

    @Test
    void whoWantsEnoughHearsAllOfIt() {
        for (String limit : new String[] {"", "\"max_tokens\":1000,"}) {
            JsonObject choice = post("/v1/chat/completions", "{\"model\":\"chat\"," + limit + HELLO)
                    .getJsonArray("choices")
                    .getJsonObject(0);

            assertThat(choice.getJsonObject("message").getString("content")).endsWith("appear beside it.");
            assertThat(choice.getString("finish_reason")).isEqualTo("stop");
        }
    }

    @Test
    void messagesEndSoToo() {
        JsonObject answer = post("/v1/messages", "{\"model\":\"chat\",\"max_tokens\":3," + HELLO);

        assertThat(answer.getJsonArray("content").getJsonObject(0).getString("text"))
                .isEqualTo("[demo] Hello from");
        assertThat(answer.getString("stop_reason")).isEqualTo("max_tokens");
        assertThat(answer.getJsonObject("usage").getInteger("output_tokens")).isEqualTo(3);
    }

    @Test
    void responsesEndSoToo() {
        JsonObject answer = post("/v1/responses", "{\"model\":\"chat\",\"max_output_tokens\":3,\"input\":\"Hello\"}");

        assertThat(answer.getString("status")).isEqualTo("incomplete");
        assertThat(answer.getJsonObject("incomplete_details").getString("reason"))
                .isEqualTo("max_output_tokens");
        assertThat(answer.encode()).contains("[demo] Hello from\"");
    }
}
