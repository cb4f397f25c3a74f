// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import dev.penstock.exchange.GatewayError;
import java.util.function.Consumer;

/** Whether a call may begin, as far as limits and budgets go. One per event loop, used on it. */
public interface Admission {

    /** Nobody is limited. */
    Admission UNLIMITED = (ask, answer) -> answer.accept(new Decision.Admitted(Permit.UNLIMITED));

    /**
     * Reserves what the call may use under all limits that match it, or says which of them it is beyond.
     *
     * @param answer called once, on the same event loop and nearly always before this returns: only a strict limit near its end
     *     asks the store first
     */
    void admit(AdmissionAsk ask, Consumer<Decision> answer);

    /**
     * The same for one attempt, under the limits of the provider that it goes to. It is asked for each attempt by itself; who is refused
     * tries the next target.
     */
    default void admitProvider(String provider, AdmissionAsk ask, Consumer<Decision> answer) {
        answer.accept(new Decision.Admitted(Permit.UNLIMITED));
    }

    /** What comes of it. */
    sealed interface Decision {

        /** It may begin. */
        record Admitted(Permit permit) implements Decision {}

        /**
         * It may not; the error says which limit and when to come back, and carries what {@code x-ratelimit-*} says.
         *
         * @param limits which were asked
         */
        record Refused(GatewayError error, Standings standings, LimitUses limits) implements Decision {

            /** Of nobody's limit in particular. */
            public Refused(GatewayError error, Standings standings) {
                this(error, standings, LimitUses.NONE);
            }
        }

        /** A budget is used up, and its rule names another model, which is not counted against that budget. */
        record Redirected(String model, Permit permit) implements Decision {}
    }
}
