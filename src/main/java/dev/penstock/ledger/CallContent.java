// SPDX-License-Identifier: Apache-2.0
package dev.penstock.ledger;

import java.time.Instant;

/**
 * What was said in one call, without what its tenant wants redacted.
 *
 * @param expires from when on it must not be there any more
 * @param request as the client sent it
 * @param answer as the client got it; of a stream its events
 */
public record CallContent(Instant expires, Said request, Said answer) {

    /**
     * One side of it.
     *
     * @param text the beginning, or all of it
     * @param bytes of the whole as it went over the wire; 0 where nothing came
     * @param cut whether the text is only the beginning
     * @param redacted places where something was replaced
     */
    public record Said(String text, long bytes, boolean cut, int redacted) {

        /** Its size, and nothing of the text. */
        @Override
        public String toString() {
            return bytes + " bytes";
        }
    }

    /** Sizes, and nothing of what was said: records end up in messages. */
    @Override
    public String toString() {
        return "CallContent[" + request + ", " + answer + "]";
    }
}
