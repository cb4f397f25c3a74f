// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.converse;

import dev.penstock.conversation.ErrorReader;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.RetryAfter;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads Bedrock's error responses: the name of the exception is in the header {@code x-amzn-errortype}, or in {@code __type} of the
 * body; the body has a message and little else. Bedrock itself sends no {@code retry-after}; what stands before it may. Thread-safe.
 */
public final class ConverseErrorReader implements ErrorReader {

    @Override
    public GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        ConverseErrors.Said said = ConverseErrors.said(body, 0, body.length);
        String type = header.apply("x-amzn-errortype");
        if (status < 400 && type == null && said.nothing()) {
            return GatewayError.of(
                    GatewayError.Kind.INVALID_UPSTREAM,
                    "The provider answered with status " + status + " and what is neither an answer nor an error.");
        }
        boolean waits = status == 429 || status >= 500;
        return ConverseErrors.of(type, status, said, waits ? RetryAfter.read(header.apply("retry-after"), now) : null);
    }
}
