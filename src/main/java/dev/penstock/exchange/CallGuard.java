// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** Stands before calls that are not on the token path, and fails them at once while their other side is known to be down. */
public interface CallGuard {

    /** Lets everything through. */
    CallGuard NONE = new CallGuard() {
        @Override
        public <T> Future<T> call(String where, Supplier<Future<T>> call) {
            return call.get();
        }
    };

    /**
     * Makes the call, or fails without making it.
     *
     * @param where the other side, host and port
     */
    <T> Future<T> call(String where, Supplier<Future<T>> call);
}
