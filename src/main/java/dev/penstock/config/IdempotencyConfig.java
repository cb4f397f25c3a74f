// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;

/**
 * Calls that clients give a name to, in the header field {@code idempotency-key}.
 *
 * @param ttl how long an answer is kept for those who repeat the call
 * @param maxAnswerBytes largest answer that is kept
 */
public record IdempotencyConfig(Duration ttl, int maxAnswerBytes) {

    public static final IdempotencyConfig DEFAULT = new IdempotencyConfig(Duration.ofHours(24), 1 << 20);
}
