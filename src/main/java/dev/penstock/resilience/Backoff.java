// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Decorrelated jitter: each pause is drawn evenly between the shortest one and three times the last, and never above the
 * longest (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). For one exchange; one thread at a time.
 */
public final class Backoff {

    private final long min;
    private final long max;
    private final RandomGenerator random;
    private long previous;

    /** Pauses between {@code min} and {@code max}. */
    public Backoff(Duration min, Duration max, RandomGenerator random) {
        this.min = min.toNanos();
        this.max = max.toNanos();
        this.random = random;
        this.previous = this.min;
    }

    public Duration next() {
        long bound = 3 * previous;
        long drawn = bound > min ? random.nextLong(min, bound) : min;
        previous = Math.min(max, drawn);
        return Duration.ofNanos(previous);
    }
}
