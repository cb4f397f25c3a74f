// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one exchange after its end. Holds no content, no key and no address of a client.
 *
 * @param id the value of {@code x-request-id}
 * @param traceId W3C trace id of the caller, if it sent one
 * @param startedAt wall-clock time of the request's arrival
 * @param schema the wire format that the client spoke
 * @param alias the model name that the client sent, or null when the request was not understood
 * @param target where the last attempt went, or null when none was made
 * @param stream whether the client asked for a stream
 * @param outcome how it ended
 * @param status the HTTP status that the client saw, 499 when it had left before
 * @param error what went wrong, or null
 * @param finishReason the provider's finish reason of the first choice, or null
 * @param usage tokens, reported or estimated
 * @param attempts requests that were sent to providers
 * @param tries one entry for each try against a target, in the order in which they ended
 * @param providerKey name, not secret, of the key that the last attempt was signed with; null where the provider has one or none
 * @param events complete upstream events that were relayed, or 0 when not a stream
 * @param requestBytes size of the request body
 * @param responseBytes body bytes sent to the client
 * @param durationNanos arrival to end
 * @param ttftNanos arrival to first content, or -1
 * @param overheadNanos time that Penstock itself took, from the whole request being here to its hand-over to the provider's
 *     connections; neither the client's upload nor the provider's answer is in it
 * @param routeNanos the part of the overhead that routing took
 * @param maxGapNanos the longest silence between two events after the first content, or -1
 * @param dropped names of what was left out of the request because the provider has no word for it
 * @param tenant whose key was sent; empty where it belongs to none
 * @param user the person behind it, where the credential tells; else empty
 * @param keyId which key or session, by its public name; empty without one
 * @param nanoUsd cost of all tries, in billionths of a US dollar; -1 where nobody knows it
 */
public record ExchangeRecord(
        String id,
        @Nullable String traceId,
        Instant startedAt,
        ApiSchema schema,
        @Nullable String alias,
        @Nullable Target target,
        boolean stream,
        Outcome outcome,
        int status,
        GatewayError.@Nullable Kind error,
        @Nullable String finishReason,
        Usage usage,
        int attempts,
        List<AttemptRecord> tries,
        @Nullable String providerKey,
        long events,
        long requestBytes,
        long responseBytes,
        long durationNanos,
        long ttftNanos,
        long overheadNanos,
        long routeNanos,
        long maxGapNanos,
        Set<String> dropped,
        String tenant,
        String user,
        String keyId,
        long nanoUsd) {}
