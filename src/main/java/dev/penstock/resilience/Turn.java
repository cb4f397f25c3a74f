// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

/** A place in the line before a {@link ConcurrencyGate}. Used on the event loop of whoever entered. */
@FunctionalInterface
public interface Turn {

    /** The turn of who did not have to wait, or was refused at once: there is nothing to leave. */
    Turn OVER = () -> {};

    /**
     * Leaves the line: neither of the two callbacks is called any more, and a slot that was already on its way goes to the
     * next. Does nothing when a callback has been called, or when called again.
     */
    void cancel();
}
