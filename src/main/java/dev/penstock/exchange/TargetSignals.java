// SPDX-License-Identifier: Apache-2.0
package dev.penstock.exchange;

/** How a target does at this moment, as seen from this node. Any thread; each answer is a few nanoseconds. */
public interface TargetSignals {

    /** Nothing is known, so nothing speaks against it. */
    TargetSignals UNKNOWN = new TargetSignals() {
        @Override
        public boolean usable() {
            return true;
        }

        @Override
        public String standing() {
            return "";
        }

        @Override
        public int inFlight() {
            return 0;
        }

        @Override
        public long firstTokenNanos() {
            return 0;
        }
    };

    /** Whether an attempt would be let through now. */
    boolean usable();

    /** Why not, for a person ("breaker open for 12 s: 5 failures in a row"); empty where there is nothing to say. */
    String standing();

    /** Why an attempt would not be let through, in one word for a record. */
    default String outWhy() {
        return "breaker_open";
    }

    /** Attempts under way. */
    int inFlight();

    /** Peak-weighted moving average of the time to the first token; 0 while none is known. */
    long firstTokenNanos();
}
