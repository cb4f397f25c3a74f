// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.ollama;

import dev.penstock.conversation.ErrorReader;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Retry;
import dev.penstock.schema.openai.ProviderErrorReader;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Warm. Ollama's errors: {@code {"error":"text"}}, with a status before the first line of an answer and without one behind it. There is
 * no field that says what kind it is, so what another target may well do is told by the words of Ollama's server: a model that it has
 * not pulled, a prompt longer than the context, tools or thinking that the model lacks. Thread-safe.
 */
public final class OllamaErrorReader implements ErrorReader {

    private static final String[] TOO_LONG = {
        "exceeds the context length",
        "exceeded max context length",
        "exceed context limit",
        "exceeds the available context size",
        "exceeds maximum context length"
    };

    @Override
    public GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        return inWords(
                ProviderErrorReader.read(status, header.apply("content-type"), body, header.apply("retry-after"), now));
    }

    /** The line or the body {@code bytes[from, to)} with status 200 that holds an error. */
    static GatewayError inAnswer(byte[] bytes, int from, int to) {
        return inWords(ProviderErrorReader.inStream(Arrays.copyOfRange(bytes, from, to)));
    }

    private static GatewayError inWords(GatewayError error) {
        String message = error.getMessage();
        if (message == null || error.kind() != GatewayError.Kind.PROVIDER_ERROR || error.code() != null) {
            return error;
        }
        if (error.status() == 404 && message.startsWith("model") && message.contains("not found")) {
            return otherwise(error, message, "model_not_found");
        }
        for (String words : TOO_LONG) {
            if (message.contains(words)) {
                return otherwise(error, message, "context_length_exceeded");
            }
        }
        boolean lacks = error.status() == 400 && message.contains("does not support");
        return lacks ? otherwise(error, message, null) : error;
    }

    /** Asked again, this target says the same; another one may not. */
    private static GatewayError otherwise(GatewayError error, String message, @Nullable String code) {
        return GatewayError.builder(error.kind(), message)
                .status(error.status())
                .retry(Retry.ONLY_OTHER_TARGET)
                .code(code)
                .param(error.param())
                .hint(error.hint())
                .retryAfter(error.retryAfter())
                .build();
    }
}
