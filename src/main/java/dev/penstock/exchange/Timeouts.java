// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * The timers of an exchange: the four of the stream contract, point 3, and one for answers that are no streams and have no first token
 * to wait for.
 *
 * @param connect name lookup, pool wait, TCP and TLS together
 * @param firstToken request sent until the first event with content
 * @param idle between two reads of upstream bytes; comments and pings count as life
 * @param total whole exchange, from the first byte of the request
 * @param answer request sent until a whole answer has come, in each attempt; never longer than {@code total}
 */
public record Timeouts(Duration connect, Duration firstToken, Duration idle, Duration total, Duration answer) {

    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(10));

    /** With as much time for a whole answer as there is. */
    public Timeouts(Duration connect, Duration firstToken, Duration idle, Duration total) {
        this(connect, firstToken, idle, total, total);
    }

    public Timeouts {
        positive("connect", connect);
        positive("first_token", firstToken);
        positive("idle", idle);
        positive("total", total);
        positive("answer", answer);
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException("timeouts." + name + ": " + value + " (expected: > 0)");
        }
    }
}
