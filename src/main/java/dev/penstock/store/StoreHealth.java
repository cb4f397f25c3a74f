// SPDX-License-Identifier: Apache-2.0
package dev.penstock.store;

import java.time.Instant;

/**
 * How the store is.
 *
 * @param state whether it answers
 * @param since when that began
 * @param pending rows that are to be written and are not yet
 * @param lost rows that were given up because too many waited; the counters that they belong to are as they were kept before
 * @param trouble why it is down, for people; empty while it is not
 */
public record StoreHealth(State state, Instant since, int pending, long lost, String trouble) {

    /** Whether the store answers. */
    public enum State {
        /** Nothing was asked of it yet, so nobody knows; it does not even exist perhaps. */
        UNUSED,
        UP,
        DOWN
    }

    /** One line for {@code /readyz?verbose}. */
    public String detail() {
        String waiting = pending == 0 ? "" : ", " + pending + " rows to write";
        String gone = lost == 0 ? "" : ", " + lost + " rows given up";
        String text =
                switch (state) {
                    case UNUSED -> "not used yet";
                    case UP -> "up";
                    case DOWN -> "down since " + since + ", serving from memory: " + trouble;
                };
        return text + waiting + gone;
    }
}
