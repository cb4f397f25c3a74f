// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Priority;
import org.jspecify.annotations.Nullable;

/**
 * Who waits before one gate: two linked lists, so that leaving from the middle costs no search. Guarded by the gate's lock.
 *
 * <p>First come, first served inside a priority. Last come, first served would keep the wait of some short when the line is
 * longer than patience; here nobody stands in a line that is longer than its patience, so order costs nothing and is fair.
 * Interactive goes before batch, but while both wait one turn of {@value #BATCH_TURN} is batch's, so that it is never starved.
 */
final class WaitingLine {

    static final int BATCH_TURN = 20;

    private final Lane interactive = new Lane();
    private final Lane batch = new Lane();
    private int turns;

    int size() {
        return interactive.size + batch.size;
    }

    boolean isEmpty() {
        return interactive.first == null && batch.first == null;
    }

    /** How many would be served before a newcomer of this priority, as things stand. */
    int ahead(Priority priority) {
        return switch (priority) {
            case INTERACTIVE -> interactive.size;
            case BATCH -> size();
        };
    }

    void add(Waiter waiter) {
        lane(waiter.priority()).add(waiter);
    }

    /** Takes whoever is next out of the line, or null when it is empty. */
    @Nullable
    Waiter next() {
        boolean both = interactive.first != null && batch.first != null;
        if (!both) {
            return interactive.first != null ? interactive.remove(interactive.first) : firstOf(batch);
        }
        turns = (turns + 1) % BATCH_TURN;
        return firstOf(turns == 0 ? batch : interactive);
    }

    /** Takes the batch request that came last out of the line, or null when none waits. */
    @Nullable
    Waiter lastOfBatch() {
        return batch.last == null ? null : batch.remove(batch.last);
    }

    void remove(Waiter waiter) {
        lane(waiter.priority()).remove(waiter);
    }

    private Lane lane(Priority priority) {
        return switch (priority) {
            case INTERACTIVE -> interactive;
            case BATCH -> batch;
        };
    }

    private static @Nullable Waiter firstOf(Lane lane) {
        return lane.first == null ? null : lane.remove(lane.first);
    }

    private static final class Lane {

        private @Nullable Waiter first;
        private @Nullable Waiter last;
        private int size;

        void add(Waiter waiter) {
            waiter.before = last;
            if (last == null) {
                first = waiter;
            } else {
                last.behind = waiter;
            }
            last = waiter;
            size++;
        }

        Waiter remove(Waiter waiter) {
            if (waiter.before == null) {
                first = waiter.behind;
            } else {
                waiter.before.behind = waiter.behind;
            }
            if (waiter.behind == null) {
                last = waiter.before;
            } else {
                waiter.behind.before = waiter.before;
            }
            waiter.before = null;
            waiter.behind = null;
            size--;
            return waiter;
        }
    }
}
