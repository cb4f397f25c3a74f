// SPDX-License-Identifier: Apache-2.0
package dev.penstock.switches;

import dev.penstock.exchange.SwitchObject;
import dev.penstock.exchange.SwitchRule;
import java.time.Duration;

/** Hears what becomes of switches. Any thread; it must not wait. */
public interface SwitchListener {

    /** Why a switch stands differently. */
    enum Cause {
        /** Somebody flipped it on this node. */
        FLIPPED,
        /** Somebody flipped it on another node, or before this one was started. */
        HEARD,
        /** A moment has come that was set for it. */
        EXPIRED,
        /** The configuration was read again. */
        FILE
    }

    /**
     * A switch stands differently; {@link Switches} says so already.
     *
     * @param grace how much longer streams may run that it would not let begin now
     */
    void changed(SwitchObject object, SwitchRule before, SwitchRule after, Cause cause, Duration grace);

    /** The store did not keep a flip: after a restart it may be forgotten. */
    void notKept(SwitchObject object, Throwable why);
}
