// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the keys that were made at run time outlive the process. Asked at start and when something changes, never by a request:
 * requests are checked against a snapshot in memory. Any thread; nothing blocks the
 * caller; each future ends within some seconds, and one that fails changed nothing. One change at a time is under way on a node.
 */
public interface KeyStore {

    /** All keys, also those that have expired or were revoked, as far as they are still kept; in the order they were made. */
    Future<List<StoredKey>> load();

    /** Inserts or replaces by public id, all of them or none. */
    Future<Void> put(List<StoredKey> keys);

    /** A number that is larger after each {@link #put} of any node. To watch for the changes of others. */
    Future<Long> version();

    /** Whether what is put here outlives the process. */
    default boolean keeps() {
        return true;
    }

    /**
     * The pepper that is kept with these keys.
     *
     * @param candidate kept from now on if none is there yet
     * @return what is kept now; null where this store keeps nothing that outlives the process
     */
    Future<byte @Nullable []> pepper(byte[] candidate);
}
