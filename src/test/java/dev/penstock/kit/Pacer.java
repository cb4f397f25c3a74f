// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Where the pauses of scripts and the delays of the proxy come from: the timers of Vert.x, or the hand of a test. The kit has
 * its own type for this, because the benchmarks compile the kit without the product.
 */
@FunctionalInterface
public interface Pacer {

    /** Runs the task once after the delay on the given context. */
    void after(Context context, Duration delay, Runnable task);

    /** Real time. A delay of zero is the next turn of the loop; shorter than a millisecond is a millisecond. */
    static Pacer of(Vertx vertx) {
        return (context, delay, task) -> {
            if (delay.isZero()) {
                context.runOnContext(v -> task.run());
            } else {
                long millis = Math.max(1, delay.toMillis());
                vertx.setTimer(millis, id -> context.runOnContext(v -> task.run()));
            }
        };
    }
}
