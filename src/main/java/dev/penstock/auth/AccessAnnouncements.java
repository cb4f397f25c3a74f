// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

/** Tells other nodes that the stored keys changed; they read the store again. Called on any thread; must not block. */
@FunctionalInterface
public interface AccessAnnouncements {

    /** There are no other nodes. */
    AccessAnnouncements NONE = () -> {};

    void keysChanged();
}
