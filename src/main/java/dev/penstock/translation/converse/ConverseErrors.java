// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.KeyFault;
import dev.penstock.schema.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What Bedrock's errors mean, whether they come as a response, as a frame of a stream or inside a body: the name of the exception decides,
 * and the status where the name is unknown. The client sees the statuses that are about its own request; what is about the
 * gateway's credentials becomes 502 with a message of our own.
 *
 * <p>Source: the exceptions of {@code bedrock-runtime} and "Common errors" of the AWS reference.
 */
final class ConverseErrors {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int MAX_BODY = 64 * 1024;

    private static final Set<String> AUTH = Set.of(
            "accessdeniedexception",
            "accessdenied",
            "unrecognizedclientexception",
            "expiredtokenexception",
            "expiredtoken",
            "invalidsignatureexception",
            "signaturedoesnotmatch",
            "incompletesignatureexception",
            "incompletesignature",
            "invalidclienttokenid",
            "missingauthenticationtokenexception",
            "missingauthenticationtoken",
            "notauthorized",
            "optinrequired",
            "requestexpired",
            "unauthorizedexception");
    /** The only words for it: the exception is the one of every other invalid request. */
    private static final String[] TOO_LONG = {
        "Input Tokens Exceeded", "Input is too long", "input is too long", "prompt is too long", "Too many input tokens"
    };

    private static final String UNKNOWN_MODEL = "model identifier is invalid";

    private ConverseErrors() {}

    /**
     * What a body or a payload says.
     *
     * @param type the name of the exception, or null
     * @param originalStatus of the model's own server, or 0
     */
    record Said(@Nullable String type, @Nullable String message, int originalStatus) {

        boolean nothing() {
            return type == null && message == null;
        }
    }

    /** Reads the top level of a JSON object as far as it is one. */
    static Said said(byte[] bytes, int from, int to) {
        String type = null;
        String message = null;
        int original = 0;
        try (JsonParser json = FACTORY.createParser(bytes, from, Math.min(to - from, MAX_BODY))) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String name = json.currentName();
                    JsonToken value = json.nextToken();
                    if (value == JsonToken.VALUE_STRING) {
                        switch (name) {
                            case "message", "Message", "errorMessage" -> message = json.getText();
                            case "__type", "code" -> type = json.getText();
                            default -> {}
                        }
                    } else if (value == JsonToken.VALUE_NUMBER_INT && name.equals("originalStatusCode")) {
                        original = Math.clamp(json.getLongValue(), 0, 999);
                    } else {
                        json.skipChildren();
                    }
                }
            }
        } catch (IOException e) {
            // Not JSON, or cut off: what was found so far is what there is.
        }
        return new Said(type, message == null || message.isBlank() ? null : message, original);
    }

    /**
     * The error.
     *
     * @param type the name of the exception as it came, or null
     * @param status of the response, or 0 inside a stream
     */
    static GatewayError of(@Nullable String type, int status, Said said, @Nullable Duration retryAfter) {
        String name = plain(type != null ? type : said.type);
        String word = name.toLowerCase(Locale.ROOT);
        if (AUTH.contains(word) || status == 401 || status == 403) {
            return GatewayError.builder(
                            GatewayError.Kind.PROVIDER_ERROR, "The provider refused the gateway's credentials.")
                    .status(502)
                    .retry(GatewayError.Retry.ONLY_OTHER_TARGET)
                    .code("provider_auth")
                    .keyFault(KeyFault.REFUSED)
                    .hint(
                            "The AWS credentials or the API key that the gateway uses are wrong, expired, or lack access to"
                                    + " this model.")
                    .build();
        }
        int known = statusOf(word, said.originalStatus);
        int effective = known != 0 ? known : fromHttp(status);
        String message = said.message;
        String code = SafeText.isWord(name) ? name : null;
        GatewayError.Retry retry = retryOf(word, effective);
        if (effective == 400 && message != null) {
            if (contains(message, TOO_LONG)) {
                code = "context_length_exceeded";
            } else if (message.contains(UNKNOWN_MODEL)) {
                effective = 404;
                code = "model_not_found";
                retry = GatewayError.Retry.ONLY_OTHER_TARGET;
            }
        }
        String safe = message == null ? "" : SafeText.of(message);
        return GatewayError.builder(GatewayError.Kind.PROVIDER_ERROR, safe.isEmpty() ? without(status) : safe)
                .status(effective)
                .retry(retry)
                .code(code)
                .retryAfter(retryAfter)
                .keyFault(keyFaultOf(word, effective))
                .build();
    }

    private static String without(int status) {
        return status == 0
                ? "The provider reported an error in its stream and said nothing about it."
                : "The provider answered with status " + status + " and no readable error.";
    }

    /**
     * {@code ThrottlingException:http://internal.amazon.com/coral/...} and {@code com.amazon.coral.service#ThrottlingException} are
     * the same; in streams names begin with a small letter.
     */
    private static String plain(@Nullable String type) {
        if (type == null || type.isBlank()) {
            return "";
        }
        String name = type.strip();
        int hash = name.indexOf('#');
        int colon = name.indexOf(':', hash + 1);
        name = name.substring(hash + 1, colon < 0 ? name.length() : colon);
        return name.isEmpty() ? "" : Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }

    /** 0 for a name that says nothing. */
    private static int statusOf(String word, int originalStatus) {
        return switch (word) {
            case "throttlingexception",
                    "throttling",
                    "toomanyrequestsexception",
                    "modelnotreadyexception",
                    "servicequotaexceededexception" -> 429;
            case "validationexception", "validationerror", "serializationexception" -> 400;
            case "resourcenotfoundexception" -> 404;
            case "modelstreamerrorexception", "modelerrorexception" -> ofModel(originalStatus);
            case "modeltimeoutexception" -> 504;
            case "internalserverexception", "internalservererror", "internalerror", "internalfailure" -> 500;
            case "serviceunavailableexception", "serviceunavailable" -> 503;
            default -> 0;
        };
    }

    private static int ofModel(int originalStatus) {
        return switch (originalStatus) {
            case 429 -> 429;
            case 503, 529 -> 503;
            default -> 502;
        };
    }

    private static int fromHttp(int status) {
        return switch (status) {
            case 400, 404, 413, 422, 429, 500, 502, 503, 504 -> status;
            case 408 -> 504;
            default -> 502;
        };
    }

    /** A quota of the account lasts; another account may have one. */
    private static GatewayError.Retry retryOf(String word, int status) {
        if (word.equals("servicequotaexceededexception")) {
            return GatewayError.Retry.ONLY_OTHER_TARGET;
        }
        return switch (status) {
            case 400, 413, 422 -> GatewayError.Retry.NEVER;
            case 404 -> GatewayError.Retry.ONLY_OTHER_TARGET;
            default -> GatewayError.Retry.OTHER_TARGET;
        };
    }

    /** A model that is not ready, or whose own server is at its limit, says nothing about the key. */
    private static @Nullable KeyFault keyFaultOf(String word, int status) {
        return switch (word) {
            case "servicequotaexceededexception" -> KeyFault.EXHAUSTED;
            case "modelnotreadyexception", "modelstreamerrorexception", "modelerrorexception" -> null;
            default -> status == 429 ? KeyFault.RATE_LIMITED : null;
        };
    }

    private static boolean contains(String text, String[] any) {
        for (String part : any) {
            if (text.contains(part)) {
                return true;
            }
        }
        return false;
    }
}
