// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.schema.openai.ChatEventReader;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a look at one event of a chat stream cost, and what does it leave behind on the heap? Run
 * {@code java -cp <benchmarks> org.openjdk.jmh.Main ChatEventBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class ChatEventBenchmark {

    @Param({"content", "tool", "usage", "comment", "done"})
    public String kind;

    private final ChatEventReader reader = new ChatEventReader();
    private byte[] event;

    @Setup
    public void prepare() {
        event = Samples.event(kind);
    }

    @Benchmark
    public int read() {
        return reader.read(event, 0, event.length);
    }
}
