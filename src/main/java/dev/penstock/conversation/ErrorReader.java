// SPDX-License-Identifier: Apache-2.0
package dev.penstock.conversation;

import dev.penstock.exchange.GatewayError;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A provider's error response. Thread-safe. */
@FunctionalInterface
public interface ErrorReader {

    /**
     * Classifies by status, code and type, never by message text where a field exists.
     *
     * @param header looks a response header up by its lower-case name; null when absent
     * @param now for dates in {@code retry-after}
     */
    GatewayError read(int status, Function<String, @Nullable String> header, byte[] body, Instant now);
}
