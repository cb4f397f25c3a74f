// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench;

import io.netty.buffer.ByteBuf;

/** Looks at every byte of the answers on one connection. */
interface AnswerCheck {

    /** Where counted events and their transit times go. */
    interface Sink {
        void onContent(long stamp);
    }

    /** Starts over for an answer of {@code mode}. */
    void begin(Mode mode);

    /** @throws Mismatch when the answer is not what it has to be */
    void accept(ByteBuf in, int start, int length);

    /** @return whether everything that was expected has arrived */
    boolean complete();

    /** The answer is not what the provider sent. */
    final class Mismatch extends RuntimeException {
        Mismatch(String message) {
            super(message, null, false, false);
        }
    }
}
