// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.accounting.ExchangeRecord;
import dev.penstock.accounting.SettlementListener;
import dev.penstock.ingress.LastByte;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Lays a call's record on its way to the ledger before the last byte of its answer goes out, in the same turn of the event loop: the
 * byte waits for no disk and for no other thread, and a process that is killed right after it has lost as little as possible. Not for
 * answers that wait until their record is safe. Belongs to one event loop.
 */
final class RecordFirst implements SettlementListener, LastByte {

    private final SettlementListener ledger;
    private final SettlementListener others;
    private final Executor nextTurn;
    private final Runnable sendEnd = this::sendEnd;
    private @Nullable Runnable end;

    /**
     * Of one event loop.
     *
     * @param ledger takes the record
     * @param others who else hears of settled exchanges, after the ledger
     * @param nextTurn runs what it is given in the next turn of the event loop
     */
    RecordFirst(SettlementListener ledger, SettlementListener others, Executor nextTurn) {
        this.ledger = ledger;
        this.others = others;
        this.nextTurn = nextTurn;
    }

    @Override
    public void whenItMay(UUID exchange, Runnable action) {
        sendEnd();
        end = action;
        // The exchange is settled in this turn. Were it not, its client would not have to wait for it.
        nextTurn.execute(sendEnd);
    }

    @Override
    public void settled(ExchangeRecord settled) {
        ledger.settled(settled);
        sendEnd();
        others.settled(settled);
    }

    private void sendEnd() {
        Runnable due = end;
        if (due != null) {
            end = null;
            due.run();
        }
    }
}
