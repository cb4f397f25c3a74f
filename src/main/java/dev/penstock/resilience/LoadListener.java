// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Priority;

/** Hears of what is turned away for lack of room. Called on any event loop; returns at once. */
public interface LoadListener {

    LoadListener NONE = new LoadListener() {
        @Override
        public void onShed(ShedReason reason, Priority priority) {}

        @Override
        public void onQueueRefused(QueueRefusal reason, Priority priority) {}
    };

    /** The node turned a request away at its door. */
    void onShed(ShedReason reason, Priority priority);

    /** The line before a target turned an attempt away. */
    void onQueueRefused(QueueRefusal reason, Priority priority);
}
