// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Target;

/**
 * Hears of every change of a breaker, in order for each breaker, on the thread that caused it or one that causes the next. No
 * lock is held, so it may ask; it must neither block
 * nor throw.
 */
@FunctionalInterface
public interface BreakerListener {

    /**
     * The breaker has changed.
     *
     * @param target whose breaker
     * @param breaker its id, equal on all nodes with equal configuration
     * @param reason for a person; no secret, no content
     */
    void changed(Target target, String breaker, BreakerState from, BreakerState to, String reason);
}
