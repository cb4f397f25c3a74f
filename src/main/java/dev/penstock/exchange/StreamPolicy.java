// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * How a stream of one model behaves towards its client (stream contract, points 4, 5, 6 and 13).
 *
 * @param keepAlive silence after which an SSE comment goes downstream
 * @param earlyCommit send status 200 at once, so that comments can flow before the first content
 * @param onDisconnect what happens upstream when the client has left
 * @param writeStall a reader that takes no byte for this long is cut
 * @param maxEventBytes largest single SSE event
 * @param maxResponseBytes largest answer, stream or not
 */
public record StreamPolicy(
        Duration keepAlive,
        boolean earlyCommit,
        OnDisconnect onDisconnect,
        Duration writeStall,
        int maxEventBytes,
        long maxResponseBytes) {

    public static final StreamPolicy DEFAULT = new StreamPolicy(
            Duration.ofSeconds(15), false, OnDisconnect.CANCEL, Duration.ofSeconds(30), 4 << 20, 64L << 20);

    /** What happens to the upstream request when the client is gone. */
    public enum OnDisconnect {
        /** Reset it in the same turn: nobody pays for tokens that nobody reads. */
        CANCEL,
        /** Read it to its end, so that the provider's own usage is known. */
        DRAIN
    }

    public StreamPolicy {
        if (keepAlive.isNegative() || keepAlive.isZero() || writeStall.isNegative() || writeStall.isZero()) {
            throw new IllegalArgumentException("keep_alive and write_stall must be > 0");
        }
        if (maxEventBytes < 1024 || maxResponseBytes < maxEventBytes) {
            throw new IllegalArgumentException("max_event must be >= 1KiB and <= max_response");
        }
    }
}
