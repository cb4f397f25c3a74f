// SPDX-License-Identifier: Apache-2.0
package dev.penstock.accounting;

import java.util.List;
import java.util.function.BiConsumer;

/**
 * Tells several listeners of each settlement. A listener that throws has a bug; the bug is reported, and neither the other
 * listeners nor the client whose answer has just ended pay for it: when accounting cannot be written, serve and shout.
 */
public final class SettlementListeners implements SettlementListener {

    private final SettlementListener[] listeners;
    private final BiConsumer<SettlementListener, RuntimeException> onBug;

    /** The listeners are told in this order; {@code onBug} hears which of them threw what. */
    public SettlementListeners(
            List<? extends SettlementListener> listeners, BiConsumer<SettlementListener, RuntimeException> onBug) {
        this.listeners = listeners.toArray(SettlementListener[]::new);
        this.onBug = onBug;
    }

    @Override
    public void settled(ExchangeRecord settled) {
        for (SettlementListener listener : listeners) {
            try {
                listener.settled(settled);
            } catch (RuntimeException bug) {
                onBug.accept(listener, bug);
            }
        }
    }
}
