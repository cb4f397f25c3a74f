// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.sse.SseFramer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to find the end of one event, when a read brings sixteen chunks of a chat? Run
 * {@code java -cp <benchmarks> org.openjdk.jmh.Main SseScanBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class SseScanBenchmark {

    private static final int EVENTS = 16;

    private final byte[] read = Samples.repeated(Samples.event("content"), EVENTS);
    private final SseFramer framer = new SseFramer();

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public int scan() {
        int events = 0;
        int at = framer.nextEventEnd(read, 0, read.length);
        while (at >= 0) {
            events++;
            at = framer.nextEventEnd(read, at, read.length);
        }
        return events;
    }
}
