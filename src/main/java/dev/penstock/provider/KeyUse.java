// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.GatewayError;
import org.jspecify.annotations.Nullable;

/**
 * One exchange and the key that one of its attempts was signed with, where the provider has several; a chain back to the
 * earlier attempts, so that the exchange meets no key twice. Whoever understands the provider's answer says here what it means
 * for the key. Lives on the event loop of the exchange.
 */
public final class KeyUse {

    private final KeyRing ring;
    private final KeyState state;
    private final @Nullable KeyUse before;

    KeyUse(KeyRing ring, KeyState state, @Nullable KeyUse before) {
        this.ring = ring;
        this.state = state;
        this.before = before;
    }

    /** The name of the key, for people. */
    public String name() {
        return state.name();
    }

    /** Sets the key aside when the provider's error is about it. True when another key could be tried at once. */
    public boolean failed(GatewayError error) {
        if (error.keyFault() == null) {
            return false;
        }
        state.setAside(error.keyFault(), error.retryAfter());
        return ring.hasOther(this);
    }

    KeyState state() {
        return state;
    }

    @Nullable
    KeyUse before() {
        return before;
    }
}
