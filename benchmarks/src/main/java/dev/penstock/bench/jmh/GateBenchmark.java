// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.exchange.ConcurrencySettings;
import dev.penstock.exchange.Priority;
import dev.penstock.exchange.ShedSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.exchange.Timers;
import dev.penstock.resilience.ConcurrencyGates;
import dev.penstock.resilience.HeapWatch;
import dev.penstock.resilience.LoadListener;
import dev.penstock.resilience.LoadShedder;
import dev.penstock.resilience.Slot;
import dev.penstock.resilience.Turn;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a request pay for the door and for the gate of its target while there is room? Run it with
 * {@code JMH_ONLY=GateBenchmark benchmarks/run jmh}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GateBenchmark {

    private static final Timers NO_TIMERS = (delay, task) -> () -> {};
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Ticker ticker = Ticker.system();
    private final ConcurrencyGates gates =
            new ConcurrencyGates(ticker, RandomGenerator.of("L64X128MixRandom"), LoadListener.NONE);
    private final Target target = new Target("provider", "model");
    private final LoadShedder shedder = shedder();
    private long nanos = 300_000_000;
    private final Consumer<Slot> granted = this::use;

    private LoadShedder shedder() {
        LoadShedder made = new LoadShedder(
                ShedSettings.DEFAULT,
                new HeapWatch(ticker),
                () -> 0,
                () -> 0,
                ticker,
                NO_TIMERS,
                RandomGenerator.of("L64X128MixRandom"),
                LoadListener.NONE);
        made.start();
        return made;
    }

    private void use(Slot slot) {
        slot.firstToken(nanos);
        slot.done(false);
    }

    /** Looks for the gate, passes it, tells the time to the first token, ends. */
    @Benchmark
    public Turn pass() {
        nanos ^= 1 << 20;
        return gates.gate(target, ConcurrencySettings.DEFAULT)
                .enter(Priority.INTERACTIVE, MINUTE, Runnable::run, NO_TIMERS, granted, error -> {
                    throw error;
                });
    }

    /** Asks at the door in good times. */
    @Benchmark
    public Object door() {
        return shedder.refusal(Priority.INTERACTIVE);
    }
}
