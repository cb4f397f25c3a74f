// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.time.Duration;

/** Where timers come from: the event loop of the shard in production, the hand of the test otherwise. */
@FunctionalInterface
public interface Timers {

    /** Runs the task once on the caller's event loop after the delay. Cancelling after it ran does nothing. */
    Timer after(Duration delay, Runnable task);

    /** A timer that has been set. */
    @FunctionalInterface
    interface Timer {
        void cancel();
    }
}
