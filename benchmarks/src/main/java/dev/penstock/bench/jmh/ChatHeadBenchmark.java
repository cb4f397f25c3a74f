// SPDX-License-Identifier: Apache-2.0
package dev.penstock.bench.jmh;

import dev.penstock.schema.openai.ChatRequestHead;
import dev.penstock.schema.openai.ChatRequestReader;
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
 * What does it cost to check a chat request and to read its head, by size of the body? Run
 * {@code java -cp <benchmarks> org.openjdk.jmh.Main ChatHeadBenchmark -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {EventLoopThreads.CUSTOM, EventLoopThreads.CLASS})
public class ChatHeadBenchmark {

    @Param({"2048", "32768", "262144"})
    public int bytes;

    private byte[] body;

    @Setup
    public void prepare() {
        body = Samples.request(bytes);
    }

    @Benchmark
    public ChatRequestHead read() {
        return ChatRequestReader.read(body);
    }
}
