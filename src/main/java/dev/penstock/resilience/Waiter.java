// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.Timers;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One attempt in the line. Where it stands is decided under the gate's lock by whoever has a slot to give; what its owner hears
 * is decided on the owner's own loop, where {@link #over} is read and written without a lock.
 *
 * <pre>
 *   WAITING --a slot is free--> GRANTED --own loop--> granted(slot)
 *      |                           +----- cancel() --> the slot goes to the next
 *      +--displaced--> REFUSED ----------own loop--> refused(error)
 *      +--cancel() or time is over--> OUT            refused(error) in the second case
 * </pre>
 */
final class Waiter implements Turn {

    /** Where it stands, guarded by the gate's lock. */
    enum Place {
        WAITING,
        GRANTED,
        REFUSED,
        OUT
    }

    /** Links of the {@link WaitingLine}, guarded by the gate's lock. */
    @Nullable
    Waiter before;

    @Nullable
    Waiter behind;

    Place place = Place.WAITING;

    private final ConcurrencyGate gate;
    private final Priority priority;
    private final Executor loop;
    private final Consumer<Slot> granted;
    private final Consumer<GatewayError> refused;
    private Timers.@Nullable Timer timer;
    private boolean over;

    Waiter(
            ConcurrencyGate gate,
            Priority priority,
            Executor loop,
            Consumer<Slot> granted,
            Consumer<GatewayError> refused) {
        this.gate = gate;
        this.priority = priority;
        this.loop = loop;
        this.granted = granted;
        this.refused = refused;
    }

    Priority priority() {
        return priority;
    }

    /** Gives up at this time. On the owner's loop. */
    void expireWith(Timers.Timer expiry) {
        timer = expiry;
        if (over) {
            expiry.cancel();
        }
    }

    /** A slot has been taken for it. Any thread; false when its loop is no more, and the slot is still the caller's. */
    boolean grant() {
        return onLoop(() -> {
            if (!over) {
                end();
                granted.accept(gate.held());
            }
        });
    }

    /** It is out of the line. Any thread. */
    void refuse(GatewayError error) {
        boolean unused = onLoop(() -> {
            if (!over) {
                end();
                refused.accept(error);
            }
        });
    }

    @Override
    public void cancel() {
        if (!over) {
            end();
            gate.left(this);
        }
    }

    /** The patience of its owner is at its end. On the owner's loop. */
    void expire() {
        if (!over && gate.leaves(this)) {
            end();
            refused.accept(gate.refusal(QueueRefusal.EXPIRED, priority));
        }
    }

    private void end() {
        over = true;
        if (timer != null) {
            timer.cancel();
        }
    }

    private boolean onLoop(Runnable news) {
        try {
            loop.execute(news);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }
}
