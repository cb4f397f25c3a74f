// SPDX-License-Identifier: Apache-2.0
package dev.penstock.pipeline;

import dev.penstock.exchange.GatewayError;
import dev.penstock.exchange.GatewayError.Kind;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.resilience.ConcurrencyGate;
import dev.penstock.resilience.Permit;
import dev.penstock.resilience.Slot;
import dev.penstock.resilience.Turn;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt holds of its target: the leave of the breaker, and a place at the gate where there is one. Both hear the same of the
 * attempt, and both end with the first end that is said. Lives on the event loop of the exchange.
 */
final class Hold {

    private final Permit permit;
    private final Ticker ticker;
    private Turn turn = Turn.OVER;
    private @Nullable Slot slot;
    private long sentNanos;
    private boolean sent;
    private boolean over;

    Hold(Permit permit, Ticker ticker) {
        this.permit = permit;
        this.ticker = ticker;
    }

    /**
     * Waits for a place. One of the two is called, once, unless the hold ends before.
     *
     * @param deadline of the exchange, on the ticker
     */
    void queue(
            ConcurrencyGate gate,
            Priority priority,
            long deadline,
            Executor loop,
            Timers timers,
            Runnable admitted,
            Consumer<GatewayError> turnedAway) {
        turn = gate.enter(
                priority,
                deadline - ticker.nanos(),
                loop,
                timers,
                granted -> {
                    if (over) {
                        granted.abandoned();
                    } else {
                        slot = granted;
                        admitted.run();
                    }
                },
                why -> {
                    if (!over) {
                        turnedAway.accept(why);
                    }
                });
    }

    /** The provider has the whole request. Returns when that is, on the ticker. */
    long sent() {
        sent = true;
        sentNanos = ticker.nanos();
        return sentNanos;
    }

    /** Another request takes the place of the one that was sent. */
    void sendsAgain() {
        sent = false;
    }

    boolean isSent() {
        return sent;
    }

    void firstToken() {
        long nanos = ticker.nanos() - sentNanos;
        permit.firstToken(nanos);
        if (slot != null) {
            slot.firstToken(nanos);
        }
    }

    /** An answer that did not come in pieces; one that nobody was asked for has no time. */
    void wholeAnswer() {
        if (sent) {
            long nanos = ticker.nanos() - sentNanos;
            permit.wholeAnswer(nanos);
            if (slot != null) {
                slot.firstToken(nanos);
            }
        }
        succeeded();
    }

    void succeeded() {
        over = true;
        permit.succeeded();
        if (slot != null) {
            slot.done(false);
        }
    }

    void failed(GatewayError error) {
        over = true;
        turn.cancel();
        permit.failed(error);
        if (slot != null) {
            slot.done(isTurnedAway(error));
        }
    }

    /** A rival was faster: the first token would have taken longer than this. The end is still to be said. */
    void overtaken() {
        if (sent) {
            permit.overtaken(ticker.nanos() - sentNanos);
        }
    }

    /** The attempt was given up, for reasons that say nothing about the target. */
    void abandoned() {
        over = true;
        turn.cancel();
        permit.abandoned();
        if (slot != null) {
            slot.abandoned();
        }
    }

    /** Whether the target has no room for what it was sent. */
    private static boolean isTurnedAway(GatewayError error) {
        return error.kind() == Kind.FIRST_TOKEN_TIMEOUT
                || (error.kind() == Kind.PROVIDER_ERROR && (error.status() == 429 || error.status() == 503));
    }
}
