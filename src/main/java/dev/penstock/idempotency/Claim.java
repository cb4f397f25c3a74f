// SPDX-License-Identifier: Apache-2.0
package dev.penstock.idempotency;

import dev.penstock.exchange.Timers;
import dev.penstock.idempotency.AnswerStore.Ask;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * The right to make a named call, renewed until it is ended. Ended once, by an answer or without one; what comes after that does nothing.
 * Lives on one event loop.
 */
public final class Claim {

    /** Three may be lost before another may make the call. */
    static final Duration RENEWAL = AnswerStore.LEASE.dividedBy(4);

    private final AnswerStore store;
    private final Ask ask;
    private final Supplier<Duration> ttl;
    private final Timers timers;
    private Timers.Timer renewal;
    private boolean ended;

    Claim(AnswerStore store, Ask ask, Supplier<Duration> ttl, Timers timers) {
        this.store = store;
        this.ask = ask;
        this.ttl = ttl;
        this.timers = timers;
        this.renewal = timers.after(RENEWAL, this::renew);
    }

    private void renew() {
        if (!ended) {
            store.renew(ask);
            renewal = timers.after(RENEWAL, this::renew);
        }
    }

    /** Who repeats the call gets this from now on. */
    public void keep(KeptAnswer answer) {
        if (end()) {
            store.keep(ask, answer.toBytes(), ttl.get());
        }
    }

    /** Who repeats the call makes it. */
    public void free() {
        if (end()) {
            store.free(ask);
        }
    }

    private boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        renewal.cancel();
        return true;
    }
}
