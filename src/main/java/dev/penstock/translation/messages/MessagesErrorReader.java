// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.messages;

import dev.penstock.conversation.ErrorReader;
import dev.penstock.exchange.GatewayError;
import dev.penstock.schema.anthropic.MessagesProviderError;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A provider's error response in Anthropic's schema; {@code request-id} becomes a part of the hint, for whoever asks the provider. */
public final class MessagesErrorReader implements ErrorReader {

    private static final int LONGEST_ID = 64;

    @Override
    public GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now) {
        GatewayError error = MessagesProviderError.read(status, header, body, now);
        String id = header.apply("request-id");
        if (id == null || error.hint() != null || !isPlain(id)) {
            return error;
        }
        return GatewayError.builder(error.kind(), String.valueOf(error.getMessage()))
                .status(error.status())
                .retry(error.retry())
                .param(error.param())
                .code(error.code())
                .retryAfter(error.retryAfter())
                .keyFault(error.keyFault())
                .hint("The provider knows this request as " + id + ".")
                .build();
    }

    private static boolean isPlain(String id) {
        return !id.isEmpty()
                && id.length() <= LONGEST_ID
                && id.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || c == '_'
                                || c == '-');
    }
}
