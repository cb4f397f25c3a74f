// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

/**
 * What an admitted call holds. Lives on the event loop of its exchange. It ends exactly once, by {@link #settle} or {@link #cancel}, and
 * gives back what it holds then; ending it again does nothing.
 */
public interface Permit extends LimitUses {

    /** Nothing is limited. */
    Permit UNLIMITED = new Permit() {
        @Override
        public Standings standings() {
            return Standings.NONE;
        }

        @Override
        public long outputTokens(long nanoUsdPerOutputToken) {
            return Long.MAX_VALUE;
        }

        @Override
        public long more(long soFar) {
            return Long.MAX_VALUE;
        }

        @Override
        public void settle(long inputTokens, long outputTokens, long nanoUsd) {
            // Nothing is held.
        }

        @Override
        public void cancel() {
            // Nothing is held.
        }
    };

    /** Which limits had a say in it. */
    @Override
    default void tell(LimitUses.Reader reader) {
        // None had.
    }

    /** How the caller stands after this call's reservation. */
    Standings standings();

    /**
     * How many tokens of output are covered by what is reserved.
     *
     * @param nanoUsdPerOutputToken of the target that answers; -1 unknown
     */
    long outputTokens(long nanoUsdPerOutputToken);

    /**
     * The answer has come near the end of what is covered: reserves on.
     *
     * @param soFar tokens of output so far, as far as is known
     * @return how many are covered now, from the beginning of the answer; not above {@code soFar}: the limit is reached, end it
     */
    long more(long soFar);

    /**
     * The end of a call that reached a provider: replaces what was reserved by what was used.
     *
     * @param nanoUsd cost of all attempts together; 0 where nobody knows the price
     */
    void settle(long inputTokens, long outputTokens, long nanoUsd);

    /** The end of a call that used nothing: all of it is given back, the request too. */
    void cancel();
}
