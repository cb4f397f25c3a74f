// SPDX-License-Identifier: Apache-2.0
package dev.penstock.streaming;

/**
 * How much of an answer may be had. Asked on the event loop of its stream; what it says holds for many events, so that an event costs
 * one comparison.
 */
public interface OutputCap {

    /** As much as there is. */
    OutputCap NONE = new OutputCap() {
        @Override
        public long bytes() {
            return Long.MAX_VALUE;
        }

        @Override
        public long more(long soFar) {
            return Long.MAX_VALUE;
        }

        @Override
        public long promptTokens() {
            return 0;
        }
    };

    /** Bytes of content from which on {@link #more} is asked. */
    long bytes();

    /**
     * That much content has been relayed.
     *
     * @return bytes from which on this is asked again; not above {@code soFar}: the answer ends here
     */
    long more(long soFar);

    /** Estimated tokens of the prompt, for a client that is told what a cut answer took. */
    long promptTokens();
}
