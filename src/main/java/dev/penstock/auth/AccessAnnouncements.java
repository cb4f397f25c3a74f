// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.List;

/** Tells other nodes what became of stored keys; they take it over with {@link VirtualKeys#heard}. Called on any thread; must not block. */
@FunctionalInterface
public interface AccessAnnouncements {

    /** There are no other nodes. */
    AccessAnnouncements NONE = keys -> {};

    /**
     * Keys have changed.
     *
     * @param keys as they are now; what this node's requests are checked against already
     */
    void changed(List<StoredKey> keys);
}
