// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How breakers reach other nodes. Both methods return at once and may be called from any thread; what cannot be delivered is
 * lost, because a node alone keeps its own view.
 */
public interface BreakerAnnouncements {

    /** A node without others: tells nobody, and always may probe. */
    BreakerAnnouncements ALONE = new BreakerAnnouncements() {
        @Override
        public void announce(BreakerNotice notice) {}

        @Override
        public void askToProbe(String breaker, Duration span, Consumer<Boolean> answer) {
            answer.accept(true);
        }
    };

    /** Tells the other nodes. */
    void announce(BreakerNotice notice);

    /**
     * Asks for the right to probe, which one node at a time has. The answer may come at once or later, on any thread; it is yes
     * when nobody can be asked.
     *
     * @param span how long the right lasts
     */
    void askToProbe(String breaker, Duration span, Consumer<Boolean> answer);
}
