// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.exchange.BreakerSettings;
import dev.penstock.exchange.Target;
import dev.penstock.exchange.Ticker;
import dev.penstock.resilience.Permit;
import dev.penstock.resilience.TargetState;
import dev.penstock.resilience.TargetStates;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a target's breaker cost an exchange: the permit, its first token and its end, with the real clock?
 *
 * <p>{@code JMH_ONLY=TargetStateBenchmark benchmarks/run jmh}. {@code shared} has two event loops at one target.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class TargetStateBenchmark {

    private final Ticker ticker = Ticker.system();
    private final TargetState target = new TargetStates(
                    ticker, new SplittableRandom(1), (whose, breaker, from, to, reason) -> {})
            .of(new Target("openai", "gpt-4o"), BreakerSettings.DEFAULT);

    /** One event loop. */
    @Benchmark
    public Permit alone() {
        return attempt();
    }

    /** Two event loops at once. */
    @Benchmark
    @Threads(2)
    public Permit shared() {
        return attempt();
    }

    /** What routing asks of each candidate. */
    @Benchmark
    public long signals() {
        return target.usable() ? target.inFlight() + target.firstTokenNanos() : -1;
    }

    /** The clock alone, which an attempt reads twice. */
    @Benchmark
    public long clock() {
        return ticker.nanos();
    }

    private Permit attempt() {
        Permit permit = Objects.requireNonNull(target.tryAcquire());
        permit.firstToken(100_000_000);
        permit.succeeded();
        return permit;
    }
}
