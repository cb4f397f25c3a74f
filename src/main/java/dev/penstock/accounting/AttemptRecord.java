// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Usage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One try against one target, as part of an {@link ExchangeRecord}. Holds no content and no key.
 *
 * @param target where it went
 * @param why what led to it
 * @param error why it failed, or null
 * @param status the provider's status as far as it matters to the client; 0 where it did not fail
 * @param lost whether it was given up without a failure of its own: the client left, or another target was faster
 * @param startedNanos arrival of the request to the start of this try
 * @param durationNanos from its start to its end
 * @param usage tokens that it took, reported or estimated; none where the provider never had the request
 * @param nanoUsd what that costs, in billionths of a US dollar; -1 where nobody knows it
 * @param ttftNanos from its start to its first content, or -1
 * @param providerRequestId what the provider calls it, or null
 * @param calls requests that were sent to the provider: more than one when a key was refused and the next one tried
 */
public record AttemptRecord(
        Target target,
        Why why,
        GatewayError.@Nullable Kind error,
        int status,
        boolean lost,
        long startedNanos,
        long durationNanos,
        Usage usage,
        long nanoUsd,
        long ttftNanos,
        @Nullable String providerRequestId,
        int calls) {

    /** The kind of the span of a try, as in {@link dev.penstock.exchange.TraceContext#span}. */
    public static final int SPAN = 1;

    /** What led to a try. The label is a metric value and a log field. */
    public enum Why {
        /** The first choice of the route. */
        FIRST,
        /** The same target once more. */
        RETRY,
        /** The next target, because the one before failed or could not be asked. */
        FALLBACK,
        /** A second target raced against a silent first one. */
        HEDGE,
        /** The rest of an answer that broke off. */
        CONTINUATION;

        private final String label = name().toLowerCase(Locale.ROOT);

        public String label() {
            return label;
        }
    }

    /** Whether the provider's answer stands. */
    public boolean succeeded() {
        return error == null && !lost;
    }
}
