// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Outcome;
import dev.penstock.schema.anthropic.MessagesErrorWriter;
import dev.penstock.schema.openai.ChatWriter;
import dev.penstock.schema.responses.ResponsesErrorWriter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The only place that turns an error into bytes: an HTTP response as long as nothing has been sent, an event of the stream
 * afterwards. In the schema that the client speaks; {@code x-should-retry} tells OpenAI's SDKs, which
 * otherwise repeat every 408, 409, 429 and 5xx twice, what the place that knew has decided.
 */
public final class ErrorRenderer {

    private static final long NO_ERROR = 0;
    private static final Duration LONGEST_WAIT_OF_SDKS = Duration.ofMinutes(1);

    private ErrorRenderer() {}

    /**
     * Before commit: the whole response. Does nothing when the client has left or has its answer already. When the client
     * is still sending its body, it is told to stop: by RST_STREAM(NO_ERROR) on HTTP/2 (RFC 9113 section 8.1), by the
     * guard's lingering close on HTTP/1.x.
     *
     * @param schema what the client speaks
     * @param outcome how the exchange ends, or null when there was none
     */
    public static void render(
            HttpServerRequest request,
            ApiSchema schema,
            GatewayError error,
            String requestId,
            @Nullable Outcome outcome) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        head(response, error, requestId, outcome);
        Future<Void> sent = response.end(body(schema, error, requestId));
        if (request.version() == HttpVersion.HTTP_2 && !request.isEnded()) {
            sent.onSuccess(done -> stopSending(request));
        }
    }

    private static void stopSending(HttpServerRequest request) {
        if (!request.isEnded()) {
            Future<Void> unused = request.response().reset(NO_ERROR);
        }
    }

    private static void head(
            HttpServerResponse response, GatewayError error, String requestId, @Nullable Outcome outcome) {
        response.setStatusCode(error.status())
                .putHeader("content-type", "application/json")
                .putHeader("cache-control", "no-store")
                .putHeader("x-request-id", requestId)
                .putHeader("x-should-retry", shouldRetry(error) ? "true" : "false");
        if (outcome != null) {
            response.putHeader("x-penstock-outcome", outcome.label());
        }
        Duration retryAfter = error.retryAfter();
        if (retryAfter != null) {
            response.putHeader(
                    "retry-after",
                    Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
        }
        if (error.kind() == Kind.UNAUTHENTICATED) {
            // RFC 6750 section 3.1: only a token that was sent can be an invalid one.
            boolean token = "invalid_token".equals(error.code());
            response.putHeader("www-authenticate", token ? "Bearer error=\"invalid_token\"" : "Bearer");
        }
    }

    /**
     * For a client every target is the same: it repeats the request, and the gateway decides again. Of a limit that is soon over it may do so
     * by itself: its SDK waits as {@code retry-after} says, up to a minute.
     */
    private static boolean shouldRetry(GatewayError error) {
        if (error.kind() == Kind.RATE_LIMITED) {
            Duration wait = error.retryAfter();
            return wait != null && wait.compareTo(LONGEST_WAIT_OF_SDKS) <= 0;
        }
        return switch (error.retry()) {
            case SAME_TARGET, OTHER_TARGET -> true;
            case NEVER, ONLY_OTHER_TARGET -> false;
        };
    }

    /** After commit: one event. The caller then ends the connection without a terminal marker. */
    public static Buffer streamEvent(ApiSchema schema, GatewayError error, String requestId) {
        return switch (schema) {
            case ANTHROPIC_MESSAGES, ANTHROPIC_COUNT_TOKENS ->
                Buffer.buffer(MessagesErrorWriter.errorEvent(error, requestId));
            // Before the first event of the answer: events are numbered from 0.
            case OPENAI_RESPONSES -> Buffer.buffer(ResponsesErrorWriter.errorEvent(error, requestId, 0));
            case OPENAI_CHAT,
                    OPENAI_COMPLETIONS,
                    OPENAI_EMBEDDINGS,
                    GEMINI_GENERATE_CONTENT,
                    BEDROCK_CONVERSE,
                    OLLAMA_CHAT,
                    COHERE_CHAT -> ChatWriter.errorEvent(error, requestId);
        };
    }

    /** Before commit: the body alone. */
    static Buffer body(ApiSchema schema, GatewayError error, String requestId) {
        return switch (schema) {
            case ANTHROPIC_MESSAGES, ANTHROPIC_COUNT_TOKENS ->
                Buffer.buffer(MessagesErrorWriter.error(error, requestId));
            case OPENAI_RESPONSES -> Buffer.buffer(ResponsesErrorWriter.error(error, requestId));
            case OPENAI_CHAT,
                    OPENAI_COMPLETIONS,
                    OPENAI_EMBEDDINGS,
                    GEMINI_GENERATE_CONTENT,
                    BEDROCK_CONVERSE,
                    OLLAMA_CHAT,
                    COHERE_CHAT -> ChatWriter.error(error, requestId);
        };
    }
}
