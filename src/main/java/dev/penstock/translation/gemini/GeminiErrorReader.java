// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.gemini;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.penstock.conversation.ErrorReader;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import dev.penstock.schema.RetryAfter;
import dev.penstock.schema.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Warm. Google's errors: {@code {"error":{code,message,status,details[]}}}, alone or as the only element of an array, with the facts in
 * the {@code google.rpc} messages among the details. The delay of a 429 stands in {@code RetryInfo}, whether it is a limit for the day in
 * {@code QuotaFailure}, and a bad API key is a 400 that only {@code ErrorInfo} tells from a bad request. Thread-safe.
 *
 * <p>What concerns the gateway's own key or account (401, 403, a bad key, a country without billing) the client can do nothing about: it
 * becomes 502, and another target may serve. 400, 404, 413, 422, 429 keep their status, 500, 502, 503 and 504 too, the rest is 502.
 */
public final class GeminiErrorReader implements ErrorReader {

    private static final int MAX_BODY = 64 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(50).build())
            .build());

    @Override
    public GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        JsonNode error = errorIn(tree(body));
        if (status < 400 && error.isMissingNode()) {
            return GatewayError.of(
                    GatewayError.Kind.INVALID_UPSTREAM,
                    "The provider answered with status " + status + " and what is neither an answer nor an error.");
        }
        return error(status < 400 ? statusIn(error) : status, error, RetryAfter.read(header.apply("retry-after"), now));
    }

    /** The value of {@code error} in an answer or an event with status 200. */
    static GatewayError inAnswer(byte[] value) {
        JsonNode error = tree(value);
        return error(statusIn(error), error, null);
    }

    private static GatewayError error(int status, JsonNode error, @Nullable Duration header) {
        String word = error.path("status").asText("");
        if (isAuth(status, error)) {
            return GatewayError.builder(
                            GatewayError.Kind.PROVIDER_ERROR, "The provider refused the gateway's credentials.")
                    .status(502)
                    .retry(Retry.ONLY_OTHER_TARGET)
                    .code("provider_auth")
                    .keyFault(KeyFault.REFUSED)
                    .hint(
                            "The key that the gateway uses for this provider is missing, wrong, expired or lacks a permission.")
                    .build();
        }
        String said = SafeText.of(
                error.isTextual() ? error.asText() : error.path("message").asText(""));
        boolean account = status == 400 && word.equals("FAILED_PRECONDITION");
        boolean overflow = status == 400 && isOverflow(error);
        Duration delay = RetryAfter.read(detail(error, "retryDelay").asText(null), null);
        return GatewayError.builder(
                        GatewayError.Kind.PROVIDER_ERROR,
                        said.isEmpty()
                                ? "The provider answered with status " + status + " and no readable error."
                                : said)
                .status(account ? 502 : clientStatus(status))
                .retry((account || overflow) ? Retry.ONLY_OTHER_TARGET : retry(status, error))
                .code(overflow ? "context_length_exceeded" : SafeText.isWord(word) ? word : null)
                .hint(
                        account
                                ? "The account behind the gateway's key may not use this provider here: its country or its billing."
                                : null)
                .retryAfter(header != null ? header : delay)
                .keyFault(keyFault(status, error))
                .build();
    }

    private static boolean isAuth(int status, JsonNode error) {
        if (status == 401 || status == 403) {
            return true;
        }
        return status == 400
                && detail(error, "reason").asText("").toUpperCase(Locale.ROOT).startsWith("API_KEY_");
    }

    /** There is no field for it; the sentence is the same since 2024. */
    private static boolean isOverflow(JsonNode error) {
        String message = error.path("message").asText("").toLowerCase(Locale.ROOT);
        return message.contains("input token count") && message.contains("exceed");
    }

    private static Retry retry(int status, JsonNode error) {
        return switch (status) {
            case 400, 413, 422 -> Retry.NEVER;
            case 404 -> Retry.ONLY_OTHER_TARGET;
            case 429 -> isForTheDay(error) ? Retry.ONLY_OTHER_TARGET : Retry.OTHER_TARGET;
            default -> Retry.OTHER_TARGET;
        };
    }

    private static @Nullable KeyFault keyFault(int status, JsonNode error) {
        return switch (status) {
            case 402 -> KeyFault.EXHAUSTED;
            case 429 -> isForTheDay(error) ? KeyFault.EXHAUSTED : KeyFault.RATE_LIMITED;
            default -> null;
        };
    }

    private static boolean isForTheDay(JsonNode error) {
        for (JsonNode detail : error.path("details")) {
            for (JsonNode violation : detail.path("violations")) {
                if (violation.path("quotaId").asText("").contains("PerDay")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int clientStatus(int status) {
        return switch (status) {
            case 400, 404, 413, 422, 429, 500, 502, 503, 504 -> status;
            case 408 -> 504;
            default -> 502;
        };
    }

    private static int statusIn(JsonNode error) {
        int code = error.path("code").asInt();
        if (code >= 400 && code <= 599) {
            return code;
        }
        return switch (error.path("status").asText("")) {
            case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE" -> 400;
            case "UNAUTHENTICATED" -> 401;
            case "PERMISSION_DENIED" -> 403;
            case "NOT_FOUND" -> 404;
            case "RESOURCE_EXHAUSTED" -> 429;
            case "INTERNAL", "UNKNOWN", "DATA_LOSS" -> 500;
            case "UNAVAILABLE" -> 503;
            case "DEADLINE_EXCEEDED" -> 504;
            default -> 502;
        };
    }

    /** The first detail that has the field. */
    private static JsonNode detail(JsonNode error, String field) {
        for (JsonNode detail : error.path("details")) {
            if (detail.path(field).isValueNode()) {
                return detail.path(field);
            }
        }
        return MissingNode.getInstance();
    }

    private static JsonNode errorIn(JsonNode body) {
        JsonNode first = body.isArray() ? body.path(0) : body;
        JsonNode error = first.path("error");
        return (error.isObject() || error.isTextual()) ? error : MissingNode.getInstance();
    }

    private static JsonNode tree(byte[] body) {
        try {
            JsonNode read = body.length > MAX_BODY ? null : JSON.readTree(body);
            return read == null ? MissingNode.getInstance() : read;
        } catch (IOException e) {
            // A page of HTML, or cut off: the status has to do.
            return MissingNode.getInstance();
        }
    }
}
