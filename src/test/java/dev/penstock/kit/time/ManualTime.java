// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.time;

import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;

/**
 * Time that moves when the test says so. {@link #advance} runs the timers that come due, in the order in which they are due
 * (equal ones in the order in which they were set), each at its own moment: a timer that sets another one inside the same
 * span sees it run in the same call. Belongs to one thread, as a shard does.
 */
public final class ManualTime implements Ticker, Timers {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Waiting> timers = new PriorityQueue<>();
    private long nanos;
    private long count;

    /** Begins at an arbitrary point: nobody may rely on zero. */
    public ManualTime() {
        this(1_000_000_000_000L);
    }

    public ManualTime(long startNanos) {
        this.nanos = startNanos;
        this.origin = startNanos;
    }

    private final long origin;

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public Instant now() {
        return START.plusNanos(nanos - origin);
    }

    @Override
    public Timer after(Duration delay, Runnable task) {
        Waiting waiting = new Waiting(nanos + Math.max(0, delay.toNanos()), count++, task);
        timers.add(waiting);
        return () -> timers.remove(waiting);
    }

    /** Moves on and runs what is due. */
    public void advance(Duration span) {
        long goal = nanos + span.toNanos();
        while (!timers.isEmpty() && timers.peek().dueNanos <= goal) {
            Waiting next = timers.poll();
            nanos = Math.max(nanos, next.dueNanos);
            next.task.run();
        }
        nanos = goal;
    }

    /** Timers that are set and have not run. */
    public int pending() {
        return timers.size();
    }

    /** Time until the next timer; zero when none is set. */
    public Duration untilNext() {
        return timers.isEmpty() ? Duration.ZERO : Duration.ofNanos(timers.peek().dueNanos - nanos);
    }

    private record Waiting(long dueNanos, long order, Runnable task) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            int byTime = Long.compare(dueNanos, other.dueNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }
}
