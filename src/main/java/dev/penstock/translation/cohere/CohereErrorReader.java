// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.cohere;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.conversation.ErrorReader;
import dev.penstock.conversation.JsonTree;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.schema.SafeText;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads Cohere's error responses: {@code {"message"}}, beside it an id and, for some, an {@code error_type}. The status decides nearly
 * everything, as it does for the compatible servers, so their reader is asked; what is told here is Cohere's own:
 * {@code TOO_MANY_TOKENS}, 498 (a word that is not allowed, in the prompt or in the answer), and the calls that a trial key has for a
 * month, which no waiting brings back. Thread-safe.
 */
public final class CohereErrorReader implements ErrorReader {

    private static final int DENIED_WORD = 498;
    private static final String OF_THE_MONTH = "calls / month";

    @Override
    public GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        GatewayError common =
                ProviderErrorReader.read(status, header.apply("content-type"), body, header.apply("retry-after"), now);
        JsonNode error = JsonTree.objectIn(body);
        if (error == null || common.code() != null || common.kind() != GatewayError.Kind.PROVIDER_ERROR) {
            return common;
        }
        String type = error.path("error_type").asText("");
        if (type.equals("TOO_MANY_TOKENS")) {
            return changed(common, 400, "context_length_exceeded", Retry.ONLY_OTHER_TARGET);
        }
        if (status == DENIED_WORD) {
            return changed(common, 400, "content_filter", Retry.NEVER);
        }
        if (status == 429 && error.path("message").asText("").contains(OF_THE_MONTH)) {
            return changed(common, 429, "provider_quota", Retry.ONLY_OTHER_TARGET);
        }
        return SafeText.isWord(type)
                ? changed(common, common.status(), type.toLowerCase(Locale.ROOT), common.retry())
                : common;
    }

    private static GatewayError changed(GatewayError error, int status, String code, Retry retry) {
        return GatewayError.builder(error.kind(), String.valueOf(error.getMessage()))
                .status(status)
                .retry(retry)
                .code(code)
                .hint(error.hint())
                .retryAfter(error.retryAfter())
                .build();
    }

    /** An object with words and without a type, in the place of an event. */
    static GatewayError inStream(String words) {
        String safe = SafeText.of(words);
        return GatewayError.builder(
                        GatewayError.Kind.PROVIDER_ERROR,
                        safe.isEmpty() ? "The provider reported an error in its stream." : safe)
                .status(502)
                .retry(Retry.OTHER_TARGET)
                .build();
    }
}
