// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The name that a client gives its call in {@code idempotency-key}, so that it is made once however often it is sent. Taken as it stands:
 * quotes, which the draft of the IETF asks for and hardly anybody sends, are a part of it.
 */
final class CallNames {

    static final String FIELD = "idempotency-key";

    /** As long as Stripe's (API reference, "Idempotent requests"). */
    private static final int LONGEST = 255;

    private CallNames() {}

    /** The name, or null without one. Throws the {@link GatewayError} for the client: who names a call relies on it. */
    static @Nullable String read(MultiMap headers) {
        if (!headers.contains(FIELD)) {
            return null;
        }
        List<String> all = headers.getAll(FIELD);
        String name = all.getFirst().strip();
        if (all.size() > 1 || name.isEmpty() || name.length() > LONGEST || !isPlain(name)) {
            throw GatewayError.builder(
                            Kind.INVALID_REQUEST,
                            "The header field Idempotency-Key must be one value of 1 to " + LONGEST
                                    + " printable ASCII characters.")
                    .param(FIELD)
                    .code("invalid_header")
                    .hint("A random UUID is a good key.")
                    .build();
        }
        return name;
    }

    private static boolean isPlain(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
