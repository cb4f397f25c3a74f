// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Bounded waiting of the driver's thread, the only one that may wait. */
final class Wait {
    private static final long STEP_NANOS = 5_000_000;

    private Wait() {}

    /** @return whether the condition came true within {@code millis} */
    static boolean until(long millis, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() >= deadline) {
                return false;
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
        return true;
    }

    static void seconds(double seconds) {
        long deadline = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < deadline) {
            LockSupport.parkNanos(Math.min(50_000_000, deadline - System.nanoTime()));
        }
    }
}
