// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.SseException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolUseBlock;
import com.anthropic.models.models.ModelInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.Script;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The official Anthropic Java SDK, of which nothing is changed but the base URL and the key, in front of providers that speak
 * something else. What it makes of an answer is what a user's program gets.
 */
final class AnthropicSdkTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String KEY = "ps-test-a-key-for-callers-only";

    private ProviderSimulator provider;
    private InProcess gateway;
    private AnthropicClient client;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        gateway = InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", api_key: \"" + KEY + "\"}\n"
                + "providers:\n"
                + "  sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}\n"
                + "  demo: {type: demo, tokens_per_second: 1000}\n"
                + "models: {\"*\": {retries: {attempts: 1}}, fast: sim/gpt, show: demo/demo}\n");
        client = client(KEY);
    }

    @AfterEach
    void stop() {
        client.close();
        gateway.close();
        provider.close();
    }

    private AnthropicClient client(String key) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(gateway.url(""))
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    private static MessageCreateParams.Builder ask(String model) {
        return MessageCreateParams.builder().model(model).maxTokens(100).addUserMessage("Hello");
    }

    private static Message accumulate(StreamResponse<RawMessageStreamEvent> stream) {
        MessageAccumulator whole = MessageAccumulator.create();
        stream.stream().forEach(whole::accumulate);
        return whole.message();
    }

    @Test
    void getsTheSameAnswerWholeAndStreamed() {
        Message whole = client.messages().create(ask("show").build());
        Message streamed;
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.messages().createStreaming(ask("show").build())) {
            streamed = accumulate(stream);
        }

        assertThat(whole.content().get(0).asText().text()).startsWith("[demo] Hello from Penstock.");
        assertThat(streamed.content().get(0).asText().text())
                .isEqualTo(whole.content().get(0).asText().text());
        assertThat(whole.stopReason()).contains(StopReason.END_TURN);
        assertThat(streamed.stopReason()).contains(StopReason.END_TURN);
        assertThat(streamed.usage().outputTokens()).isEqualTo(whole.usage().outputTokens());
    }

    @Test
    void getsThoughtsAndParallelToolCallsFromAChatProvider() throws Exception {
        provider.enqueue(Script.stream()
                .send(chunk("{\"role\":\"assistant\",\"reasoning_content\":\"Two places.\"}", null))
                .send(chunk(
                        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\"}}]}",
                        null))
                .send(chunk(
                        "{\"tool_calls\":[{\"index\":1,\"id\":\"call_b\",\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Rom\\\"}\"}}]}",
                        null))
                .send(chunk("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"Bonn\\\"}\"}}]}", null))
                .send(chunk("{}", "\"tool_calls\""))
                .send("data: [DONE]\n\n")
                .build());
        Tool weather = Tool.builder()
                .name("weather")
                .inputSchema(Tool.InputSchema.builder()
                        .properties(JsonValue.from(Map.of("city", Map.of("type", "string"))))
                        .build())
                .build();

        Message message;
        try (StreamResponse<RawMessageStreamEvent> stream =
                client.messages().createStreaming(ask("fast").addTool(weather).build())) {
            message = accumulate(stream);
        }

        assertThat(message.content().get(0).asThinking().thinking()).isEqualTo("Two places.");
        List<ToolUseBlock> calls = message.content().stream()
                .flatMap(block -> block.toolUse().stream())
                .toList();
        assertThat(calls).extracting(ToolUseBlock::name).containsExactly("weather", "weather");
        assertThat(calls.get(0)._input().toString()).contains("Bonn");
        assertThat(calls.get(1)._input().toString()).contains("Rom");
        assertThat(message.stopReason()).contains(StopReason.TOOL_USE);
        JsonNode sent = JSON.readTree(provider.awaitRequest().bodyText());
        assertThat(sent.at("/tools/0/function/name").asText()).isEqualTo("weather");
        assertThat(sent.at("/stream_options/include_usage").asBoolean()).isTrue();
    }

    private static String chunk(String delta, String finish) {
        return "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
                + delta + ",\"finish_reason\":" + finish + "}]}\n\n";
    }

    @Test
    void getsTypedErrors() {
        provider.enqueue(
                Script.json(
                        429,
                        "{\"error\":{\"message\":\"Slow down.\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}"),
                Script.json(500, "{\"error\":{\"message\":\"Broken.\",\"type\":\"server_error\"}}"));

        assertThatThrownBy(() -> client.messages().create(ask("fast").build())).isInstanceOf(RateLimitException.class);
        assertThatThrownBy(() -> client.messages().create(ask("fast").build()))
                .isInstanceOfSatisfying(AnthropicServiceException.class, error -> assertThat(error.statusCode())
                        .isBetween(500, 599));
        assertThatThrownBy(() -> client.messages().create(ask("nobody").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("nobody");
        AnthropicClient stranger = client("not-the-key");
        assertThatThrownBy(() -> stranger.messages().create(ask("fast").build()))
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void hearsOfAnErrorInTheMiddleOfAStream() {
        provider.enqueue(Script.stream()
                .send(chunk("{\"role\":\"assistant\",\"content\":\"Half an\"}", null))
                .send("data: {\"error\":{\"message\":\"The engine is overloaded.\",\"code\":503}}\n\n")
                .build());

        assertThatThrownBy(() -> {
                    try (StreamResponse<RawMessageStreamEvent> stream =
                            client.messages().createStreaming(ask("fast").build())) {
                        accumulate(stream);
                    }
                })
                .isInstanceOf(SseException.class)
                .hasMessageContaining("overloaded");
    }

    @Test
    void countsTokensAndListsModels() {
        long tokens = client.messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model("fast")
                        .addUserMessage("How many tokens are there in this sentence?")
                        .build())
                .inputTokens();

        assertThat(tokens).isBetween(5L, 30L);
        assertThat(client.models().list().autoPager().stream().map(ModelInfo::id))
                .contains("fast", "show");
        assertThat(client.models().retrieve("fast").displayName()).isEqualTo("fast");
    }

    @Test
    void tellsWhereARequestIsWrong() {
        assertThatThrownBy(() -> client.messages()
                        .create(ask("fast")
                                .putAdditionalBodyProperty(
                                        "messages", JsonValue.from(List.of(Map.of("role", "nobody", "content", "x"))))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("'messages' appears twice at line 1");
    }
}
