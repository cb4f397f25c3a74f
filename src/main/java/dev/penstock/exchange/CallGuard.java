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
     * Makes the call, or fails with {@link Refused} without making it. Every failure of the call speaks against the other side, but
     * for {@link GivenUp}; every result, of whatever kind, speaks for it.
     *
     * @param where the other side, host and port
     */
    <T> Future<T> call(String where, Supplier<Future<T>> call);

    /** The call was not made. The message names no address and may be shown to a caller. */
    final class Refused extends Exception {

        private static final long serialVersionUID = 1;

        public Refused(String message) {
            super(message, null, false, false);
        }
    }

    /** The call was broken off by who made it, which says nothing about the other side. */
    final class GivenUp extends Exception {

        private static final long serialVersionUID = 1;

        public GivenUp(String message) {
            super(message, null, false, false);
        }
    }
}
