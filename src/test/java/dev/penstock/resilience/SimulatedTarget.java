// SPDX-License-Identifier: Apache-2.0
package dev.penstock.resilience;

import dev.penstock.exchange.Priority;
import dev.penstock.kit.time.ManualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.random.RandomGenerator;

/**
 * A provider that serves {@code capacity} streams at a time and lets the others wait before their first token, called through a
 * gate by clients who come at random moments whatever happens. Time is moved by hand, chance is seeded.
 */
final class SimulatedTarget {

    /** What became of the requests of one priority. */
    static final class Count {
        int offered;
        int done;
        int refused;
        int turnedAway;
    }

    private final ManualTime time;
    private final ConcurrencyGate gate;
    private final RandomGenerator random;
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final Queue<Runnable> atProvider = new ArrayDeque<>();
    private final Map<Priority, Count> counts = new EnumMap<>(Priority.class);
    final List<Long> waits = new ArrayList<>();
    /** Times to the first token as clients see them, the wait for a slot included. */
    final List<Long> firstTokens = new ArrayList<>();

    int capacity;
    int mostAtProvider;
    /** Calls beyond this are answered with 429; 0: none is. */
    int refusesBeyond;

    Duration prompt = Duration.ofMillis(300);
    Duration stream = Duration.ofSeconds(2);
    private int busy;
    private int here;
    private int mostWaiting;

    SimulatedTarget(ManualTime time, ConcurrencyGate gate, RandomGenerator random, int capacity) {
        this.time = time;
        this.gate = gate;
        this.random = random;
        this.capacity = capacity;
        forget();
    }

    void forget() {
        for (Priority priority : Priority.values()) {
            counts.put(priority, new Count());
        }
        waits.clear();
        firstTokens.clear();
        mostAtProvider = 0;
        mostWaiting = 0;
    }

    Count of(Priority priority) {
        return counts.get(priority);
    }

    int mostWaiting() {
        return mostWaiting;
    }

    /** Streams per second that it serves when all its places are taken. */
    double perSecond() {
        return capacity * 1e9 / (prompt.toNanos() + stream.toNanos());
    }

    /** Requests arrive for this long. */
    void run(double requestsPerSecond, double interactiveShare, Duration span) {
        long end = time.nanos() + span.toNanos();
        arrive(requestsPerSecond, interactiveShare, end);
        long step = Duration.ofMillis(5).toNanos();
        while (time.nanos() < end) {
            time.advance(Duration.ofNanos(step));
            turn();
        }
    }

    private void turn() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
        mostWaiting = Math.max(mostWaiting, gate.waiting());
    }

    private void arrive(double perSecond, double interactiveShare, long end) {
        long gap = (long) (-Math.log(1 - random.nextDouble()) * 1e9 / perSecond);
        time.after(Duration.ofNanos(gap), () -> {
            if (time.nanos() < end) {
                request(random.nextDouble() < interactiveShare ? Priority.INTERACTIVE : Priority.BATCH);
                turn();
                arrive(perSecond, interactiveShare, end);
            }
        });
    }

    private void request(Priority priority) {
        Count count = of(priority);
        count.offered++;
        long came = time.nanos();
        gate.enter(
                priority,
                Duration.ofSeconds(60).toNanos(),
                loop::add,
                time,
                slot -> {
                    waits.add(time.nanos() - came);
                    call(slot, count, came);
                },
                error -> count.refused++);
    }

    private void call(Slot slot, Count count, long came) {
        long sent = time.nanos();
        here++;
        mostAtProvider = Math.max(mostAtProvider, here);
        if (refusesBeyond > 0 && here > refusesBeyond) {
            time.after(Duration.ofMillis(20), () -> {
                here--;
                count.turnedAway++;
                slot.done(true);
                turn();
            });
            return;
        }
        Runnable serve = () -> time.after(jittered(prompt), () -> {
            slot.firstToken(time.nanos() - sent);
            firstTokens.add(time.nanos() - came);
            time.after(jittered(stream), () -> {
                here--;
                leave();
                count.done++;
                slot.done(false);
                turn();
            });
        });
        if (busy < capacity) {
            busy++;
            serve.run();
        } else {
            atProvider.add(serve);
        }
    }

    private void leave() {
        Runnable next = atProvider.poll();
        if (next == null || busy > capacity) {
            busy--;
            if (next != null) {
                atProvider.add(next);
            }
        } else {
            next.run();
        }
    }

    /** Log-normal: most a little shorter, some much longer. */
    private Duration jittered(Duration mean) {
        double sigma = 0.5;
        return Duration.ofNanos((long) (mean.toNanos() * Math.exp(sigma * random.nextGaussian() - sigma * sigma / 2)));
    }

    static long percentile(List<Long> values, double share) {
        List<Long> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size())));
    }
}
