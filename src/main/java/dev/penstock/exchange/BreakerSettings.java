// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * When a target is left alone for a while, and how it is tried again.
 *
 * @param failureRate share of failed attempts in the window that opens the breaker, above 0 and at most 1
 * @param window how far back the rate looks
 * @param minCalls attempts in the window below which the rate says nothing
 * @param consecutive failures in a row that open the breaker whatever the rate
 * @param slowFirstToken a first token later than this counts as a failure; zero: none is too late
 * @param openFor how long the target is left alone, before jitter; a provider's Retry-After makes it longer
 * @param probes attempts that must succeed in a row before the breaker closes; as many may run at once
 */
public record BreakerSettings(
        double failureRate,
        Duration window,
        int minCalls,
        int consecutive,
        Duration slowFirstToken,
        Duration openFor,
        int probes) {

    public static final BreakerSettings DEFAULT =
            new BreakerSettings(0.5, Duration.ofSeconds(30), 20, 5, Duration.ZERO, Duration.ofSeconds(15), 3);

    public BreakerSettings {
        if (!(failureRate > 0) || failureRate > 1) {
            throw new IllegalArgumentException("breaker.failure_rate: " + failureRate + " (expected: > 0, <= 1)");
        }
        if (minCalls < 1 || consecutive < 1 || probes < 1) {
            throw new IllegalArgumentException("breaker: min_calls, consecutive and probes must be >= 1");
        }
        if (window.isZero() || window.isNegative() || openFor.isZero() || openFor.isNegative()) {
            throw new IllegalArgumentException("breaker: window and open_for must be > 0");
        }
        if (slowFirstToken.isNegative()) {
            throw new IllegalArgumentException("breaker.slow_first_token: " + slowFirstToken + " (expected: >= 0)");
        }
    }
}
