// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.TelemetryConfig.Traces;
import dev.penstock.exchange.TraceContext;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Decides at the head of a request whether spans are made of its exchange. What the caller decided for its trace holds; a trace
 * that begins here has the UUID of the exchange as its id, and the decision follows from that id alone: its last 56 bits against a
 * threshold (W3C Trace Context level 2, "random trace id flag"; OpenTelemetry, "Consistent probability sampling"). Any thread.
 */
public final class TraceStart {

    private static final int RANDOM_BITS = 56;
    private static final long RANDOM = (1L << RANDOM_BITS) - 1;

    private final boolean on;
    /** Ids below it are not recorded. */
    private final long threshold;

    private TraceStart(boolean on, double share) {
        this.on = on;
        this.threshold = Math.round((1 - share) * 0x1p56);
    }

    /** As the configuration wants it. */
    public static TraceStart of(Traces traces) {
        return new TraceStart(traces.otlp() != null, traces.sample());
    }

    /** Whether spans are made of any exchange. */
    boolean isOn() {
        return on;
    }

    /**
     * The trace of one exchange; null where there is none to tell of.
     *
     * @param traceparent as the caller sent it
     */
    @Nullable
    TraceContext begin(@Nullable String traceparent, UUID exchange) {
        TraceContext caller = TraceContext.parse(traceparent);
        if (!on || (caller != null && !caller.sampled())) {
            return caller;
        }
        long seed = exchange.getMostSignificantBits() ^ Long.rotateLeft(exchange.getLeastSignificantBits(), 32);
        if (caller != null) {
            return caller.recorded(seed);
        }
        if ((exchange.getLeastSignificantBits() & RANDOM) < threshold) {
            return null;
        }
        HexFormat hex = HexFormat.of();
        String id = hex.toHexDigits(exchange.getMostSignificantBits())
                + hex.toHexDigits(exchange.getLeastSignificantBits());
        return new TraceContext(id, "", true, 0).recorded(seed);
    }
}
