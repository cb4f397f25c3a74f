// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.time.Duration;

/**
 * What one node tells the others about a breaker. Newer notices of a node about a breaker replace its older ones.
 *
 * @param breaker which one: equal on all nodes with equal configuration
 * @param open whether it opened or closed
 * @param remaining how long it stays open; a span, because the clocks of nodes differ
 * @param reason why, for a person; no secret, no content
 * @param node who says so
 * @param version rises with each notice of this node about this breaker
 */
public record BreakerNotice(
        String breaker, boolean open, Duration remaining, String reason, String node, long version) {

    /** The same word, said later. */
    public BreakerNotice withRemaining(Duration left) {
        return new BreakerNotice(breaker, open, left, reason, node, version);
    }
}
