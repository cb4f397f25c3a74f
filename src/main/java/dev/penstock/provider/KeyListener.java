// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.KeyFault;
import java.time.Duration;

/** Hears when one key is set aside. Called on event loops: it must not block or throw. */
@FunctionalInterface
public interface KeyListener {

    /** From now on for that long; not called again while that lasts. */
    void setAside(KeyFault why, Duration span);

    /** Makes the listener of a key, when the configuration brings it. */
    @FunctionalInterface
    interface Maker {
        KeyListener of(String provider, String key);
    }
}
