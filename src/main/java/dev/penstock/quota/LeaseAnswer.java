// SPDX-License-Identifier: Apache-2.0
package dev.penstock.quota;

import java.util.function.Consumer;

/** One question of a lease to the store, waiting. It hears one answer and no second one. */
final class LeaseAnswer implements Consumer<LeaseStore.Grant> {

    final LeaseStore.Ask ask;
    final long sentNanos;

    private final Lease lease;
    private boolean answered;

    LeaseAnswer(Lease lease, LeaseStore.Ask ask, long sentNanos) {
        this.lease = lease;
        this.ask = ask;
        this.sentNanos = sentNanos;
    }

    @Override
    public void accept(LeaseStore.Grant grant) {
        lease.answered(this, grant);
    }

    /** Whether this is the first answer. With the lock of the lease. */
    boolean isFirst() {
        boolean first = !answered;
        answered = true;
        return first;
    }
}
