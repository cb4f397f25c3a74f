// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

/**
 * The end of one exchange, and the guard that there is only one. A stream can end in several ways in the same turn of the
 * event loop: the provider's connection breaks while the client leaves and a timer fires. Whoever comes first settles; the
 * others are told {@code false} and have nothing left to do. Belongs to the event loop of its exchange, so a plain field is
 * guard enough.
 */
public final class Settlement {

    private final SettlementListener listener;
    private boolean settled;

    /** One per exchange. With several listeners, {@link SettlementListeners} is the one to pass. */
    public Settlement(SettlementListener listener) {
        this.listener = listener;
    }

    /** Whether this call was the one that ended the exchange. */
    public boolean settle(ExchangeRecord ending) {
        if (settled) {
            return false;
        }
        settled = true;
        listener.settled(ending);
        return true;
    }

    /** For those who want to spare themselves the work of making a record that nobody will take. */
    public boolean isSettled() {
        return settled;
    }
}
