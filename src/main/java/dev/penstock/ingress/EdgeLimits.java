// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ingress;

import dev.penstock.config.ServerConfig;
import java.time.Duration;

/**
 * What one connection may ask of the edge.
 *
 * @param maxLineBytes longest request line (414)
 * @param maxHeadBytes largest request head, line and fields together (431)
 * @param maxFields most header fields (431)
 * @param headTimeout from the first byte of a head to its last (408)
 * @param idle silence after which a connection without a request in progress is closed; load balancers keep idle
 *     connections for 60 s by default (AWS ALB, nginx {@code keepalive_timeout}), so the gateway must keep them longer or it
 *     closes one in the moment it is used again
 * @param linger how long a refused client's bytes are read and thrown away, so that it can read why
 * @param maxLingerBytes how many of them: as many as a legal body has, because most clients read no response before they
 *     have sent everything
 */
record EdgeLimits(
        int maxLineBytes,
        int maxHeadBytes,
        int maxFields,
        Duration headTimeout,
        Duration idle,
        Duration linger,
        long maxLingerBytes) {

    static final int MAX_LINE = 8 << 10;
    static final int MAX_FIELDS = 100;

    static EdgeLimits of(ServerConfig config) {
        return new EdgeLimits(
                Math.min(MAX_LINE, config.maxHeaderBytes()),
                config.maxHeaderBytes(),
                MAX_FIELDS,
                config.headTimeout(),
                Duration.ofSeconds(75),
                Duration.ofSeconds(5),
                config.maxBodyBytes());
    }
}
