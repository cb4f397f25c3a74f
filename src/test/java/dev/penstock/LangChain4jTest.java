// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Fault;
import dev.penstock.kit.ProviderSimulator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** LangChain4j's OpenAI module, of which nothing is changed but the base URL and the key. */
final class LangChain4jTest {

    private static final String KEY = "ps-test-a-key-for-callers-only";

    private ProviderSimulator provider;
    private InProcess gateway;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        Fault.register(provider);
        gateway = InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", api_key: \"" + KEY + "\"}\n"
                + "providers: {sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}}\n"
                + "models: {fast: sim/gpt-4o-mini}\n");
    }

    @AfterEach
    void stop() {
        gateway.close();
        provider.close();
    }

    private OpenAiChatModel model(String name) {
        return OpenAiChatModel.builder()
                .baseUrl(gateway.url("/v1"))
                .apiKey(KEY)
                .modelName(name)
                .maxRetries(0)
                .build();
    }

    private OpenAiStreamingChatModel streaming(String name) {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(gateway.url("/v1"))
                .apiKey(KEY)
                .modelName(name)
                .build();
    }

    @Test
    void chats() {
        ChatResponse answer = model("fast").chat(UserMessage.from("What is a gate for?"));

        assertThat(answer.aiMessage().text()).isEqualTo(Answers.text(5));
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(5);
    }

    @Test
    void streams() throws Exception {
        provider.otherwise(Answers.chat(40));
        Collecting collecting = new Collecting();

        streaming("fast").chat("What is a gate for?", collecting);

        ChatResponse answer = collecting.whole.get(10, TimeUnit.SECONDS);
        assertThat(answer.aiMessage().text()).isEqualTo(Answers.text(40)).isEqualTo(collecting.parts.toString());
        assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(40);
    }

    @Test
    void callsATool() {
        provider.otherwise(Answers.toolCall());

        assertToolCall(model("fast").chat(askWithTool()));
        assertThat(provider.awaitRequest().bodyText()).contains("\"get_weather\"");
    }

    @Test
    void callsAToolInAStream() throws Exception {
        provider.otherwise(Answers.toolCall());
        Collecting collecting = new Collecting();

        streaming("fast").chat(askWithTool(), collecting);

        assertToolCall(collecting.whole.get(10, TimeUnit.SECONDS));
    }

    @Test
    void throwsTypedErrors() {
        assertThatThrownBy(() -> model("fats").chat("x")).isInstanceOf(ModelNotFoundException.class);
        assertThatThrownBy(() -> model("sim/" + Fault.RATE_LIMITED.model()).chat("x"))
                .isInstanceOf(RateLimitException.class);
        OpenAiChatModel stranger = OpenAiChatModel.builder()
                .baseUrl(gateway.url("/v1"))
                .apiKey("sk-of-somebody-else")
                .modelName("fast")
                .maxRetries(0)
                .build();
        assertThatThrownBy(() -> stranger.chat("x")).isInstanceOf(AuthenticationException.class);
    }

    private static ChatRequest askWithTool() {
        return ChatRequest.builder()
                .messages(UserMessage.from("How is the weather in Zürich?"))
                .toolSpecifications(ToolSpecification.builder()
                        .name("get_weather")
                        .parameters(JsonObjectSchema.builder()
                                .addStringProperty("city")
                                .build())
                        .build())
                .build();
    }

    private static void assertToolCall(ChatResponse answer) {
        assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
        ToolExecutionRequest call = answer.aiMessage().toolExecutionRequests().get(0);
        assertThat(call.name()).isEqualTo("get_weather");
        assertThat(call.arguments()).isEqualTo("{\"city\":\"Zürich\"}");
    }

    /** Hears a stream. */
    private static final class Collecting implements StreamingChatResponseHandler {
        final StringBuffer parts = new StringBuffer();
        final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

        @Override
        public void onPartialResponse(String part) {
            parts.append(part);
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
        }

        @Override
        public void onError(Throwable error) {
            whole.completeExceptionally(error);
        }
    }
}
