// SPDX-License-Identifier: Apache-2.0
package dev.penstock.auth;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Questions under way. Whoever asks the same while one is open waits for its answer, and only so many are open at once. Belongs to one
 * event loop.
 */
final class Flights {

    /** What became of a wish to know. */
    enum Boarding {
        /** Whoever asked has to find it out. */
        FIRST,
        /** Somebody is finding it out. */
        JOINED,
        /** Too much is open already. */
        FULL
    }

    private final int most;
    private final int mostWaiting;
    private final Map<Fingerprint, List<Consumer<Verdict>>> open = new HashMap<>();
    private int waiting;

    /**
     * @param most questions that are open at once
     * @param mostWaiting who wait for them together
     */
    Flights(int most, int mostWaiting) {
        this.most = most;
        this.mostWaiting = mostWaiting;
    }

    Boarding board(Fingerprint question, Consumer<Verdict> later) {
        List<Consumer<Verdict>> same = open.get(question);
        if (waiting >= mostWaiting || (same == null && open.size() >= most)) {
            return Boarding.FULL;
        }
        waiting++;
        if (same != null) {
            same.add(later);
            return Boarding.JOINED;
        }
        List<Consumer<Verdict>> first = new ArrayList<>(1);
        first.add(later);
        open.put(question, first);
        return Boarding.FIRST;
    }

    /** Tells all who wait; one that fails keeps it from none of the others. */
    void land(Fingerprint question, Verdict verdict) {
        List<Consumer<Verdict>> all = open.remove(question);
        if (all == null) {
            return;
        }
        waiting -= all.size();
        RuntimeException bug = null;
        for (Consumer<Verdict> later : all) {
            try {
                later.accept(verdict);
            } catch (RuntimeException e) {
                bug = e;
            }
        }
        if (bug != null) {
            throw bug;
        }
    }
}
