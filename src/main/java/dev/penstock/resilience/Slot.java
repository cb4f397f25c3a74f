// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

/**
 * The right to have one attempt under way at a target. It ends exactly once, with {@link #done} or {@link #abandoned}, whichever
 * is called first; everything after that does nothing. Used on the event loop of whoever was granted it.
 */
public interface Slot {

    /**
     * The first content of the answer is here: what the limit is learned from. Only the first call counts.
     *
     * @param nanosSinceSent since the request was sent to the provider
     */
    void firstToken(long nanosSinceSent);

    /**
     * The attempt has ended: the whole answer was read, or it failed.
     *
     * @param dropped whether the target turned the call away for lack of room: 429, 503 or 529, or no first token in time
     */
    void done(boolean dropped);

    /** The attempt was given up for a reason that says nothing about the target: the client left, a hedge was faster. */
    void abandoned();
}
