// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * An open loop of calls at a steady pace, whole answers and streams in turn, while something is done to what stands behind the
 * gateway. Each call belongs to the phase in which it was due.
 */
public final class SteadyLoad implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * One call.
     *
     * @param id sent as {@code x-request-id}
     * @param phase in which it was due
     * @param answered whether its client had the whole answer
     * @param millis from when it was due to the last byte
     */
    public record Call(String id, String phase, boolean answered, double millis) {}

    private final Caller caller;
    private final String model;
    private final double perSecond;
    private final String name;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final List<Thread> asking = new ArrayList<>();
    private final Thread pace;
    private volatile String phase;
    private volatile boolean over;

    /**
     * Begins.
     *
     * @param port where the gateway is
     * @param name what the ids of its calls begin with
     * @param phase the first one
     */
    public SteadyLoad(int port, String model, double perSecond, String name, String phase) {
        this.caller = new Caller(port, PATIENCE, node -> "");
        this.model = model;
        this.perSecond = perSecond;
        this.name = name;
        this.phase = phase;
        this.pace = Thread.ofPlatform().daemon().name("steady-load").start(this::run);
    }

    /** What is due from now on belongs to this phase. */
    public void phase(String next) {
        phase = next;
    }

    /** Calls that have ended so far. */
    public int ended() {
        return calls.size();
    }

    private void run() {
        long begin = System.nanoTime();
        for (int i = 0; !over; i++) {
            long due = begin + (long) (i * 1e9 / perSecond);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            Caller.Question question =
                    new Caller.Question(name + "-" + i, model, "prompt " + i % 10, i % 2 == 0, false);
            String belongs = phase;
            asking.add(Thread.startVirtualThread(() -> ask(question, belongs, due)));
        }
    }

    private void ask(Caller.Question question, String belongs, long due) {
        ClientCall call = caller.ask(question);
        double millis = (System.nanoTime() - due) / 1e6;
        boolean answered =
                call.ending() == ClientCall.Ending.COMPLETE && call.status() == 200 && call.marker() && !call.error();
        calls.add(new Call(question.id(), belongs, answered, millis));
    }

    /** Begins no more calls and waits for those that run. */
    public List<Call> stop() throws InterruptedException {
        over = true;
        pace.join();
        for (Thread one : asking) {
            one.join();
        }
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        over = true;
    }
}
