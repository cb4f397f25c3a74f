// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Where events are told that must not be forgotten. Any thread; nothing waits. */
public interface AuditLog {

    /** Nobody listens. */
    AuditLog NONE = new AuditLog() {
        @Override
        public void tell(AuditEvent event) {}

        @Override
        public CompletionStage<Void> keep(AuditEvent event) {
            return CompletableFuture.completedFuture(null);
        }
    };

    /** Something has happened; it is written as soon as that can be. */
    void tell(AuditEvent event);

    /**
     * Something has happened, and this went in and came out. What is kept of that is for the policy to say: nothing, a hash, or all of it.
     *
     * @param payloads by name, such as {@code input}; no secret may be in them
     */
    default void tell(AuditEvent event, Map<String, byte[]> payloads) {
        tell(event);
    }

    /**
     * Something is about to happen.
     *
     * @return completes when it is on disk, on a thread of the log's; fails when it cannot be written now, and then it never will be
     */
    CompletionStage<Void> keep(AuditEvent event);
}
