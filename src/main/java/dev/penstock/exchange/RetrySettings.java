// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;
import java.util.Set;

/**
 * How often and when the same target is asked again before the first token.
 *
 * @param attempts tries at one target, the first included
 * @param errors what is tried again
 * @param backoffMin shortest pause before a further try
 * @param backoffMax longest pause; a provider that asks for a longer one is not waited for
 */
public record RetrySettings(int attempts, Set<FailureClass> errors, Duration backoffMin, Duration backoffMax) {

    public static final RetrySettings DEFAULT = new RetrySettings(
            2,
            Set.of(
                    FailureClass.RATE_LIMIT,
                    FailureClass.SERVER,
                    FailureClass.TIMEOUT,
                    FailureClass.CONNECT,
                    FailureClass.PROTOCOL),
            Duration.ofMillis(200),
            Duration.ofSeconds(2));

    public RetrySettings {
        errors = Set.copyOf(errors);
        if (attempts < 1) {
            throw new IllegalArgumentException("retries.attempts: " + attempts + " (expected: >= 1)");
        }
        if (backoffMin.isNegative() || backoffMax.compareTo(backoffMin) < 0) {
            throw new IllegalArgumentException("retries.backoff: " + backoffMin + "-" + backoffMax);
        }
    }
}
