// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.anthropic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.exchange.KeyFault;
import dev.penstock.schema.RetryAfter;
import dev.penstock.schema.SafeText;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns an error of Anthropic's ({@code {"type":"error","error":{"type","message"},"request_id"}}, as a body or as an event of a stream)
 * into a {@link GatewayError} that is safe to show. Whatever has another shape (a page of a proxy, a compatible server's own idea) is
 * left to the general reader.
 *
 * <p>What the client sees: 400, 404, 409, 413, 422 and 429 are about its request and keep their status. 401, 403 and 402 are about the
 * <em>gateway's</em> key and account; a client that saw them would look for the fault in its own key, so they become 502. 529
 * (overloaded) becomes 503. Source: Anthropic, "Errors".
 */
public final class MessagesProviderError {

    private static final int MAX_BODY = 64 * 1024;
    private static final JsonFactory FACTORY = new JsonFactory();

    private @Nullable String type;
    private @Nullable String message;
    private @Nullable String code;

    private MessagesProviderError() {}

    /**
     * Reads the error in an answer.
     *
     * @param status of the answer
     * @param header looks a response header up by its lower-case name; null when absent
     * @param body as far as it was read
     * @param now for dates in {@code retry-after}
     */
    public static GatewayError read(
            int status, Function<String, @Nullable String> header, byte[] body, @Nullable Instant now) {
        MessagesProviderError said = new MessagesProviderError();
        said.collect(body, body.length);
        String wait = header.apply("retry-after");
        if (said.type == null) {
            return ProviderErrorReader.read(status, header.apply("content-type"), body, wait, now);
        }
        boolean hopeless = "false".equals(header.apply("x-should-retry"));
        return said.error(status >= 400 ? status : statusOf(said.type), hopeless, RetryAfter.read(wait, now));
    }

    /** An error inside a stream, where the type stands for the status. */
    public static GatewayError inStream(byte[] json) {
        MessagesProviderError said = new MessagesProviderError();
        said.collect(json, json.length);
        return said.type == null ? ProviderErrorReader.inStream(json) : said.error(statusOf(said.type), false, null);
    }

    private static int statusOf(String type) {
        return switch (type) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "conflict_error" -> 409;
            case "request_too_large" -> 413;
            case "rate_limit_error", "enforced_spend_limit_reached" -> 429;
            case "api_error" -> 500;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            default -> 502;
        };
    }

    private GatewayError error(int status, boolean hopeless, @Nullable Duration retryAfter) {
        if (status == 401 || status == 403) {
            return GatewayError.builder(Kind.PROVIDER_ERROR, "The provider refused the gateway's credentials.")
                    .status(502)
                    .retry(Retry.ONLY_OTHER_TARGET)
                    .code("provider_auth")
                    .keyFault(KeyFault.REFUSED)
                    .hint(
                            "The key that the gateway uses for this provider is missing, wrong, expired or lacks a permission.")
                    .build();
        }
        if (status == 402) {
            return GatewayError.builder(
                            Kind.PROVIDER_ERROR, "The gateway's account with the provider has no credit left.")
                    .status(502)
                    .retry(Retry.ONLY_OTHER_TARGET)
                    .code("provider_quota")
                    .keyFault(KeyFault.EXHAUSTED)
                    .hint("The account behind the gateway's key for this provider needs credit.")
                    .build();
        }
        String safe = message == null ? "" : SafeText.of(message);
        return GatewayError.builder(
                        Kind.PROVIDER_ERROR,
                        safe.isEmpty()
                                ? "The provider answered with status " + status + " and no readable error."
                                : safe)
                .status(clientStatus(status))
                .retry(retry(status, hopeless))
                .code(word())
                .retryAfter(retryAfter)
                .keyFault(status == 429 ? (isSpendCap() ? KeyFault.EXHAUSTED : KeyFault.RATE_LIMITED) : null)
                .build();
    }

    private static int clientStatus(int status) {
        return switch (status) {
            case 400, 404, 409, 413, 422, 429, 500, 502, 503, 504 -> status;
            case 408 -> 504;
            case 529 -> 503;
            default -> 502;
        };
    }

    /** A spend cap comes as 429 like a rate, but waiting does not help. */
    private Retry retry(int status, boolean hopeless) {
        return switch (status) {
            case 400, 413, 422 -> Retry.NEVER;
            case 404 -> Retry.ONLY_OTHER_TARGET;
            case 429 -> hopeless || isSpendCap() ? Retry.ONLY_OTHER_TARGET : Retry.OTHER_TARGET;
            default -> Retry.OTHER_TARGET;
        };
    }

    private boolean isSpendCap() {
        return "enforced_spend_limit_reached".equals(type) || "enforced_spend_limit_reached".equals(code);
    }

    private @Nullable String word() {
        String word = code != null ? code : type;
        return word != null && SafeText.isWord(word) ? word : null;
    }

    // ------------------------------------------------------------------ the body

    /** What stands before a cut counts. */
    private void collect(byte[] body, int length) {
        try (JsonParser json = FACTORY.createParser(body, 0, Math.min(length, MAX_BODY))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean error = json.currentName().equals("error");
                if (json.nextToken() == JsonToken.START_OBJECT && error) {
                    members(json);
                } else {
                    json.skipChildren();
                }
            }
        } catch (IOException e) {
            // Not JSON, or cut off: what was found so far is what there is.
        }
    }

    private void members(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                json.skipChildren();
                continue;
            }
            switch (name) {
                case "type" -> type = json.getText();
                case "message" -> message = json.getText();
                case "code" -> code = json.getText();
                default -> {}
            }
        }
    }
}
