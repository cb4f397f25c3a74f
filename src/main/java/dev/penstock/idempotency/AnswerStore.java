// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * Who makes which named call, and what came of it, for all nodes that share it. A call is claimed by at most one owner at a time; the claim
 * ends when its owner keeps an answer or frees it, and {@link #LEASE} after the owner was last heard of it, or with its node, so that a
 * node that dies leaves none behind.
 *
 * <p>Nothing here waits. Any thread may ask; answers come on whatever thread the store has, and whoever asks moves to its own.
 */
public interface AnswerStore {

    /** A claim that its owner does not renew for so long is free. */
    Duration LEASE = Duration.ofSeconds(30);

    /**
     * Claims a call. Claiming it a second time by the same owner renews the claim.
     *
     * @param answer called once: how the call stands, or {@link Standing.Unknown} after at most a second. What is claimed later than that is
     *     free again at once
     */
    void claim(Ask ask, Consumer<Standing> answer);

    /** The owner is still at it. Does nothing where the claim is not its own. */
    void renew(Ask ask);

    /** Ends the claim with an answer, kept for that long. Does nothing where the claim is another's by now. */
    void keep(Ask ask, byte[] answer, Duration ttl);

    /** Ends the claim without an answer: whoever comes next makes the call. Does nothing where the claim is not its own. */
    void free(Ask ask);

    /**
     * What is claimed, and by whom.
     *
     * @param call a hash of whose call it is and of the name that the client gave it, in hex; nothing of either can be told from it
     * @param fingerprint a hash of what is asked, in hex
     * @param owner of the claim, unlike every other
     */
    record Ask(String call, String fingerprint, String owner) {}

    /** How a call stands. */
    sealed interface Standing {

        /** It is the owner's to make. */
        record Claimed() implements Standing {}

        /** Somebody is making it. */
        record UnderWay() implements Standing {}

        /** It was made, or is being made, with something else asked. */
        record Different() implements Standing {}

        /**
         * It was made.
         *
         * @param answer as it was kept; not to be changed
         */
        @SuppressWarnings("ArrayRecordComponent") // Nobody compares it, and a copy would double an answer.
        record Answered(byte[] answer) implements Standing {}

        /** Nobody can be reached who knows. */
        record Unknown() implements Standing {}

        Standing CLAIMED = new Claimed();
        Standing UNDER_WAY = new UnderWay();
        Standing DIFFERENT = new Different();
        Standing UNKNOWN = new Unknown();
    }
}
