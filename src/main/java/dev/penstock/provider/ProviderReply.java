// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ByteSource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The head of a provider's answer, with the body behind it, paused.
 *
 * @param status HTTP status
 * @param contentType media type as sent, or null
 * @param retryAfter the header as sent, or null
 * @param requestId the provider's own id of the request, or null
 * @param contentLength announced body size in bytes, or -1
 * @param header any other header by its lower-case name; null for one that is not there
 * @param body the bytes
 */
public record ProviderReply(
        int status,
        @Nullable String contentType,
        @Nullable String retryAfter,
        @Nullable String requestId,
        long contentLength,
        Function<String, @Nullable String> header,
        ByteSource body) {}
