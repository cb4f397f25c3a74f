// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import dev.penstock.exchange.ApiSchema;
import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Outcome;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.TraceContext;
import dev.penstock.exchange.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one exchange after its end. Holds no content, no key and no address of a client.
 *
 * @param uuid the gateway's own name for it: of version 7, unlike every other (RFC 9562 section 5.7)
 * @param id the value of {@code x-request-id}, which callers may choose, and twice the same
 * @param trace where it stands in a trace; null where nobody records one
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
 * @param gapP99Nanos 99 of 100 silences between two events after the first content were not longer; -1 where there was none
 * @param who the caller, and what for
 * @param nanoUsd cost of all tries, in billionths of a US dollar; -1 where nobody knows it
 * @param priceVersion which prices that was counted with; empty where there were none
 * @param limits the limits that had a say in it
 * @param passedOver targets of the model that were not asked, although their turn had come
 * @param times when it passed its stations
 */
public record ExchangeRecord(
        UUID uuid,
        String id,
        @Nullable Trace trace,
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
        long gapP99Nanos,
        Caller who,
        long nanoUsd,
        String priceVersion,
        List<LimitUse> limits,
        List<PassedOver> passedOver,
        Times times) {

    /**
     * Who called. Each is empty where it is not known.
     *
     * @param tenant whose key was sent
     * @param user the person behind it, where the credential tells
     * @param keyId which key or session, by its public name
     * @param feature the named use case
     * @param session what the application calls the conversation
     */
    public record Caller(String tenant, String user, String keyId, String feature, String session) {

        /** Of whom nothing is known. */
        public static final Caller NOBODY = new Caller("", "", "", "", "");
    }

    /**
     * Where it stands in a trace, and what only a trace tells.
     *
     * @param context ids
     * @param routeFromNanos arrival to the beginning of routing; -1 where nothing was routed
     * @param authNanos how long it took before the arrival to find out who calls; -1 where nobody looked at the clock
     */
    public record Trace(TraceContext context, long routeFromNanos, long authNanos) {

        /** What is left of it where only the id was kept; null for none. */
        public static @Nullable Trace ofId(@Nullable String traceId) {
            return traceId == null ? null : new Trace(new TraceContext(traceId, "", false, 0), -1, -1);
        }
    }

    /**
     * What one limit had to do with it.
     *
     * @param limit as it is named to callers
     * @param unit what it counts: {@code requests}, {@code tokens}, {@code concurrent} or {@code nano_usd}
     * @param reserved before the call and while it answered, together
     * @param settled at the end
     * @param refused whether it was the one that said no
     */
    public record LimitUse(String limit, String unit, long reserved, long settled, boolean refused) {}

    /**
     * A target that was not asked.
     *
     * @param why one of a few words, such as {@code breaker_open}
     */
    public record PassedOver(Target target, String why) {}

    /**
     * When it passed its stations, in nanoseconds from the arrival of its head; -1 where it did not come so far.
     *
     * @param wholeNanos the last byte of the request was here
     * @param routedNanos its targets were chosen
     * @param admittedNanos its limits had let it pass, or had refused it
     * @param committedNanos the head of the answer went to the client
     */
    public record Times(long wholeNanos, long routedNanos, long admittedNanos, long committedNanos) {

        /** Came nowhere. */
        public static final Times NONE = new Times(-1, -1, -1, -1);
    }

    /** The same with these tries. */
    public ExchangeRecord withTries(List<AttemptRecord> others) {
        return new ExchangeRecord(
                uuid,
                id,
                trace,
                startedAt,
                schema,
                alias,
                target,
                stream,
                outcome,
                status,
                error,
                finishReason,
                usage,
                attempts,
                others,
                providerKey,
                events,
                requestBytes,
                responseBytes,
                durationNanos,
                ttftNanos,
                overheadNanos,
                routeNanos,
                maxGapNanos,
                dropped,
                gapP99Nanos,
                who,
                nanoUsd,
                priceVersion,
                limits,
                passedOver,
                times);
    }

    /** W3C trace id; null where there is no trace. */
    public @Nullable String traceId() {
        return trace == null ? null : trace.context().traceId();
    }

    public String tenant() {
        return who.tenant();
    }

    public String user() {
        return who.user();
    }

    public String keyId() {
        return who.keyId();
    }
}
