// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/**
 * The four timers of an exchange (stream contract, point 3).
 *
 * @param connect name lookup, pool wait, TCP and TLS together
 * @param firstToken request sent until the first event with content
 * @param idle between two reads of upstream bytes; comments and pings count as life
 * @param total whole exchange, from the first byte of the request
 */
public record Timeouts(Duration connect, Duration firstToken, Duration idle, Duration total) {

    public static final Timeouts DEFAULT =
            new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMinutes(10));

    public Timeouts {
        positive("connect", connect);
        positive("first_token", firstToken);
        positive("idle", idle);
        positive("total", total);
    }

    private static void positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException("timeouts." + name + ": " + value + " (expected: > 0)");
        }
    }
}
