// SPDX-License-Identifier: Apache-2.0
package dev.penstock.config;

import java.time.Duration;

/** The section {@code idempotency}. */
record IdempotencyForm(
        @Key(
                value = "How long the answer to a call with Idempotency-Key is kept for those who repeat it.",
                def = "24h",
                min = "1m",
                max = "720h")
        Duration ttl,

        @Key(
                value = "Largest answer that is kept; the call with a larger one is made again when it is repeated.",
                def = "1MiB",
                min = "1KiB",
                max = "64MiB")
        ByteSize maxAnswer) {}
