// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import java.time.Duration;

/**
 * What a {@link FaultProxy} does to one direction of its connections. Starts from {@link #NONE}, a good network; each method
 * gives a copy that is worse in one way.
 *
 * @param latency added to each piece
 * @param jitter up to this much is added on top, by the proxy's seed; the order of bytes never changes
 * @param bytesPerSecond 0 for no limit
 * @param sliceBytes pieces are cut to at most this size; 0 for no cutting
 * @param sliceDelay waited between slices
 * @param closeAfterBytes after that many bytes of a connection in this direction both sides get FIN; -1 for never
 * @param resetAfterBytes after that many bytes both sides get RST; -1 for never
 * @param closeDelay a FIN of the sender reaches the receiver that much later
 * @param blackHole nothing is read any more, nothing is forwarded, nothing is closed
 * @param halfOpen when the sender vanishes, the receiver is not told
 */
public record Toxics(
        Duration latency,
        Duration jitter,
        long bytesPerSecond,
        int sliceBytes,
        Duration sliceDelay,
        long closeAfterBytes,
        long resetAfterBytes,
        Duration closeDelay,
        boolean blackHole,
        boolean halfOpen) {

    public static final Toxics NONE =
            new Toxics(Duration.ZERO, Duration.ZERO, 0, 0, Duration.ZERO, -1, -1, Duration.ZERO, false, false);

    public Toxics withLatency(Duration value, Duration jitterUpTo) {
        return new Toxics(
                value,
                jitterUpTo,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                resetAfterBytes,
                closeDelay,
                blackHole,
                halfOpen);
    }

    public Toxics withBandwidth(long value) {
        return new Toxics(
                latency,
                jitter,
                value,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                resetAfterBytes,
                closeDelay,
                blackHole,
                halfOpen);
    }

    public Toxics withSlices(int bytes, Duration delay) {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                bytes,
                delay,
                closeAfterBytes,
                resetAfterBytes,
                closeDelay,
                blackHole,
                halfOpen);
    }

    public Toxics withCloseAfter(long bytes) {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                bytes,
                resetAfterBytes,
                closeDelay,
                blackHole,
                halfOpen);
    }

    public Toxics withResetAfter(long bytes) {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                bytes,
                closeDelay,
                blackHole,
                halfOpen);
    }

    public Toxics withSlowClose(Duration delay) {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                resetAfterBytes,
                delay,
                blackHole,
                halfOpen);
    }

    public Toxics withBlackHole() {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                resetAfterBytes,
                closeDelay,
                true,
                halfOpen);
    }

    public Toxics withHalfOpen() {
        return new Toxics(
                latency,
                jitter,
                bytesPerSecond,
                sliceBytes,
                sliceDelay,
                closeAfterBytes,
                resetAfterBytes,
                closeDelay,
                blackHole,
                true);
    }
}
