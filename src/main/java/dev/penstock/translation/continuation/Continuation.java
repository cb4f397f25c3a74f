// SPDX-License-Identifier: Apache-2.0
package dev.penstock.translation.continuation;

/** Whether an answer that broke off can go on. */
public sealed interface Continuation {

    /**
     * It can.
     *
     * @param text that the client has, all of it; empty when it has none yet, and the next provider answers from the beginning
     * @param outputTokens that the answer has taken so far, reasoning included, as reported or else estimated
     */
    record Possible(String text, long outputTokens) implements Continuation {}

    /** It cannot: the client gets the error. */
    record Impossible(Obstacle obstacle) implements Continuation {}
}
