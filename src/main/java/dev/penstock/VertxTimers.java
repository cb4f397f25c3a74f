// SPDX-License-Identifier: Apache-2.0
package dev.penstock;

import dev.penstock.exchange.Timers;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Timers of one event loop, straight from Netty: half the objects of a Vert.x timer, and cancelling is removal. */
final class VertxTimers implements Timers {

    private final EventLoop loop;

    VertxTimers(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        ScheduledFuture<?> scheduled = loop.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> scheduled.cancel(false);
    }
}
