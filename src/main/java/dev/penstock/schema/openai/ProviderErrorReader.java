// SPDX-License-Identifier: Apache-2.0
package dev.penstock.schema.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.KeyFault;
import dev.penstock.schema.RetryAfter;
import dev.penstock.schema.SafeText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns any error body of a provider into a {@link GatewayError} with the right status, code and a message that is safe to show.
 * Bodies come in many shapes: OpenAI's {@code {"error":{...}}}, {@code {"error":"text"}} (xAI), {@code {"message"}},
 * {@code {"detail"}} (FastAPI), flat (vLLM, Mistral), wrapped in an array (Google), an HTML page of some proxy, or nothing. So
 * the reader collects what it finds under well-known paths, arrays ignored, and believes the first that is there; a body cut
 * off in the middle still yields what came before.
 *
 * <p>What the client sees: the provider's 400, 404, 413, 422 and 429 are about the client's request and keep their status.
 * 401, 403 and every other sign of a bad key are about the <em>gateway's</em> credential and 402 about the gateway's account;
 * a client that saw them would look for the fault in its own key, so they become 502 with the codes {@code provider_auth} and
 * {@code provider_quota} and a message of our own. A status below 400 with nothing in the body that says what went wrong (a
 * page of HTML, a redirect, a whole answer where a stream was asked for) is not an error of the provider's but an answer that
 * its protocol does not know. 500, 502, 503, 504 and 508 (a loop of gateways) stay; 529
 * (overloaded) becomes 503, 408 becomes 504, 498 (Groq, no flex capacity) becomes 429, the rest 502.
 */
public final class ProviderErrorReader {

    /** A longer wait is of no use to a client; Azure has been seen to say a day and OpenAI 114 hours. */
    private static final int MAX_BODY = 64 * 1024;

    private static final int MAX_FACTS = 64;
    private static final int MAX_DEPTH = 12;
    private static final int MAX_PLAIN_TEXT = 2_000;
    private static final JsonFactory FACTORY = new JsonFactory();

    private static final String LOOP_HINT =
            "Check the base_url of this provider: it leads to a gateway, perhaps back to this one.";

    private static final String[] MESSAGE_PATHS = {
        "error.message", "error", "message", "detail", "detail.msg", "message.detail.msg", "error.message.detail.msg",
        "error.detail", "errors.message", "errors", "error_description", "error.error", "msg", "title"
    };
    private static final String[] CODE_PATHS = {"error.code", "code", "error.status", "status", "error.type", "type"};
    private static final String[] STATUS_PATHS = {
        "error.code", "error.status", "error.status_code", "error.http_code", "status_code", "code", "status"
    };
    private static final String[] PARAM_PATHS = {"error.param", "param"};
    private static final String[] RETRY_PATHS = {
        "error.details.retryDelay", "error.metadata.retry_after", "error.retry_after"
    };

    private static final Set<String> AUTH_WORDS = Set.of(
            "invalid_api_key",
            "incorrect_api_key",
            "authentication_error",
            "permission_error",
            "invalid_authentication",
            "api_key_invalid",
            "unauthenticated",
            "permission_denied",
            "unauthorized",
            "unrecognizedclientexception",
            "account_deactivated");
    private static final Set<String> LIMIT_WORDS = Set.of(
            "rate_limit_exceeded",
            "rate_limit_error",
            "rate_limited",
            "resource_exhausted",
            "insufficient_quota",
            "throttlingexception",
            "too_many_requests",
            "ratelimitreached");
    /** Behind status 429, but about money: waiting a little does not help. */
    private static final Set<String> MONEY_WORDS = Set.of(
            "insufficient_quota",
            "credit_balance_exhausted",
            "billing_hard_limit_reached",
            "spend_limit_reached",
            "enforced_spend_limit_reached",
            "usage_limit_reached");

    private static final Set<String> OVERLOAD_WORDS =
            Set.of("overloaded_error", "overloaded", "unavailable", "slow_down");
    private static final Set<String> REQUEST_WORDS = Set.of(
            "invalid_request_error",
            "invalid_argument",
            "context_length_exceeded",
            "content_filter",
            "badrequesterror");

    private final Map<String, String> facts = new LinkedHashMap<>();

    private ProviderErrorReader() {}

    /** As {@link #read(int, String, byte[], String, Instant)}, for a {@code Retry-After} in seconds; a date is not understood. */
    public static GatewayError read(
            int status, @Nullable String contentType, byte[] body, @Nullable String retryAfterHeader) {
        return read(status, contentType, body, retryAfterHeader, null);
    }

    /**
     * Reads the error in a provider's answer.
     *
     * @param status of the provider's answer; 200 when a body with that status holds an error
     * @param contentType of the answer, or null
     * @param body as far as it was read
     * @param retryAfterHeader seconds, with a fraction or not, or an HTTP date
     * @param now to tell how far away a date is
     */
    public static GatewayError read(
            int status,
            @Nullable String contentType,
            byte[] body,
            @Nullable String retryAfterHeader,
            @Nullable Instant now) {
        ProviderErrorReader reader = new ProviderErrorReader();
        reader.collect(body);
        if (status < 400 && !reader.namesAnError()) {
            return GatewayError.of(
                    GatewayError.Kind.INVALID_UPSTREAM,
                    "The provider answered with status " + status + " and what is neither an answer nor an error.");
        }
        int effective = status >= 400 ? status : reader.statusInBody();
        return reader.error(effective, plainText(contentType, body), RetryAfter.read(retryAfterHeader, now));
    }

    /** An error inside a stream or inside a body with status 200: the status, if any, is in the text. */
    public static GatewayError inStream(byte[] text) {
        ProviderErrorReader reader = new ProviderErrorReader();
        reader.collect(text);
        return reader.error(reader.statusInBody(), plainText(null, text), null);
    }

    private boolean namesAnError() {
        return first(MESSAGE_PATHS) != null || facts.keySet().stream().anyMatch(path -> path.startsWith("error"));
    }

    private GatewayError error(int status, @Nullable String plainText, @Nullable Duration retryAfter) {
        if (isAuth(status)) {
            return GatewayError.builder(
                            GatewayError.Kind.PROVIDER_ERROR, "The provider refused the gateway's credentials.")
                    .status(502)
                    .retry(GatewayError.Retry.ONLY_OTHER_TARGET)
                    .code("provider_auth")
                    .keyFault(isAboutThePrompt() ? null : KeyFault.REFUSED)
                    .hint(
                            "The key that the gateway uses for this provider is missing, wrong, expired or lacks a permission.")
                    .build();
        }
        if (status == 402) {
            return GatewayError.builder(
                            GatewayError.Kind.PROVIDER_ERROR,
                            "The gateway's account with the provider has no credit left.")
                    .status(502)
                    .retry(GatewayError.Retry.ONLY_OTHER_TARGET)
                    .code("provider_quota")
                    .keyFault(KeyFault.EXHAUSTED)
                    .hint("The account behind the gateway's key for this provider needs credit.")
                    .build();
        }
        String message = first(MESSAGE_PATHS);
        String said = message != null ? message : plainText;
        String safe = said == null ? "" : SafeText.of(said);
        return GatewayError.builder(
                        GatewayError.Kind.PROVIDER_ERROR,
                        safe.isEmpty()
                                ? "The provider answered with status " + status + " and no readable error."
                                : safe)
                .status(clientStatus(status))
                .retry(retry(status, message))
                .code(code())
                .param(param())
                .hint(status == 508 ? LOOP_HINT : null)
                .retryAfter(retryAfter != null ? retryAfter : RetryAfter.read(first(RETRY_PATHS), null))
                .keyFault(keyFault(status, message))
                .build();
    }

    // ------------------------------------------------------------------ status and code

    /** What a provider refuses for what it says, it refuses again; what it refuses for lack of money, another may serve. */
    private GatewayError.Retry retry(int status, @Nullable String message) {
        return switch (status) {
            case 400, 413, 422, 508 -> GatewayError.Retry.NEVER;
            case 404 -> GatewayError.Retry.ONLY_OTHER_TARGET;
            case 429 ->
                isMoney() || isImpossible(message)
                        ? GatewayError.Retry.ONLY_OTHER_TARGET
                        : GatewayError.Retry.OTHER_TARGET;
            default -> GatewayError.Retry.OTHER_TARGET;
        };
    }

    /** A request that is larger than the limit is not too much at once: another key would refuse it as well. */
    private @Nullable KeyFault keyFault(int status, @Nullable String message) {
        if (status != 429 || isImpossible(message)) {
            return null;
        }
        return isMoney() ? KeyFault.EXHAUSTED : KeyFault.RATE_LIMITED;
    }

    /** OpenRouter refuses what its moderation has flagged with 403: no key would change that. */
    private boolean isAboutThePrompt() {
        return facts.containsKey("error.metadata.flagged_input");
    }

    private boolean isMoney() {
        return Stream.of("error.code", "error.type", "code", "type")
                .anyMatch(path -> MONEY_WORDS.contains(lower(facts.get(path))));
    }

    /** OpenAI: one request above the limit for a minute; it shares the code of the ordinary limit, so only its words tell. */
    private static boolean isImpossible(@Nullable String message) {
        return message != null && message.startsWith("Request too large");
    }

    private static int clientStatus(int status) {
        return switch (status) {
            case 400, 404, 413, 422, 429, 500, 502, 503, 504, 508 -> status;
            case 408 -> 504;
            case 498 -> 429;
            case 529 -> 503;
            default -> 502;
        };
    }

    /** A status that the text itself names, or the one that its words stand for; 502 when it says neither. */
    private int statusInBody() {
        for (String path : STATUS_PATHS) {
            String value = facts.get(path);
            if (value != null
                    && value.length() == 3
                    && value.charAt(0) >= '4'
                    && value.charAt(0) <= '5'
                    && isNumber(value)) {
                return Integer.parseInt(value);
            }
        }
        for (String path : CODE_PATHS) {
            String word = lower(facts.get(path));
            if (AUTH_WORDS.contains(word)) {
                return 401;
            }
            if (LIMIT_WORDS.contains(word) || MONEY_WORDS.contains(word)) {
                return 429;
            }
            if (OVERLOAD_WORDS.contains(word)) {
                return 503;
            }
            if (REQUEST_WORDS.contains(word)) {
                return 400;
            }
        }
        return 502;
    }

    /** By status and by field; by words only for xAI, which has no field for it and answers 400. */
    private boolean isAuth(int status) {
        if (status == 401 || status == 403) {
            return true;
        }
        if (status != 400) {
            return false;
        }
        String message = first(MESSAGE_PATHS);
        return AUTH_WORDS.contains(lower(facts.get("error.code")))
                || AUTH_WORDS.contains(lower(facts.get("error.details.reason")))
                || (message != null && message.startsWith("Incorrect API key"));
    }

    /** The provider's word for programs. A number that only repeats the status gives way to a word. */
    private @Nullable String code() {
        String code = present("error.code");
        code = code != null ? code : present("code");
        if (code != null && isNumber(code) && code.length() == 3) {
            String word = present("error.status");
            word = word != null && !isNumber(word) ? word : present("error.type");
            code = word != null && !isNumber(word) ? word : code;
        }
        return code != null && SafeText.isWord(code) ? code : null;
    }

    private @Nullable String param() {
        String param = first(PARAM_PATHS);
        String safe = param == null ? "" : SafeText.of(param);
        return safe.isEmpty() || safe.length() > 200 ? null : safe;
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static String lower(@Nullable String word) {
        return word == null ? "" : word.toLowerCase(Locale.ROOT);
    }

    // ------------------------------------------------------------------ the body

    private @Nullable String first(String[] paths) {
        for (String path : paths) {
            String value = present(path);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private @Nullable String present(String path) {
        String value = facts.get(path);
        return value == null || value.isBlank() ? null : value;
    }

    private void collect(byte[] body) {
        try (JsonParser json = FACTORY.createParser(body, 0, Math.min(body.length, MAX_BODY))) {
            collect(json, json.nextToken(), "", 0);
        } catch (IOException e) {
            // Not JSON, or cut off: what was found so far is what there is.
        }
    }

    private void collect(JsonParser json, @Nullable JsonToken token, String path, int depth) throws IOException {
        if (token == null || facts.size() >= MAX_FACTS) {
            return;
        }
        if (depth > MAX_DEPTH) {
            json.skipChildren();
            return;
        }
        if (token == JsonToken.START_OBJECT) {
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                collect(json, json.nextToken(), path.isEmpty() ? name : path + "." + name, depth + 1);
            }
        } else if (token == JsonToken.START_ARRAY) {
            for (JsonToken item = json.nextToken();
                    item != JsonToken.END_ARRAY && item != null;
                    item = json.nextToken()) {
                collect(json, item, path, depth + 1);
            }
        } else if (token.isScalarValue() && token != JsonToken.VALUE_NULL) {
            facts.putIfAbsent(path, json.getText());
        }
    }

    /** The body itself, when it is a line or two of plain text. An HTML page says nothing that a client could use. */
    private static @Nullable String plainText(@Nullable String contentType, byte[] body) {
        if (body.length == 0
                || body.length > MAX_PLAIN_TEXT
                || lower(contentType).contains("html")) {
            return null;
        }
        String text = new String(body, StandardCharsets.UTF_8).strip();
        boolean looksPlain = !text.isEmpty() && "<{[\"".indexOf(text.charAt(0)) < 0 && text.indexOf('\uFFFD') < 0;
        return looksPlain ? text : null;
    }
}
