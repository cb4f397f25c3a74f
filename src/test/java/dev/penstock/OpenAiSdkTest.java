// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientAsync;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.AsyncStreamResponse;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import dev.penstock.kit.Answers;
import dev.penstock.kit.Fault;
import dev.penstock.kit.Gate;
import dev.penstock.kit.ProviderSimulator;
import dev.penstock.kit.Script;
import dev.penstock.kit.SeenRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The official OpenAI Java SDK, of which nothing is changed but the base URL and the key. What it makes of an answer is what
 * a user's program gets: complete answers, typed errors, and never half an answer that looks whole.
 */
final class OpenAiSdkTest {

    private static final String KEY = "ps-test-a-key-for-callers-only";
    private static final Duration SOON = Duration.ofSeconds(10);

    private ProviderSimulator provider;
    private InProcess gateway;
    private OpenAIClient client;

    @BeforeEach
    void start() {
        provider = ProviderSimulator.start();
        Fault.register(provider);
        gateway = InProcess.start("server: {port: 0, admin: \"127.0.0.1:0\", api_key: \"" + KEY + "\"}\n"
                + "providers: {sim: {type: openai, base_url: \"" + provider.baseUrl() + "\"}}\n"
                + "models: {fast: sim/gpt-4o-mini}\n");
        client = client(KEY, 0);
    }

    @AfterEach
    void stop() {
        client.close();
        gateway.close();
        provider.close();
    }

    private OpenAIClient client(String key, int retries) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway.url("/v1"))
                .apiKey(key)
                .maxRetries(retries)
                .build();
    }

    // ------------------------------------------------------------------ good answers

    @Test
    void getsAnAnswer() {
        ChatCompletion answer = client.chat().completions().create(ask("fast").build());

        assertWhole(answer, 5);
        assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(5);
        assertThat(provider.awaitRequest().model()).isEqualTo("gpt-4o-mini");
    }

    @Test
    void getsAnAnswerAsynchronously() throws Exception {
        OpenAIClientAsync async = client.async();

        List<CompletableFuture<ChatCompletion>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            answers.add(async.chat().completions().create(ask("sim/any").build()));
        }

        for (CompletableFuture<ChatCompletion> answer : answers) {
            assertWhole(answer.get(10, TimeUnit.SECONDS), 5);
        }
    }

    @Test
    void streamsAnAnswer() {
        provider.otherwise(Answers.chat(40));
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();

        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(ask("fast").build())) {
            stream.stream().forEach(whole::accumulate);
        }

        assertWhole(whole.chatCompletion(), 40);
        assertThat(whole.chatCompletion().usage()).as("not asked for").isEmpty();
        assertThat(gateway.awaitSettlement().at("/gen_ai/usage/output_tokens").asLong())
                .isEqualTo(40);
    }

    @Test
    void streamsAnAnswerAsynchronously() throws Exception {
        provider.otherwise(Answers.chat(40));
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();

        AsyncStreamResponse<ChatCompletionChunk> stream =
                client.async().chat().completions().createStreaming(ask("fast").build());
        stream.subscribe(whole::accumulate);
        stream.onCompleteFuture().get(10, TimeUnit.SECONDS);

        assertWhole(whole.chatCompletion(), 40);
    }

    @Test
    void getsEmbeddingsInTheFormThatTheSdkAsksForByItself() {
        ByteBuffer vector = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        vector.putFloat(0.25f).putFloat(-1.5f).putFloat(3f);
        provider.otherwise(Script.json(
                200,
                "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":\""
                        + Base64.getEncoder().encodeToString(vector.array())
                        + "\"}],\"model\":\"e\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}"));

        CreateEmbeddingResponse answer = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("sim/text-embedding-3-small")
                        .input("Hello")
                        .build());

        assertThat(answer.data().get(0).embedding()).containsExactly(0.25f, -1.5f, 3f);
        assertThat(answer.usage().promptTokens()).isEqualTo(2);
        SeenRequest seen = provider.awaitRequest();
        assertThat(seen.path()).isEqualTo("/v1/embeddings");
        assertThat(seen.model()).isEqualTo("text-embedding-3-small");
        assertThat(seen.bodyText()).contains("\"encoding_format\":\"base64\"");
    }

    @Test
    void getsUsageInTheStreamWhenItAsks() {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();

        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(ask("fast")
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(whole::accumulate);
        }

        assertWhole(whole.chatCompletion(), 5);
        assertThat(whole.chatCompletion().usage().orElseThrow().totalTokens()).isEqualTo(16);
    }

    @Test
    void callsATool() {
        provider.otherwise(Answers.toolCall());

        ChatCompletion answer = client.chat().completions().create(askWithTool().build());

        assertToolCall(answer);
        assertThat(provider.awaitRequest().bodyText()).contains("\"get_weather\"");
    }

    @Test
    void callsAToolInAStream() {
        provider.otherwise(Answers.toolCall());
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();

        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(askWithTool().build())) {
            stream.stream().forEach(whole::accumulate);
        }

        assertToolCall(whole.chatCompletion());
    }

    @Test
    void listsTheModels() {
        List<String> names =
                client.models().list().data().stream().map(Model::id).toList();

        assertThat(names).contains("fast", "demo/demo");
        assertThat(client.models().retrieve("fast").id()).isEqualTo("fast");
    }

    // ------------------------------------------------------------------ errors

    @Test
    void throwsNotFoundForAnUnknownModel() {
        NotFoundException error = catchThrowableOfType(
                NotFoundException.class,
                () -> client.chat().completions().create(ask("fats").build()));

        assertThat(error.code()).contains("model_not_found");
        assertThat(error.getMessage()).contains("fats");
        assertThat(error.body().toString()).contains("fast");
    }

    @Test
    void throwsBadRequestForAnInvalidValue() {
        BadRequestException error = catchThrowableOfType(BadRequestException.class, () -> create(Fault.STATUS_400));

        assertThat(error.code()).contains("invalid_value");
        assertThat(error.getMessage()).contains("temperature");
    }

    @Test
    void throwsRateLimitWithTheTimeToWait() {
        RateLimitException error =
                catchThrowableOfType(RateLimitException.class, () -> create(Fault.RATE_LIMITED_RETRY_AFTER));

        assertThat(error.code()).contains("rate_limit_exceeded");
        assertThat(error.headers().values("retry-after")).containsExactly("7");
    }

    @Test
    void throwsUnauthorizedForAWrongKey() {
        OpenAIClient stranger = client("sk-of-somebody-else", 0);
        try {
            assertThatThrownBy(() ->
                            stranger.chat().completions().create(ask("fast").build()))
                    .isInstanceOf(UnauthorizedException.class)
                    .hasMessageNotContaining("somebody");
            assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        } finally {
            stranger.close();
        }
        assertThat(provider.requests()).isEmpty();
    }

    @Test
    void repeatsWhatMaySucceed() {
        provider.enqueue(Fault.STATUS_503);
        OpenAIClient patient = client(KEY, 2);
        try {
            assertWhole(patient.chat().completions().create(ask("fast").build()), 5);
        } finally {
            patient.close();
        }

        assertThat(provider.requests()).hasSize(2);
    }

    @Test
    void doesNotRepeatWhatCannotSucceed() {
        OpenAIClient patient = client(KEY, 2);
        try {
            for (Fault fault : List.of(Fault.QUOTA_EXHAUSTED, Fault.IMPOSSIBLE_LIMIT, Fault.STATUS_400)) {
                provider.forget();

                Throwable thrown = catchThrowable(() -> patient.chat()
                        .completions()
                        .create(ask("sim/" + fault.model()).build()));

                assertThat(thrown).as(fault.name()).isInstanceOf(OpenAIServiceException.class);
                assertThat(provider.requests()).as(fault.name()).hasSize(1);
            }
        } finally {
            patient.close();
        }
    }

    @Test
    void throwsWhenAStreamIsCutAndNeverShowsAFinishReason() {
        for (Fault fault : List.of(
                Fault.CUT_MID_TEXT,
                Fault.RST_MID_TEXT,
                Fault.EOF_MID_TEXT,
                Fault.CUT_IN_CHARACTER,
                Fault.CUT_IN_TOOL_CALL,
                Fault.ERROR_EVENT_MID_STREAM,
                Fault.ERROR_THEN_MARKER)) {
            List<ChatCompletionChunk> chunks = new ArrayList<>();

            Throwable thrown = catchThrowable(() -> streamInto(chunks, fault));

            assertThat(thrown).as(fault.name()).isInstanceOf(SseException.class);
            assertThat(chunks).as(fault.name()).isNotEmpty().allSatisfy(chunk -> assertThat(chunk.choices())
                    .allSatisfy(choice -> assertThat(choice.finishReason()).isEmpty()));
        }
    }

    @Test
    void completesAnAsynchronousStreamThatIsCutWithAnException() {
        AsyncStreamResponse<ChatCompletionChunk> stream = client.async()
                .chat()
                .completions()
                .createStreaming(ask("sim/" + Fault.CUT_MID_TEXT.model()).build());
        stream.subscribe(chunk -> {});

        assertThatThrownBy(() -> stream.onCompleteFuture().get(10, TimeUnit.SECONDS))
                .hasCauseInstanceOf(SseException.class);
    }

    @Test
    void throwsAServiceErrorWhenAStreamFailsBeforeItsFirstToken() {
        OpenAIServiceException error = catchThrowableOfType(
                OpenAIServiceException.class, () -> streamInto(new ArrayList<>(), Fault.CUT_BEFORE_FIRST_TOKEN));

        assertThat(error.statusCode()).isEqualTo(502);
    }

    @Test
    void cancelsUpstreamWhenItClosesAStream() {
        Gate gate = new Gate();
        provider.otherwise(Answers.steppedText(gate, "one", "two", "three"));
        gate.step();
        gate.step();

        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(ask("fast").build())) {
            Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
            chunks.next();
            assertThat(chunks.next().choices().get(0).delta().content()).contains("one");
        }

        SeenRequest.Ending end = provider.awaitRequest().awaitEnd(SOON);
        assertThat(end.cancelled()).isTrue();
        JsonNode line = gateway.awaitSettlement();
        assertThat(line.at("/penstock/outcome").asText()).isEqualTo("cancelled");
        assertThat(line.at("/gen_ai/usage/output_tokens").asLong()).isPositive();
    }

    /** From its own handler: the SDK's close waits for a reader that is inside of a read on another thread. */
    @Test
    void cancelsUpstreamWhenItClosesAnAsynchronousStream() {
        Gate gate = new Gate();
        provider.otherwise(Answers.steppedText(gate, "one", "two", "three"));
        gate.step();
        gate.step();

        AsyncStreamResponse<ChatCompletionChunk> stream =
                client.async().chat().completions().createStreaming(ask("fast").build());
        stream.subscribe(chunk -> stream.close());

        assertThat(provider.awaitRequest().awaitEnd(SOON).cancelled()).isTrue();
        assertThat(gateway.awaitSettlement().at("/penstock/outcome").asText()).isEqualTo("cancelled");
    }

    // ------------------------------------------------------------------ helpers

    private ChatCompletion create(Fault fault) {
        return client.chat().completions().create(ask("sim/" + fault.model()).build());
    }

    private void streamInto(List<ChatCompletionChunk> chunks, Fault fault) {
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(ask("sim/" + fault.model()).build())) {
            stream.stream().forEach(chunks::add);
        }
    }

    private static ChatCompletionCreateParams.Builder ask(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage("What is a gate for?");
    }

    private static ChatCompletionCreateParams.Builder askWithTool() {
        return ask("fast")
                .addFunctionTool(FunctionDefinition.builder()
                        .name("get_weather")
                        .parameters(FunctionParameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .build())
                        .build());
    }

    private static void assertWhole(ChatCompletion answer, int tokens) {
        ChatCompletion.Choice choice = answer.choices().get(0);
        assertThat(choice.message().content()).contains(Answers.text(tokens));
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    }

    private static void assertToolCall(ChatCompletion answer) {
        ChatCompletion.Choice choice = answer.choices().get(0);
        assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        ChatCompletionMessageFunctionToolCall call =
                choice.message().toolCalls().orElseThrow().get(0).asFunction();
        assertThat(call.function().name()).isEqualTo("get_weather");
        assertThat(call.function().arguments()).isEqualTo("{\"city\":\"Zürich\"}");
    }
}
