// SPDX-License-Identifier: Apache-2.0
package dev.penstock.kit.chaos;

import dev.penstock.kit.chaos.Schedule.Deed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * One run: an open loop of calls through the balancer, streams and whole answers mixed, some clients leaving early, while a
 * {@link Schedule} is carried out; then everybody is drained and the {@link Checker} joins both sides. The load is drawn from the
 * same seed.
 *
 * @param seed of schedule and load
 * @param length how long calls are begun
 * @param perSecond calls begun in each second
 * @param plan the landscape
 * @param total the model's total timeout, which {@code plan} must set as well
 */
public record ChaosRun(long seed, Duration length, double perSecond, Landscape.Plan plan, Duration total) {

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

    /**
     * What came of it.
     *
     * @param schedule what was planned
     * @param calls every call, in the order of their ends
     * @param outages what was done to nodes, with the moments
     * @param verdict what the checker says
     * @param troubles of the run itself: nodes that did not leave well, deeds that failed
     * @param log what the nodes said beside settlements
     */
    public record Result(
            Schedule schedule,
            List<ClientCall> calls,
            List<Outage> outages,
            Checker.Verdict verdict,
            List<String> troubles,
            List<String> log) {

        public boolean clean() {
            return verdict.clean() && troubles.isEmpty();
        }

        /** The client's log, one line for each call. */
        public List<String> clientLog() {
            return calls.stream().map(ClientCall::toLine).toList();
        }

        /** Calls begun more than that after a SIGKILL and before the node was back, while nothing was done to any other. */
        public List<ClientCall> begunAfterKill(Duration delay) {
            return calls.stream()
                    .filter(call -> outages.stream()
                            .filter(outage -> outage.kind() == Outage.Kind.KILLED)
                            .anyMatch(outage -> call.startMillis() >= outage.fromMillis() + delay.toMillis()
                                    && call.startMillis() <= outage.toMillis()
                                    && outages.stream()
                                            .filter(other -> !other.node().equals(outage.node()))
                                            .noneMatch(other -> other.touches(call.startMillis(), call.endMillis()))))
                    .toList();
        }
    }

    /** The schedule of this run. */
    public Schedule schedule() {
        return Schedule.draw(seed, length, plan.nodes(), List.of("A", "B"));
    }

    /** Carries it out; blocks until everything has ended. Lines about what happens go to {@code out} as it happens. */
    public Result run(Consumer<String> out) {
        Schedule schedule = schedule();
        try (Landscape landscape = Landscape.start(plan)) {
            return new Performance(this, schedule, landscape, out).run();
        }
    }

    private static final class Performance {
        private final ChaosRun run;
        private final Schedule schedule;
        private final Landscape landscape;
        private final Consumer<String> out;
        private final Queue<ClientCall> calls = new ConcurrentLinkedQueue<>();
        private final Queue<String> troubles = new ConcurrentLinkedQueue<>();
        private final ReentrantLock nodeAway = new ReentrantLock(true);
        private final ReentrantLock providerAway = new ReentrantLock(true);
        private final ReentrantLock netTorn = new ReentrantLock(true);
        private final long began = System.nanoTime();

        Performance(ChaosRun run, Schedule schedule, Landscape landscape, Consumer<String> out) {
            this.run = run;
            this.schedule = schedule;
            this.landscape = landscape;
            this.out = out;
        }

        Result run() {
            List<Future<?>> all = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> load = threads.submit(() -> load(threads));
                for (Schedule.Step step : schedule.steps()) {
                    pauseUntil(step.atMillis());
                    all.add(threads.submit(() -> perform(step.deed())));
                }
                all.add(load);
                all.forEach(this::await);
            }
            landscape.mesh().heal();
            troubles.addAll(landscape.drainAll());
            List<ClientCall> ended = List.copyOf(calls);
            List<Outage> outages = landscape.outages();
            Checker.Verdict verdict = Checker.withTotal(run.total).check(ended, landscape.settlements(), outages);
            return new Result(schedule, ended, outages, verdict, List.copyOf(troubles), landscape.otherLines());
        }

        private void load(ExecutorService threads) {
            Random random = new Random(run.seed ^ 0x10ad);
            Duration patience = run.total.plusSeconds(3).plus(LONGEST_PAUSE);
            Caller caller = landscape.caller(patience);
            long gapNanos = (long) (1e9 / run.perSecond);
            int count = (int) (run.length.toSeconds() * run.perSecond);
            for (int i = 0; i < count; i++) {
                Caller.Question question = new Caller.Question(
                        "chaos-" + run.seed + "-" + i,
                        "chat",
                        "question " + random.nextInt(1_000_000),
                        random.nextInt(10) < 7,
                        random.nextInt(20) == 0);
                pauseUntil(i * gapNanos / 1_000_000);
                threads.submit(() -> calls.add(caller.ask(question)));
            }
        }

        private void perform(Deed deed) {
            ReentrantLock lock = deed.takesNodeAway() ? nodeAway : deed.takesProviderAway() ? providerAway : netTorn;
            boolean alone = !(deed instanceof Deed.Reload);
            if (alone) {
                lock.lock();
            }
            try {
                say("begins: " + deed);
                carryOut(deed);
                say("over:   " + deed);
            } catch (AssertionError | RuntimeException failed) {
                troubles.add(deed + ": " + failed);
                say("FAILED: " + deed + ": " + failed);
            } finally {
                if (alone) {
                    lock.unlock();
                }
            }
        }

        private void carryOut(Deed deed) {
            switch (deed) {
                case Deed.KillNode kill -> {
                    landscape.killNode(kill.node());
                    hold(kill.awayMillis());
                    landscape.startNode(kill.node());
                }
                case Deed.DrainNode drain -> {
                    int code = landscape.drainNode(drain.node());
                    if (code != 0) {
                        troubles.add(drain.node() + " left with " + code + " after SIGTERM");
                    }
                    landscape.startNode(drain.node());
                }
                case Deed.PauseNode pause -> {
                    landscape.pauseNode(pause.node());
                    hold(pause.forMillis());
                    landscape.resumeNode(pause.node());
                }
                case Deed.KillProvider kill -> {
                    landscape.killProvider(kill.provider());
                    hold(kill.awayMillis());
                    landscape.startProvider(kill.provider());
                }
                case Deed.StallProvider stall -> {
                    landscape.pauseProvider(stall.provider());
                    hold(stall.forMillis());
                    landscape.resumeProvider(stall.provider());
                }
                case Deed.Part part -> {
                    if (part.oneWay()) {
                        landscape.mesh().cutOneWay(part.one(), part.other());
                    } else {
                        landscape.mesh().cut(part.one(), part.other());
                    }
                    hold(part.forMillis());
                    landscape.mesh().heal(part.one(), part.other());
                }
                case Deed.Flap flap -> {
                    for (int i = 0; i < flap.times(); i++) {
                        landscape.mesh().cut(flap.one(), flap.other());
                        hold(flap.periodMillis());
                        landscape.mesh().heal(flap.one(), flap.other());
                        hold(flap.periodMillis());
                    }
                }
                case Deed.Reload reload -> landscape.reload();
            }
        }

        private void say(String text) {
            out.accept(String.format("%+8d ms  %s", millis(), text));
        }

        private long millis() {
            return (System.nanoTime() - began) / 1_000_000;
        }

        private void pauseUntil(long atMillis) {
            for (long left = atMillis - millis(); left > 0; left = atMillis - millis()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left));
            }
        }

        private void hold(long forMillis) {
            pauseUntil(millis() + forMillis);
        }

        private void await(Future<?> future) {
            try {
                future.get();
            } catch (ExecutionException e) {
                troubles.add(String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
