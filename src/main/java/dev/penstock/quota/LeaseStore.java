// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.Collection;
import java.util.function.Consumer;

/**
 * Counts that nodes share. A node asks for a part of what is left in a window, ahead of its need, and gives back what it did not
 * use. There is one operation, and it is atomic per counter: what all nodes hold and have used of a window together is never above
 * its limit.
 *
 * <p>Who hears {@link Grant#UNREACHABLE} does not know what became of the ask, and takes it that nothing was granted and everything
 * given back: giving it back a second time might count it twice.
 *
 * <p>Who holds something that others may not hold at the same time has one ask at a time for it and asks at least every five
 * seconds, be it for nothing; after twenty to thirty seconds without a word its part is free. Such a counter has no windows.
 *
 * <p>Nothing here waits. Answers come on whatever thread the store has; whoever asks moves to its own.
 */
public interface LeaseStore {

    /**
     * Takes from a counter or gives back to it.
     *
     * @param answer called once: the grant, or {@link Grant#UNREACHABLE} after at most a second
     */
    void exchange(Ask ask, Consumer<Grant> answer);

    /**
     * Whether others take from the same counts, or what is taken outlives this process. Where not, a node takes the whole of a window
     * at once and is exact by itself.
     */
    default boolean shared() {
        return true;
    }

    /**
     * Takes over what was counted before a restart, where nobody counts more; before the first ask. Counts that outlive their nodes
     * by themselves need nobody to tell them.
     */
    default void restore(Collection<CounterStore.Row> rows) {}

    /**
     * What a node wants of a counter.
     *
     * @param counter the rule and the one that it counts, such as {@code tenant/acme/tokens}; no secret, at most 200 characters
     * @param window number of the window, rising; an ask for an older one than the counter has gets nothing and is told which that is
     * @param endsAtMillis when the window ends, wall clock; the counter may be forgotten after it. {@code Long.MAX_VALUE}: never
     * @param limit most that may be taken in the window
     * @param take how much more is wanted at most, zero or more
     * @param giveBack what was taken earlier in the same window and is not needed, zero or more; comes before {@code take}
     * @param owner the node, for counts that end with their holder
     * @param held where this is concurrency: how many the owner holds before this ask, as it sees it, so that the store can mend its
     *     own view; -1 for counts that are used up
     */
    record Ask(
            String counter,
            long window,
            long endsAtMillis,
            long limit,
            long take,
            long giveBack,
            String owner,
            long held) {

        /** Gives back what was granted to this one and came too late, and takes nothing. */
        public Ask returning(long granted) {
            return new Ask(counter, window, endsAtMillis, limit, 0, granted, owner, held);
        }
    }

    /**
     * What came of it.
     *
     * @param reachable whether the store has answered
     * @param granted how much was taken, from zero to what was wanted
     * @param left what nobody has taken yet of the window, after this
     * @param laterWindow the window that the counter is in where the ask was for an older one, which then got nothing; else 0. Whose
     *     clock is behind the others' learns it from that
     */
    record Grant(boolean reachable, long granted, long left, long laterWindow) {
        public static final Grant UNREACHABLE = new Grant(false, 0, 0);

        public Grant(boolean reachable, long granted, long left) {
            this(reachable, granted, left, 0);
        }

        /** To an ask for a window that is over. */
        public static Grant tooLate(long laterWindow) {
            return new Grant(true, 0, 0, laterWindow);
        }
    }
}
