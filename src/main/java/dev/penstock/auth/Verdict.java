// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Identity;

/** Whether a caller may go on. */
public sealed interface Verdict {

    /** The caller may go on, as this one, as far as the grant goes. */
    record Allowed(Identity who, Grant grant) implements Verdict {

        /** Who may what a key may. */
        public Allowed(Identity who) {
            this(who, Grant.OF_A_KEY);
        }
    }

    /** The caller may not; the error says so without saying how close the key was. */
    record Refused(GatewayError error) implements Verdict {}
}
