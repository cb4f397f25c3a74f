// SPDX-License-Identifier: Apache-2.0
package dev.penstock.provider;

import dev.penstock.exchange.ByteSource;
import dev.penstock.exchange.Timers;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A body that Penstock makes itself: prepared pieces, one at a time at a set pace, and obedient to pause like a socket. */
final class PacedBody implements ByteSource {

    private final List<Buffer> pieces;
    private final Duration gap;
    private final Timers timers;
    private Handler<Buffer> handler = piece -> {};
    private Handler<@Nullable Void> endHandler = end -> {};
    private int next;
    private boolean flowing;
    private boolean emitting;
    private boolean closed;
    private Timers.@Nullable Timer timer;

    PacedBody(List<Buffer> pieces, Duration gap, Timers timers) {
        this.pieces = List.copyOf(pieces);
        this.gap = gap;
        this.timers = timers;
    }

    @Override
    public void handler(Handler<Buffer> taker) {
        handler = taker;
    }

    @Override
    public void endHandler(Handler<@Nullable Void> taker) {
        endHandler = taker;
    }

    /** Nothing can break: there is no transport. */
    @Override
    public void exceptionHandler(Handler<Throwable> taker) {}

    @Override
    public void pause() {
        flowing = false;
    }

    @Override
    public void resume() {
        flowing = true;
        if (!emitting && timer == null) {
            emit();
        }
    }

    /** Pieces come one at a time, so there is nothing to gather. */
    @Override
    public Executor readEnd() {
        return Runnable::run;
    }

    @Override
    public void finish() {
        cancel();
    }

    @Override
    public void cancel() {
        closed = true;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void emit() {
        emitting = true;
        while (flowing && !closed && next < pieces.size()) {
            handler.handle(pieces.get(next++).copy());
            if (!gap.isZero() && next < pieces.size() && !closed) {
                timer = timers.after(gap, this::tick);
                break;
            }
        }
        emitting = false;
        if (flowing && !closed && next == pieces.size()) {
            closed = true;
            endHandler.handle(null);
        }
    }

    private void tick() {
        timer = null;
        emit();
    }
}
